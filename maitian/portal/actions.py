"""Signing in with a fund account."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from maitian.clients.models import PortalAccess
from maitian.clients.queries import portal_account
from maitian.core import ledger, rulebook
from maitian.core.time import shanghai
from maitian.portal.errors import Locked, SignInFailed


def sign_in(account: str, password: str) -> int:
    """The client's id, or :class:`SignInFailed` / :class:`Locked`."""
    values = rulebook.at()
    attempts, minutes = values.portal.sign_in.attempts, values.portal.sign_in.lock_minutes
    found = portal_account(account.strip()) if account.strip().isalnum() else None
    if found is None:
        make_password(password)  # so that an unknown account takes as long as a wrong password
        raise SignInFailed(left=attempts - 1, minutes=minutes)
    client_id, access = found
    now = timezone.now()
    if access.locked_until and access.locked_until > now:
        raise Locked(until=f"{shanghai(access.locked_until):%H:%M}")
    mine = PortalAccess.objects.filter(pk=access.pk)
    if check_password(password, access.password):
        with transaction.atomic():
            mine.update(failed_attempts=0, locked_until=None, signed_in_at=now)
            ledger.record("portal.signed_in", actor=f"client:{client_id}", client_id=client_id)
        return client_id
    mine.update(failed_attempts=F("failed_attempts") + 1)
    access.refresh_from_db(fields=["failed_attempts"])
    left = attempts - access.failed_attempts
    if left > 0:
        raise SignInFailed(left=left, minutes=minutes)
    until = now + timedelta(minutes=minutes)
    with transaction.atomic():
        mine.update(failed_attempts=0, locked_until=until)
        ledger.record("portal.locked", actor=f"client:{client_id}", client_id=client_id)
    raise Locked(until=f"{shanghai(until):%H:%M}")
