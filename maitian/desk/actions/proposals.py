"""How a change of the set-up goes: one person proposes a version, another puts it into force or sends it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from maitian.core import ledger
from maitian.core.errors import AlreadyDone, DomainError, NotFound
from maitian.desk.models.versions import Version
from maitian.staff.access import PERMISSIONS
from maitian.staff.models import Member
from maitian.staff.notifications import notify
from maitian.staff.queries import actor_names

V = TypeVar("V", bound=Version)
State = Version.State


@dataclass(frozen=True)
class Proposals(Generic[V]):
    """The versions of one part of the set-up. Every act holds ``lock`` (an advisory one) until commit."""

    model: type[V]
    lock: int
    object_kind: str  # of its rows in the ledger
    object_id: Callable[[V], str]
    said: str  # how its ledger rows begin: ``routes`` → ``routes.refused``
    rung: str  # how its notifications begin: ``desk.routes`` → ``desk.routes_refused``
    page: str  # the address of a version
    facts: Callable[[V], dict[str, Any]]
    reason_missing: type[DomainError]
    another_waits: type[DomainError]

    def one_at_a_time(self) -> None:
        """Changes come one after the other."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.lock])

    def make_room(self, by: Member, **of: Any) -> None:
        """Take back one's own waiting proposal. Raises ``another_waits`` for a colleague's."""
        for waiting in self.model._default_manager.select_for_update(of=("self",)).filter(
            **of, state=State.PROPOSED
        ):
            self.refuse_another(waiting, by)
            self._close(waiting, State.WITHDRAWN, "")

    def refuse_another(self, waiting: V | None, by: Member | None = None) -> None:
        """Raise ``another_waits`` for a waiting proposal that is not by ``by``."""
        if waiting is not None and (by is None or waiting.maker != by.actor):
            raise self.another_waits(
                name=actor_names({waiting.maker}).get(waiting.maker, ""), number=waiting.number
            )

    def waiting(self, version_id: int) -> V:
        """The proposal, locked. Raises :class:`NotFound`, :class:`AlreadyDone`."""
        found = (
            self.model._default_manager.select_for_update(of=("self",)).filter(pk=version_id).first()
        )  # fmt: skip
        if found is None:
            raise NotFound()
        if found.state != State.PROPOSED:
            raise AlreadyDone(state=found.get_state_display())  # type: ignore[attr-defined]
        return found

    def proposed(self, version: V, by: Member, at: datetime) -> None:
        """Tell those who may approve it, and the ledger."""
        roles = [role for role, permissions in PERMISSIONS.items() if "desk.approve" in permissions]
        checkers = Member.objects.filter(role__in=roles, active=True).values_list("pk", flat=True)
        notify(
            (pk for pk in checkers if version.maker != f"member:{pk}"), f"{self.rung}_proposed",
            facts=self.facts(version), url=reverse(self.page, args=[version.pk]),
        )  # fmt: skip
        self._record("proposed", version, by, at, definition=version.definition)

    def approved(self, version: V, by: Member, at: datetime, **facts: Any) -> None:
        """Settle a version that was put into force, and tell its maker."""
        version.state, version.checker, version.checked_at = State.APPROVED, by.actor, at
        version.save()
        self._tell_maker(version, "approved")
        self._record("approved", version, by, at, **facts)

    def refuse(self, version_id: int, by: Member, reason: str) -> V:
        """Send a proposal back with a reason."""
        self.one_at_a_time()
        version = self.waiting(version_id)
        if not reason.strip():
            raise self.reason_missing()
        version.reason = reason.strip()[:300]
        self._close(version, State.REFUSED, by.actor)
        self._tell_maker(version, "refused")
        self._record("refused", version, by, reason=version.reason)
        return version

    def withdraw(self, version_id: int, by: Member) -> V:
        """The maker takes the proposal back."""
        self.one_at_a_time()
        version = self.waiting(version_id)
        if version.maker != by.actor:
            raise NotFound()
        self._close(version, State.WITHDRAWN, "")
        self._record("withdrawn", version, by)
        return version

    def _close(self, version: V, state: str, checker: str) -> None:
        version.state, version.checker, version.checked_at = state, checker, timezone.now()
        version.save(update_fields=["state", "checker", "checked_at", "reason"])

    def _tell_maker(self, version: V, what: str) -> None:
        if version.maker.startswith("member:"):
            notify(
                [int(version.maker[7:])], f"{self.rung}_{what}", facts=self.facts(version),
                url=reverse(self.page, args=[version.pk]),
            )  # fmt: skip

    def _record(self, what: str, version: V, by: Member, at: datetime | None = None, **facts: Any) -> None:
        ledger.record(
            f"{self.said}.{what}", actor=by.actor, object_kind=self.object_kind, object_id=self.object_id(version),
            at=at or timezone.now(), facts={**self.facts(version), **facts},
        )  # fmt: skip
