from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.test import Client as Browser
from django.utils import timezone

from maitian.core.models import LedgerEntry
from maitian.staff import actions
from maitian.staff.errors import Locked, ScopeNotYours, SignInFailed
from maitian.staff.models import Member, MemberSession

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(member):
    made = member("editor")
    made.password = make_password("maitian-demo")
    made.save()
    return made


def test_five_failures_lock_and_time_opens(editor) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(SignInFailed) as caught:
            actions.sign_in("editor", "wrong")
        assert caught.value.facts["left"] == left
    with pytest.raises(Locked):
        actions.sign_in("editor", "wrong")
    with pytest.raises(Locked):
        actions.sign_in("editor", "maitian-demo")
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert actions.sign_in("EDITOR ", "maitian-demo") == editor
    assert LedgerEntry.objects.filter(kind="staff.locked", actor=editor.actor).exists()


def test_an_unknown_name_says_the_same(editor) -> None:
    with pytest.raises(SignInFailed) as unknown:
        actions.sign_in("nobody", "x")
    with pytest.raises(SignInFailed) as known:
        actions.sign_in("editor", "x")
    assert unknown.value.sentence("en") == known.value.sentence("en")


def test_signing_in_changes_the_session_and_stays_inside(editor) -> None:
    browser = Browser()
    browser.get("/sign-in/")
    answer = browser.post(
        "/sign-in/", {"name": "editor", "password": "maitian-demo", "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/"
    assert browser.get("/").status_code == 200
    assert "argon2" in Member.objects.get(pk=editor.pk).password


def test_a_session_ended_elsewhere_is_over(sign_in, member) -> None:
    here, there = sign_in("editor"), sign_in("editor")
    other = MemberSession.objects.filter(member=member("editor")).latest("pk")
    assert there.get("/").status_code == 200
    here.post(f"/staff/me/sessions/{other.pk}/end/")
    assert there.get("/").status_code == 302 and here.get("/").status_code == 200
    stranger = sign_in("manager1")
    mine = MemberSession.objects.filter(member=member("editor"), ended_at=None).first()
    assert stranger.post(f"/staff/me/sessions/{mine.pk}/end/").status_code == 404


def test_a_member_who_leaves_is_out_at_once(sign_in) -> None:
    browser = sign_in("manager2")
    Member.objects.filter(sign_in_name="manager2").update(active=False)
    assert browser.get("/").status_code == 302


def test_tokens_carry_no_more_than_the_role(member) -> None:
    with pytest.raises(ScopeNotYours):
        actions.make_token(member("editor"), "x", ["clients.view"])
    text = actions.make_token(member("manager1"), "x", ["clients.view"])
    browser = Browser(headers={"Authorization": f"Bearer {text}"})
    assert browser.get("/api/v1/clients").status_code == 200
    assert browser.get("/api/v1/reports").status_code == 403  # the role may, the token not
    token = member("manager1").tokens.get()
    actions.revoke_token(member("manager1"), token.pk)
    assert browser.get("/api/v1/clients").status_code == 401


@pytest.mark.requirement("G9")
def test_the_four_centres_have_their_people(sign_in) -> None:
    browser = sign_in("boss")
    for centre, name in (
        ("marketing", "周晓雯"),
        ("service", "方静"),
        ("business", "汤美玲"),
        ("wealth", "康明"),
    ):
        page = browser.get(f"/staff/?centre={centre}").content.decode()
        assert name in page
