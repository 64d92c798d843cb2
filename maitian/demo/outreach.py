"""Sending in the demonstration: a year of market summaries with their cost, failures, calls, replies, proposals, drafts.

The past is made set-based: one decision is copied to every trading day, message rows come out of the verdict blocks,
and the deliveries' counters are counted from the rows. What is open (calls, replies, proposals) goes through the actions.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from maitian.clients.models import Client, ContactPoint
from maitian.core import ledger
from maitian.core import time as business_time
from maitian.core.models import Rule
from maitian.outreach import actions, calls, decision, inbound, rules, topic_steps
from maitian.outreach.channels import Inbound
from maitian.outreach.models import CallTask, Event, GatewayState, StrangeReceipt, Topic
from maitian.staff import drafts
from maitian.staff.models import Member

SMALLEST = 1_000  # clients; a smaller branch is a test's, which makes its own sends
FULL = 70_000
DAILY = 20  # of the last trading days each has its summary; before, every seventh day, for the line of the year's cost
CLOSE = time(15, 6)
HEADLINES = [
    ("两市放量，电网设备领涨", "沪深两市成交一万两千亿元，电网设备、非银走强，半导体回落。"),
    ("缩量整理，银行护盘", "成交降到九千亿元，银行和公用事业小幅走高，成长板块休整。"),
    ("北向净流入，消费回暖", "北向资金净流入 42 亿元，食品饮料和家电领先，两市涨多跌少。"),
    ("政策预期升温，非银活跃", "市场讨论降准，保险和多元金融成交放大，指数小幅收高。"),
    ("震荡收平，个股分化", "指数全天窄幅震荡，上涨和下跌家数相当，成交与昨日持平。"),
]
# What a carrier says, with its share of a thousand messages.
ERRORS = ("UNDELIV", "EXPIRED", "REJECTD", "no gateway")


def load(members: dict[str, Member], clients: int) -> int:
    """Everything above; returns how many past sends were made. Nothing for a branch of a test's size."""
    if clients < SMALLEST:
        return 0
    _plan(clients, members)
    made = history(members, clients)
    gateways()
    topics(members)
    replies()
    call_tasks(members)
    begun(members)
    return made


def _plan(clients: int, members: dict[str, Member]) -> None:
    """The source's budget is for 70,000 clients: a smaller branch plans in proportion, and says so."""
    if clients >= FULL:
        return
    now = timezone.now()
    for key in ("outreach.budget.sms_month", "outreach.budget.sms_year"):
        shipped = Rule.objects.get(book="brokerage", key=key)
        Rule.objects.create(
            book="brokerage", key=key, value=round(shipped.value * clients / FULL), unit=shipped.unit, title=shipped.title,
            title_en=shipped.title_en, state=Rule.State.APPROVED, maker=members["boss"].actor, checker=members["checker"].actor,
            basis=f"演示：来源的 {shipped.value:,} 元按 {clients:,} 户（来源 7 万户）折算",
            basis_en=f"Demonstration: the source's CNY {shipped.value:,} in proportion to {clients:,} of 70,000 clients",
            valid_from=now - timedelta(days=400), made_at=now - timedelta(days=401), checked_at=now - timedelta(days=400),
        )  # fmt: skip


# --- the past ---------------------------------------------------------------------------------------------------

CLONE = """
INSERT INTO outreach_verdictblock (event_id, block, client_ids, outcomes)
SELECT e.id, b.block, b.client_ids, b.outcomes FROM outreach_verdictblock b, unnest(%(events)s::bigint[]) AS e(id) WHERE b.event_id = %(base)s
"""
# The number of a message decides what became of it: the same every time the branch is made.
MESSAGES = """
INSERT INTO outreach_message (client_id, event_id, channel, day, at, state, parts, cost, reference, gateway, error, changed_at)
SELECT client_id, event_id, 1, day, at, state, parts, CASE WHEN state IN (3, 6) THEN 0 ELSE parts * 400 END,
       CASE WHEN state IN (2, 5) OR error = 'UNDELIV' THEN 'D' || event_id || '-' || client_id END,
       CASE WHEN state = 6 OR error = 'no gateway' THEN NULL WHEN n %% 17 = 0 THEN 'standby' ELSE 'simulator' END, error, at + interval '9 seconds'
  FROM (
    SELECT x.*, CASE WHEN n < 7 THEN 3 WHEN n < 9 AND fresh THEN 5 WHEN n BETWEEN 20 AND 23 THEN 6 ELSE 2 END AS state,
           CASE WHEN n < 7 THEN (%(errors)s::text[])[1 + (n %% 7) / 2] WHEN n BETWEEN 20 AND 21 THEN 'consent' WHEN n BETWEEN 22 AND 23 THEN 'frequency' END AS error
      FROM (
        SELECT t.client_id::bigint, e.id AS event_id, (e.sent_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
               e.sent_at + make_interval(secs => 2 + t.client_id %% 40) AS at, (e.texts->'sms'->>'parts')::int AS parts,
               abs(hashint8(t.client_id * 7919 + e.id)) %% 1000 AS n, e.sent_at > %(fresh)s AS fresh
          FROM outreach_event e JOIN outreach_verdictblock b ON b.event_id = e.id
          CROSS JOIN LATERAL unnest(b.client_ids) WITH ORDINALITY AS t(client_id, place)
         WHERE e.id = ANY(%(events)s) AND get_byte(b.outcomes, (t.place - 1)::int) & 2 > 0) x) y
"""
DELIVERIES = """
INSERT INTO outreach_delivery (event_id, channel, block, count, priority, state, claimed_at, done_at, attempts, handed, delivered, failed,
                               unknown, withheld, cost)
SELECT m.event_id, 1, m.client_id >> 12, count(*), 3, 'done', min(e.sent_at) + interval '1 second', max(m.at), 1,
       count(*) FILTER (WHERE m.state = 2), count(*) FILTER (WHERE m.state = 2), count(*) FILTER (WHERE m.state = 3),
       count(*) FILTER (WHERE m.state = 5), count(*) FILTER (WHERE m.state = 6), sum(m.cost)
  FROM outreach_message m JOIN outreach_event e ON e.id = m.event_id WHERE m.event_id = ANY(%(events)s) GROUP BY 1, 3
"""


def history(members: dict[str, Member], clients: int) -> int:
    """Market summaries by SMS after the close, over the year so far; returns how many."""
    today = business_time.today()
    days = [day for day in business_time.trading_days_before(today, 244) if day.year == today.year]
    days = [*days[:-DAILY][::7], *days[-DAILY:]] if clients < FULL else days[-DAILY:]
    if not days:
        return 0
    topic = Topic.objects.get(code="market_summary")
    editor = members["editor"].actor
    base = actions.make_event(
        topic, object_kind="demo", object_id=0, title="收市综述", maker=editor, facts={"text": HEADLINES[0][1], "channel_mask": rules.SMS}
    )  # fmt: skip
    base = actions.decide(base.pk, actor=editor)
    _at_once(base)
    made = [_event(topic, base, day, n, editor) for n, day in enumerate(days)]
    Event.objects.bulk_create(made)
    events = [event.pk for event in made]
    parameters: dict[str, Any] = {
        "events": events, "base": base.pk, "errors": list(ERRORS), "fresh": datetime.combine(days[-1], time(), business_time.SHANGHAI),
    }  # fmt: skip
    with connection.cursor() as cursor:
        for statement in (CLONE, MESSAGES, DELIVERIES):
            cursor.execute(statement, parameters)
        cursor.execute("DELETE FROM outreach_verdictblock WHERE event_id = %s", [base.pk])
        cursor.execute("DELETE FROM outreach_event WHERE id = %s", [base.pk])
    ledger.record_many(
        {
            "kind": kind, "actor": actor, "object_kind": "event", "object_id": event.pk, "at": at,
            "facts": {"title": event.title, "audience": event.audience_count, "sent": actions.sending_count(event),
                      "count": actions.sending_count(event), "verdict_digest": event.verdict_digest},
        }
        for event in made[-20:]
        for kind, actor, at in (
            ("outreach.decided", editor, event.decided_at), ("outreach.sent", editor, event.sent_at), ("outreach.done", "system:worker", event.done_at)
        )
    )  # fmt: skip
    return len(made)


def _at_once(base: Event) -> None:
    """Made at night the decision would wait for the morning: in the past it went after the close."""
    with connection.cursor() as cursor:
        for block, data in decision.blocks(base.pk):
            gates = data >> 4
            data = np.where(gates == rules.Gate.DEFERRED, data & 15, data).astype(np.uint8)
            cursor.execute(
                "UPDATE outreach_verdictblock SET outcomes = %s WHERE event_id = %s AND block = %s",
                [data.tobytes(), base.pk, block],
            )
    base.counts = {str(byte): n for byte, n in decision.counts(decision.blocks(base.pk)).items()}
    base.verdict_digest = decision.digest(base.pk)


def _event(topic: Topic, base: Event, day: date, n: int, editor: str) -> Event:
    title, text = HEADLINES[n % len(HEADLINES)]
    at = datetime.combine(day, CLOSE, business_time.SHANGHAI)
    words = f"【麦田证券】{title}：{text} 投资有风险，回TD退订"
    parts = rules.sms_parts(words)
    return Event(
        topic=topic, topic_version=base.topic_version, object_kind="demo", object_id=int(f"{day:%Y%m%d}"), fact_key=f"demo:summary:{day}",
        title=f"收市综述：{title}", facts={"title": f"收市综述：{title}", "text": text, "channel_mask": rules.SMS}, state=Event.State.DONE,
        maker=editor, made_at=at - timedelta(minutes=8), decided_at=at - timedelta(minutes=2), decide_seconds=0.02,
        rule_version=base.rule_version, rules=base.rules, counts=base.counts, audience_count=base.audience_count,
        verdict_digest=base.verdict_digest, sent_by=editor, sent_at=at, done_at=at + timedelta(seconds=48), not_before=at,
        expires_at=at + timedelta(hours=18),
        texts={"sms": {"template": rules_quoted(words), "text": words, "personal": [], "parts": parts, "price": parts * 400}},
    )  # fmt: skip


def rules_quoted(words: str) -> str:
    """A text as a template without variables."""
    return words.replace("{", "{{").replace("}", "}}")


# --- now ----------------------------------------------------------------------------------------------------------


def gateways() -> None:
    """A second SMS line that has not been heard of since yesterday, and receipts that belong to no message."""
    now = timezone.now()
    GatewayState.objects.create(
        name="standby", channel=1, line="down", since=now - timedelta(hours=19), seen_at=now - timedelta(hours=17), per_second=0,
        handed=8_214, refused=37, reconnects=6, last_error="connection refused",
    )  # fmt: skip
    StrangeReceipt.objects.bulk_create(
        StrangeReceipt(gateway="standby", reference=f"X{7701 + n}", delivered=n % 2 == 0, error="" if n % 2 == 0 else "UNDELIV",
                       at=now - timedelta(hours=18, minutes=7 * n))
        for n in range(3)
    )  # fmt: skip


def topics(members: dict[str, Member]) -> None:
    """One topic more, paused; a change and a new one that wait for the checker."""
    wishes = topic_steps.BLANK | {
        "name": "节日问候", "name_en": "Holiday wishes", "trigger": "manual", "message_class": 2, "audience": "everybody",
        "conditions": {"all": [{"is": "level", "any_of": [2, 3]}]}, "channel_mask": rules.INBOX | rules.SMS, "budget_month": "300",
        "templates": {"inbox": "{title}\n{text}", "sms": "{signature}{salutation}，{text}"}, "expires_minutes": 12 * 60,
    }  # fmt: skip
    made = actions.propose_topic(
        "holiday_wishes", wishes, actor=members["campaign"].actor, reason="中秋、国庆、元旦用"
    )
    actions.approve_topic(made.pk, actor=members["checker"].actor)
    actions.pause_topic("holiday_wishes", "pause", actor=members["boss"].actor)
    summary = actions.definition_of(Topic.objects.get(code="market_summary"))
    summary["templates"] = {**summary["templates"], "sms": "{signature}{title}。{text} 股市有风险，{opt_out}"}
    actions.propose_topic(
        "market_summary", summary | {"expires_minutes": 15 * 60}, actor=members["campaign"].actor, everybody_meant=True,
        reason="短信缩一点，第二天开盘前作废",
    )  # fmt: skip
    sleeping = topic_steps.BLANK | {
        "name": "很久没联系", "name_en": "Not heard of for long", "trigger": "daily", "message_class": 2, "audience": "everybody",
        "conditions": {"all": [{"is": "last_contact", "older_than": 80}, {"is": "level", "any_of": [3]}]}, "channel_mask": rules.INBOX,
        "templates": {"inbox": "好久没和您联系了\n{salutation}，您的投资顾问想和您约个时间，看看近来的账户。"},
        "timing": {"when": "at", "at": "10:30", "days": "work"}, "repeat_days": 90, "automatic": True,
    }  # fmt: skip
    actions.propose_topic(
        "not_heard_of_for_long",
        sleeping,
        actor=members["editor"].actor,
        reason="金锦囊客户 80 天没联系就问一声",
    )


REPLIES = [
    ("今晚维护到几点？我要转钱", 25), ("收到", 40), ("TD", 65), ("新股缴款是今天 16:00 吗", 95), ("谢谢您", 130), ("你们滨河路营业部周六开门吗？", 180),
    ("退订", 240), ("换了手机号怎么改", 300), ("好的", 420), ("为什么我的佣金比别人高，请给个说法", 26 * 60), ("请问两融怎么开通", 28 * 60), ("恢复", 30 * 60),
]  # fmt: skip


def replies() -> None:
    """Texts from clients' phones, today's and yesterday's; two of yesterday's questions are answered."""
    now = timezone.now()
    phones = ContactPoint.objects.filter(kind="phone", client_id__gt=10, client__state="active").order_by(
        "client_id"
    )
    chosen = list(phones.filter(client__manager__sign_in_name="manager1")[:5]) + list(
        phones.exclude(client__manager__sign_in_name="manager1")[: len(REPLIES) - 5]
    )
    kept = []
    for n, ((words, minutes), point) in enumerate(zip(REPLIES, chosen, strict=False)):
        text = inbound.receive(
            Inbound("simulator", f"demo-in-{n}", str(point.value), words, now - timedelta(minutes=minutes))
        )
        if text is not None:
            kept.append(text)
    inbound.receive(
        Inbound("simulator", "demo-in-stranger", "13911110000", "你们是谁", now - timedelta(hours=3))
    )
    agent = Member.objects.filter(role="hotline_agent").order_by("pk").first()
    for text in [t for t in kept if t.meaning == "question"][-2:]:
        actions.answer_reply(
            text.pk, way="phone", note="已说明，客户满意", actor=agent.actor if agent else "system:demo"
        )


CALL_BACK = "call_back"


def call_tasks(members: dict[str, Member]) -> None:
    """Promised call-backs: late, due today, open, done with every result; the hotline's own ones beside."""
    now = timezone.now()
    definition = topic_steps.BLANK | {
        "name": "约好的回电", "name_en": "Promised call-back", "trigger": "manual", "audience": "named", "channel_mask": rules.CALL,
        "legal_basis": "contract", "templates": {"call": "{salutation}您好，我是{branch}的，您约了今天回电：{text}"},
    }  # fmt: skip
    version = actions.propose_topic(
        CALL_BACK, definition, actor=members["campaign"].actor, everybody_meant=True
    )
    actions.approve_topic(version.pk, actor=members["checker"].actor)
    served = Client.objects.filter(state="active", pk__gt=10).order_by("pk")
    mine = list(served.filter(manager=members["manager1"]).values_list("pk", flat=True)[:9])
    others = list(served.exclude(manager=members["manager1"]).values_list("pk", flat=True)[:24])
    wanted = [*mine, *others]
    event = actions.event_by_hand(
        CALL_BACK,
        title="约好的回电",
        text="核对联系方式，说明新版客户端的变化。",
        maker=members["lead"].actor,
        clients={c: {} for c in wanted},
    )
    event = actions.decide(event.pk, actor=members["lead"].actor)
    event = actions.send(event.pk, actor=members["lead"].actor, confirmed_count=actions.sending_count(event))
    reached = [
        client
        for client, _b in decision.clients_with(event.pk, {b for b in range(256) if b & rules.CALL}, 0, 100)
    ]
    _hand_over(event, reached, now)
    owners = dict(Client.objects.filter(pk__in=reached).values_list("pk", "manager_id"))
    dues = (-95, -20, 45, 150, 300, 1_500)
    tasks = []
    for n, client in enumerate(reached):
        hotline = n % 6 == 5
        tasks.append(
            CallTask(
                event=event, client_id=client, queue="hotline" if hotline else "manager", member_id=None if hotline else owners[client],
                due_at=now + timedelta(minutes=dues[n % len(dues)]), opened_at=now - timedelta(hours=5 + n % 40),
            )
        )  # fmt: skip
    CallTask.objects.bulk_create(tasks)
    results = ("promised", "reached", "no_answer", "refused", "no_answer", "wrong_number", "reached")
    for n, task in enumerate(
        CallTask.objects.filter(event=event).order_by("pk")[len(mine) - 3 : len(mine) + 12]
    ):
        actor = f"member:{task.member_id or members['hotline1'].pk}"
        calls.note_call(
            task.pk, result=results[n % len(results)], note="再约下周三" if n % 7 == 0 else "", actor=actor
        )
        CallTask.objects.filter(pk=task.pk, state="done").update(done_at=now - timedelta(hours=3 + 9 * n))


def _hand_over(event: Event, clients: list[int], now: datetime) -> None:
    """What the worker does for calls, done here so that their times lie in the past."""
    with connection.cursor() as cursor:
        # The worker writes into today's partition: rows of today in the default one would keep it from being made.
        cursor.execute("SELECT outreach_message_partition(%s)", [business_time.shanghai(now).date()])
        cursor.execute(
            "INSERT INTO outreach_message (client_id, event_id, channel, day, at, state) SELECT c, %s, 3, %s, %s, 1 FROM unnest(%s::bigint[]) c",
            [event.pk, business_time.shanghai(now).date(), now - timedelta(hours=5), clients],
        )
        cursor.execute(
            "UPDATE outreach_delivery SET state = 'done', handed = count, claimed_at = %s, done_at = %s, attempts = 1 WHERE event_id = %s",
            [now, now, event.pk],
        )
    Event.objects.filter(pk=event.pk).update(state=Event.State.DONE, done_at=now)


def begun(members: dict[str, Member]) -> None:
    """Drafts that the editors have left, and a message from a manager to a client of his own."""
    topic_steps.begin_new(members["editor"], {"name": "可转债强赎提醒", "name_en": "Convertible called"})
    drafts.begin(
        members["editor"], "message", title="元旦休市安排",
        values={"topic": "service_notice", "title": "元旦休市安排", "text": "1月1日至3日休市，1月4日照常开市。网点同时休息，热线不休。"},
    )  # fmt: skip
    client = (
        Client.objects.filter(manager=members["manager1"], state="active", pk__gt=10)
        .order_by("-assets")
        .first()
    )
    if client is not None:
        actions.message_client(
            client.pk,
            title="上次问的事有结果了",
            text="您问的佣金核对好了，按约定收的，明细放在客户端“账单”里。",
            actor=members["manager1"].actor,
        )
