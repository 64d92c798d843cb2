"""Errors by class: what a gateway's refusal of one message means for this message, here and elsewhere.

SMPP 3.4, table 5-2. Gateways have codes of their own from 0x400 on; a gateway's settings may class those.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class ErrorClass(StrEnum):
    BUSY = "busy"  # too fast or too much: again here, a little later
    ELSEWHERE = "elsewhere"  # this gateway cannot: another one may
    REFUSED = "refused"  # the message's own fault: nobody will take it


TABLE: dict[int, tuple[str, ErrorClass]] = {
    0x01: ("RINVMSGLEN", ErrorClass.REFUSED),
    0x02: ("RINVCMDLEN", ErrorClass.REFUSED),
    0x03: ("RINVCMDID", ErrorClass.ELSEWHERE),
    0x04: ("RINVBNDSTS", ErrorClass.ELSEWHERE),
    0x05: ("RALYBND", ErrorClass.ELSEWHERE),
    0x06: ("RINVPRTFLG", ErrorClass.REFUSED),
    0x07: ("RINVREGDLVFLG", ErrorClass.ELSEWHERE),
    0x08: ("RSYSERR", ErrorClass.ELSEWHERE),
    0x0A: ("RINVSRCADR", ErrorClass.ELSEWHERE),
    0x0B: ("RINVDSTADR", ErrorClass.REFUSED),
    0x0C: ("RINVMSGID", ErrorClass.REFUSED),
    0x0D: ("RBINDFAIL", ErrorClass.ELSEWHERE),
    0x0E: ("RINVPASWD", ErrorClass.ELSEWHERE),
    0x0F: ("RINVSYSID", ErrorClass.ELSEWHERE),
    0x14: ("RMSGQFUL", ErrorClass.BUSY),
    0x15: ("RINVSERTYP", ErrorClass.ELSEWHERE),
    0x33: ("RINVNUMDESTS", ErrorClass.REFUSED),
    0x40: ("RINVDESTFLAG", ErrorClass.REFUSED),
    0x42: ("RINVSUBREP", ErrorClass.REFUSED),
    0x43: ("RINVESMCLASS", ErrorClass.ELSEWHERE),
    0x45: ("RSUBMITFAIL", ErrorClass.ELSEWHERE),
    0x48: ("RINVSRCTON", ErrorClass.ELSEWHERE),
    0x49: ("RINVSRCNPI", ErrorClass.ELSEWHERE),
    0x50: ("RINVDSTTON", ErrorClass.ELSEWHERE),
    0x51: ("RINVDSTNPI", ErrorClass.ELSEWHERE),
    0x53: ("RINVSYSTYP", ErrorClass.ELSEWHERE),
    0x58: ("RTHROTTLED", ErrorClass.BUSY),
    0x61: ("RINVSCHED", ErrorClass.REFUSED),
    0x62: ("RINVEXPIRY", ErrorClass.REFUSED),
    0x64: ("RX_T_APPN", ErrorClass.ELSEWHERE),
    0x65: ("RX_P_APPN", ErrorClass.REFUSED),
    0x66: ("RX_R_APPN", ErrorClass.REFUSED),
    0xC0: ("RINVOPTPARSTREAM", ErrorClass.REFUSED),
    0xC1: ("ROPTPARNOTALLWD", ErrorClass.REFUSED),
    0xC2: ("RINVPARLEN", ErrorClass.REFUSED),
    0xC3: ("RMISSINGOPTPARAM", ErrorClass.REFUSED),
    0xC4: ("RINVOPTPARAMVAL", ErrorClass.REFUSED),
    0xFE: ("RDELIVERYFAILURE", ErrorClass.ELSEWHERE),
    0xFF: ("RUNKNOWNERR", ErrorClass.ELSEWHERE),
}


def classed(status: int, own: Mapping[int, ErrorClass]) -> tuple[str, ErrorClass]:
    """``(name, class)`` of a status that is not zero. An unknown one is final: a person looks at it."""
    name, kind = TABLE.get(status, (f"0x{status:X}", ErrorClass.REFUSED))
    return name, own.get(status, kind)


def own_codes(given: Mapping[str, str]) -> dict[int, ErrorClass]:
    """``{"0x401": "elsewhere"}`` of the settings. Raises ``ValueError`` for what is no number or no class."""
    return {int(code, 0): ErrorClass(kind) for code, kind in given.items()}
