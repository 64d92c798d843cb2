"""Two people change one kind of case, or the routing rules, at the same instant: two real sessions of the database.

Both are let go only when both stand before the same lock, so that they meet whatever the machine does.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from maitian.core.errors import AlreadyDone, DomainError
from maitian.core.models import LedgerEntry
from maitian.core.rulebook import Rule
from maitian.desk import kind_forms
from maitian.desk.actions import kinds, routes
from maitian.desk.errors import KindOvertaken, KindProposalOpen, RoutesProposalOpen
from maitian.desk.models import CaseKind, KindVersion, Route, RouteVersion
from maitian.desk.tests.test_kinds import FAULT
from maitian.staff.models import Member, Notification
from tests.frozen import copied_database


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A copy of the seeded database: kinds and versions cannot be deleted again, by design."""
    with django_db_blocker.unblock(), copied_database("kind_races"):
        yield


def member(name: str) -> Member:
    return Member.objects.get(sign_in_name=name)


def at_once(lock: int, *acts: Callable[[], Any]) -> list[Any]:
    """What each act returned or raised. The first statement of every act waits until all of them stand before ``lock``."""
    found: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            found[place] = acts[place]()
        except DomainError as refused:
            found[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 60
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                [lock],
            )
            if cursor.fetchone() == (len(acts),):
                break
            assert time.monotonic() < deadline, "they never met"
            time.sleep(0.02)
    for thread in threads:
        thread.join(60)
    return found


def parted(found: list[Any], refused: type[DomainError]) -> tuple[Any, DomainError]:
    """(what the winner got, what the loser was told); exactly one of each."""
    told = [one for one in found if isinstance(one, refused)]
    won = [one for one in found if not isinstance(one, DomainError)]
    assert (len(won), len(told)) == (1, 1), found
    return won[0], told[0]


def counts() -> tuple[int, ...]:
    return (
        CaseKind.objects.count(), KindVersion.objects.count(), RouteVersion.objects.count(), Route.objects.count(), LedgerEntry.objects.count(),
        Notification.objects.count(),
    )  # fmt: skip


def a_kind(name: str) -> CaseKind:
    """A kind in force, in its first version."""
    definition = {**copy.deepcopy(FAULT), "name": name, "name_en": name}
    made = kinds.propose(code="", definition=definition, base=0, by=member("lead"))
    return kinds.approve(version_id=made.pk, by=member("checker"))


def change(kind: CaseKind, **parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(kind_forms.version_of(kind).definition), **parts}


def test_of_two_proposals_at_one_instant_one_stands_and_the_other_is_told_whose_it_is(database: None) -> None:
    kind = a_kind("Race of proposals")
    lead, boss = member("lead"), member("boss")
    before = counts()
    found = at_once(
        kinds.versions.lock,
        lambda: kinds.propose(code=kind.code, definition=change(kind, team="business"), base=1, by=lead),
        lambda: kinds.propose(code=kind.code, definition=change(kind, priority=0), base=1, by=boss),
    )
    won, told = parted(found, KindProposalOpen)
    winner = lead if won.maker == lead.actor else boss
    assert told.code == "desk.kind.proposal_open" and winner.name in told.sentence("zh-hans")
    waiting = KindVersion.objects.filter(code=kind.code, state="proposed")
    assert [(v.pk, v.number, v.definition) for v in waiting] == [(won.pk, 2, won.definition)]
    kind.refresh_from_db()
    assert (kind.version, kind.team, kind.priority) == (1, "service", 2)  # nothing in force has moved
    after = counts()
    assert [b - a for a, b in zip(before[:5], after[:5], strict=True)] == [
        0,
        1,
        0,
        0,
        1,
    ]  # one version, one row of the ledger


def test_of_two_approvals_at_one_instant_one_counts_and_the_kind_changes_once(database: None) -> None:
    kind = a_kind("Race of approvals")
    wanted = change(kind, team="business", own_clocks=True)
    made = kinds.propose(code=kind.code, definition=wanted, base=1, by=member("lead"))
    checkers = [member("checker"), member("boss")]
    before = counts()
    found = at_once(
        kinds.versions.lock, *(lambda by=by: kinds.approve(version_id=made.pk, by=by) for by in checkers)
    )  # fmt: skip
    won, told = parted(found, AlreadyDone)
    assert told.code == "core.already_done" and told.status == 409
    made.refresh_from_db()
    kind.refresh_from_db()
    assert made.state == "approved" and made.checker in {by.actor for by in checkers} and won.pk == kind.pk
    assert (kind.version, kind.team, kind.policy) == (2, "business", kind.code)
    assert KindVersion.objects.filter(code=kind.code).count() == 2
    rows = LedgerEntry.objects.filter(kind="case_kind.approved", object_id=kind.code, facts__version=2)
    assert [row.actor for row in rows] == [made.checker]
    keys = list(Rule.objects.filter(key__startswith=f"desk.clock.{kind.code}.").values_list("key", flat=True))
    assert keys and len(keys) == len(set(keys))  # its clocks were registered once
    assert counts()[:4] == before[:4]  # nothing but the kind itself has changed


def test_an_approval_and_a_refusal_at_one_instant_do_not_both_count(database: None) -> None:
    kind = a_kind("Race of answers")
    made = kinds.propose(code=kind.code, definition=change(kind, priority=3), base=1, by=member("lead"))
    found = at_once(
        kinds.versions.lock,
        lambda: kinds.approve(version_id=made.pk, by=member("checker")),
        lambda: kinds.refuse(version_id=made.pk, by=member("boss"), reason="再想想"),
    )
    won, _told = parted(found, AlreadyDone)
    made.refresh_from_db()
    kind.refresh_from_db()
    if isinstance(won, CaseKind):
        assert (made.state, made.reason, kind.version, kind.priority) == ("approved", "", 2, 3)
    else:
        assert (made.state, made.reason, kind.version, kind.priority) == ("refused", "再想想", 1, 2)
    kinds_rows = LedgerEntry.objects.filter(object_id=kind.code, facts__version=2).exclude(kind="case_kind.proposed")  # fmt: skip
    assert kinds_rows.count() == 1


def test_a_proposal_that_meets_the_approval_of_a_colleague_s_is_overtaken_or_waits(database: None) -> None:
    """Whoever comes first: the second proposal is refused either way, and never replaces the colleague's."""
    kind = a_kind("Race of both")
    theirs = kinds.propose(code=kind.code, definition=change(kind, priority=3), base=1, by=member("lead"))
    checker, boss = member("checker"), member("boss")
    found = at_once(
        kinds.versions.lock,
        lambda: kinds.approve(version_id=theirs.pk, by=checker),
        lambda: kinds.propose(code=kind.code, definition=change(kind, team="wealth"), base=1, by=boss),
    )
    assert isinstance(found[0], CaseKind) and isinstance(found[1], KindOvertaken | KindProposalOpen)
    kind.refresh_from_db()
    assert (kind.version, kind.priority, kind.team) == (2, 3, "service")
    assert KindVersion.objects.filter(code=kind.code).count() == 2


def test_the_routing_rules_have_one_proposal_and_one_approval_too(database: None) -> None:
    lead, boss, checker = member("lead"), member("boss"), member("checker")
    first = routes.in_force()

    def with_rule(word: str) -> dict[str, Any]:
        rule = {"name": f"规则{word}", "name_en": f"Rule {word}", "conditions": {"words": [word]}, "team": "business"}  # fmt: skip
        return {"rules": [*copy.deepcopy(first.definition["rules"]), rule]}

    found = at_once(
        routes.versions.lock,
        lambda: routes.propose(definition=with_rule("甲"), base=first.number, by=lead),
        lambda: routes.propose(definition=with_rule("乙"), base=first.number, by=boss),
    )
    won, _told = parted(found, RoutesProposalOpen)
    assert RouteVersion.objects.filter(state="proposed").get().pk == won.pk
    routes.withdraw(version_id=won.pk, by=lead if won.maker == lead.actor else boss)
    third = routes.propose(definition=with_rule("丙"), base=first.number, by=lead)
    before = Route.objects.count()
    found = at_once(
        routes.versions.lock, *(lambda by=by: routes.approve(version_id=third.pk, by=by) for by in (boss, checker))
    )  # fmt: skip
    parted(found, AlreadyDone)
    assert Route.objects.count() == before + 1 and routes.in_force().pk == third.pk
