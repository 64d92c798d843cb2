"""Calls as a channel: the gateway is a colleague, and the answer is what he notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from maitian.clients.queries import visible_to
from maitian.core import ledger
from maitian.core.errors import AlreadyDone, NotFound
from maitian.outreach.errors import CallResultMissing
from maitian.outreach.models import CallTask
from maitian.staff.models import Member

if TYPE_CHECKING:
    from maitian.outreach.dispatch.claims import Claim

SPOKEN = ("reached", "promised", "refused")  # a person answered
OPEN_TASKS = """
INSERT INTO outreach_calltask (event_id, client_id, queue, member_id, due_at, opened_at, state, result, attempts, note, done_by)
SELECT %(event)s, c.id, CASE WHEN %(queue)s = 'manager' AND m.active THEN 'manager' ELSE 'hotline' END,
       CASE WHEN %(queue)s = 'manager' AND m.active THEN m.id END, %(due)s, %(now)s, 'open', '', 0, '', ''
  FROM clients_client c LEFT JOIN staff_member m ON m.id = c.manager_id
 WHERE c.id = ANY(%(clients)s)
ON CONFLICT (event_id, client_id) DO NOTHING
"""


def open_tasks(claim: Claim, clients: Sequence[int]) -> None:
    """One task a client, in the caller's transaction: the client's manager, or the hotline where nobody is."""
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN_TASKS,
            {
                "event": claim.event_id, "clients": list(clients), "queue": claim.facts.get("call_queue", "manager"),
                "due": claim.facts.get("call_due"), "now": timezone.now(),
            },
        )  # fmt: skip


def tasks_of(member: Member) -> QuerySet[CallTask]:
    """Open calls of a member: his own; for hotline agents also the hotline's; for leads and heads all they may see."""
    found = CallTask.objects.filter(state=CallTask.State.OPEN).select_related(
        "event", "event__topic", "member"
    )
    if member.role == "account_manager":
        found = found.filter(member=member)
    elif member.role == "hotline_agent":
        found = found.filter(queue=CallTask.Queue.HOTLINE)
    else:
        found = found.filter(client_id__in=visible_to(member).values("pk"))
    return found.order_by("due_at", "pk")


def next_task(member: Member, after: int = 0) -> CallTask | None:
    """The member's most urgent open call, another one than ``after`` as long as there is one."""
    found = tasks_of(member)
    return found.exclude(pk=after).first() or found.first()


@dataclass(frozen=True)
class Tally:
    """Calls of one member (or the hotline's queue): open and late now; tries, people reached and done since a moment.

    A try is one attempt, whatever came of it; reached means that a person spoke.
    """

    member: Member | None
    open: int
    overdue: int
    attempted: int
    reached: int
    done: int

    @property
    def share(self) -> float | None:
        """Reached of the calls done."""
        return self.reached / self.done if self.done else None


TALLY = """
SELECT t.member_id, count(*) FILTER (WHERE t.state = 'open'), count(*) FILTER (WHERE t.state = 'open' AND t.due_at < %(now)s),
       coalesce(sum(t.attempts), 0), count(*) FILTER (WHERE t.state = 'done' AND t.result = ANY(%(spoken)s)), count(*) FILTER (WHERE t.state = 'done')
  FROM outreach_calltask t JOIN clients_client c ON c.id = t.client_id
 WHERE (t.state = 'open' OR (t.state = 'done' AND t.done_at >= %(since)s)) AND c.branch_id = %(branch)s
   AND (%(outlet)s::bigint IS NULL OR c.outlet_id = %(outlet)s) AND (%(member)s::bigint IS NULL OR t.member_id = %(member)s)
   AND (NOT %(queue)s OR t.queue = 'hotline')
 GROUP BY 1
"""


def tallies(member: Member, since: datetime) -> list[Tally]:
    """By manager, as far as the member sees: his own, the hotline's, the outlet's or the branch's; most late first."""
    with connection.cursor() as cursor:
        cursor.execute(
            TALLY,
            {
                "now": timezone.now(), "since": since, "spoken": list(SPOKEN), "branch": member.branch_id,
                "outlet": member.outlet_id if member.role == "team_lead" else None,  # type: ignore[misc]
                "member": member.pk if member.role in ("account_manager", "adviser") else None, "queue": member.role == "hotline_agent",
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    members = Member.objects.in_bulk([row[0] for row in rows if row[0]])
    found = [Tally(members.get(member_id), *map(int, numbers)) for member_id, *numbers in rows]
    return sorted(
        found, key=lambda tally: (-tally.overdue, -tally.open, tally.member.pk if tally.member else 0)
    )


def get_task(member: Member, task_id: int) -> CallTask:
    """One open or closed task that the member may work on."""
    found = CallTask.objects.select_related("event").filter(pk=task_id).first()
    if found is None or not visible_to(member).filter(pk=found.client_id).exists():
        raise NotFound()
    return found


@transaction.atomic
def note_call(task_id: int, *, result: str, note: str = "", actor: str) -> CallTask:
    """What came of one try. Nobody there: the task stays open and the try is counted; else it is done."""
    if result not in CallTask.Result.values:
        raise CallResultMissing()
    task = CallTask.objects.select_for_update(of=("self",)).select_related("event").filter(pk=task_id).first()
    if task is None:
        raise NotFound()
    if task.state != CallTask.State.OPEN:
        raise AlreadyDone(state=task.get_state_display())
    now = timezone.now()
    task.attempts += 1
    task.result, task.note = result, note.strip()[:300]
    spoken = result in SPOKEN
    if spoken or result == CallTask.Result.WRONG_NUMBER:
        task.state, task.done_at, task.done_by = CallTask.State.DONE, now, actor
    task.save()
    if task.state == CallTask.State.DONE:
        _settle([task.client_id], task.event_id, delivered=spoken)
    ledger.record(
        "call.made", actor=actor, client_id=task.client_id, object_kind="event", object_id=task.event_id,
        facts={"title": task.event.title, "result": str(CallTask.Result(result).label), "code": result, "spoken": spoken, "note": task.note},
    )  # fmt: skip
    return task


@transaction.atomic
def cancel(event_ids: Sequence[int], clients: Sequence[int], *, reason: str) -> int:
    """Calls that are no longer needed leave the lists at once; returns how many."""
    now = timezone.now()
    gone = list(
        CallTask.objects.select_for_update()
        .filter(event_id__in=event_ids, client_id__in=clients, state=CallTask.State.OPEN)
        .values_list("pk", flat=True)
    )
    CallTask.objects.filter(pk__in=gone).update(
        state=CallTask.State.CANCELLED, note=reason[:300], done_at=now, done_by="system:worker"
    )
    return len(gone)


def _settle(clients: Sequence[int], event_id: int, *, delivered: bool) -> None:
    """The message row of the call channel says what the call came to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH told AS (UPDATE outreach_message SET state = %s, changed_at = %s WHERE event_id = %s AND channel = 3 AND state = 1"
            "  AND client_id = ANY(%s) RETURNING client_id)"
            " UPDATE outreach_delivery d SET delivered = d.delivered + x.good, failed = d.failed + x.bad, handed = d.handed - x.bad"
            " FROM (SELECT client_id >> 12 AS block, count(*) * %s AS good, count(*) * %s AS bad FROM told GROUP BY 1) x"
            " WHERE d.event_id = %s AND d.channel = 3 AND d.block = x.block",
            [
                2 if delivered else 3,
                timezone.now(),
                event_id,
                list(clients),
                int(delivered),
                int(not delivered),
                event_id,
            ],
        )
