"""A mailbox, mails to put into it, and the client who writes them."""

from __future__ import annotations

from typing import Any

import pytest

from maitian.clients.models import Client, ContactPoint
from maitian.core.privacy import token
from maitian.mailroom.actions import taking
from maitian.mailroom.models import Mail, Mailbox

ADDRESS = "chenjianguo@mail.example"


@pytest.fixture
def client(story: list[int]) -> Client:
    """陈建国, with his mailbox on the record."""
    found = Client.objects.select_related("manager", "branch", "person").get(pk=story[0])
    ContactPoint.objects.filter(client=found, kind="email").delete()
    ContactPoint.objects.create(client=found, kind="email", value=ADDRESS, value_token=token(ADDRESS))
    return found


@pytest.fixture
def box(db: Any) -> Mailbox:
    return Mailbox.objects.create(name="test", uidvalidity=7)


def raw(
    text: str = "银证转账转不出来", *, sender: str = ADDRESS, subject: str = "转账问题", number: str = "", charset: str = "utf-8", **headers: str
) -> bytes:  # fmt: skip
    """A mail as a program writes it. ``headers``: with _ for -."""
    lines = {
        "From": sender,
        "To": "service@maitian.example",
        "Subject": subject,
        "Message-ID": f"<{number or abs(hash((text, sender, subject)))}@x>",
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines |= {"Content-Type": f"text/plain; charset={charset}"} if "Content-Type" not in lines else {}
    return ("".join(f"{name}: {value}\r\n" for name, value in lines.items()) + f"\r\n{text}\r\n").encode(
        charset
    )


@pytest.fixture
def arrive(box: Mailbox) -> Any:
    """``arrive(bytes or text, **headers)`` → the mail that it became."""

    def made(given: bytes | str = "银证转账转不出来", **more: Any) -> Mail:
        data = given if isinstance(given, bytes) else raw(given, **more)
        box.refresh_from_db()
        mail = taking.take(mailbox_id=box.pk, uidvalidity=box.uidvalidity, uid=box.last_uid + 1, raw=data)
        assert mail is not None
        return Mail.objects.select_related("case__client", "entry", "about").get(pk=mail.pk)

    return made
