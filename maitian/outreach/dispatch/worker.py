"""The worker: one thread for what needs no gateway, one for each channel that does."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from maitian.clients.models import MessageClass
from maitian.core import ledger, live
from maitian.core.columns import numbers
from maitian.core.time import shanghai
from maitian.outreach import calls, texts, unsubscribe
from maitian.outreach.campaigns import trials
from maitian.outreach.channels import GatewayDown, Handed, Outcome, Outgoing, configured
from maitian.outreach.channels.pool import Pool
from maitian.outreach.dispatch import claims, gateways, listening, receipts, recheck, rows, wake
from maitian.outreach.dispatch.claims import Claim
from maitian.outreach.dispatch.rows import Row
from maitian.outreach.sms import sms_parts

log = logging.getLogger(__name__)
IDLE = 3.0  # seconds between looks when there is nothing to do; a dead worker's deliveries ring no bell
TRIES = 8  # rounds in which every gateway says "not now" to a message; then it has failed
SET_ASIDE = timedelta(minutes=1)  # for a delivery at which we failed ourselves
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0  # seconds between those rounds
ALIVE = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 25000"
LONG_AGO = datetime.min.replace(tzinfo=UTC)
CONTACT = {1: "phone", 2: "email"}
# By the number of the outcome; ``None``: the message is given to nobody yet.
STATES = (None, rows.HANDED, rows.FAILED, None, rows.UNKNOWN, None)


class NotNow(Exception):
    """Every gateway refused some messages for now."""


@dataclass
class _Batch:
    """Messages under one mark: who is in it, what they get, who of them is tried again, who fell out and why."""

    number: int
    size: int  # clients looked at
    clients: list[int]
    outgoing: list[Outgoing]
    again: set[int]
    parts: dict[int, int]  # client → parts of his text
    stopped: dict[int, str]
    failed: dict[int, str]
    parts_differ: bool = True
    counted: set[int] = field(default_factory=set)  # for whom the cap counted it
    day: date = date.min
    at: datetime = LONG_AGO
    answers: Future[list[Handed]] | None = None


class Worker:
    """Hands the deliveries of some channels over, with a database session and a pool of its own."""

    def __init__(
        self, channels: Sequence[int] = (0, 3), pool: Pool | None = None, listens: bool = True
    ) -> None:
        self.key = 0
        self.channels = tuple(channels)
        self.pool = pool
        self.listens = listens  # False: a thread of its own does (see :mod:`listening`)
        self._held: Any = None  # the database connection that holds the lock
        self._senders = ThreadPoolExecutor(1, thread_name_prefix="send") if pool else None

    def _hold_lock(self) -> None:
        """The lock lives as long as this session: that is how others know that we live."""
        if self._held is None or self._held is not connection.connection or self._held.closed:
            # A new key: what was claimed under the old one is abandoned, also when it was ours.
            self.key = secrets.randbelow(2**31 - 1) + 1
            with connection.cursor() as cursor:
                # A host whose network is gone says no goodbye: the database must notice, for its claims to be taken up.
                cursor.execute(ALIVE)
                cursor.execute("SELECT pg_advisory_lock(%s, %s)", [claims.LOCKS, self.key])
            self._held = connection.connection

    def claim(self) -> Claim | None:
        """The next delivery, or one whose worker died, or ``None``."""
        self._hold_lock()  # the session may have been renewed since
        return claims.claim(self.key, self.channels)

    def step(self) -> bool:
        """Take and finish one delivery; ``False`` when there is nothing to do."""
        self._hold_lock()  # also at rest: the doctor and the board ask who is there
        if self.listens and self.pool is not None:
            listening.listen(self.channels[0], self.pool)
        if self.pool is not None and not self.pool.ready():
            return False
        if self.pool is not None:
            trials.hand_over(self.channels[0], self.pool)
        if not claims.anything(self.channels):
            return False
        claim = self.claim()
        if claim is None:
            return False
        try:
            self.deliver(claim)
        except GatewayDown as error:
            log.warning("channel %s: %s", claim.channel, error)
            claims.give_back(claim.id)
        except NotNow as error:
            log.warning("channel %s: %s", claim.channel, error)
            pause = min(FIRST_PAUSE * 2**claim.refusals, LONGEST_PAUSE)
            claims.give_back(claim.id, timezone.now() + timedelta(seconds=pause), refused=True)
        except (OperationalError, InterfaceError):
            raise  # the database is gone, and our lock with it: whoever comes first takes the delivery up again
        except Exception:  # a fault of ours must not hold up what comes after it
            log.exception("delivery %s", claim.id)
            claims.give_back(claim.id, timezone.now() + SET_ASIDE)
        finish_events(claim.event_id)
        live.notify(f"event-{claim.event_id}", "progress")
        live.notify("outreach-board", "progress")
        return True

    def deliver(self, claim: Claim) -> None:
        """Hand a delivery over to its channel."""
        clients = claims.clients_of(claim)
        again: set[int] = set()
        if claim.attempts > 1:
            clients, again = self._only_the_rest(claim, clients)
        if self.pool is None:
            self._deliver_here(claim, clients)
        else:
            self._deliver_out(claim, clients, again)

    def _only_the_rest(self, claim: Claim, clients: list[int]) -> tuple[list[int], set[int]]:
        """After a crash or a pause: what a mark holds is in doubt; what has a row is not sent again, unless asked."""
        with transaction.atomic():
            _doubt_marks(claim)
            there = rows.states_of(claim, clients)
        again = {client for client, state in there.items() if state == rows.AGAIN}
        return [client for client in clients if client not in there or client in again], again

    # --- inbox and call tasks: in the house, one transaction ------------------------------------------------

    def _deliver_here(self, claim: Claim, clients: list[int]) -> None:
        with transaction.atomic():
            stopped = recheck.withheld(claim, clients)
            going = [client for client in clients if client not in stopped]
            rows.write(claim, [Row(client, rows.WITHHELD, error=gate) for client, gate in stopped.items()])
            state = rows.DELIVERED if claim.channel == 0 else rows.HANDED
            rows.write_alike(claim, going, state, 1, 0)
            if claim.channel == 3:
                calls.open_tasks(claim, going)
            delivered = len(going) if claim.channel == 0 else 0
            claims.add(claim.id, handed=len(going), delivered=delivered, withheld=len(stopped))
            claims.done(claim.id)

    # --- SMS and e-mail: out of the house, under marks ------------------------------------------------------

    def _deliver_out(self, claim: Claim, clients: list[int], again: set[int]) -> None:
        assert self.pool is not None and self._senders is not None
        flying: _Batch | None = None
        left = refused = start = 0
        paused = False
        number = _next_mark(claim)

        def landed(batch: _Batch | None) -> None:
            nonlocal left, refused
            if batch is not None:
                untaken = self._finish(claim, batch)
                left += len(untaken)
                refused += sum(answer.outcome == Outcome.ELSEWHERE for answer in untaken)

        try:
            while start < len(clients) and not left:
                if paused := not claims.still_sending(claim.event_id):
                    break
                batch = self._prepare(claim, clients[start : start + self.pool.batch], again, number)
                start, number = start + batch.size, number + 1
                before = flying
                if before is not None and before.answers is not None:
                    wait(
                        [before.answers]
                    )  # one batch is marked and goes out at a time: that much is in doubt at a death
                flying = self._sent(claim, batch)
                landed(before)
        finally:  # also after a fault: what is at the gateway has its answers written
            landed(flying)
        if left:
            error = f"{left} messages were not taken"
            raise NotNow(error) if refused else GatewayDown(error)
        if paused:
            claims.give_back(claim.id)
        else:
            claims.done(claim.id)

    def _prepare(self, claim: Claim, chunk: list[int], again: set[int], number: int) -> _Batch:
        """Ask the gates again and fill the texts, while the batch before is at the gateway. Nothing is written."""
        stopped = recheck.withheld(claim, chunk)
        going = [client for client in chunk if client not in stopped] if stopped else chunk
        to = recheck.addresses(going, CONTACT[claim.channel])
        words = texts.rendered(claim.text, claim.event_id, going)
        failed: dict[int, str] = {}
        if len(to) < len(going) or len(words) < len(going):
            failed = {client: "no address" for client in going if client not in to}
            failed |= {client: "no text" for client in going if client in to and client not in words}
            going = [client for client in going if client not in failed]
        return _Batch(
            number, len(chunk), going, self._outgoing(claim, going, to, words), again & set(chunk) if again else again,
            _parts(claim, going, words), stopped, failed, bool(claim.text.get("personal", True)) and claim.channel == 1,
        )  # fmt: skip

    def _sent(self, claim: Claim, batch: _Batch) -> _Batch | None:
        """Mark and hand over; ``None`` when nobody is left to send to."""
        assert self.pool is not None and self._senders is not None
        if not self._mark(claim, batch):
            return None
        batch.answers = self._senders.submit(self.pool.submit, batch.outgoing)
        return batch

    def _mark(self, claim: Claim, batch: _Batch) -> bool:
        """Commit the mark: from now on these may go out. Returns whether there is anybody to send to."""
        now = timezone.now()
        batch.at, batch.day = now, shanghai(now).date()
        with transaction.atomic():
            if self._held is not connection.connection:
                raise OperationalError("the session that held the lock is gone")
            if claim.capped:
                fresh = [client for client in batch.clients if client not in batch.again]
                batch.counted = recheck.take_quota(fresh)
                if over := {client: "frequency" for client in fresh if client not in batch.counted}:
                    batch.stopped |= over
                    batch.clients = [client for client in batch.clients if client not in over]
                    batch.outgoing = [message for message in batch.outgoing if message.client_id not in over]
            self._close(
                claim, [Row(c, rows.WITHHELD, error=gate) for c, gate in batch.stopped.items()], batch.again
            )
            self._close(
                claim, [Row(c, rows.FAILED, error=why) for c, why in batch.failed.items()], batch.again
            )
            claims.add(claim.id, withheld=len(batch.stopped), failed=len(batch.failed))
            if batch.clients:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO outreach_handing (delivery_id, number, client_ids, at) VALUES (%s, %s, %s::bigint[], %s)",
                        [claim.id, batch.number, numbers(batch.clients), now],
                    )
        return bool(batch.clients)

    def _outgoing(
        self, claim: Claim, going: list[int], to: dict[int, str], words: dict[int, str]
    ) -> list[Outgoing]:
        if claim.channel == 1:
            key = f"{claim.topic}:{claim.topic_version}"
            numbers, said = map(to.__getitem__, going), map(words.__getitem__, going)
            return [Outgoing(*each, "", "", key) for each in zip(going, numbers, said, strict=True)]
        subjects = texts.rendered(claim.text, claim.event_id, going, "subject")
        by_consent = (
            claim.message_class != MessageClass.SERVICE
        )  # what a duty or a contract asks for has no opting out
        return [
            Outgoing(
                client, to[client], words[client], subjects.get(client, claim.title),
                unsubscribe.link(client, claim.message_class, claim.channel) if by_consent else "",
            )
            for client in going
        ]  # fmt: skip

    def _finish(self, claim: Claim, batch: _Batch) -> list[Handed]:
        """Write the answers in the transaction that deletes the mark; returns those that no gateway has taken."""
        assert batch.answers is not None
        try:
            answers = batch.answers.result()
        except GatewayDown:
            answers = [Handed(client, Outcome.NOT_TRIED) for client in batch.clients]
        except Exception as error:
            log.exception("channel %s", claim.channel)
            answers = [Handed(c, Outcome.DOUBT, None, type(error).__name__[:40]) for c in batch.clients]
        price = claim.text["price"] // max(1, claim.text["parts"])
        alike = self._alike(batch, answers)
        made, untaken = ([], []) if alike else self._rows(claim, batch, answers, price)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM outreach_handing WHERE delivery_id = %s AND number = %s",
                    [claim.id, batch.number],
                )
                gone = not cursor.rowcount
            if dead := {answer.client_id for answer in answers if answer.gone}:
                receipts.bounce([message.to for message in batch.outgoing if message.client_id in dead])
            if gone:  # another worker took us for dead and wrote them down as in doubt: we know better
                rows.correct(claim, made or self._rows(claim, batch, answers, price)[0])
                return []
            if alike:
                clients, numbers, gateway, parts = alike
                rows.write_alike(
                    claim, clients, rows.HANDED, parts, parts * price, numbers, gateway, batch.at
                )
                claims.add(claim.id, handed=len(clients), cost=len(clients) * parts * price)
                receipts.settle_waiting(numbers)
                return []
            self._close(claim, made, batch.again, batch.at)
            back = [answer.client_id for answer in untaken if answer.client_id in batch.counted]
            if back:
                recheck.give_quota_back(back, batch.day)
            by_state = Counter(row.state for row in made)
            claims.add(
                claim.id, handed=by_state[rows.HANDED], failed=by_state[rows.FAILED], unknown=by_state[rows.UNKNOWN],
                cost=sum(row.cost for row in made),
            )  # fmt: skip
            receipts.settle_waiting(
                [n for row in made for n in row.references or ((row.reference,) if row.reference else ())]
            )
        return untaken

    @staticmethod
    def _alike(batch: _Batch, answers: list[Handed]) -> tuple[Sequence[int], Sequence[str], str, int] | None:
        """``(clients, numbers, gateway, parts)`` when one gateway took them all in the same way, as most batches are."""
        parts = next(iter(batch.parts.values()), 0)
        if batch.again or not answers or (batch.parts_differ and len(set(batch.parts.values())) > 1):
            return None
        clients, outcomes, numbers, errors, gateways, _parts, chains, _gone = zip(*answers, strict=True)
        count = len(clients)
        if (
            outcomes.count(Outcome.ACCEPTED) != count or gateways.count(gateways[0]) != count or chains.count(()) != count
            or errors.count(None) != count or not rows.fits(numbers)
        ):  # fmt: skip
            return None
        return clients, numbers, gateways[0], parts

    @staticmethod
    def _rows(
        claim: Claim, batch: _Batch, answers: list[Handed], price: int
    ) -> tuple[list[Row], list[Handed]]:
        """The rows of the answers, and the answers that leave a message for another round."""
        made: list[Row] = []
        untaken: list[Handed] = []
        for answer in answers:
            client, outcome, reference, why, gateway, _parts, references, _gone = answer
            state = STATES[outcome]
            if state is None:
                if outcome == Outcome.NOT_TRIED or claim.refusals + 1 < TRIES:
                    untaken.append(answer)
                    continue
                state, why = rows.FAILED, why or "no gateway"
            parts = batch.parts[client]
            cost = parts * price if state != rows.FAILED else 0
            made.append(Row(client, state, parts, cost, reference, gateway or None, why, references))
        return made, untaken

    def _close(self, claim: Claim, made: Sequence[Row], again: set[int], at: datetime | None = None) -> None:
        if again:
            rows.rewrite(claim, [row for row in made if row.client_id in again], at)
            made = [row for row in made if row.client_id not in again]
        rows.write(claim, made, at)

    def close(self) -> None:
        if self._senders is not None:
            self._senders.shutdown(wait=False, cancel_futures=True)
        if self.pool is not None:
            self.pool.close()
        connection.close()


def _parts(claim: Claim, clients: Sequence[int], words: Mapping[int, str]) -> dict[int, int]:
    """Client → parts of his text; the text is the same for all of them when it has no personal variables."""
    if claim.channel != 1:
        return dict.fromkeys(clients, 1)
    if not claim.text.get("personal", True) and clients:
        return dict.fromkeys(clients, sms_parts(words[clients[0]]))
    return {client: sms_parts(words[client]) for client in clients}


def _next_mark(claim: Claim) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(number), 0) + 1 FROM outreach_handing WHERE delivery_id = %s", [claim.id]
        )
        return int(cursor.fetchone()[0])


def _doubt_marks(claim: Claim) -> None:
    """What a dead worker's marks hold may have gone out: unknown, counted at its price, and the marks are done with."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM outreach_handing WHERE delivery_id = %s RETURNING client_ids, at", [claim.id]
        )
        marks = cursor.fetchall()
    if not marks:
        return
    doubtful = {int(client): at for ids, at in marks for client in ids}
    there = rows.states_of(claim, sorted(doubtful))
    made = [
        Row(client, rows.UNKNOWN, claim.text["parts"], claim.text["price"], error="worker died")
        for client in sorted(doubtful)
        if client not in there or there[client] == rows.AGAIN
    ]
    rows.write(claim, [row for row in made if row.client_id not in there], min(doubtful.values()))
    rows.rewrite(claim, [row for row in made if row.client_id in there], min(doubtful.values()))
    claims.add(claim.id, unknown=len(made), cost=sum(row.cost for row in made))


def finish_events(event_id: int) -> None:
    """Close an event whose deliveries are all done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outreach_event SET state = 'done', done_at = %s WHERE id = %s AND state = 'sending'"
            " AND NOT EXISTS (SELECT 1 FROM outreach_delivery WHERE event_id = %s AND state <> 'done')"
            " RETURNING title",
            [timezone.now(), event_id, event_id],
        )
        row = cursor.fetchone()
        if row:
            ledger.record(
                "outreach.done", actor="system:worker", object_kind="event", object_id=event_id,
                facts={"title": row[0]},
            )  # fmt: skip


def run_forever(make: Callable[[], Worker], stop: threading.Event, bell: threading.Event) -> None:
    """Work until told to stop; a lost database is waited for, an unexpected fault is logged and survived.

    ``bell`` is rung when something was sent; without it the worker looks every three seconds.
    """
    worker = make()
    while not stop.is_set():
        bell.clear()
        try:
            busy = worker.step()
        except Exception:
            log.exception("dispatch")
            connection.close()
            stop.wait(2)
            continue
        if not busy:
            bell.wait(IDLE)
    worker.close()


def start(stop: threading.Event) -> list[threading.Thread]:
    """The worker's threads: inbox and calls, SMS, e-mail; one for each pool that listens; one that waits for the bell."""
    pools = {1: configured.pool("sms"), 2: configured.pool("email")}
    makers: dict[str, Callable[[], Worker]] = {
        "inbox": lambda: Worker((0, 3)),
        "sms": lambda: Worker((1,), pools[1], listens=False),
        "email": lambda: Worker((2,), pools[2], listens=False),
    }
    for pool in pools.values():
        gateways.apply_switches(pool)
    bells = {name: threading.Event() for name in makers}
    threads = [
        threading.Thread(target=run_forever, args=(make, stop, bells[name]), name=f"dispatch-{name}")
        for name, make in makers.items()
    ]
    threads += [
        threading.Thread(target=listening.run_forever, args=(channel, pool, stop), name=f"listen-{channel}")
        for channel, pool in pools.items()
    ]
    threads.append(threading.Thread(target=wake.ring, args=(list(bells.values()), stop), name="wake"))
    for thread in threads:
        thread.start()
    return threads
