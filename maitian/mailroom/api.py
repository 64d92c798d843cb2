"""API of the mailroom: what came in by mail, what became of it, what waits for a person."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from maitian.core import rulebook
from maitian.desk.actions import alarms as desk_alarms
from maitian.desk.models import ClockMail
from maitian.mailroom import queries
from maitian.mailroom.actions import deciding, sending
from maitian.mailroom.errors import WhoMissing
from maitian.mailroom.models import Letter, Mail
from maitian.staff.access import scope
from maitian.staff.contract import Body, caller
from maitian.staff.idempotency import once

router = Router(tags=["mailroom"])
MOST = 100


class MailOut(Schema):
    id: int
    state: str
    reason: str
    at: datetime
    sent_at: datetime | None
    size: int
    case: str | None
    about: str | None


class MailWhole(MailOut):
    sender: str
    sender_name: str
    subject: str
    words: str
    files: list[dict[str, Any]]
    detail: str


class StrangersOut(Schema):
    mailbox: str = Field(description="* is every other mailbox")
    way: str = Field(description="wait, lead or reject")


class AccountOut(Schema):
    fetched: int = Field(description="messages taken over from the mailbox")
    total: int = Field(description="mails by state, summed; equal to `fetched`")
    taken: int
    waiting: int
    held: int
    dropped: int
    double: int
    strangers: list[StrangersOut] = Field(description="what becomes of mails of unknown senders, by mailbox")


class ClaimIn(Body):
    account: str = Field("", max_length=20, description="fund account of the client whose mail it is")
    stranger: bool = Field(False, description="it is nobody's who is a client")
    case: str = Field(
        "", max_length=20, description="number of the case it belongs to; empty opens a new one"
    )


class ComplaintIn(Body):
    complaint_kind: str = Field(
        max_length=20,
        description="system_failure, business_error, data_leak, cancellation_late, staff_attitude or other",
    )
    severity: str = Field("ordinary", max_length=20, description="ordinary, complex or grave")
    account: str = Field("", max_length=20, description="fund account; may be empty when the client has one")
    name: str = Field("", max_length=40, description="of somebody who is not a client")
    identity: str = Field("", max_length=40, description="of somebody who is not a client")


class LetterOut(Schema):
    id: int
    case: str
    state: str = Field(
        description="waiting, sending, sent, refused, or unknown: perhaps handed over, perhaps not"
    )
    problem: str
    at: datetime
    sent_at: datetime | None
    resends: int = Field(description="how often somebody sent it again")


class ResendIn(Body):
    resends: int = Field(ge=0, description="as `/letters` says: a request that comes twice sends once")
    double_accepted: bool = Field(False, description="the client may get a letter that is in doubt twice")


class DropIn(Body):
    reason: str = Field(max_length=200)


def _out(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.pk, "state": mail.state, "reason": mail.reason, "at": mail.at, "sent_at": mail.sent_at, "size": mail.size,
        "case": mail.case.ref if mail.case else None, "about": mail.about.ref if mail.about else None,
    }  # fmt: skip


def _whole(mail: Mail) -> dict[str, Any]:
    return {
        **_out(mail), "sender": str(mail.sender), "sender_name": str(mail.sender_name), "subject": str(mail.subject),
        "words": str(mail.words), "files": queries.files_of(mail), "detail": mail.detail,
    }  # fmt: skip


@router.get("/mails", response=list[MailOut], auth=scope("mailroom.view"))
def list_mails(request: HttpRequest, state: str = "waiting", limit: int = 50) -> Any:
    """Mails of a state, newest first."""
    found = queries.listing(state if state in queries.VIEWS else "waiting")
    return [_out(mail) for mail in found[: max(1, min(limit, MOST))]]


@router.get("/mail-account", response=AccountOut, auth=scope("mailroom.view"))
def mail_account(request: HttpRequest) -> Any:
    """What came in and what became of it."""
    found = queries.account()
    rows = [{"mailbox": box, "way": way} for box, way in rulebook.at().get("mailroom.strangers")]
    return {"fetched": found.fetched, "total": found.total, **found.out, "strangers": rows}


@router.get("/mails/{mail_id}", response=MailWhole, auth=scope("mailroom.view"))
def get_mail(request: HttpRequest, mail_id: int) -> Any:
    """One mail with its words."""
    return _whole(queries.get(caller(request), mail_id))


@router.post("/mails/{mail_id}/release", response=MailOut, auth=scope("mailroom.work"))
@once
def release(request: HttpRequest, mail_id: int) -> Any:
    """A held mail goes the way it would have gone."""
    queries.get(caller(request), mail_id)
    deciding.release(mail_id=mail_id, by=caller(request))
    return 200, MailOut(**_out(Mail.objects.select_related("case", "about").get(pk=mail_id))).dict()


@router.post("/mails/{mail_id}/claim", response=MailOut, auth=scope("mailroom.work"))
@once
def claim(request: HttpRequest, mail_id: int, body: ClaimIn) -> Any:
    """Say whose a mail is; its words go into a case."""
    queries.get(caller(request), mail_id)
    if not body.stranger and not body.account.strip():
        raise WhoMissing()
    deciding.claim(
        mail_id=mail_id, by=caller(request), account=body.account, stranger=body.stranger, ref=body.case
    )
    return 200, MailOut(**_out(Mail.objects.select_related("case", "about").get(pk=mail_id))).dict()


@router.post("/mails/{mail_id}/complain", response=MailOut, auth=scope("mailroom.work"))
@once
def complain(request: HttpRequest, mail_id: int, body: ComplaintIn) -> Any:
    """Record it as a complaint; one that is in a case takes that case along. It is acknowledged in the same thread."""
    queries.get(caller(request), mail_id)
    deciding.complain(mail_id=mail_id, by=caller(request), **body.dict())
    return 200, MailOut(**_out(Mail.objects.select_related("case", "about").get(pk=mail_id))).dict()


@router.post("/mails/{mail_id}/drop", response=MailOut, auth=scope("mailroom.work"))
@once
def drop(request: HttpRequest, mail_id: int, body: DropIn) -> Any:
    """It leads to nothing, and why."""
    queries.get(caller(request), mail_id)
    deciding.drop(mail_id=mail_id, by=caller(request), reason=body.reason)
    return 200, MailOut(**_out(Mail.objects.select_related("case", "about").get(pk=mail_id))).dict()


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.pk, "case": letter.case.ref if letter.case else "", "state": letter.state, "problem": letter.problem, "at": letter.at,
        "sent_at": letter.sent_at, "resends": letter.again,  # type: ignore[attr-defined]
    }  # fmt: skip


@router.get("/letters", response=list[LetterOut], auth=scope("mailroom.view"))
def list_letters(request: HttpRequest, limit: int = 50) -> Any:
    """Answers by mail that did not leave, or of which nobody knows, newest first."""
    return [_letter(letter) for letter in queries.not_sent()[: max(1, min(limit, MOST))]]


@router.post("/letters/{letter_id}/resend", response=LetterOut, auth=scope("mailroom.work"))
@once
def resend(request: HttpRequest, letter_id: int, body: ResendIn) -> Any:
    """Send it again under its own Message-ID, to the address that is on record now."""
    queries.letter(caller(request), letter_id)
    sending.resend(letter_id=letter_id, by=caller(request), **body.dict())
    return 200, LetterOut(**_letter(queries.letter(caller(request), letter_id))).dict()


class AlarmOut(Schema):
    id: int
    case: str
    clock: str
    due_at: datetime
    member: int
    state: str = Field(
        description="waiting, sending, sent, refused, no_address, needless, or unknown: perhaps handed over, perhaps not"
    )
    at: datetime
    ended_at: datetime | None
    resends: int = Field(description="how often somebody sent it again")


def _alarm(mail: ClockMail) -> dict[str, Any]:
    return {
        "id": mail.pk, "case": mail.clock.case.ref, "clock": mail.clock.kind, "due_at": mail.clock.due_at, "member": mail.member_id,
        "state": mail.state, "at": mail.at, "ended_at": mail.ended_at, "resends": mail.again,  # type: ignore[attr-defined]
    }  # fmt: skip


@router.get("/clock-mails", response=list[AlarmOut], auth=scope("mailroom.view"))
def list_alarms(request: HttpRequest, view: str = "doubt", limit: int = 50) -> Any:
    """Reminders of clocks to colleagues, newest first; `view`: waiting, sent, doubt, failed or needless."""
    found = queries.alarms(caller(request), view if view in queries.ALARMS else "doubt")
    return [_alarm(mail) for mail in found[: max(1, min(limit, MOST))]]


@router.post("/clock-mails/{mail_id}/resend", response=AlarmOut, auth=scope("mailroom.work"))
@once
def resend_alarm(request: HttpRequest, mail_id: int, body: ResendIn) -> Any:
    """Send it again under its own Message-ID, to the mailbox that the colleague has on record then."""
    queries.alarm(caller(request), mail_id)
    desk_alarms.send_again(mail_id=mail_id, by=caller(request), **body.dict())
    return 200, AlarmOut(**_alarm(queries.alarm(caller(request), mail_id))).dict()
