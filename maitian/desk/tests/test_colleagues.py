"""A field for a colleague holds words; the server says whom they mean, or what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest

from maitian.desk.actions import people
from maitian.desk.errors import ColleagueAmbiguous, ColleagueUnknown
from maitian.desk.models import Case, Named
from maitian.desk.queries import colleagues
from maitian.staff.models import Member

pytestmark = pytest.mark.django_db


@pytest.fixture
def namesake(member: Any) -> Member:
    """Somebody else of hotline1's name."""
    first = member("hotline1")
    return Member.objects.create(
        branch=first.branch, sign_in_name="namesake1", password="!", name=first.name, name_en=first.name_en, initials=first.initials,
        centre=first.centre, role="hotline_agent",
    )  # fmt: skip


def test_by_name_initials_sign_in_name_and_centre(member: Any) -> None:
    boss, agent = member("boss"), member("hotline1")
    for words in (
        agent.name,
        agent.sign_in_name,
        f"{agent.name} · hotline1",
        str(agent.pk),
        agent.name_en.upper(),
    ):
        assert colleagues.chosen(boss, words).member == agent
    for words in ("客服中心", "team:service"):
        assert colleagues.chosen(boss, words, teams=True).team == "service"
    assert colleagues.found(boss, agent.initials)[0].centre in {m.centre for m in Member.objects.all()}
    assert agent in colleagues.found(boss, agent.name[:1]) and colleagues.found(boss, " ") == []


def test_two_of_one_name_are_told_apart_and_nobody_is_guessed(member: Any, namesake: Member) -> None:
    boss = member("boss")
    with pytest.raises(ColleagueAmbiguous) as caught:
        colleagues.chosen(boss, namesake.name)
    assert "hotline1" in caught.value.sentence("zh-hans") and "namesake1" in caught.value.sentence("zh-hans")
    assert colleagues.chosen(boss, f"{namesake.name} · namesake1").member == namesake
    for words in ("没有这个人", f"{namesake.name} · gone", "", "left1", "99999999"):
        with pytest.raises(ColleagueUnknown):
            colleagues.chosen(boss, words)


def test_a_case_is_given_by_typing_and_what_is_wrong_stands_beside_the_field(
    enquiry: Any, sign_in: Any, member: Any, namesake: Member
) -> None:
    case: Case = enquiry()
    boss = sign_in("boss")
    page = boss.get(f"/desk/{case.ref}/").content.decode()
    # A branch has some hundred colleagues: none of them is written into the page's fields.
    assert page.count("<option") < 90 and f'value="{member("hotline1").pk}"' not in page
    for words, said in (("没有这个人", "没有找到"), (namesake.name, "可能是好几位")):
        refused = boss.post(f"/desk/{case.ref}/assign/", {"to": words, "reason": "核对佣金"})
        text = refused.content.decode()
        assert refused.status_code == 422 and said in text and f'value="{words}"' in text
    assert boss.post(f"/desk/{case.ref}/assign/", {"to": f"{namesake.name} · hotline1"}).status_code == 302
    case.refresh_from_db()
    assert case.owner == member("hotline1")
    boss.post(f"/desk/{case.ref}/assign/", {"to": "业务中心"})
    case.refresh_from_db()
    assert (case.team, case.owner) == ("business", None)
    boss.post(f"/desk/{case.ref}/avoid/", {"member": "namesake1", "on": "1"})
    assert Named.objects.get(case=case).member == namesake
    people.take(case_id=case.pk, by=member("hotline1"))
    refused = boss.post(f"/desk/{case.ref}/hand-over/", {"to": "谁", "reason": "休假"})
    assert refused.status_code in (404, 422)


def test_suggestions_come_by_typing_centres_first(sign_in: Any, member: Any) -> None:
    name = member("hotline1").name
    found = sign_in("boss").get("/desk/colleagues/", {"of": "to", "to": name, "teams": "1"}).content.decode()
    assert f"{name} · hotline1" in found
    everything = (
        sign_in("boss").get("/desk/colleagues/", {"of": "to", "to": "", "teams": "1"}).content.decode()
    )
    assert everything.count("<option") == 5 and everything.index("中心") >= 0
    assert (
        "中心"
        not in sign_in("boss").get("/desk/colleagues/", {"of": "member", "member": ""}).content.decode()
    )
    assert sign_in("boss").get("/desk/colleagues/").status_code == 200
