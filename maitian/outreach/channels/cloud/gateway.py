"""A cloud's gateway: signed requests with several texts each, receipts pulled here or pushed to a page of ours."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.utils import timezone

from maitian.outreach.channels import GatewayDown, Handed, Inbound, Outcome, Outgoing, Receipt, Unreadable
from maitian.outreach.channels.cloud.codes import Verdict, classed, own_codes
from maitian.outreach.channels.cloud.dialects import DIALECTS, Account, Item, Said, Unclear
from maitian.outreach.channels.cloud.line import Call, Line, NotSent, Reply, Unanswered, address
from maitian.outreach.channels.cloud.wording import Wording
from maitian.outreach.channels.pace import Pace

log = logging.getLogger(__name__)
PULLED_AT_ONCE = 500  # receipts and texts asked for at a time
BUSY_PAUSES = (0.3, 0.8, 2.0)  # seconds before a busy cloud is asked again; then the texts go elsewhere
FIRST_REST, LONGEST_REST = 1.0, 60.0  # seconds without sending after a request that nobody answered
SPLIT = (Verdict.GONE, Verdict.REFUSED)  # one text's fault: a request that was refused for it is halved


class _Down(Exception):
    """Nothing goes this way now; what was not begun is free for another gateway."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What one pull brought; its cursor acknowledges it when it is stored."""

    receipts: list[Receipt]
    texts: list[Inbound]
    broken: list[Unreadable]
    cursor: str
    full: bool


class _Judged(NamedTuple):
    verdict: Verdict
    why: str
    reference: str = ""


class CloudGateway:
    """One account at one cloud. The first request after a fault carries one text: if it falls into doubt, no more do."""

    def __init__(
        self, *, name: str, url: str, key_id: str, secret: str, sign: str = "", dialect: str = "plain",
        templates: Sequence[Mapping[str, str]] = (), app: str = "", region: str = "", extend: str = "", batch: int = 500,
        together: int = 100, per_second: float = 0, connect_within: float = 5.0, answer_within: float = 10.0,
        pull_every: float = 5.0, push_key: str = "", codes: Mapping[str, str] | None = None, gone: Iterable[str] | None = None,
    ) -> None:  # fmt: skip
        if dialect not in DIALECTS:
            raise ValueError(f"dialect must be one of {', '.join(DIALECTS)}")
        where = address(url)
        self.name, self.batch = name, batch
        self.bell = threading.Event()
        self.speaks = DIALECTS[dialect]
        self.account = Account(
            name, key_id, secret, sign.strip("【】"), where.named, where.path, app, region, extend,
            self.speaks.gone if gone is None else frozenset(gone),
        )  # fmt: skip
        self.push_key = push_key
        self._table = {**self.speaks.table, **own_codes(codes or {})}
        self._wording = Wording(templates, self.speaks.free)
        self._most = max(1, min(self.speaks.most, together))
        self._pace = Pace(per_second)
        self._line = Line(where, connect_within, answer_within)
        self._pulling = Line(where, connect_within, answer_within)
        self._pull_every = pull_every if self.speaks.pulls else 0
        self._trusted = False  # whether the last request had an answer that we understood
        self._failures = 0
        self._rest_until = 0.0
        self._used = False
        self._silent = False  # whether the last request had no answer that can be understood
        self._slow_until = 0.0
        self._error = ""
        self._sending = threading.Lock()
        self._closing = threading.Event()
        self._go_on = threading.Event()  # what was pulled is stored
        self._puller: threading.Thread | None = None
        self._cursor = ""
        self._page: _Page | None = None  # waits to be given
        self._given: _Page | None = None  # given, not yet stored

    # --- what goes out --------------------------------------------------------------------------------------

    def submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        with self._sending:
            return self._submit(batch)

    def _submit(self, batch: Sequence[Outgoing]) -> list[Handed]:
        if self._rest_until > time.monotonic():
            raise GatewayDown(self._error or "no answers")
        answers: list[Handed] = []
        items: list[Item] = []
        for message in batch:
            words = self._wording.read(message.text, message.template)
            if words is None:
                answers.append(self._handed(message.client_id, Outcome.ELSEWHERE, "no template"))
            else:
                items.append(Item(message.client_id, message.to, words))
        waiting = self._requests(items)
        began = False
        while waiting:
            request = waiting.pop(0)
            if not self._trusted and len(request) > 1:
                waiting.insert(0, request[1:])
                request = request[:1]
            try:
                said, again = self._ask(request)
            except _Down as error:
                self._error = str(error)[:120]
                left = [*request, *(item for other in waiting for item in other)]
                if not began and not answers:
                    raise GatewayDown(self._error) from None
                return answers + [
                    self._handed(item.client_id, Outcome.NOT_TRIED, self._error[:40]) for item in left
                ]
            began = True
            answers += said
            waiting[:0] = again
            if any(answer.outcome == Outcome.DOUBT for answer in said):
                self._trusted = False
                if self._silent:  # the rest is another gateway's now
                    self._rest()
                    left = [item for other in waiting for item in other]
                    return answers + [
                        self._handed(item.client_id, Outcome.NOT_TRIED, self._error[:40]) for item in left
                    ]
        return answers

    def _rest(self) -> None:
        """Leave a cloud alone that takes requests and does not answer: each asking leaves a text in doubt."""
        self._failures += 1
        self._rest_until = time.monotonic() + min(FIRST_REST * 2 ** (self._failures - 1), LONGEST_REST)

    def _handed(
        self, client_id: int, outcome: Outcome, error: str | None, reference: str | None = None
    ) -> Handed:
        return Handed(client_id, outcome, reference, error, self.name)

    def _requests(self, items: Sequence[Item]) -> list[list[Item]]:
        """Items that may share a request, as many as it takes; a number stands in each once, for answers name numbers."""
        made: list[list[Item]] = []
        open_ones: dict[Any, list[list[Item]]] = {}
        numbers: dict[int, set[str]] = {}
        for item in items:
            same = open_ones.setdefault(self.speaks.together(item), [])
            place = next((r for r in same if item.to not in numbers[id(r)]), None)
            if place is None:
                place = []
                same.append(place)
                made.append(place)
                numbers[id(place)] = set()
            place.append(item)
            numbers[id(place)].add(item.to)
            if len(place) >= self._most:
                same.remove(place)
        return made

    def _ask(self, items: Sequence[Item]) -> tuple[list[Handed], list[list[Item]]]:
        """One request; its answers, and the halves of a request that one text has spoilt. Raises :class:`_Down`."""
        found = _Judged(Verdict.BUSY, "busy")
        for pause in (*BUSY_PAUSES, None):
            self._wait(len(items))
            said = self._once(items)
            if isinstance(said, dict):
                return self._each(items, said)
            found = said
            if found.verdict != Verdict.BUSY:
                break
            self._slow_until = time.monotonic() + 10
            if pause is None or self._closing.wait(pause):
                break
        if len(items) > 1 and (found.verdict in SPLIT or found.why in self.speaks.of_one):
            middle = len(items) // 2
            return [], [list(items[:middle]), list(items[middle:])]
        if found.verdict == Verdict.DOWN:
            self._trusted = False
            raise _Down(found.why)
        return self._each(items, {item.to: found for item in items})

    def _wait(self, count: int) -> None:
        """Until the agreed rate lets this many go."""
        while count and not self._closing.is_set():
            count -= self._pace.take(count, time.monotonic())
            if count:
                self._closing.wait(max(0.005, self._pace.wait()))

    def _once(self, items: Sequence[Item]) -> dict[str, _Judged] | _Judged:
        """One request and what it came to: for each number, or for all. Raises :class:`_Down` when nothing was sent."""
        self._silent = False
        call = self.speaks.send(items, self.account, timezone.now(), secrets.token_hex(16))
        try:
            reply = self._line.ask(call)
        except NotSent as error:
            self._trusted = False
            raise _Down(str(error)) from None
        except Unanswered as error:
            self._error, self._silent = str(error)[:120], True
            return _Judged(Verdict.DOUBT, str(error)[:40])
        try:
            said = self.speaks.answers(reply.body, self.account, items)
        except Unclear as error:
            return self._unclear(reply, str(error))
        self._used = True
        if len(said) == 1 and not said[0].to:
            return self._judged(said[0])
        self._trusted, self._failures, self._error = True, 0, ""
        found: dict[str, _Judged] = {}
        for one in said:
            judged = self._judged(one)
            if found.setdefault(one.to, judged).verdict != judged.verdict:
                found[one.to] = _Judged(Verdict.DOUBT, "two answers")
        return found

    def _judged(self, said: Said) -> _Judged:
        """The class of a code. One that nobody knows is final, and a person looks at it."""
        verdict = classed(said.code, self._table)
        if verdict is None:
            log.warning("%s: the code %s is in no table", self.name, said.code[:60])
            self._trusted = False
            return _Judged(Verdict.REFUSED, said.code, said.reference)
        if verdict == Verdict.ACCEPTED and not said.reference:
            return _Judged(Verdict.DOUBT, "no number")
        if verdict != Verdict.DOUBT and not said.to and verdict != Verdict.DOWN:
            self._trusted = True
        return _Judged(verdict, said.code, said.reference)

    def _unclear(self, reply: Reply, why: str) -> _Judged:
        """An answer without a code that we understand: HTTP's own number says whether anything was done."""
        if reply.status in (429, 503):
            return _Judged(Verdict.BUSY, f"http {reply.status}")
        self._error = f"http {reply.status}: {why}"[:120]
        if 300 <= reply.status < 500 and reply.status != 408:
            return _Judged(Verdict.DOWN, f"http {reply.status}")
        self._silent = True
        return _Judged(Verdict.DOUBT, f"http {reply.status}")

    def _each(
        self, items: Sequence[Item], found: Mapping[str, _Judged]
    ) -> tuple[list[Handed], list[list[Item]]]:
        made: list[Handed] = []
        for item in items:
            judged = found.get(item.to, _Judged(Verdict.DOUBT, "no answer"))
            outcome = {
                Verdict.ACCEPTED: Outcome.ACCEPTED, Verdict.DOUBT: Outcome.DOUBT, Verdict.GONE: Outcome.REFUSED,
                Verdict.REFUSED: Outcome.REFUSED, Verdict.ELSEWHERE: Outcome.ELSEWHERE, Verdict.BUSY: Outcome.ELSEWHERE,
                Verdict.DOWN: Outcome.ELSEWHERE,
            }[judged.verdict]  # fmt: skip
            answer = self._handed(
                item.client_id,
                outcome,
                None if outcome == Outcome.ACCEPTED else judged.why[:40],
                judged.reference or None,
            )
            made.append(answer._replace(gone=True) if judged.verdict == Verdict.GONE else answer)
        return made, []

    # --- what comes in --------------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin to ask for receipts and texts, if this cloud can be asked."""
        with self._sending:
            if self._pull_every and self._puller is None and not self._closing.is_set():
                self._puller = threading.Thread(target=self._pull_on, name=f"pull-{self.name}", daemon=True)
                self._puller.start()

    def _pull_on(self) -> None:
        while not self._closing.is_set():
            try:
                full = self._pull()
            except Exception as error:  # a fault of ours must not end the asking for ever
                log.exception("%s", self.name)
                self._error, full = type(error).__name__, False
            if not full:
                self._closing.wait(self._pull_every)
        self._pulling.close()

    def _pull(self) -> bool:
        """One round of asking, which waits until what came is stored; returns whether there is more."""
        full = False
        nonce = secrets.token_hex(16)
        for call in self.speaks.pull(self.account, timezone.now(), nonce, self._cursor, PULLED_AT_ONCE):
            page = self._asked(call)
            if page is None or not (page.receipts or page.texts or page.broken):
                continue
            self._go_on.clear()
            self._page = page
            self.bell.set()
            while not self._closing.is_set() and not self._go_on.wait(1):
                pass
            full = full or page.full
        return full

    def _asked(self, call: Call) -> _Page | None:
        try:
            reply = self._pulling.ask(call)
            brought, cursor, count = self.speaks.pulled(reply.body, self.account, timezone.now())
        except (NotSent, Unanswered, Unclear) as error:
            self._error = f"receipts: {error}"[:120]
            return None
        self._used = True
        if self._error.startswith("receipts:"):
            self._error = ""
        return _Page(
            [item for item in brought if isinstance(item, Receipt)], [item for item in brought if isinstance(item, Inbound)],
            [item for item in brought if isinstance(item, Unreadable)], cursor, count >= PULLED_AT_ONCE,
        )  # fmt: skip

    def receipts(self) -> list[Receipt]:
        if self._given is None and self._page is not None:
            self._given, self._page = self._page, None
        given = self._given
        if given is None:
            return []
        self._given = replace(given, receipts=[])
        return given.receipts

    def inbound(self) -> list[Inbound]:
        given = self._given
        if given is None:
            return []
        self._given = replace(given, texts=[])
        return given.texts

    def unreadable(self) -> list[Unreadable]:
        given = self._given
        if given is None:
            return []
        self._given = replace(given, broken=[])
        return given.broken

    def stored(self) -> None:
        given = self._given
        if given is not None and not (given.receipts or given.texts or given.broken):
            self._cursor, self._given = given.cursor, None
            self._go_on.set()

    # --- how it is ------------------------------------------------------------------------------------------

    def facts(self) -> dict[str, Any]:
        if self._error:
            line = "down"
        elif not self._used:
            line = "idle"
        else:
            line = "slow" if self._slow_until > time.monotonic() else "up"
        return {"line": line, "reconnects": max(0, self._line.connects - 1), "last_error": self._error}

    def close(self) -> None:
        self._closing.set()
        self._go_on.set()
        if self._puller is not None:
            self._puller.join(3)
        with self._sending:
            self._line.close()
