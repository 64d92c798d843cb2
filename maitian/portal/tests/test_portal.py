from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client as Browser

from maitian.clients.models import Client, Consent, Follow, PortalAccess
from maitian.core import rulebook
from maitian.core.models import LedgerEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def password(story):
    PortalAccess.objects.filter(pk=story[0]).update(password=make_password("maitian-demo"))


@pytest.mark.requirement("G11")
def test_sign_in_by_fund_account_locks_after_five_failures(password, story) -> None:
    browser = Browser()
    assert (
        browser.post("/portal/sign-in/", {"account": "80000001", "password": "maitian-demo"}).status_code
        == 302
    )
    assert browser.get("/portal/").status_code == 200
    other = Browser()
    for _n in range(5):
        assert other.post("/portal/sign-in/", {"account": "80000001", "password": "x"}).status_code == 401
    page = other.post("/portal/sign-in/", {"account": "80000001", "password": "maitian-demo"})
    assert page.status_code == 401 and "锁定" in page.content.decode()
    assert LedgerEntry.objects.filter(kind="portal.locked", client_id=story[0]).exists()
    assert other.post("/portal/sign-in/", {"account": "' OR 1=1", "password": "x"}).status_code == 401


def test_a_client_s_session_opens_no_door_of_the_console(sign_in, story) -> None:
    browser = sign_in(story[0])
    for path in ("/", "/clients/", f"/clients/{story[0]}/", "/outreach/"):
        assert browser.get(path).headers["Location"].startswith("/sign-in/")


@pytest.mark.requirement("G5")
def test_home_says_level_manager_service_and_hotline(sign_in, story) -> None:
    page = sign_in(story[1]).get("/portal/").content.decode()
    for words in ("金通道", "周晓雯", "95500", "交易通道"):
        assert words in page


def test_consent_is_withdrawn_by_one_press_and_on_record(sign_in, story) -> None:
    browser = sign_in(story[0])
    browser.post("/portal/me/consent/", {"class": "0", "channel": "1", "granted": "0"})
    assert not Client.objects.get(pk=story[0]).consent_bits & 2
    assert (
        Consent.objects.filter(client_id=story[0], message_class=0, channel=1).latest("at").granted is False
    )
    assert (
        browser.post("/portal/me/consent/", {"class": "7", "channel": "1", "granted": "0"}).status_code == 404
    )


def test_follow_only_what_exists(sign_in, story) -> None:
    browser = sign_in(story[0])
    browser.post("/portal/me/follow/", {"what": "600369"})
    assert Follow.objects.filter(client_id=story[0], what="600369").exists()
    told = browser.post("/portal/me/follow/", {"what": "<script>"}, follow=True).content.decode()
    assert "没有“&lt;script&gt;”这只证券" in told
    browser.post("/portal/me/follow/", {"what": "600369", "on": "0"})
    assert not Follow.objects.filter(client_id=story[0], what="600369").exists()


@pytest.mark.requirement("T1")
def test_the_questionnaire_says_which_answer_is_missing_and_then_gives_the_class(sign_in, story) -> None:
    browser = sign_in(story[3])
    questions = rulebook.at().suitability.questionnaire
    answers = {q["key"]: max(q["options"], key=lambda o: o["points"])["key"] for q in questions}
    short = browser.post("/portal/suitability/", {k: v for k, v in answers.items() if k != "loss"})
    assert short.status_code == 422 and "这一题还没有选" in short.content.decode()
    assert Client.objects.get(pk=story[3]).risk_class == 1
    assert browser.post("/portal/suitability/", answers).status_code == 302
    assert Client.objects.get(pk=story[3]).risk_class == 6
    assert "C5" in browser.get("/portal/suitability/").content.decode()


def test_a_report_text_is_never_in_a_locked_page(sign_in, story, published) -> None:
    page = sign_in(story[1]).get(f"/portal/reports/{published.pk}/").content.decode()
    assert "并购会抬高" not in page and 'id="locked"' in page
    assert sign_in(story[1]).get(f"/portal/reports/{published.pk}/pdf/").status_code == 404
