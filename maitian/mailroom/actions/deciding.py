"""What a person decides about a mail that waits or is held: let it in, say whose it is, drop it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients.models import Client, FundAccount
from maitian.clients.queries import visible_to
from maitian.core import ledger
from maitian.core.errors import NotFound
from maitian.desk.actions.complaints import open_complaint
from maitian.desk.actions.joining import merge
from maitian.desk.models import Case, Entry
from maitian.desk.queries import get_visible, survivor_of
from maitian.mailroom.actions import taking
from maitian.mailroom.errors import (
    AccountUnknown,
    CaseOfAnother,
    ComplaintAlready,
    NothingToRead,
    NotWaiting,
    ReasonMissing,
)
from maitian.mailroom.models import Mail
from maitian.mailroom.rules import quoting
from maitian.mailroom.rules.refusing import Reason
from maitian.staff.models import Member

OPEN = (Mail.State.WAITING, Mail.State.HELD)


def _locked(mail_id: int, states: tuple[str, ...] = OPEN) -> Mail:
    mail = (
        Mail.objects.select_for_update(of=("self",))
        .select_related("about", "case")
        .filter(pk=mail_id)
        .first()
    )
    if mail is None:
        raise NotFound()
    if mail.state not in states:
        raise NotWaiting(state=mail.get_state_display())
    return mail


def _decided(mail: Mail, by: Member, now: datetime, note: str = "") -> None:
    mail.decided_by, mail.decided_at, mail.note = by.actor, now, note[:200]
    mail.save(update_fields=["decided_by", "decided_at", "note"])


@transaction.atomic
def release(*, mail_id: int, by: Member, at: datetime | None = None) -> Mail:
    """A held mail goes the way it would have gone. What may be forged or nobody's is claimed by a person, never by itself."""
    mail, now = _locked(mail_id, (Mail.State.HELD,)), at or timezone.now()
    if mail.reason == Reason.TOO_LARGE:
        raise NothingToRead()
    _decided(mail, by, now)
    ledger.record(
        "mail.released",
        actor=by.actor,
        object_kind="mail",
        object_id=mail.pk,
        at=now,
        facts={"reason": mail.reason},
    )
    if mail.reason in taking.NEVER_BY_ITSELF:
        mail.state = Mail.State.WAITING
        mail.save(update_fields=["state"])
        return mail
    taking._let_in(mail, taking.letter_of(mail), now, by=by.actor)
    return mail


@transaction.atomic
def claim(
    *, mail_id: int, by: Member, account: str = "", stranger: bool = False, ref: str = "", at: datetime | None = None
) -> Case:  # fmt: skip
    """Somebody says whose a mail is: a client's by his fund account, or nobody's yet. Into ``ref`` if given, else a new case.

    The address does not come onto the client's record by it: that takes evidence (the client's page).
    """
    mail, now = _locked(mail_id), at or timezone.now()
    if mail.reason == Reason.TOO_LARGE:
        raise NothingToRead()
    client_id: int | None = None
    if not stranger:
        client_id = _client(by, account.strip())
    case = None
    if ref.strip():
        case = survivor_of(get_visible(by, ref))
        if case.client_id != client_id:
            raise CaseOfAnother(ref=case.ref)
    entry = taking.put_in(mail, taking.letter_of(mail), client_id=client_id, case=case, now=now)
    _decided(mail, by, now)
    taking._end(mail, Mail.State.TAKEN, case=entry.case, entry=entry)
    ledger.record(
        "mail.taken", actor=by.actor, client_id=entry.case.client_id, object_kind="mail", object_id=mail.pk, at=now,
        facts={"ref": entry.case.ref, "net": "sky"},
    )  # fmt: skip
    return entry.case


@transaction.atomic
def complain(
    *, mail_id: int, by: Member, complaint_kind: str, severity: str = "ordinary", account: str = "", name: str = "", identity: str = "",
    at: datetime | None = None,
) -> Case:  # fmt: skip
    """What a mail says is a complaint: it is recorded as one, came by mail, and is acknowledged in the same thread.

    A mail that waits is claimed by it: a client's by fund account, somebody else's by name and identity. One that is in a case
    already takes that case along: it becomes part of the complaint. Raises what opening a complaint raises.
    """
    mail, now = _locked(mail_id, (*OPEN, Mail.State.TAKEN)), at or timezone.now()
    if mail.reason == Reason.TOO_LARGE:
        raise NothingToRead()
    old = survivor_of(get_visible(by, mail.case.ref)) if mail.case is not None else None
    if old is not None and old.kind.complaint:
        raise ComplaintAlready(ref=old.ref)
    client = old.client if old is not None else None
    if old is None and account.strip():
        client = Client.objects.select_related("branch", "person", "manager").get(
            pk=_client(by, account.strip())
        )
    given: dict[str, Any] = {
        "complaint_kind": complaint_kind, "severity": severity, "what": taking.body_of(mail), "subject": quoting.subject(str(mail.subject)),
        "channel": "email", "by": by, "at": now,
    }  # fmt: skip
    if client is not None:
        given |= {
            "branch": client.branch,
            "client": client,
            "actor": client.actor,
            "account": account.strip(),
        }
    else:
        given |= {"branch": by.branch, "client": None, "actor": taking.STRANGER, "name": name.strip() or str(mail.sender_name),
                  "identity": identity.strip(), "email": str(mail.sender)}  # fmt: skip
    if old is None:
        made = open_complaint(**given, reference=taking.reference_of(mail))
        entry = Entry.objects.select_related("case").get(pk=made.entry_id)
        taking.attach(mail, entry, given["actor"], now)
        taking._end(mail, Mail.State.TAKEN, case=entry.case, entry=entry)
        _decided(mail, by, now)
    else:
        made = open_complaint(**given)
        merge(case_id=old.pk, survivor_id=made.pk, by=by, at=now)
    ledger.record(
        "mail.complaint", actor=by.actor, client_id=client.pk if client else None, object_kind="mail", object_id=mail.pk, at=now,
        facts={"ref": made.ref, "net": "sky"},
    )  # fmt: skip
    return made.case


def _client(by: Member, account: str) -> int:
    found = (
        FundAccount.objects.filter(number=account[:20]).values_list("client_id", flat=True).first()
        if account
        else None
    )
    if found is None or not visible_to(by).filter(pk=found).exists():
        raise AccountUnknown(given=account[:20] or "–")
    return int(found)


@transaction.atomic
def drop(*, mail_id: int, by: Member, reason: str, at: datetime | None = None) -> Mail:
    """It leads to nothing, and why. It stays on record, with the message as it came."""
    mail, now = _locked(mail_id), at or timezone.now()
    if not reason.strip():
        raise ReasonMissing()
    _decided(mail, by, now, reason.strip())
    mail.state = Mail.State.DROPPED
    mail.save(update_fields=["state"])
    ledger.record(
        "mail.dropped",
        actor=by.actor,
        object_kind="mail",
        object_id=mail.pk,
        at=now,
        facts={"note": mail.note},
    )
    return mail
