"""Pure decisions of outreach: outcome bytes, the gates in their order, texts, parts, cost.

An outcome byte says what was decided for one client: the low four bits are the channels that carry the
message (bit = ``Channel`` value), the high four bits are the gate that stopped or delayed it. A byte with
channels and ``DEFERRED`` means: the inbox at once, the other channels when the quiet hours end.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import IntEnum

from maitian.outreach.sms import sms_parts as sms_parts

INBOX, SMS, EMAIL, CALL = 1, 2, 4, 8
CHANNEL_BITS = {"inbox": INBOX, "sms": SMS, "email": EMAIL, "call": CALL}
OBTRUSIVE = SMS | EMAIL | CALL  # channels that ring; the inbox waits to be opened
CHANNELS = ("inbox", "sms", "email", "call")  # by bit number


class Gate(IntEnum):
    """The gates. The value is the high half of an outcome byte; :data:`ORDER` is the order of asking."""

    SENT = 0
    COVERAGE = 1  # the level does not contain the topic
    SUITABILITY = 2
    CONSENT = 3
    DEFERRED = 4  # quiet hours
    FREQUENCY = 5
    DUPLICATE = 6
    BUDGET = 7
    ADDRESS = 8  # entitled and consenting, but no usable address on any channel
    AGREEMENT = 9  # investment advice without a signed agreement


ORDER = (
    Gate.COVERAGE, Gate.AGREEMENT, Gate.SUITABILITY, Gate.CONSENT, Gate.ADDRESS, Gate.FREQUENCY, Gate.DUPLICATE,
    Gate.BUDGET, Gate.DEFERRED,
)  # fmt: skip


def outcome(gate: Gate, channels: int) -> int:
    """The byte of a gate and a channel mask."""
    return gate << 4 | channels


def split(byte: int) -> tuple[Gate, int]:
    """``(gate, channel mask)`` of an outcome byte."""
    return Gate(byte >> 4), byte & 15


def stopped(byte: int) -> bool:
    """Whether nothing goes to this client."""
    return byte & 15 == 0


@dataclass(frozen=True)
class ClientFacts:
    """What the gates read of one client. ``risk_class`` as in ``clients.RiskClass`` (1 is C1-lowest)."""

    level_rank: int
    risk_class: int
    risk_valid: bool
    professional: bool
    consent_bits: int
    address_bits: int
    advised: bool = False
    commercial_today: int = 0
    commercial_this_month: int = 0
    told_before: bool = False


@dataclass(frozen=True)
class Conditions:
    """What the gates read of the event and the rulebook.

    ``channels_by_rank`` maps a level's rank to the channels that it contains for this topic, ``channels`` is
    what every other level gets (0 for a topic by level); ``risk`` is 1–5 for R1–R5 or ``None`` when nothing is
    to be matched; ``quiet`` is the mask of channels that must wait now; ``asks_consent`` is false for texts that
    rest on a contract or a duty.
    """

    message_class: int
    channels_by_rank: Mapping[int, int]
    risk: int | None
    quiet: int
    daily_cap: int
    monthly_cap: int
    channels: int = 0
    asks_consent: bool = True
    advice: bool = False
    capped: bool = False  # commercial texts count and are counted


def suits(risk_class: int, valid: bool, professional: bool, risk: int) -> bool:
    """Whether something of risk ``risk`` may be sent without being asked for.

    No active promotion above the client's class (Measures on suitability, art. 22); a missing or expired
    questionnaire suits nothing above R1; C1-lowest never gets more than R1; professionals get everything.
    """
    if professional:
        return True
    if risk == 1:
        return True
    if not valid or risk_class < 2:
        return False
    return risk <= risk_class - 1


def decide(client: ClientFacts, on: Conditions) -> int:
    """The outcome byte for one client: the gates one after another. The SQL of ``decision`` says the same."""
    wanted = on.channels_by_rank.get(client.level_rank, on.channels)
    if not wanted:
        return outcome(Gate.COVERAGE, 0)
    if on.advice and not client.advised:
        return outcome(Gate.AGREEMENT, 0)
    if on.risk is not None and not suits(client.risk_class, client.risk_valid, client.professional, on.risk):
        return outcome(Gate.SUITABILITY, 0)
    agreed = wanted & (client.consent_bits >> (on.message_class * 4)) & 15 if on.asks_consent else wanted
    if not agreed:
        return outcome(Gate.CONSENT, 0)
    reachable = agreed & client.address_bits
    if not reachable:
        return outcome(Gate.ADDRESS, 0)
    over = on.capped and (
        client.commercial_today >= on.daily_cap or client.commercial_this_month >= on.monthly_cap
    )
    channels = reachable & ~SMS if over else reachable
    if not channels:
        return outcome(Gate.FREQUENCY, 0)
    if client.told_before:
        return outcome(Gate.DUPLICATE, 0)
    if channels & on.quiet:
        return outcome(Gate.DEFERRED, channels)
    return outcome(Gate.SENT, channels)


PRIORITIES = {0: 1, 1: 3, 2: 2}  # message class → place in the queue: service, care, commercial


def priority(message_class: int, critical: bool) -> int:
    """Which deliveries are handed over first: 0 critical, 1 service, 2 care, 3 commercial."""
    return 0 if critical else PRIORITIES[message_class]


def quiet_until(
    moment: datetime, windows: Iterable[Sequence[str]], working_day: bool, next_working_day: datetime
) -> datetime | None:
    """When texts may go: ``None`` for at once, else the start of the next allowed window.

    ``moment`` is aware, in Asia/Shanghai. ``windows`` are local times of a working day
    (``("09:00", "12:00")``). ``next_working_day`` is that day's local midnight.
    """
    spans = [(_clock(start), _clock(end)) for start, end in windows]
    if not spans:
        return None
    if working_day:
        now = moment.timetz().replace(tzinfo=None)
        for start, end in spans:
            if start <= now <= end if end == time.max else start <= now < end:
                return None
            if now < start:
                return moment.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
    first = spans[0][0]
    return next_working_day.replace(hour=first.hour, minute=first.minute, second=0, microsecond=0)


def _clock(words: str) -> time:
    """``09:30``; ``24:00`` is the end of the day."""
    return time.max if words == "24:00" else time.fromisoformat(words)


class Words:
    """A template cut once into texts and names, filled many times. A broken one raises ``ValueError``."""

    __slots__ = ("names", "pieces")

    def __init__(self, template: str) -> None:
        self.pieces: list[tuple[str, str | None]] = []
        for text, name, form, conversion in string.Formatter().parse(template):
            if name is not None and (not name.isidentifier() or form or conversion):
                raise ValueError(name)
            self.pieces.append((text, name))
        self.names = frozenset(name for _text, name in self.pieces if name is not None)

    def fill(self, facts: Mapping[str, object]) -> str:
        """The text with its variables put in as they are, never read as templates. A missing one: ``KeyError``."""
        return "".join(text if name is None else f"{text}{facts[name]}" for text, name in self.pieces)


def variables(template: str) -> frozenset[str]:
    """The names between braces in a template. A broken template raises ``ValueError``."""
    return Words(template).names


def fill(template: str, facts: Mapping[str, object]) -> str:
    """A template with its variables filled."""
    return Words(template).fill(facts)


# --- replies by SMS ---------------------------------------------------------------------------------------

THANKS = frozenset({"好", "好的", "收到", "谢谢", "知道了", "嗯", "ok", "谢谢您", "已办", "明白", "可以"})
ASKING = (
    "?",
    "？",
    "吗",
    "么",
    "怎么",
    "如何",
    "什么",
    "多少",
    "几",
    "哪",
    "为什么",
    "请问",
    "能不能",
    "可否",
    "帮我",
    "投诉",
)
WIDE = {0xFF01 + n: 0x21 + n for n in range(94)} | {0x3000: 0x20}  # full-width letters and digits


def meaning(text: str, opt_out: Iterable[str], opt_in: Iterable[str]) -> str:
    """What a reply asks for: ``opt_out``, ``opt_in``, ``question`` or ``note``.

    An opt-out word counts when it is the whole reply, whatever its case, width, spaces and marks: a text that
    only contains it (“不要退订”) is read by a person.
    """
    folded = "".join(sign for sign in text.translate(WIDE).casefold() if sign.isalnum())
    if folded in {word.casefold() for word in opt_out}:
        return "opt_out"
    if folded in {word.casefold() for word in opt_in}:
        return "opt_in"
    if folded in THANKS or not folded:
        return "note"
    return "question" if any(sign in text for sign in ASKING) or len(folded) >= 6 else "note"
