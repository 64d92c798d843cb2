"""One seeded database for the whole run: rules, calendars, levels, topics and a small demonstration branch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import translation

from maitian.core import rulebook
from tests import order, seeded

# A Tuesday morning in a session of the exchange. The suite gives the same answers on any day of any year.
MOMENT = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After pytest-django's own order, which puts what asks for no database at the end, and with it all that is long."""
    items.sort(key=lambda item: order.rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return order.scheduler(config, log)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """After the tables: seeds and 300 clients, committed once; every test runs in a transaction of its own.

    Ours instead of pytest-django's, which makes no tables for a test that only asks for ``committed``.
    """
    with django_db_blocker.unblock(), seeded.database(fill):
        yield


def fill() -> None:
    from maitian.core import setup
    from maitian.demo import branch

    with time_machine.travel(MOMENT, tick=True):
        setup.seed()
        branch.load(300, cases=0)


@pytest.fixture(autouse=True)
def moment(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test begins at ``MOMENT`` and in Chinese; those that start processes of their own live in real time."""
    translation.activate("zh-hans")
    rulebook._cache.clear()  # a test that changed a rule was rolled back; what it cached was not
    if any(request.node.get_closest_marker(name) for name in ("browser", "crash", "processes")):
        yield
        return
    with time_machine.travel(MOMENT, tick=True):
        yield


@pytest.fixture(autouse=True)
def plain_static(settings: Any) -> None:
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def committed(django_db_setup: Any, django_db_blocker: Any) -> Iterator[None]:
    """The seeded database without a transaction around the test, for races of several sessions.

    What the test stores stays: it cleans up after itself (ledger rows may stay, they only add to the chain).
    """
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def member(db: Any) -> Any:
    """``member("editor")`` → the demonstration's member of that sign-in name."""
    from maitian.staff.models import Member

    return lambda name: Member.objects.get(sign_in_name=name)


@pytest.fixture
def sign_in(db: Any) -> Any:
    """A test browser signed in as a member (by name) or a client (by id), without the cost of a password."""

    def made(name: str | int) -> Browser:
        from django.utils import timezone

        from maitian.portal.middleware import SESSION_KEY as CLIENT_KEY
        from maitian.staff.middleware import SESSION_KEY
        from maitian.staff.models import Member, MemberSession

        browser = Browser()
        session = browser.session
        if isinstance(name, int):
            session[CLIENT_KEY] = name
            session.save()
        else:
            found = Member.objects.get(sign_in_name=name)
            session[SESSION_KEY] = found.pk
            session.save()
            now = timezone.now()
            MemberSession.objects.create(
                member=found, session_key=session.session_key, started_at=now, seen_at=now
            )
        browser.cookies["sessionid"] = session.session_key
        return browser

    return made


@pytest.fixture
def story(db: Any) -> Any:
    """The ids of the story's clients: Gold Wisdom, Gold Channel, Gold Brocade, C1-lowest, without SMS consent."""
    from maitian.clients.models import FundAccount

    return [FundAccount.objects.get(number=str(80000001 + n)).client_id for n in range(5)]


@pytest.fixture
def published(member: Any) -> Any:
    """The industry note, written by the editor and published by the checker."""
    from maitian.demo.notes import INDUSTRY_NOTE
    from maitian.library import actions

    made = actions.save_draft(None, values=dict(INDUSTRY_NOTE), actor=member("editor").actor)
    actions.submit(made.pk, actor=member("editor").actor)
    return actions.approve_and_publish(made.pk, actor=member("checker").actor)


@pytest.fixture
def api(member: Any) -> Any:
    """``api("manager1", *scopes)`` → ``call(method, path, body, **headers)`` with a token of that member."""
    from maitian.staff import actions as staff

    def made(name: str, *scopes: str) -> Any:
        browser = Browser(
            headers={"Authorization": "Bearer " + staff.make_token(member(name), "t", list(scopes))}
        )

        def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            return browser.generic(
                method,
                "/api/v1" + path,
                json.dumps(body or {}),
                content_type="application/json",
                headers=headers,
            )

        return call

    return made
