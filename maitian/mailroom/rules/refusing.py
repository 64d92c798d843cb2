"""Why a mail is not let in by itself: machines that answer, lists, reports, ourselves, forgeries. Pure.

A mail that answers by itself and is answered by itself never ends (RFC 3834): whatever says that a machine wrote it, or comes
from one of our own addresses, is held, and nothing here ever answers by itself.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum

from maitian.mailroom.rules.reading import Letter

HOPS = 40  # Received lines of one mail; more is a loop
ROBOTS = re.compile(
    r"(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+.-].*)?@", re.IGNORECASE
)


class Reason(StrEnum):
    """Why a mail waits for a person. The words are in ``mailroom.models``."""

    AUTOMATIC = "automatic"
    LIST = "list"
    BOUNCE = "bounce"
    OWN = "own"
    LOOP = "loop"
    FORGED = "forged"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    BROKEN = "broken"
    REFUSED = "refused"
    FAULT = "fault"
    STRANGER = "stranger"
    SEVERAL = "several"
    OTHER_SENDER = "other_sender"


def why(letter: Letter, *, own: Collection[str], judge: str = "") -> Reason | None:
    """The first reason to hold a mail, or None. ``own``: our addresses in lower case. ``judge``: the name under which our own
    mail server writes ``Authentication-Results`` (RFC 8601); what others wrote there is not believed."""
    heads = letter.headers
    if letter.broken and not letter.sender and not letter.text:
        return Reason.BROKEN
    if letter.content_type == "multipart/report" or heads.get("return-path", "").strip() == "<>":
        return Reason.BOUNCE
    if letter.sender in own:
        return Reason.OWN
    if letter.received > HOPS:
        return Reason.LOOP
    if heads.get("auto-submitted", "no").split(";")[0].strip().lower() not in ("no", ""):
        return Reason.AUTOMATIC
    if any(name in heads for name in ("x-autoreply", "x-autorespond", "x-auto-response", "feedback-id")):
        return Reason.AUTOMATIC
    if heads.get("precedence", "").strip().lower() in ("auto_reply", "bulk", "junk"):
        return Reason.AUTOMATIC
    if "list-id" in heads or heads.get("precedence", "").strip().lower() == "list":
        return Reason.LIST
    if ROBOTS.match(letter.sender):
        return (
            Reason.BOUNCE if letter.sender.startswith(("mailer-daemon", "postmaster")) else Reason.AUTOMATIC
        )
    if not letter.sender:
        return Reason.BROKEN
    if forged(heads.get("authentication-results", ""), judge):
        return Reason.FORGED
    return None


def forged(results: str, judge: str) -> bool:
    """Whether our own mail server found that the sender's domain did not send it: DMARC failed, or SPF and DKIM both."""
    name, _semicolon, rest = results.partition(";")
    if not judge or name.strip().split(" ")[0].lower() != judge.lower():
        return False
    found = dict(re.findall(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)", rest.lower()))
    if "dmarc" in found:
        return found["dmarc"] == "fail"
    return found.get("spf") in ("fail", "softfail") and found.get("dkim", "none") != "pass"


def proven(results: str, judge: str) -> bool:
    """Whether nothing speaks against writing back: our own mail server found the sender's domain behind it, or none judges."""
    if not judge:
        return True
    name, _semicolon, rest = results.partition(";")
    if name.strip().split(" ")[0].lower() != judge.lower():
        return False
    found = dict(re.findall(r"\b(dmarc|spf|dkim)\s*=\s*([a-z]+)", rest.lower()))
    return "pass" in (found.get("dmarc"), found.get("spf"), found.get("dkim"))
