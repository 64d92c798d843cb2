"""Writes of the chase: issues, results, money, steps, the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from maitian.core import ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.outreach import timing
from maitian.outreach.actions import go, in_force, make_event, sending_count
from maitian.outreach.models import Event, Topic, Trigger
from maitian.outreach.rules import CHANNEL_BITS
from maitian.outreach.shares import rules
from maitian.outreach.shares.errors import IssueFieldWrong, IssueKnown, IssueStarted
from maitian.outreach.shares.models import Allotment, Issue
from maitian.outreach.shares.rules import Step

ACTOR = "system:worker"
LOCK = 7236285  # one advance at a time
STEP_KIND = "allotment_step"


# --- issues -------------------------------------------------------------------------------------------------


def trading_day(first: date, n: int) -> datetime:
    """Local midnight of the ``n``-th trading day after ``first`` (0 is the day itself).

    Deadlines of the law: refused past the calendar's horizon.
    """
    day = first if n == 0 else business_time.trading_day_after(first, n)
    return datetime.combine(day, datetime.min.time(), business_time.SHANGHAI)


def deadline(subscribe_on: date, values: rulebook.Rules) -> datetime:
    """When the money has to be there: the rulebook's trading day and time (T+2 16:00)."""
    rule = values.get("outreach.chase.deadline")
    return timing.moment_of(trading_day(subscribe_on, int(rule["day"])), str(rule["at"]))


@transaction.atomic
def save_issue(issue_id: int | None, values: dict[str, Any], *, actor: str) -> Issue:
    """Register an issue or correct one; once results are in, price and days stand."""
    now = timezone.now()
    _check_issue(values)
    if issue_id is None:
        if Issue.objects.filter(symbol=values["symbol"]).exists():
            raise IssueKnown(symbol=values["symbol"])
        issue = Issue(maker=actor, made_at=now)
    else:
        found = Issue.objects.select_for_update().filter(pk=issue_id).first()
        if found is None:
            raise NotFound()
        issue = found
        fixed = ("symbol", "price", "subscribe_on")
        if issue.allotments.exists() and any(getattr(issue, name) != values[name] for name in fixed):
            raise IssueStarted()
    for name in (
        "symbol",
        "subscription_code",
        "name",
        "kind",
        "exchange",
        "board",
        "price",
        "risk",
        "subscribe_on",
        "list_on",
    ):
        setattr(issue, name, values[name])
    issue.pay_by = deadline(issue.subscribe_on, rulebook.at(now))
    issue.save()
    ledger.record(
        "issue.saved", actor=actor, object_kind="issue", object_id=issue.pk,
        facts={"name": issue.name, "symbol": issue.symbol, "subscribe_on": issue.subscribe_on.isoformat(), "price": str(issue.price)},
    )  # fmt: skip
    return issue


def _check_issue(values: dict[str, Any]) -> None:
    def wrong(field: str, zh: str, en: str) -> None:
        raise IssueFieldWrong(field, what=zh, what_en=en)

    for name in ("symbol", "subscription_code"):
        if not (len(values[name]) == 6 and values[name].isdigit()):
            wrong(name, "代码要是 6 位数字。", "A code has six digits.")
    if not values["name"].strip():
        wrong("name", "请写名称。", "Write the name.")
    if values["kind"] not in Issue.Kind.values or values["board"] not in Issue.Board.values:
        wrong("kind", "请从列出的类别和板块里选。", "Choose kind and board from those listed.")
    if values["exchange"] not in ("SSE", "SZSE", "BSE"):
        wrong("exchange", "交易所是 SSE、SZSE 或 BSE。", "The exchange is SSE, SZSE or BSE.")
    if not Decimal(0) < values["price"] < Decimal(10_000):
        wrong("price", "发行价要大于 0、小于 10,000 元。", "The price is above 0 and below CNY 10,000.")
    if not 1 <= values["risk"] <= 5:
        wrong("risk", "风险等级是 R1 到 R5。", "The risk level is R1 to R5.")
    if not business_time.is_trading_day(values["subscribe_on"]):
        wrong(
            "subscribe_on",
            "申购日不是交易日，请核对。",
            "The day of subscription is not a trading day; check it.",
        )
    if values["list_on"] is not None and values["list_on"] <= values["subscribe_on"]:
        wrong("list_on", "上市日要晚于申购日。", "The day of listing is later than that of subscription.")


# --- results and money ---------------------------------------------------------------------------------------

# ``before`` is what earlier allotments of the account need; the order is that of ``rules.allocate``.
FUND = """
WITH ordered AS (
  SELECT a.id, a.due, a.funded AS was, a.state AS state_was, f.cash,
         coalesce(sum(a.due) OVER (PARTITION BY a.account_number ORDER BY i.pay_by, a.issue_id, a.id
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM outreach_allotment a
    JOIN outreach_issue i ON i.id = a.issue_id AND i.settled_at IS NULL
    JOIN clients_fundaccount f ON f.number = a.account_number
   WHERE a.state IN ('open', 'funded') AND (%(accounts)s::text[] IS NULL OR a.account_number = ANY(%(accounts)s))),
 now AS (
  SELECT id, state_was, was, greatest(0, least(due, cash - before)) AS funded,
         CASE WHEN cash - before >= due THEN 'funded' ELSE 'open' END AS state FROM ordered)
UPDATE outreach_allotment a SET funded = now.funded, state = now.state, changed_at = %(now)s
  FROM now WHERE a.id = now.id AND (now.funded <> now.was OR now.state <> now.state_was)
RETURNING a.client_id, a.issue_id, now.state_was, a.state, a.due - a.funded
"""


@transaction.atomic
def fund(accounts: Sequence[str] | None = None) -> int:
    """Look at the cash again, of some accounts or all: who has the money is chased no more, who took it out is again.

    Returns how many allotments changed. Open calls of those who have paid are taken off the lists.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            FUND, {"accounts": list(accounts) if accounts is not None else None, "now": timezone.now()}
        )
        changed = cursor.fetchall()
    done = {
        (client, issue)
        for client, issue, was, state, _missing in changed
        if was == "open" and state == "funded"
    }
    for issue_id in {issue for _client, issue in done}:
        _end_calls(issue_id, [client for client, issue in done if issue == issue_id])
    _tell(changed)
    if changed:
        live.notify("chase", "funded")
    return len(changed)


def _tell(changed: Sequence[tuple[int, int, str, str, Decimal]]) -> None:
    """The clients' own people see on the timeline that money came, came in part, or went again."""
    names = dict(Issue.objects.filter(pk__in={row[1] for row in changed}).values_list("pk", "name"))
    rows = []
    for client_id, issue_id, was, state, missing in changed:
        kind = (
            "allotment.funded"
            if state == "funded"
            else "allotment.short_again"
            if was == "funded"
            else "allotment.part"
        )
        rows.append(
            {
                "kind": kind, "actor": ACTOR, "client_id": client_id, "object_kind": "issue", "object_id": issue_id,
                "facts": {"name": names[issue_id], "missing": f"{missing:,.2f}"},
            }
        )  # fmt: skip
    ledger.record_many(rows)


def _end_calls(issue_id: int, clients: Sequence[int]) -> None:
    """Calls about an issue that are no longer needed, for clients none of whose accounts is short any more."""
    from maitian.outreach import calls

    still = set(
        Allotment.objects.filter(issue_id=issue_id, client_id__in=clients, state="open").values_list(
            "client_id", flat=True
        )
    )
    events = list(
        Event.objects.filter(object_kind=STEP_KIND, object_id__gte=issue_id * 100, object_id__lt=issue_id * 100 + 100)
        .values_list("pk", flat=True)
    )  # fmt: skip
    calls.cancel(events, [client for client in clients if client not in still], reason="款已到账")


# --- steps ---------------------------------------------------------------------------------------------------


def steps_of(issue: Issue, values: rulebook.Rules) -> list[Step]:
    """The ladder of an issue on its days."""
    entries = values.get("outreach.chase.ladder")
    days = {int(entry["day"]): trading_day(issue.subscribe_on, int(entry["day"])) for entry in entries}
    return rules.ladder(entries, days, CHANNEL_BITS)


@transaction.atomic
def advance(now: datetime | None = None) -> dict[str, int]:
    """Move every open chase on: look at the money, take the step whose moment has come, settle what is over.

    One worker at a time; running it twice does nothing twice. Returns counts of what was done.
    """
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return {}
    values = rulebook.at(now)
    counts = {"changed": fund(), "steps": 0, "reminded": 0, "settled": 0}
    waiting = (
        Issue.objects.select_for_update()
        .filter(settled_at=None, pay_by__lt=now + timedelta(days=10))
        .order_by("pay_by")
    )
    for issue in waiting:
        if not issue.allotments.exists():
            continue
        step = rules.due_step(steps_of(issue, values), now, issue.steps_fired, issue.pay_by)
        if step is not None:
            counts["steps"] += 1
            counts["reminded"] += _take(issue, step)
        elif now >= issue.pay_by:
            counts["settled"] += settle(issue, now, values)
    return counts


def _take(issue: Issue, step: Step) -> int:
    """One step for everybody who is still short: one event, one decision. Returns how many get something."""
    issue.steps_fired = [*issue.steps_fired, step.number]
    issue.save(update_fields=["steps_fired"])
    if not issue.allotments.filter(state="open").exists():
        return 0
    local = business_time.shanghai(issue.pay_by)
    facts = {
        "text": step.words, "issue_id": issue.pk, "issue": issue.name, "symbol": issue.symbol, "channel_mask": step.channel_mask,
        "deadline": f"{local.month}月{local.day}日{local:%H:%M}", "call_queue": step.call_queue or "manager",
        "call_due": issue.pay_by.isoformat(), "link": "/portal/shares/",
    }  # fmt: skip
    reminded = 0
    for topic in in_force(Trigger.ALLOTMENT):  # none in force: money and deadline go on, nobody is reminded
        event = make_event(
            topic, object_kind=STEP_KIND, object_id=issue.pk * 100 + step.number, title=f"{issue.name}中签缴款提醒", maker=ACTOR, facts=facts
        )  # fmt: skip
        decided = go(event, actor=ACTOR)
        reminded += sending_count(decided) if decided else 0
    live.notify("chase", "step")
    return reminded


def permission_of(issue: Issue) -> str | None:
    """The trading permission that subscribing needs, ``None`` on the main boards."""
    if issue.board != Issue.Board.MAIN:
        return issue.board
    return "convertibles" if issue.kind == Issue.Kind.CONVERTIBLE else None


def announce(topic: Topic, issue: Issue) -> bool:
    """The one event of an issue for a topic of its day (subscription, listing); decided and sent at the first call."""
    if Event.objects.filter(topic=topic, object_kind="issue", object_id=issue.pk).exists():
        return False
    day = issue.subscribe_on if topic.trigger == "issue" else issue.list_on
    assert day is not None
    event = make_event(
        topic, object_kind="issue", object_id=issue.pk, title=f"{issue.name}（{issue.symbol}）", maker=ACTOR,
        fact_key=f"{topic.trigger}:{issue.pk}", at_once=topic.timing.get("when") == "at",
        facts={
            "text": "", "issue_id": issue.pk, "issue": issue.name, "symbol": issue.symbol, "exchange": issue.exchange,
            "subscription_code": issue.subscription_code, "price": f"{Decimal(issue.price):.2f}", "board": str(issue.get_board_display()),
            "permission": permission_of(issue),
            "date": f"{day.month}月{day.day}日", "risk": f"R{issue.risk}", "risk_number": issue.risk, "link": "/portal/shares/",
        },
    )  # fmt: skip
    go(event, actor=ACTOR)
    return True


# --- the end ---------------------------------------------------------------------------------------------------


@transaction.atomic
def settle(issue: Issue, now: datetime, values: rulebook.Rules) -> int:
    """At the deadline: whole money is paid, anything less is a default, counted and told. Returns how many ended."""
    on = business_time.shanghai(issue.pay_by).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_allotment SET state = CASE state WHEN 'funded' THEN 'paid' ELSE 'defaulted' END, changed_at = %s"
            " WHERE issue_id = %s AND state IN ('open', 'funded') RETURNING id, client_id, state, due - funded",
            [now, issue.pk],
        )
        ended = cursor.fetchall()
        lost = [row for row in ended if row[2] == "defaulted"]
        cursor.execute(
            'INSERT INTO outreach_default (client_id, allotment_id, "on") SELECT unnest(%s::bigint[]), unnest(%s::bigint[]), %s'
            " ON CONFLICT (allotment_id) DO NOTHING",
            [[row[1] for row in lost], [row[0] for row in lost], on],
        )
    _end_calls(issue.pk, [row[1] for row in ended])
    issue.settled_at = now
    issue.save(update_fields=["settled_at"])
    counts = default_counts([row[1] for row in lost], on)
    limit, days = values.get("outreach.chase.defaults"), values.get("outreach.chase.ban_days")
    ledger.record_many(
        {
            "kind": "allotment.defaulted", "actor": ACTOR, "client_id": client_id, "object_kind": "issue", "object_id": issue.pk,
            "facts": {
                "name": issue.name, "missing": f"{missing:,.2f}", "count": counts[client_id], "limit": limit,
                "consequence": _consequence(counts[client_id], limit, days, on),
            },
        }
        for _id, client_id, _state, missing in lost
    )  # fmt: skip
    ledger.record(
        "issue.settled", actor=ACTOR, object_kind="issue", object_id=issue.pk,
        facts={"name": issue.name, "paid": len(ended) - len(lost), "defaulted": len(lost)},
    )  # fmt: skip
    live.notify("chase", "settled")
    return len(ended)


def _consequence(count: int, limit: int, days: int, on: date) -> str:
    if count >= limit:
        return f"{on + timedelta(days=1)} 至 {on + timedelta(days=days)} 不能申购新股和可转债"
    return f"12 个月内累计 {limit} 次将 {days} 天不能申购"


def default_counts(clients: Sequence[int], on: date) -> dict[int, int]:
    """Client → defaults in the twelve months that end with ``on``."""
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT client_id, count(*) FROM outreach_default WHERE client_id = ANY(%s) AND "on" BETWEEN %s AND %s GROUP BY 1',
            [list(clients), rules.year_before(on), on],
        )
        return dict(cursor.fetchall())
