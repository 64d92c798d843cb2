"""Signing in and out, passwords, sessions, tokens; who works here and in which role."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core.errors import NotFound
from maitian.core.time import shanghai
from maitian.staff import permission_words
from maitian.staff.access import PERMISSIONS, no_permission
from maitian.staff.errors import (
    ChoiceWrong,
    LicenceMissing,
    Locked,
    NameMissing,
    NotOneself,
    PasswordSame,
    PasswordTooWeak,
    PasswordWrong,
    ScopeNotYours,
    ScopesMissing,
    SignInFailed,
    SignInNameTaken,
    SignInNameWrong,
    TokenTitleMissing,
    TooLong,
)
from maitian.staff.models import ApiToken, Branch, Centre, Language, Member, MemberSession, Outlet, Role


def sign_in(name: str, password: str) -> Member:
    """The member, or :class:`SignInFailed` / :class:`Locked`. Counts failures and locks by the rulebook."""
    values = rulebook.at()
    attempts, minutes = values.staff.sign_in.attempts, values.staff.sign_in.lock_minutes
    member = Member.objects.filter(sign_in_name=name.strip().lower(), active=True).first()
    if member is None:
        make_password(password)  # so that an unknown name takes as long as a wrong password
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
def end_other_sessions(member: Member, session_key: str, *, actor: str) -> int:
    """End every browser of the member but the one with ``session_key``; returns how many."""
    ended = (
        MemberSession.objects.filter(member=member, ended_at=None)
        .exclude(session_key=session_key)
        .update(ended_at=timezone.now())
    )
    if ended:
        ledger.record(
            "staff.sessions_ended",
            actor=actor,
            object_kind="member",
            object_id=member.pk,
            facts={"count": ended},
        )
    return ended


@transaction.atomic
def change_password(member: Member, old: str, new: str) -> None:
    """Set a new password and end every other browser of the member."""
    length = rulebook.at().staff.password.length
    if not check_password(old, member.password):
        raise PasswordWrong()
    if len(new) < length or new.lower() == member.sign_in_name:
        raise PasswordTooWeak(length=length)
    if new == old:
        raise PasswordSame()
    Member.objects.filter(pk=member.pk).update(password=make_password(new), password_is_temporary=False)
    MemberSession.objects.filter(member=member, ended_at=None).update(ended_at=timezone.now())
    ledger.record("staff.password_changed", actor=member.actor, object_kind="member", object_id=member.pk)


@transaction.atomic
def make_token(member: Member, title: str, scopes: list[str], days: int = 90) -> str:
    """A new API token; the text is shown once and only its digest is kept."""
    title = title.strip()
    if not title:
        raise TokenTitleMissing()
    if len(title) > 60:
        raise TooLong("title", most=60)
    if not scopes:
        raise ScopesMissing()
    for name in scopes:
        if name not in PERMISSIONS[member.role]:
            raise ScopeNotYours(scope=permission_words.words(name))
    text = "mt_" + secrets.token_urlsafe(32)
    now = timezone.now()
    made = ApiToken.objects.create(
        member=member, title=title, digest=hashlib.sha256(text.encode()).digest(), scopes=sorted(set(scopes)),
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


# --- who works here -----------------------------------------------------------------------------------

SIGN_IN_NAME = re.compile(r"[a-z][a-z0-9_.-]{1,39}")
LENGTHS = {"name": 40, "name_en": 60, "phone": 20, "licence_number": 40}
# What a change is called in the ledger.
FIELD_WORDS = {
    "name": ("姓名", "name"), "name_en": ("英文名", "English name"), "centre": ("中心", "centre"),
    "role": ("岗位", "role"), "outlet": ("网点", "outlet"), "phone": ("电话", "phone"),
    "licence_number": ("执业编号", "licence number"),
}  # fmt: skip


def _checked(branch_id: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the form or body said of a member, as columns; refused with the field's own sentence."""
    found: dict[str, Any] = {name: str(values.get(name) or "").strip() for name in LENGTHS}
    for name, most in LENGTHS.items():
        if len(found[name]) > most:
            raise TooLong(name, most=most)
    if not found["name"]:
        raise NameMissing()
    for name, choices in (("centre", Centre.values), ("role", Role.values)):
        found[name] = str(values.get(name) or "")
        if found[name] not in choices:
            raise ChoiceWrong(name, value=found[name][:20] or "–")
    outlet, text = None, str(values.get("outlet") or "")
    if text:
        usable = text.isascii() and text.isdigit() and len(text) < 10
        outlet = Outlet.objects.filter(branch_id=branch_id, pk=text).first() if usable else None
        if outlet is None:
            raise ChoiceWrong("outlet", value=text[:20])
    found["outlet"] = outlet
    if found["role"] == Role.ADVISER and not found["licence_number"]:
        raise LicenceMissing()
    from pypinyin import Style, lazy_pinyin  # as late as in clients.rules

    syllables = lazy_pinyin(found["name"])
    found["initials"] = "".join(lazy_pinyin(found["name"], style=Style.FIRST_LETTER))[:12].lower()
    if not found["name_en"]:
        found["name_en"] = " ".join(part.capitalize() for part in syllables)[:60]
    return found


def _member(by: Member, member_id: int) -> Member:
    """A member of the same branch, held until the end of the transaction.

    The branch is held, too, and who acts is looked at again: two administrators who remove each other at the same
    moment must not leave a branch without one.
    """
    Branch.objects.select_for_update().get(pk=by.branch_id)
    if not Member.objects.filter(pk=by.pk, active=True, role=by.role).exists():
        raise no_permission("staff.manage")
    found = Member.objects.select_for_update().filter(pk=member_id, branch_id=by.branch_id).first()
    if found is None:
        raise NotFound()
    return found


def _end_everywhere(member: Member) -> None:
    """Every browser and every token of a member stops at once."""
    now = timezone.now()
    MemberSession.objects.filter(member=member, ended_at=None).update(ended_at=now)
    ApiToken.objects.filter(member=member, revoked_at=None).update(revoked_at=now)


def _temporary() -> str:
    """A password to be handed over and changed at the first sign-in: easy to read aloud, 60 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    length = max(12, int(rulebook.at().staff.password.length))
    return "".join(secrets.choice(letters) for _place in range(length))


@transaction.atomic
def add_member(*, by: Member, sign_in_name: str, values: Mapping[str, Any]) -> tuple[Member, str]:
    """A new member of the branch, and the temporary password: shown once, to be changed at the first sign-in."""
    name = sign_in_name.strip()
    if not SIGN_IN_NAME.fullmatch(name):
        raise SignInNameWrong()
    columns = _checked(by.branch_id, values)
    if Member.objects.filter(sign_in_name=name).exists():
        raise SignInNameTaken(name=name)
    password = _temporary()
    made = Member.objects.create(
        branch_id=by.branch_id, sign_in_name=name, password=make_password(password), password_is_temporary=True,
        joined_on=shanghai(timezone.now()).date(), **columns,
    )  # fmt: skip
    ledger.record(
        "staff.member_added", actor=by.actor, object_kind="member", object_id=made.pk,
        facts={"name": made.name, "name_en": made.name_en, "role": made.role},
    )  # fmt: skip
    return made, password


@transaction.atomic
def change_member(member_id: int, *, by: Member, values: Mapping[str, Any]) -> list[str]:
    """Change who somebody is here; returns the fields that changed. A new role holds at the next click."""
    member = _member(by, member_id)
    columns = _checked(by.branch_id, values)
    changed = [name for name in FIELD_WORDS if getattr(member, name) != columns[name]]
    if "role" in changed and member.pk == by.pk:
        raise NotOneself()
    if not changed:
        return []
    before = member.role
    Member.objects.filter(pk=member.pk).update(**columns)
    ledger.record(
        "staff.member_changed", actor=by.actor, object_kind="member", object_id=member.pk,
        facts={
            "name": columns["name"], "name_en": columns["name_en"], "fields": changed,
            "what": "、".join(FIELD_WORDS[name][0] for name in changed),
            "what_en": ", ".join(FIELD_WORDS[name][1] for name in changed),
            **({"role": columns["role"], "role_before": before} if "role" in changed else {}),
        },
    )  # fmt: skip
    return changed


@transaction.atomic
def leave(member_id: int, *, by: Member) -> Member:
    """Somebody leaves: no sign-in, no token, and his clients are on the page of gaps until they are given on."""
    member = _member(by, member_id)
    if member.pk == by.pk:
        raise NotOneself()
    if member.active:
        Member.objects.filter(pk=member.pk).update(active=False)
        _end_everywhere(member)
        ledger.record(
            "staff.member_left", actor=by.actor, object_kind="member", object_id=member.pk,
            facts={"name": member.name, "name_en": member.name_en},
        )  # fmt: skip
    return member


@transaction.atomic
def come_back(member_id: int, *, by: Member) -> Member:
    """Somebody who left works here again; his old tokens and sessions stay ended."""
    member = _member(by, member_id)
    if not member.active:
        Member.objects.filter(pk=member.pk).update(active=True, failed_attempts=0, locked_until=None)
        ledger.record(
            "staff.member_returned", actor=by.actor, object_kind="member", object_id=member.pk,
            facts={"name": member.name, "name_en": member.name_en},
        )  # fmt: skip
    return member


@transaction.atomic
def unlock(member_id: int, *, by: Member) -> Member:
    """Let somebody try again who is locked out after too many wrong passwords; the password stays."""
    member = _member(by, member_id)
    if member.is_locked:
        Member.objects.filter(pk=member.pk).update(failed_attempts=0, locked_until=None)
        ledger.record(
            "staff.unlocked", actor=by.actor, object_kind="member", object_id=member.pk,
            facts={"name": member.name, "name_en": member.name_en},
        )  # fmt: skip
    return member


@transaction.atomic
def reset_password(member_id: int, *, by: Member) -> str:
    """A temporary password, shown once; unlocks, and ends every browser and token of the member."""
    member = _member(by, member_id)
    if member.pk == by.pk:
        raise NotOneself()
    password = _temporary()
    Member.objects.filter(pk=member.pk).update(
        password=make_password(password), password_is_temporary=True, failed_attempts=0, locked_until=None
    )
    _end_everywhere(member)
    ledger.record(
        "staff.password_reset", actor=by.actor, object_kind="member", object_id=member.pk,
        facts={"name": member.name, "name_en": member.name_en},
    )  # fmt: skip
    return password


@transaction.atomic
def set_own_addresses(member: Member, *, mobile: str, email: str, language: str = "") -> None:
    """A member's own phone and mailbox, for tests and for what a clock tells by mail, and the language of those mails
    (empty or unknown: it stays). What addresses may look like is checked by the caller."""
    member.mobile, member.email = mobile.strip(), email.strip()
    if language in Language.values:
        member.language = language
    member.save(update_fields=["mobile", "email", "language"])
    ledger.record("staff.own_addresses_set", actor=member.actor, object_kind="member", object_id=member.pk)
