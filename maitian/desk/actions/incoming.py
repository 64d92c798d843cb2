"""Words of a client that come from outside: the portal, a text, a mail. They always find a case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from maitian.clients.models import Client, InboundText
from maitian.core import rulebook
from maitian.desk.actions.common import lock, touch, write
from maitian.desk.actions.files import attach
from maitian.desk.actions.opening import check_not_too_many, check_not_too_many_words, open_case
from maitian.desk.actions.talking import client_wrote, may_still_reopen
from maitian.desk.models import Case, CaseState, ClientDraft, Entry, Link
from maitian.desk.queries.base import survivor_of
from maitian.desk.rules.states import WORKING

File = tuple[str, bytes, str]


@transaction.atomic
def from_client(
    *, case_id: int, body: str, channel: str, actor: str, reference: str = "", kept: list[File] | None = None,
    at: datetime | None = None,
) -> Entry:  # fmt: skip
    """What a client wrote to one of his cases, with its checked files.

    A case that was closed longer ago than the rulebook lets it be opened again is left in peace: a new one is opened
    that follows it. Returns the entry; its case is where the words now stand. He may write so often a day (rulebook).
    """
    now = at or timezone.now()
    case = survivor_of(Case.objects.select_related("client", "branch", "kind").get(pk=case_id))
    if case.client_id is not None:
        check_not_too_many_words(case.client_id, now=now)
        forget_draft(client_id=case.client_id, case_id=case.pk)
    if may_still_reopen(case, now):
        entry = client_wrote(
            case_id=case.pk, body=body, channel=channel, actor=actor, reference=reference, at=now
        )
    else:
        entry = _follow(case, body=body, channel=channel, actor=actor, reference=reference, at=now)
    attach(entry=entry, files=kept or [], actor=actor, public=True, at=now)
    return entry


def _follow(old: Case, *, body: str, channel: str, actor: str, reference: str, at: datetime) -> Entry:
    if old.client_id is not None:
        check_not_too_many(old.client_id, now=at)
    made = open_case(
        kind="enquiry", branch=old.branch, client=old.client, body=body, channel=channel, actor=actor, reference=reference,
        subject=f"续 {old.ref} {old.subject}", complete=False, at=at,
    )  # fmt: skip
    Link.objects.create(case_id=made.pk, other=old, kind=Link.Kind.FOLLOWS, actor=actor, at=at)
    case = lock(made.pk)
    write(case, Entry.Kind.SYSTEM, actor=actor, at=at, facts={"what": "linked", "ref": old.ref, "kind": "follows"})  # fmt: skip
    touch(case, at)
    return Entry.objects.get(pk=made.entry_id)


DRAFT = 20_000  # characters of one field


def keep_draft(
    *, client_id: int, fields: Mapping[str, str], case_id: int | None = None, kind: str = "", at: datetime | None = None
) -> datetime | None:  # fmt: skip
    """Keep what a client has typed and not sent; nothing typed forgets it. Returns when it was kept."""
    typed = {key[:40]: value[:DRAFT] for key, value in list(fields.items())[:40] if value.strip()}
    if not typed:
        forget_draft(client_id=client_id, case_id=case_id, kind=kind)
        return None
    now = at or timezone.now()
    ClientDraft.objects.update_or_create(
        client_id=client_id, case=Case(pk=case_id) if case_id else None, kind=kind,
        defaults={"fields": json.dumps(typed, ensure_ascii=False), "saved_at": now},
    )  # fmt: skip
    return now


def forget_draft(*, client_id: int, case_id: int | None = None, kind: str = "") -> None:
    ClientDraft.objects.filter(client_id=client_id, case=case_id, kind=kind).delete()


def seen(*, case_id: int, at: datetime | None = None) -> None:
    """The client looked at his case in the portal; written once for every answer."""
    unseen = Q(client_seen_at=None) | Q(last_reply_at__gt=F("client_seen_at"))
    Case.objects.filter(unseen, pk=case_id).update(client_seen_at=at or timezone.now())


def case_for_text(client_id: int, now: datetime) -> Case | None:
    """The case that a text of the client most likely is about: of those in which something happened in the last days
    (rulebook), one that waits for the client before others that are open, before those whose result he has.
    """
    since = now - timedelta(days=rulebook.at(now).desk.text_days)
    rank: dict[str, int] = {str(state): 1 for state in WORKING}
    rank |= {str(CaseState.WAITING_CLIENT): 0, str(CaseState.RESOLVED): 2}
    found = Case.objects.filter(client_id=client_id, state__in=list(rank), last_entry_at__gte=since).order_by("-last_entry_at")[:50]  # fmt: skip
    return min(found, key=lambda case: rank[case.state], default=None)


@transaction.atomic
def from_text(text_id: int) -> Entry | None:
    """A client answered by SMS what wants an answer: it goes to his case, or opens one. Once per text."""
    text = InboundText.objects.filter(pk=text_id).first()
    if text is None or text.client_id is None or not str(text.text).strip():
        return None
    reference = f"text-{text.pk}"
    if Entry.objects.filter(channel="sms", reference=reference).exists():
        return None
    client = Client.objects.select_related("branch", "manager").get(pk=text.client_id)
    case = case_for_text(client.pk, text.at)
    body = str(text.text)
    if case is not None:
        return client_wrote(
            case_id=case.pk, body=body, channel="sms", actor=client.actor, reference=reference
        )
    made = open_case(
        kind="enquiry", branch=client.branch, client=client, body=body, channel="sms", actor=client.actor, reference=reference,
        subject=f"短信：{body.strip()[:40]}", complete=False,
    )  # fmt: skip
    return Entry.objects.get(pk=made.entry_id)
