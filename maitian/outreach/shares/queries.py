"""Reading issues and chases: who is still short, by manager, with the amount."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import PersonalData
from maitian.clients.queries import visible_to
from maitian.core import rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.outreach.models import CallTask, Event
from maitian.outreach.shares import actions, rules
from maitian.outreach.shares.models import Allotment, Default, Issue
from maitian.outreach.words import CHANNEL_NAMES
from maitian.staff.models import Member
from maitian.ui.paging import Sql


def issues() -> QuerySet[Issue]:
    """Newest first."""
    return Issue.objects.order_by("-subscribe_on", "-pk")


def issue(issue_id: int) -> Issue:
    found = Issue.objects.filter(pk=issue_id).first()
    if found is None:
        raise NotFound()
    return found


def totals(issue_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Issue → allotted clients, money due and there, how many are short; of the whole branch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT issue_id, count(DISTINCT client_id), sum(due), sum(funded), count(*) FILTER (WHERE state = 'open'),"
            " count(*) FILTER (WHERE state = 'open' AND funded > 0), coalesce(sum(due - funded) FILTER (WHERE state = 'open'), 0),"
            " count(*) FILTER (WHERE state = 'defaulted')"
            " FROM outreach_allotment WHERE issue_id = ANY(%s) GROUP BY issue_id",
            [issue_ids],
        )
        names = ("clients", "due", "funded", "short", "part", "missing", "defaulted")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor.fetchall()}


@dataclass(frozen=True)
class Visible:
    """The clients that a member may see, as a piece of SQL."""

    sql: str
    params: tuple[Any, ...]


def visible(member: Member) -> Visible:
    sql, params = visible_to(member).values("pk").query.sql_with_params()
    return Visible(sql, tuple(params))


def by_manager(issue_id: int, member: Member) -> list[dict[str, Any]]:
    """Managers whose clients are short, the largest amount first; ``None`` stands for nobody."""
    seen = visible(member)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.name, m.name_en, count(DISTINCT a.client_id), sum(a.due - a.funded) FROM outreach_allotment a"
            " JOIN clients_client c ON c.id = a.client_id LEFT JOIN staff_member m ON m.id = c.manager_id"
            f" WHERE a.issue_id = %s AND a.state = 'open' AND a.client_id IN ({seen.sql}) GROUP BY 1, 2, 3 ORDER BY 5 DESC LIMIT 300",
            [issue_id, *seen.params],
        )
        names = ("id", "name", "name_en", "clients", "missing")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def short(issue_id: int, member: Member, manager_id: int | None = None, state: str = "open") -> Sql:
    """Allotments of an issue in a state, for a window: the largest amounts missing first."""
    seen = visible(member)
    narrow = " AND c.manager_id = %s" if manager_id is not None else ""
    return Sql(
        "SELECT a.id, a.client_id, a.account_number, a.quantity, a.due, a.funded, a.due - a.funded AS missing, a.state,"
        " c.level_rank, m.name AS manager, m.name_en AS manager_en, c.manager_id FROM outreach_allotment a"
        " JOIN clients_client c ON c.id = a.client_id LEFT JOIN staff_member m ON m.id = c.manager_id"
        f" WHERE a.issue_id = %s AND a.state = %s AND a.client_id IN ({seen.sql}){narrow} ORDER BY a.due - a.funded DESC, a.id",
        (issue_id, state, *seen.params, *([manager_id] if manager_id is not None else [])),
    )


def dressed(issue_id: int, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of :func:`short` with the masked name, the defaults of twelve months, and what the last call came to."""
    clients = [row["client_id"] for row in rows]
    names = {person.pk: person.masked_name for person in PersonalData.objects.filter(pk__in=clients)}
    counts = actions.default_counts(clients, business_time.today())
    calls = {
        call.client_id: call
        for call in CallTask.objects.filter(
            client_id__in=clients, event__object_kind=actions.STEP_KIND, event__object_id__gte=issue_id * 100,
            event__object_id__lt=issue_id * 100 + 100,
        ).order_by("opened_at")
    }  # fmt: skip
    for row in rows:
        row["name"] = names.get(row["client_id"], "–")
        row["defaults"] = counts.get(row["client_id"], 0)
        row["call"] = calls.get(row["client_id"])
    return rows


@dataclass(frozen=True)
class Rung:
    """A step of an issue's ladder as the board shows it: ``state`` is done, next, later or missed."""

    number: int
    at: datetime
    words: str
    channel_mask: int
    call_queue: str
    state: str
    event: Event | None

    @property
    def by(self) -> list[Any]:
        """Through what: ``[短信]``, ``[客户经理打电话]``."""
        if self.call_queue:
            return [_("客户经理打电话") if self.call_queue == "manager" else _("热线打电话")]
        return [name for number, name in CHANNEL_NAMES.items() if self.channel_mask & (1 << number)]


def rungs(item: Issue) -> list[Rung]:
    """The ladder of an issue with what was done."""
    events = {
        event.object_id % 100: event
        for event in Event.objects.filter(
            object_kind=actions.STEP_KIND, object_id__gte=item.pk * 100, object_id__lt=item.pk * 100 + 100
        )
    }
    fired = set(item.steps_fired)
    found, waiting, now = [], True, timezone.now()
    for step in actions.steps_of(item, rulebook.at(min(now, item.pay_by))):
        state = "done" if step.number in fired else "missed" if step.at < now or item.settled_at else "later"
        if state == "later" and waiting:
            state, waiting = "next", False
        found.append(
            Rung(
                step.number,
                step.at,
                step.words,
                step.channel_mask,
                step.call_queue,
                state,
                events.get(step.number),
            )
        )
    return found


def of_client(client_id: int, limit: int = 20) -> list[Allotment]:
    """A client's allotments, newest first, for the portal and the client page."""
    return list(Allotment.objects.select_related("issue").filter(client_id=client_id).order_by("-pk")[:limit])


@dataclass(frozen=True)
class Chase:
    """An allotment as the client's own people see it: what was done about it, what comes next, the last call's result."""

    allotment: Allotment
    done: list[Rung]
    following: Rung | None
    call: CallTask | None


def chases_of(client_id: int, limit: int = 5) -> list[Chase]:
    """A client's latest allotments with the state of their chases. Access is checked by the caller."""
    found = of_client(client_id, limit)
    ladders = {item.issue_id: rungs(item.issue) for item in found}
    calls = {
        call.event.object_id // 100: call
        for call in CallTask.objects.filter(client_id=client_id, event__object_kind=actions.STEP_KIND)
        .select_related("event")
        .order_by("opened_at")
    }
    return [
        Chase(
            item,
            [rung for rung in ladders[item.issue_id] if rung.state == "done" and rung.at >= item.arrived_at],
            next((rung for rung in ladders[item.issue_id] if rung.state == "next"), None)
            if item.state == "open"
            else None,
            calls.get(item.issue_id),
        )
        for item in found
    ]


def owing(member: Member, limit: int = 50) -> list[Allotment]:
    """Open allotments of the member's clients whose deadline is still to come, the nearest and largest first."""
    return list(
        Allotment.objects.select_related("issue")
        .filter(state=Allotment.State.OPEN, issue__settled_at=None, issue__pay_by__gt=timezone.now())
        .filter(client_id__in=visible_to(member).values("pk"))
        .order_by("issue__pay_by", F("funded") - F("due"), "pk")[:limit]
    )


def rules_of_default() -> tuple[int, int]:
    """``(defaults within twelve months that lead to a ban, its calendar days)``."""
    values = rulebook.at()
    return int(values.get("outreach.chase.defaults")), int(values.get("outreach.chase.ban_days"))


def ban_of(client_id: int) -> tuple[int, Any]:
    """``(defaults in twelve months, (first day, last day) of a ban that is not over, or None)``."""
    values = rulebook.at()
    today = business_time.today()
    days = list(Default.objects.filter(client_id=client_id).values_list("on", flat=True))
    found = rules.ban(days, values.get("outreach.chase.defaults"), values.get("outreach.chase.ban_days"))
    return rules.defaults_within(days, today), found if found and found[1] >= today else None


def due_today(member: Member) -> tuple[int, Decimal]:
    """``(clients, CNY missing)`` of the member's clients in open chases, for the home page."""
    seen = visible(member)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT a.client_id), coalesce(sum(a.due - a.funded), 0) FROM outreach_allotment a JOIN outreach_issue i"
            f" ON i.id = a.issue_id AND i.settled_at IS NULL WHERE a.state = 'open' AND a.client_id IN ({seen.sql})",
            seen.params,
        )
        clients, missing = cursor.fetchone()
    return int(clients), Decimal(missing)
