from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import time_machine
from django.utils import timezone

from maitian.core import ledger, webhooks
from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.core.models import LedgerEntry, Webhook, WebhookCall

pytestmark = pytest.mark.django_db


class Receiver(HTTPServer):
    """Another system: keeps what it gets, answers what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []  # the next answers; 200 when there are no more

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in"

    def numbers(self) -> list[int]:
        return [row["number"] for _, body in self.got for row in json.loads(body)["rows"]]


class Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Receiver)
        server.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        status = server.answers.pop(0) if server.answers else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", server.url)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def note(text: str = "x") -> int:
    return ledger.record("client.noted", actor="member:1", client_id=1, facts={"text": text})


def hook(url: str, kinds: tuple[str, ...] = ("client.noted",)) -> tuple[Webhook, str]:
    made, secret = webhooks.propose("柜台系统", url, kinds, actor="member:1")
    return webhooks.approve(made.pk, actor="member:2"), secret


def test_the_rows_arrive_signed_in_order_and_only_of_the_chosen_kinds(receiver: Receiver) -> None:
    note()
    made, secret = hook(receiver.url)
    first = note()
    ledger.record("client.created", actor="member:1")
    second = note()
    assert webhooks.deliver_all() == 2
    headers, body = receiver.got[0]
    wanted = hmac.new(
        secret.encode(), headers["Maitian-Time"].encode() + b"." + body, hashlib.sha256
    ).hexdigest()
    assert headers["Maitian-Signature"] == f"sha256={wanted}"
    told = json.loads(body)
    assert told["webhook"] == "柜台系统"
    assert [row["number"] for row in told["rows"]] == [first, second]  # not the note before the approval
    assert told["rows"][0]["kind"] == "client.noted" and told["rows"][0]["facts"] == {"text": "x"}
    assert webhooks.deliver_all() == 0 and len(receiver.got) == 1
    assert WebhookCall.objects.get(webhook=made).rows == 2


def test_more_than_a_call_holds_goes_on_with_the_next_and_loses_none(receiver: Receiver) -> None:
    hook(receiver.url)
    numbers = [note() for _ in range(webhooks.BATCH + 5)]
    while webhooks.deliver_all():
        pass
    assert receiver.numbers() == numbers and len(receiver.got) == 2


def test_a_kind_that_ends_with_a_dot_stands_for_all_that_begin_so(receiver: Receiver) -> None:
    hook(receiver.url, ("client.",))
    numbers = [note(), ledger.record("client.created", actor="member:1")]
    webhooks.deliver_all()
    assert receiver.numbers() == numbers


@pytest.mark.parametrize("status", [500, 404, 302])
def test_what_was_not_taken_comes_again_after_growing_pauses_the_same_rows_first(
    receiver: Receiver, status: int
) -> None:
    made, _ = hook(receiver.url)
    number = note()
    receiver.answers = [status, status]
    moment = timezone.now()
    with time_machine.travel(moment, tick=False) as clock:
        assert webhooks.deliver_all() == 0
        later = note()
        webhooks.deliver_all()
        assert len(receiver.got) == 1  # it pauses
        clock.shift(timedelta(seconds=2))
        webhooks.deliver_all()
        clock.shift(timedelta(seconds=2))
        webhooks.deliver_all()
        assert len(receiver.got) == 2  # the second pause is longer
        clock.shift(timedelta(seconds=2))
        assert webhooks.deliver_all() == 2
    assert receiver.numbers()[-2:] == [number, later]
    made.refresh_from_db()
    assert made.failures == 0 and made.last_error == ""


def test_nobody_at_the_address_is_said_and_the_pause_has_a_limit(receiver: Receiver) -> None:
    made, _ = hook("http://127.0.0.1:9/none")
    note()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _round in range(14):
            webhooks.deliver_all()
            clock.shift(webhooks.LONGEST_PAUSE)
        made.refresh_from_db()
        assert made.failures == 14
        assert made.retry_at is not None and made.retry_at <= timezone.now()
    assert "refused" in made.last_error


def test_a_replay_brings_the_rows_once_more(receiver: Receiver) -> None:
    made, _ = hook(receiver.url)
    numbers = [note(), note(), note()]
    webhooks.deliver_all()
    webhooks.replay(made.pk, numbers[0], actor="member:1")
    webhooks.deliver_all()
    assert receiver.numbers() == [*numbers, *numbers[1:]]
    webhooks.replay(made.pk, 10**12, actor="member:1")  # cannot jump over what was never delivered
    last = note()
    webhooks.deliver_all()
    assert receiver.numbers()[-1] == last


def test_while_it_pauses_rows_wait_and_after_the_end_nothing_leaves(receiver: Receiver) -> None:
    made, _ = hook(receiver.url)
    webhooks.move(made.pk, "pause", actor="member:2")
    number = note()
    assert webhooks.deliver_all() == 0 and receiver.got == []
    webhooks.move(made.pk, "resume", actor="member:2")
    webhooks.deliver_all()
    assert receiver.numbers() == [number]
    webhooks.move(made.pk, "end", actor="member:2")
    webhooks.move(made.pk, "end", actor="member:2")  # a double click
    note()
    assert webhooks.deliver_all() == 0 and receiver.numbers() == [number]
    with pytest.raises(AlreadyDone):
        webhooks.move(made.pk, "resume", actor="member:2")
    kinds = (
        LedgerEntry.objects.filter(object_kind="webhook").order_by("number").values_list("kind", flat=True)
    )
    assert list(kinds) == [
        "webhook.proposed",
        "webhook.approved",
        "webhook.paused",
        "webhook.resumed",
        "webhook.ended",
    ]


def test_who_proposes_does_not_approve_and_nothing_leaves_before(receiver: Receiver) -> None:
    made, _ = webhooks.propose("柜台系统", receiver.url, ["client.noted"], actor="member:1")
    note()
    assert webhooks.deliver_all() == 0 and receiver.got == []
    with pytest.raises(SameMakerAndChecker):
        webhooks.approve(made.pk, actor="member:1")
    webhooks.approve(made.pk, actor="member:2")
    with pytest.raises(AlreadyDone):
        webhooks.approve(made.pk, actor="member:3")
    with pytest.raises(NotFound):
        webhooks.approve(10**8, actor="member:2")


def test_a_try_moves_nothing(receiver: Receiver) -> None:
    made, _ = hook(receiver.url)
    note()
    assert webhooks.try_out(made.pk).taken
    assert receiver.numbers() == [] and not WebhookCall.objects.exists()
    receiver.answers = [503]
    answer = webhooks.try_out(made.pk)
    assert not answer.taken and answer.status == 503


@pytest.mark.parametrize(
    ("name", "url", "kinds", "field"),
    [
        ("", "https://example.cn/", ["client.noted"], "name"),
        ("甲", "http://example.cn/", ["client.noted"], "url"),
        ("甲", "file:///etc/passwd", ["client.noted"], "url"),
        ("甲", "https://user:word@example.cn/", ["client.noted"], "url"),
        ("甲", "https://[::1", ["client.noted"], "url"),
        ("甲", "https://example.cn/", [], "kinds"),
        ("甲", "https://example.cn/", ["nothing.such"], "kinds"),
        ("甲", "https://example.cn/", ["nothing."], "kinds"),
        ("甲" * 61, "https://example.cn/", ["client.noted"], "name"),
        ("甲", "https://example.cn/" + "x" * 300, ["client.noted"], "url"),
    ],
)
def test_a_wrong_proposal_is_refused_at_its_field(name: str, url: str, kinds: list[str], field: str) -> None:
    with pytest.raises(webhooks.WebhookWrong) as refused:
        webhooks.propose(name, url, kinds, actor="member:1")
    assert refused.value.field == field
    assert not Webhook.objects.exists()


def test_two_of_the_same_name_are_refused() -> None:
    webhooks.propose("甲", "https://example.cn/", ["client.noted"], actor="member:1")
    with pytest.raises(webhooks.WebhookWrong):
        webhooks.propose("甲", "https://example.cn/", ["client.noted"], actor="member:1")


def test_the_secret_is_not_readable_in_the_table() -> None:
    from django.db import connection

    made, secret = webhooks.propose("甲", "https://example.cn/", ["client.noted"], actor="member:1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret::text FROM core_webhook WHERE id = %s", [made.pk])
        assert secret not in str(cursor.fetchone()[0])
