"""What a ``deliver_sm`` says: a receipt in one of its usual forms, or a text from a phone.

A receipt names the message by the optional parameter *receipted_message_id* (5.3.2.12) or by ``id:`` in its text
(appendix B), and its state by *message_state* (5.2.28) or by ``stat:``. Numbers may be hexadecimal on one side and
decimal on the other; the gateway's settings say so. States that are not the last word (on its way, accepted,
unknown) are not receipts yet.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from maitian.outreach import sms
from maitian.outreach.channels import Inbound, Receipt
from maitian.outreach.channels.smpp import wire

RECEIPT, INTERMEDIATE, KIND = 0x04, 0x20, 0x3C  # of esm_class (5.2.12)
HEADER_PRESENT = 0x40
_FIELD = re.compile(r"\b(id|stat|err)\s*:\s*([^\s]+)", re.IGNORECASE)
DELIVERED = {"DELIVRD", "DELIVERED"}
FAILED = {"EXPIRED", "DELETED", "UNDELIV", "UNDELIVERABLE", "REJECTD", "REJECTED", "FAILED"}
# China's gateways report an operator's code instead of a word: MK:0001, DB:0141, IC:0151 …
OPERATOR = re.compile(r"[A-Z]{2}:\w{1,6}")
STATES = {2: True, 3: False, 4: False, 5: False, 8: False}  # message_state; the others are not final
GONE = frozenset(
    {"1", "001", "11", "011", "MK:0001", "MK:0012", "MK:0000", "UNKNOWN"}
)  # the number does not exist


class Ids(StrEnum):
    """How the numbers of a gateway's answers and receipts are written."""

    SAME = "same"
    ANSWER_HEX = "answer_hex"  # hexadecimal in submit_sm_resp, decimal in the receipt
    RECEIPT_HEX = "receipt_hex"


def answer_id(given: str, ids: Ids) -> str:
    """The number of a ``submit_sm_resp`` as it is stored."""
    return _number(given, 16 if ids == Ids.ANSWER_HEX else 10, ids)


def receipt_id(given: str, ids: Ids) -> str:
    """The number of a receipt, to be compared with a stored one."""
    return _number(given, 16 if ids == Ids.RECEIPT_HEX else 10, ids)


def _number(given: str, base: int, ids: Ids) -> str:
    if ids != Ids.SAME:
        try:
            return str(int(given, base))
        except ValueError:
            return given[:64]
    return given[:64]


@dataclass(frozen=True, slots=True)
class Reading:
    """How one gateway's reports are to be read."""

    gateway: str
    ids: Ids = Ids.SAME
    unmarked: bool = (
        False  # receipts come with esm_class 0; a phone could then forge one, so only if it must be
    )
    gone: frozenset[str] = GONE

    def read(self, item: wire.Delivered, now: datetime) -> Receipt | Inbound | None:
        """A receipt, a text, or ``None`` for a report that is not the last word."""
        kind = item.esm_class & KIND
        marked = kind in (RECEIPT, INTERMEDIATE) or wire.RECEIPTED_ID in item.options
        if kind == INTERMEDIATE:
            return None
        if marked or self.unmarked:
            found = self._receipt(item)
            if found is not None or marked:
                return found or None
        return self._text(item, now)

    def _receipt(self, item: wire.Delivered) -> Receipt | None:
        words = {
            name.lower(): value
            for name, value in reversed(_FIELD.findall(item.message.decode("latin-1").split("text:", 1)[0].split("Text:", 1)[0]))
        }  # fmt: skip
        named = item.options.get(wire.RECEIPTED_ID, b"").split(b"\0", 1)[0].decode("ascii", "replace")
        number = named or words.get("id", "")
        if not number:
            return None
        stat = words.get("stat", "").upper()
        state = item.options.get(wire.STATE, b"")
        if len(state) == 1:
            delivered = STATES.get(state[0])
        elif stat in DELIVERED:
            delivered = True
        elif stat in FAILED or OPERATOR.fullmatch(stat):
            delivered = False
        else:
            delivered = None
        if delivered is None:
            return None
        error = self._error(item, words, stat)
        to = sms.national(item.source)
        gone = not delivered and error in self.gone
        number = receipt_id(number, self.ids)
        return Receipt(self.gateway, number, delivered, "" if delivered else error, to, gone, whole=False)

    @staticmethod
    def _error(item: wire.Delivered, words: dict[str, str], stat: str) -> str:
        said = words.get("err", "")
        network = item.options.get(wire.NETWORK_ERROR, b"")
        if not said.strip("0") and len(network) == 3:
            said = str(int.from_bytes(network[1:], "big"))
        if OPERATOR.fullmatch(stat):
            said = stat
        return (said if said.strip("0") else stat or said)[:40]

    def _text(self, item: wire.Delivered, now: datetime) -> Inbound:
        octets, chain = item.message, None
        if item.esm_class & HEADER_PRESENT:
            chain, octets = sms.header(item.message)
        elif {wire.SAR_REFERENCE, wire.SAR_TOTAL, wire.SAR_NUMBER} <= set(item.options):
            numbers = [
                int.from_bytes(item.options[tag], "big")
                for tag in (wire.SAR_REFERENCE, wire.SAR_TOTAL, wire.SAR_NUMBER)
            ]
            chain = (numbers[0], numbers[1], numbers[2]) if 1 <= numbers[2] <= numbers[1] else None
        if chain is not None and chain[1] == 1:
            chain = None
        same = hashlib.sha256(item.source.encode() + b"|" + item.message).hexdigest()[:32]
        return Inbound(
            self.gateway, same, item.source, "" if chain else sms.decoded(octets, item.coding), now,
            numbered=False, chain=chain, octets=octets, coding=item.coding,
        )  # fmt: skip
