"""Whom a client names after a visit: a lead with somebody to look after it, and never without the person's own consent (E4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from maitian.clients.models import Client, ContactPoint, Coverage
from maitian.core.models import LedgerEntry
from maitian.core.privacy import token
from maitian.desk.actions.opening import open_case
from maitian.staff.models import Member
from maitian.visits import actions, queries
from maitian.visits.errors import ReferralConsentMissing, ReferralIncomplete, ReferralOfOneself
from maitian.visits.models import Referral, Visit

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PHONE = "13900004417"
AGREED = {
    "referral": "顾以宁",
    "referral_phone": PHONE,
    "referral_basis": "call",
    "referral_proof": "当场打电话，本人说可以联系",
}


@pytest.fixture
def client(story: list[int]) -> Client:
    return Client.objects.select_related("branch", "manager").get(pk=story[0])


@pytest.fixture
def visit(client: Client, member: Any, time_machine: Any) -> Visit:
    """A visit of account manager 1 that is just over."""
    case = open_case(
        kind="help_visit", branch=client.branch, client=client, body="家里电脑看不到行情", channel="phone",
        actor=member("manager1").actor, by=member("manager1"), complete=False,
    ).case  # fmt: skip
    made = actions.plan(case_id=case.pk, by=member("manager1"), when=AT, place="滨河路 18 号 502")
    time_machine.move_to(AT + timedelta(minutes=50))
    return made


def finish(visit: Visit, by: Member, **more: Any) -> Visit:
    given = {"came_of": "solved", "found": "能看了", "thanked": True, "referral_asked": True}
    return actions.finish(visit_id=visit.pk, by=by, **{**given, **more})


@pytest.mark.requirement("E4", "E6")
def test_somebody_who_agreed_becomes_a_lead_with_somebody_who_looks_after_it(
    visit: Visit, client: Client, member: Any, sign_in: Any
) -> None:
    manager = member("manager1")
    finish(visit, manager, **AGREED)
    made = Referral.objects.select_related("client__person").get(visit=visit)
    lead = made.client
    assert (lead.state, str(lead.person.name), lead.manager, made.known) == ("lead", "顾以宁", manager, False)
    assert Coverage.objects.filter(client=lead, member=manager, until=None).exists()
    assert (made.referrer, made.basis, str(made.proof)) == (client, "call", AGREED["referral_proof"])
    row = LedgerEntry.objects.get(kind="client.referred", client_id=lead.pk)
    assert (
        row.facts["referrer"] == client.pk and "顾以宁" not in str(row.facts) and PHONE not in str(row.facts)
    )
    # Shown on both records, and nobody reads more than his own records give.
    page = sign_in("manager1").get(f"/clients/{client.pk}/").content.decode()
    assert "介绍了 1 位" in page and "顾*宁" in page and "顾以宁" not in page
    assert "由客户介绍：" in sign_in("manager1").get(f"/clients/{lead.pk}/").content.decode()
    shown = sign_in("manager1").get(f"/visits/{visit.pk}/").content.decode()
    assert "新的潜在客户" in shown and f"/clients/{lead.pk}/" in shown
    counted = queries.asked(manager, AT.date())
    assert (counted.visits, counted.asked, counted.leads, counted.known) == (1, 1, 1, 0)


def test_no_lead_without_the_person_s_own_consent(visit: Visit, member: Any) -> None:
    before = Client.objects.count()
    with pytest.raises(ReferralConsentMissing):
        finish(visit, member("manager1"), referral="顾以宁", referral_phone=PHONE)
    with pytest.raises(ReferralIncomplete):
        finish(visit, member("manager1"), **{**AGREED, "referral_proof": " "})
    with pytest.raises(ReferralIncomplete):
        finish(visit, member("manager1"), **{**AGREED, "referral_phone": ""})
    visit.refresh_from_db()
    assert visit.state == "planned"
    finish(visit, member("manager1"), referral="顾女士")
    assert Client.objects.count() == before and not Referral.objects.exists()
    assert not ContactPoint.objects.filter(value_token=token(PHONE)).exists()


def test_somebody_on_record_is_linked_and_the_client_s_own_phone_is_refused(
    visit: Visit, client: Client, story: list[int], member: Any, sign_in: Any
) -> None:
    before = Client.objects.count()
    own = ContactPoint.objects.get(client=client, kind="phone")
    with pytest.raises(ReferralOfOneself):
        finish(visit, member("manager1"), **{**AGREED, "referral_phone": str(own.value)})
    other = Client.objects.filter(
        manager=member("manager2"), contact_points__kind="phone", merged_into=None
    ).order_by("pk")[0]
    phone = ContactPoint.objects.get(client=other, kind="phone", primary=True)
    finish(visit, member("manager1"), **{**AGREED, "referral_phone": str(phone.value)})
    made = Referral.objects.get()
    assert made.known and Client.objects.count() == before
    assert (
        ContactPoint.objects.filter(value_token=phone.value_token).values_list("client_id", flat=True)[0]
        == made.client_id
    )
    # Whoever may not see the record gets its masked name and no way in.
    assert (
        f"/clients/{made.client_id}/" not in sign_in("manager1").get(f"/visits/{visit.pk}/").content.decode()
    )
    assert "由客户介绍：" in sign_in("manager2").get(f"/clients/{made.client_id}/").content.decode()


def test_a_colleague_who_covers_nobody_leaves_the_lead_to_the_referrer_s_manager_or_the_one_with_fewest(
    visit: Visit, client: Client, member: Any
) -> None:
    Visit.objects.filter(pk=visit.pk).update(member=member("hotline1"))
    Client.objects.filter(pk=client.pk).update(manager=None)
    finish(visit, member("hotline1"), **AGREED)
    lead = Referral.objects.select_related("client__manager").get().client
    assert lead.manager is not None and lead.manager.role == "account_manager"


def test_a_button_pressed_twice_and_the_page_s_errors(visit: Visit, sign_in: Any) -> None:
    agent, path = sign_in("manager1"), f"/visits/{visit.pk}/finish/"
    given = {"came_of": "solved", "found": "好了", "referral": "顾以宁", "referral_phone": PHONE}
    refused = agent.post(path, given)
    assert (
        refused.status_code == 422
        and "没有本人的同意" in refused.content.decode()
        and PHONE in refused.content.decode()
    )
    assert agent.post(path, {**given, **AGREED}, follow=True).status_code == 200
    assert agent.post(path, {**given, **AGREED}).status_code == 409
    assert Referral.objects.count() == 1


def test_by_the_api(visit: Visit, client: Client, api: Any) -> None:
    call = api("manager1", "desk.work", "clients.view")
    refused = call(
        "POST", f"/visits/{visit.pk}/result", {"came_of": "solved", "found": "好了", "referral_phone": PHONE}
    )
    assert refused.json()["code"] == "visits.referral_consent_missing"
    done = call(
        "POST",
        f"/visits/{visit.pk}/result",
        {"came_of": "solved", "found": "好了", "referral_asked": True, **AGREED},
    ).json()
    lead = done["referral_client_id"]
    assert lead and done["referral_known"] is False
    assert call("GET", f"/clients/{client.pk}/referrals").json()["referred"][0]["client_id"] == lead
    assert call("GET", f"/clients/{lead}/referrals").json()["referred_by"][0]["referrer_id"] == client.pk
    assert call("GET", "/referrals/asked?day=2026-11-24").json() == {
        "visits": 1,
        "asked": 1,
        "leads": 1,
        "known": 0,
    }
