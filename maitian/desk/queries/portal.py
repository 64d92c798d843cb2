"""What a client sees of the desk: his own cases, the public part of each. Every reading takes his id."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise as StrPromise
from django.utils.translation import gettext_lazy as _

from maitian.core.errors import NotFound
from maitian.desk import catalog
from maitian.desk.models import Attachment, Case, CaseState, ClientDraft, Clock, Complaint, Promise
from maitian.desk.queries.base import family, private_of, survivor_of
from maitian.desk.queries.page import Line, form_answers, lines, mark_provisional
from maitian.desk.rules.clocks import ClockKind, ClockState

# What the states mean to a client: what is going on, and whether it is his turn.
WORDS = {
    CaseState.OPEN: (_("处理中"), "info"), CaseState.REOPENED: (_("重新处理"), "info"), CaseState.WAITING_OTHERS: (_("处理中"), "info"),
    CaseState.WAITING_CLIENT: (_("等您回复"), "warn"), CaseState.RESOLVED: (_("有结果，请您确认"), "ok"), CaseState.CLOSED: (_("已办结"), ""),
}  # fmt: skip


@dataclass
class Own:
    """One case as the client's list shows it. ``due``: when he is answered, empty when nothing is promised.

    ``provisional``: that day lies past the published calendar and may move with the next one.
    """

    case: Case
    words: str
    tone: str
    due: datetime | None
    start: datetime | None
    unread: bool
    provisional: bool = False


def _his(client_id: int) -> QuerySet[Case]:
    """Cases in which something was said by the client or to him; our own paper work is not his."""
    return Case.objects.filter(client_id=client_id).exclude(last_client_at=None, last_reply_at=None)


def mine(client_id: int) -> QuerySet[Case]:
    """The client's cases, latest first; one that was merged is part of the other."""
    return _his(client_id).exclude(state="merged").select_related("kind").order_by("-pk")


def unread(client_id: int) -> int:
    """In how many of his cases something was said to him that he has not looked at."""
    return mine(client_id).filter(Q(client_seen_at=None) | Q(last_reply_at__gt=F("client_seen_at")), last_reply_at__isnull=False).count()  # fmt: skip


def rows(cases: list[Case]) -> list[Own]:
    clocks: dict[int, Clock] = {}
    found = Clock.objects.filter(case_id__in=[case.pk for case in cases], stopped_at=None, state__in=[ClockState.RUNNING, ClockState.BREACHED], kind__in=_SHOWN).order_by("-due_at")  # fmt: skip
    for clock in mark_provisional(list(found)):
        clocks[clock.case_id] = clock
    return [own(case, clocks.get(case.pk)) for case in cases]


_SHOWN = (ClockKind.FIRST_ANSWER, ClockKind.NEXT_ANSWER, ClockKind.RESOLUTION)


def own(case: Case, clock: Clock | None) -> Own:
    words, tone = WORDS[CaseState(case.state)]
    seen = case.last_reply_at is None or (
        case.client_seen_at is not None and case.client_seen_at >= case.last_reply_at
    )
    return Own(
        case, str(words), tone, clock.due_at if clock else None, clock.started_at if clock else None, not seen,
        bool(clock and clock.provisional),
    )  # fmt: skip


def get_own(client_id: int, ref: str) -> Case:
    """A case of the client by its number; of one that was merged, the one in which it lives on."""
    found = _his(client_id).select_related("kind", "responsible").filter(ref=ref.upper()[:20]).first()
    if found is None:
        raise NotFound()
    return survivor_of(found)


@dataclass
class Step:
    """One station of a case's way, as the client sees it; ``at`` empty: not there yet."""

    label: str | StrPromise
    at: datetime | None
    now: bool = False


def way(case: Case, complaint: Complaint | None) -> list[Step]:
    """How far it is: received, (accepted, investigated,) answered, confirmed."""
    steps = [Step(_("收到"), case.opened_at)]
    if complaint is not None:
        steps += [
            Step(_("受理") if complaint.accepted is not False else _("不予受理"), complaint.accepted_at),
            Step(
                _("核查"), complaint.found_at or (case.resolved_at if complaint.accepted is False else None)
            ),
        ]
    else:
        steps.append(
            Step(_("有人在办"), case.resolved_at or (case.last_reply_at if case.responsible_id else None))
        )
    steps += [Step(_("有结果"), case.resolved_at), Step(_("您确认"), case.closed_at)]
    waiting = next((step for step in steps if step.at is None), None)
    if waiting is not None:
        waiting.now = True
    return steps


def ref_of(client_id: int, case_id: int) -> str:
    """The number under which the client reads one of his cases; empty when it is none of his."""
    return _his(client_id).filter(pk=case_id).values_list("ref", flat=True).first() or ""


def ref_of_promise(client_id: int, promise_id: int) -> str:
    """The case to which a promise to the client belongs; empty for one outside of cases."""
    found = Promise.objects.filter(pk=promise_id, client_id=client_id, case__isnull=False).first()
    return ref_of(client_id, found.case_id) if found and found.case_id else ""


def page(case: Case) -> dict[str, Any]:
    """The public part of a case: how far it is, what was said, deadlines, promises, the result."""
    ids = family(case.pk)
    found = Clock.objects.filter(case=case, kind__in=_SHOWN).exclude(state=ClockState.CANCELLED).order_by("due_at", "pk")  # fmt: skip
    clocks = mark_provisional(list(found))
    running = [clock for clock in clocks if clock.stopped_at is None]
    complaint = Complaint.objects.filter(case=case).first()
    said = list(reversed(lines(case, for_client=True, limit=200)))
    return {
        "lines": said,
        "way": way(case, complaint),
        "stamp": f"{said[-1].entry.pk if said else 0}-{case.state}-{'-'.join(f'{c.pk}.{c.state}' for c in running)}",
        "answer_clock": next((c for c in running if c.kind != ClockKind.RESOLUTION), None),
        "result_clock": next((c for c in running if c.kind == ClockKind.RESOLUTION), None),
        "promises": list(Promise.objects.filter(case_id__in=ids, kept_at=None).select_related("keeper").order_by("due_at")),
        "complaint": complaint,
        "own": own(case, next(iter(running), None)),
        "answers": answers_of(case),
    }  # fmt: skip


def answers_of(case: Case) -> list[dict[str, Any]]:
    """What was answered to the form, by the form with which the case was taken: label and answer.

    What only members are asked is not there. A personal answer is stored encrypted and stays there: ``personal`` says that
    we have it.
    """
    kept = private_of(case).get("answers", {})
    fields = {entry["key"]: entry for entry in catalog.form_of(case.kind_id, case.form_version)}
    return [
        {**row, "value": "" if row["key"] in kept else row["value"], "personal": row["key"] in kept}
        for row in form_answers(case, {})
        if not row["inside"] and not (fields[row["key"]].get("personal") and row["key"] not in kept)
        and (row["key"] in kept or row["value"] not in (None, ""))
    ]  # fmt: skip


def file_of(case: Case, attachment_id: int) -> Attachment:
    """A public file of the case."""
    found = Attachment.objects.filter(pk=attachment_id, case_id__in=family(case.pk), public=True).first()
    if found is None:
        raise NotFound()
    return found


def draft(
    client_id: int, *, case_id: int | None = None, kind: str = ""
) -> tuple[dict[str, str], datetime | None]:
    """What the client has typed and not sent, and when it was kept; nothing and None without a draft."""
    found = ClientDraft.objects.filter(client_id=client_id, case=case_id, kind=kind).first()
    return (dict(json.loads(str(found.fields))), found.saved_at) if found else ({}, None)


def drafted_kinds(client_id: int) -> set[str]:
    """The kinds of new cases that the client has begun to write."""
    return set(ClientDraft.objects.filter(client_id=client_id, case=None).values_list("kind", flat=True))


def promises_to(client_id: int) -> list[Promise]:
    """What we promised him and have not done yet, by its hour."""
    return list(Promise.objects.filter(client_id=client_id, state=Promise.State.OPEN).select_related("keeper").order_by("due_at")[:5])  # fmt: skip


__all__ = [
    "Line", "Own", "Step", "answers_of", "draft", "drafted_kinds", "file_of", "get_own", "mine", "own", "page", "promises_to", "ref_of",
    "ref_of_promise", "rows", "unread", "way",
]  # fmt: skip
