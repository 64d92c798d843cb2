"""Signing in and out, passwords, sessions, tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.staff.access import PERMISSIONS
from maitian.staff.errors import Locked, PasswordTooWeak, PasswordWrong, ScopeNotYours, SignInFailed
from maitian.staff.models import ApiToken, Member, MemberSession

# Checked when the name is unknown, so that an unknown name takes as long as a wrong password.
_NOBODY = make_password(secrets.token_hex(16))


def sign_in(name: str, password: str) -> Member:
    """The member, or :class:`SignInFailed` / :class:`Locked`. Counts failures and locks by the rulebook."""
    values = rulebook.at()
    attempts, minutes = values.staff.sign_in.attempts, values.staff.sign_in.lock_minutes
    member = Member.objects.filter(sign_in_name=name.strip().lower(), active=True).first()
    if member is None:
        check_password(password, _NOBODY)
        raise SignInFailed(left=attempts - 1, minutes=minutes)
    now = timezone.now()
    if member.locked_until and member.locked_until > now:
        raise Locked(until=f"{shanghai(member.locked_until):%H:%M}")
    if check_password(password, member.password):
        with transaction.atomic():
            Member.objects.filter(pk=member.pk).update(failed_attempts=0, locked_until=None)
            ledger.record("staff.signed_in", actor=member.actor, object_kind="member", object_id=member.pk)
        return member
    with transaction.atomic():
        # Counted in the database, so that many guesses at once do not share one count.
        Member.objects.filter(pk=member.pk).update(failed_attempts=F("failed_attempts") + 1)
        member.refresh_from_db(fields=["failed_attempts"])
        left = attempts - member.failed_attempts
        if left <= 0:
            until = now + timedelta(minutes=minutes)
            Member.objects.filter(pk=member.pk).update(failed_attempts=0, locked_until=until)
            ledger.record("staff.locked", actor=member.actor, object_kind="member", object_id=member.pk)
        else:
            ledger.record(
                "staff.sign_in_failed", actor=member.actor, object_kind="member", object_id=member.pk
            )
    if left <= 0:
        raise Locked(until=f"{shanghai(until):%H:%M}")
    raise SignInFailed(left=left, minutes=minutes)


def open_session(member: Member, session_key: str, address: str | None, browser: str) -> None:
    """Keep the browser on the member's list."""
    now = timezone.now()
    MemberSession.objects.create(
        member=member,
        session_key=session_key,
        started_at=now,
        seen_at=now,
        address=address,
        browser=browser[:200],
    )


@transaction.atomic
def end_session(member: Member, session_id: int, *, actor: str) -> None:
    """End one of the member's own browsers, at once."""
    ended = MemberSession.objects.filter(pk=session_id, member=member, ended_at=None).update(
        ended_at=timezone.now()
    )
    if not ended:
        raise NotFound()
    ledger.record("staff.session_ended", actor=actor, object_kind="member", object_id=member.pk)


@transaction.atomic
def change_password(member: Member, old: str, new: str) -> None:
    """Set a new password and end every other browser of the member."""
    length = rulebook.at().staff.password.length
    if not check_password(old, member.password):
        raise PasswordWrong()
    if len(new) < length or new.lower() == member.sign_in_name:
        raise PasswordTooWeak(length=length)
    Member.objects.filter(pk=member.pk).update(password=make_password(new))
    MemberSession.objects.filter(member=member, ended_at=None).update(ended_at=timezone.now())
    ledger.record("staff.password_changed", actor=member.actor, object_kind="member", object_id=member.pk)


@transaction.atomic
def make_token(member: Member, title: str, scopes: list[str], days: int = 90) -> str:
    """A new API token; the text is shown once and only its digest is kept."""
    for name in scopes:
        if name not in PERMISSIONS[member.role]:
            raise ScopeNotYours(scope=name)
    text = "mt_" + secrets.token_urlsafe(32)
    now = timezone.now()
    made = ApiToken.objects.create(
        member=member, title=title[:60], digest=hashlib.sha256(text.encode()).digest(), scopes=sorted(scopes),
        made_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    ledger.record(
        "staff.token_made", actor=member.actor, object_kind="token", object_id=made.pk,
        facts={"title": made.title, "scopes": made.scopes},
    )  # fmt: skip
    return text


@transaction.atomic
def revoke_token(member: Member, token_id: int) -> None:
    """Stop a token of one's own."""
    token = ApiToken.objects.filter(pk=token_id, member=member, revoked_at=None).first()
    if token is None:
        raise NotFound()
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    ledger.record(
        "staff.token_revoked",
        actor=member.actor,
        object_kind="token",
        object_id=token.pk,
        facts={"title": token.title},
    )
