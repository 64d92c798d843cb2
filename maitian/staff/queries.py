"""Reading members, sessions and tokens."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from maitian.staff.models import ApiToken, Member


def token_owner(text: str) -> ApiToken | None:
    """The living token behind a bearer text, with its active member."""
    now = timezone.now()
    living = ApiToken.objects.select_related("member", "member__branch").filter(
        digest=hashlib.sha256(text.encode()).digest(),
        revoked_at=None,
        expires_at__gt=now,
        member__active=True,
    )
    found = next(iter(living), None)  # the digest is unique
    if found is not None and (found.used_at is None or (now - found.used_at).total_seconds() > 60):
        ApiToken.objects.filter(pk=found.pk).update(used_at=now)
    return found


def actor_names(actors: set[str]) -> dict[str, str]:
    """``member:3`` → the member's name, for lists of ledger rows."""
    ids = {int(actor[7:]) for actor in actors if actor.startswith("member:") and actor[7:].isdigit()}
    return {f"member:{member.pk}": member.title for member in Member.objects.filter(pk__in=ids)}
