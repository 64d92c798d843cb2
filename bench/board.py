"""The operations board: its figures and the year's cost, with a million messages handed over today.

Worse than a real day on purpose: the million does not lie in blocks of 4,096 but in 20,000 small deliveries, 2,000
more are waiting, and a year of 400,000 closed deliveries lies behind. The first reading of a process (nothing
remembered of the year) is told apart.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import connection
from django.utils import timezone

from bench import data
from maitian.outreach.models import Topic
from maitian.outreach.queries import board

READINGS = 200
SENDS, PER_SEND, MESSAGES = 2_000, 10, 50
PAST = 400_000


def _fill() -> None:
    now = timezone.now()
    topics = list(Topic.objects.values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE outreach_delivery, outreach_event RESTART IDENTITY CASCADE")
        cursor.execute(
            "INSERT INTO outreach_event (topic_id, topic_version, object_kind, object_id, fact_key, title, facts, state, maker, signer, made_at,"
            " sent_at, rules, texts, counts, audience_count, verdict_digest, deferred, sent_by)"
            " SELECT (%s::bigint[])[1 + n %% %s], 1, 'bench', n, 'b' || n, 't', '{}', CASE WHEN n %% 10 = 0 THEN 'sending' ELSE 'done' END, 'x', '',"
            " %s, %s, '{}', '{}', '{}', 0, '', '{}', '' FROM generate_series(1, %s) n",
            [topics, len(topics), now, now, SENDS],
        )
        cursor.execute(
            "INSERT INTO outreach_delivery (event_id, channel, block, count, priority, state, claimed_at, done_at, attempts, handed, delivered,"
            " failed, unknown, withheld, cost) SELECT e.id, b %% 3, b / 3, %s, 1, CASE WHEN e.state = 'sending' THEN 'queued' ELSE 'done' END,"
            " CASE WHEN e.state <> 'sending' THEN %s::timestamptz END, CASE WHEN e.state <> 'sending' THEN %s::timestamptz END, 1,"
            " CASE WHEN e.state = 'sending' THEN 0 ELSE 46 END, 44 * (e.state <> 'sending')::int, 2, 1, 1, 2000"
            " FROM outreach_event e, generate_series(0, %s) b",
            [MESSAGES, now, now, PER_SEND - 1],
        )
        cursor.execute(
            "INSERT INTO outreach_delivery (event_id, channel, block, count, priority, state, claimed_at, done_at, attempts, handed, delivered,"
            " failed, unknown, withheld, cost) SELECT (SELECT min(id) FROM outreach_event) + n %% %s, 1, 100 + n, 200, 1, 'done', %s - make_interval(hours => 24 + n %% 7000), %s, 1,"
            " 200, 190, 5, 1, 4, 8000 FROM generate_series(1, %s) n",
            [SENDS, now, now, PAST],
        )
        cursor.execute("ANALYZE outreach_delivery, outreach_event")


def run() -> dict[str, Any]:
    """Milliseconds: ``figures`` is what the moving part asks, ``plan`` the chart; p95 of many readings."""
    data.use("board", 10_000)
    _fill()
    board.forget()
    begin = time.perf_counter()
    board.plan()
    first = time.perf_counter() - begin
    figures, plans = [], []
    for _n in range(READINGS):
        begin = time.perf_counter()
        found = board.figures()
        middle = time.perf_counter()
        board.plan()
        figures.append(middle - begin)
        plans.append(time.perf_counter() - middle)
    figures.sort()
    plans.sort()
    return {
        "messages_today": SENDS * PER_SEND * MESSAGES, "deliveries": SENDS * PER_SEND + PAST, "queued": found.queued,
        "figures_p50_ms": figures[READINGS // 2] * 1000, "figures_p95_ms": figures[int(READINGS * 0.95)] * 1000,
        "plan_p95_ms": plans[int(READINGS * 0.95)] * 1000, "plan_first_ms": first * 1000,
    }  # fmt: skip
