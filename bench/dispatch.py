"""Handing over: the worker's whole path to a gateway that accepts everything, against one job for each message.

Our path, for each text: its delivery is claimed, the gates that can change are asked again, the number is decrypted, the
text is filled, the mark is committed, the gateway takes it and gives a number, the row is written with that number and
the mark deleted. Everything is durable (fsync, synchronous_commit). ``per_second`` is a text that is the same for all,
``personal_per_second`` one with each client's name, which is decrypted, too.

The job way, in the same run and database: one Procrastinate job a message, ten at a time, that asks the same gates,
decrypts, fills, hands over and writes the row, without a mark. Jobs are put in before the clock starts.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from bench import data
from maitian.clients.models import ContactPoint
from maitian.outreach import actions
from maitian.outreach.channels import Handed, Outcome, Outgoing, Outward
from maitian.outreach.channels.pool import Pool
from maitian.outreach.dispatch import claims, recheck, rows
from maitian.outreach.dispatch.rows import Row
from maitian.outreach.dispatch.worker import Worker
from maitian.outreach.models import Delivery, Event, Topic

ROUNDS, JOBS, AT_ONCE = 3, 2000, 10
COMMON = "{signature}{title}：{text}"
PERSONAL = "{signature}{salutation}您好，{text}"


class Open(Outward):
    """A gateway that accepts everything at once and numbers it."""

    def __init__(self) -> None:
        super().__init__("open", 4096)
        self.numbers = itertools.count(1)

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        return [
            Handed(m[0], Outcome.ACCEPTED, f"2611240000{next(self.numbers):010d}", None, "open")
            for m in batch
        ]

    def facts(self) -> dict[str, Any]:
        return {"line": "up"}


def prepare(clients: int) -> None:
    """Phones and names for everybody, and a topic to everybody by SMS at any hour."""
    from maitian.core.privacy import encrypt, token

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clients_client SET state = 'active', consent_bits = 4095, address_bits = 3, level_rank = 1"
        )
        with cursor.copy(
            'COPY clients_contactpoint (client_id, kind, value, value_token, "primary") FROM STDIN'
        ) as copy:
            for n in range(1, clients + 1):
                phone = f"13{n:09d}"
                copy.write_row((n, "phone", encrypt(phone), token(phone), True))
        with cursor.copy(
            "COPY clients_personaldata (client_id, name, gender, id_number, home_address, initials, search_tokens) FROM STDIN"
        ) as copy:
            for n in range(1, clients + 1):
                copy.write_row((n, encrypt("陈建国"), "m", b"", b"", "cjg", []))
        cursor.execute(
            "UPDATE core_rule SET value = '[[\"00:00\", \"24:00\"]]' WHERE key LIKE 'outreach.quiet_windows%%'"
        )
        cursor.execute("UPDATE core_rule SET value = '100000000' WHERE key LIKE 'outreach.budget.%%'")
    for table in ("clients_client", "clients_contactpoint", "clients_personaldata"):
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {table}")


def send(template: str, number: int, channels: int = 2) -> Event:
    """A message to everybody, decided and queued."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM outreach_verdictblock")
        cursor.execute("TRUNCATE outreach_message, outreach_handing")
    Delivery.objects.all().delete()
    Topic.objects.filter(code="service_notice").update(
        by_level=False, suitability=False, channel_mask=channels, timing={}, expires_minutes=None,
        templates={"inbox": template, "sms": template},
    )  # fmt: skip
    made = actions.event_by_hand(
        "service_notice", title=f"通知 {number}", text="今晚系统维护，请提前安排交易。", maker="member:1"
    )
    decided = actions.decide(made.pk, actor="member:1")
    return actions.send(made.pk, actor="member:1", confirmed_count=actions.sending_count(decided))


def hand_over(template: str, number: int, pool: Pool | None = None) -> float:
    """Messages a second of one round, from the first claim to the last row."""
    event = send(template, number)
    worker = Worker((1,), pool or Pool([Open()]), listens=False)
    began = time.perf_counter()
    while worker.step():
        pass
    seconds = time.perf_counter() - began
    event.refresh_from_db()
    handed = sum(Delivery.objects.filter(event=event).values_list("handed", flat=True))
    if event.state != "done" or handed != event.audience_count:
        raise RuntimeError(f"{handed} of {event.audience_count} in state {event.state}")
    worker.close()
    return float(handed / seconds)


def by_jobs(template: str, number: int) -> float:
    """Messages a second when each is a job."""
    from procrastinate.contrib.django import app

    from maitian.outreach import texts

    event = send(template, number)
    claim = claims.claim(1, (1,))
    assert claim is not None
    gateway = Open()

    def one(event_id: int, client_id: int) -> None:
        if recheck.withheld(claim, [client_id]):
            return
        to = recheck.addresses([client_id], "phone")[client_id]
        words = texts.rendered(claim.text, event_id, [client_id])[client_id]
        [answer] = gateway.submit([Outgoing(client_id, to, words)])
        rows.write(claim, [Row(client_id, rows.HANDED, 1, claim.text["price"], answer.reference, "open")])

    task = app.task(name=f"bench.one_message_{number}")(one)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status <> 'doing'")
    jobs: list[dict[str, Any]] = [{"event_id": event.pk, "client_id": n} for n in range(1, JOBS + 1)]
    task.batch_defer(*jobs)

    async def work() -> float:
        with app.replace_connector(app.connector.get_worker_connector()) as opened:  # type: ignore[attr-defined]
            async with opened.open_async():
                began = time.perf_counter()
                await opened.run_worker_async(
                    concurrency=AT_ONCE, wait=False, install_signal_handlers=False, listen_notify=False
                )
                return time.perf_counter() - began

    seconds = asyncio.run(work())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM outreach_message WHERE event_id = %s", [event.pk])
        written = int(cursor.fetchone()[0])
    if written != JOBS:
        raise RuntimeError(f"{written} of {JOBS} jobs")
    return written / seconds


def run(clients: int = 200_000) -> dict[str, Any]:
    """Three rounds of each, taking turns, so that all meet the same noise; medians."""
    data.use("dispatch", clients)
    if not ContactPoint.objects.exists():
        prepare(clients)
    found: dict[str, list[float]] = {"per_second": [], "personal_per_second": [], "job_per_second": []}
    for number in range(ROUNDS):
        stamp = time.time_ns() // 1000 % 10**9 * 10 + number
        found["per_second"].append(hand_over(COMMON, stamp))
        found["personal_per_second"].append(hand_over(PERSONAL, stamp + 3))
        found["job_per_second"].append(by_jobs(COMMON, stamp + 6))
    middle = {name: statistics.median(values) for name, values in found.items()}
    ratios = [ours / jobs for ours, jobs in zip(found["per_second"], found["job_per_second"], strict=True)]
    return {
        "clients": clients, **{name: round(value) for name, value in middle.items()}, "ratio": round(statistics.median(ratios), 1),
        "rounds": [round(value) for value in found["per_second"]], "jobs": JOBS, **data.machine(),
    }  # fmt: skip
