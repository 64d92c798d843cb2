"""Pure decisions of outreach: outcome bytes, the gates in their order, texts, parts, cost.

An outcome byte says what was decided for one client: the low four bits are the channels that carry the
message (bit = ``Channel`` value), the high four bits are the gate that stopped or delayed it. A byte with
channels and ``DEFERRED`` means: the inbox at once, the other channels when the quiet hours end.
"""

from __future__ import annotations

import math
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import IntEnum

INBOX, SMS, EMAIL, CALL = 1, 2, 4, 8
CHANNEL_BITS = {"inbox": INBOX, "sms": SMS, "email": EMAIL, "call": CALL}
OBTRUSIVE = SMS | EMAIL | CALL  # channels that ring; the inbox waits to be opened


class Gate(IntEnum):
    """The gates in the order in which they are asked. The value is the high half of an outcome byte."""

    SENT = 0
    COVERAGE = 1  # the level does not contain the topic
    SUITABILITY = 2
    CONSENT = 3
    DEFERRED = 4  # quiet hours
    FREQUENCY = 5
    DUPLICATE = 6
    BUDGET = 7
    ADDRESS = 8  # entitled and consenting, but no usable address on any channel


ORDER = (
    Gate.COVERAGE, Gate.SUITABILITY, Gate.CONSENT, Gate.ADDRESS, Gate.DEFERRED, Gate.FREQUENCY,
    Gate.DUPLICATE, Gate.BUDGET,
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
    commercial_today: int = 0
    commercial_this_month: int = 0
    told_before: bool = False


@dataclass(frozen=True)
class Conditions:
    """What the gates read of the event and the rulebook.

    ``channels_by_rank`` maps a level's rank to the channels that it contains for this topic; ``risk`` is
    1–5 for R1–R5 or ``None`` when nothing is to be matched; ``quiet`` tells that texts must wait now.
    """

    message_class: int
    channels_by_rank: Mapping[int, int]
    risk: int | None
    quiet: bool
    daily_cap: int
    monthly_cap: int
    critical: bool = False


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
    """The outcome byte for one client: the gates one after another. The SQL of ``actions`` says the same."""
    wanted = on.channels_by_rank.get(client.level_rank, 0)
    if not wanted:
        return outcome(Gate.COVERAGE, 0)
    if on.risk is not None and not suits(client.risk_class, client.risk_valid, client.professional, on.risk):
        return outcome(Gate.SUITABILITY, 0)
    agreed = wanted & (client.consent_bits >> (on.message_class * 4)) & 15
    if not agreed:
        return outcome(Gate.CONSENT, 0)
    reachable = agreed & client.address_bits
    if not reachable:
        return outcome(Gate.ADDRESS, 0)
    capped = (
        on.message_class == 1
        and not on.critical
        and (client.commercial_today >= on.daily_cap or client.commercial_this_month >= on.monthly_cap)
    )
    channels = reachable & ~OBTRUSIVE if capped else reachable
    if not channels:
        return outcome(Gate.FREQUENCY, 0)
    if client.told_before:
        return outcome(Gate.DUPLICATE, 0)
    if on.quiet and not on.critical and channels & OBTRUSIVE:
        return outcome(Gate.DEFERRED, channels)
    return outcome(Gate.SENT, channels)


def quiet_until(
    moment: datetime, windows: Iterable[tuple[str, str]], working_day: bool, next_working_day: datetime
) -> datetime | None:
    """When texts may go: ``None`` for at once, else the start of the next allowed window.

    ``moment`` is aware, in Asia/Shanghai. ``windows`` are local times of a working day
    (``("09:00", "12:00")``). ``next_working_day`` is that day's local midnight.
    """
    spans = [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in windows]
    if not spans:
        return None
    if working_day:
        now = moment.timetz().replace(tzinfo=None)
        for start, end in spans:
            if start <= now < end:
                return None
            if now < start:
                return moment.replace(hour=start.hour, minute=start.minute, second=0, microsecond=0)
    first = spans[0][0]
    return next_working_day.replace(hour=first.hour, minute=first.minute, second=0, microsecond=0)


GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


def sms_parts(text: str) -> int:
    """How many short messages a text takes: 70 UCS-2 units alone, 67 in a chain; 160 and 153 in GSM-7.

    Source: 3GPP TS 23.038 and TS 23.040 (the chain header takes six bytes).
    """
    if not text:
        return 0
    if set(text) <= GSM:
        units, alone, chained = len(text), 160, 153
    else:
        units, alone, chained = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if units <= alone else math.ceil(units / chained)


def variables(template: str) -> set[str]:
    """The names between braces in a template. A broken template raises ``ValueError``."""
    names = set()
    for _text, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(name)
        names.add(name)
    return names


def fill(template: str, facts: Mapping[str, str]) -> str:
    """A template with its variables filled; texts are put in as they are, never read as templates."""
    out = []
    for text, name, _form, _conversion in string.Formatter().parse(template):
        out.append(text)
        if name is not None:
            out.append(str(facts[name]))
    return "".join(out)
