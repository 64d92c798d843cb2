"""Many at once, macros, phrases of the source's etiquette, saved views."""

from __future__ import annotations

from typing import Any

import pytest

from maitian.core.models import LedgerEntry
from maitian.desk.actions import comfort, people
from maitian.desk.errors import (
    MacroEmpty,
    PhraseBlankUnknown,
    PhraseKnown,
    TooManyChosen,
    TooManyViews,
    ViewNameMissing,
)
from maitian.desk.models import Case, CaseTag, Draft, Entry, Macro, Phrase, SavedView
from maitian.desk.queries import Filters
from maitian.desk.rules.phrases import address_of, filled, unknown

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "gender", "family", "said"),
    [("陈建国", "m", "陈", "陈先生"), ("欧阳海燕", "F", "欧阳", "欧阳女士"), ("陈建国", "", "陈", "陈建国"), ("", "m", "", "您")],
)  # fmt: skip
def test_how_a_client_is_spoken_to(name: str, gender: str, family: str, said: str) -> None:
    assert address_of(name, gender, family) == said


def test_a_blank_without_a_value_stays_to_be_seen() -> None:
    assert filled("{client}您好，{due} 前答复", {"client": "陈先生", "due": ""}) == "陈先生您好，{due} 前答复"
    assert unknown("{client}{name}{ref}{x}") == ["name", "x"]


@pytest.fixture(autouse=True)
def mister(client: Any) -> None:
    """陈建国 is a man; the demonstration's genders come by chance."""
    client.person.gender = "M"
    client.person.save()


@pytest.mark.requirement("T2", "T7")
def test_phrases_stand_ready_with_the_case_s_own_words(enquiry: Any, sign_in: Any, member: Any) -> None:
    case = enquiry()
    page = sign_in("hotline1").get(f"/desk/{case.ref}/").content.decode()
    assert "您看除此之外，您还需要其他什么服务吗" in page and "谢谢您，再见！" in page
    assert f"陈先生您好，我是{member('hotline1').name}" in page
    assert "如果没有其它事" not in page  # the source's own example of what never to say
    # Without scripts a phrase comes with the next page, behind the draft.
    Draft.objects.create(
        case=case, member=member("hotline1"), kind="reply", body="已经查到。", saved_at="2026-11-24T02:00Z"
    )
    phrase = Phrase.objects.get(name="道别")
    page = sign_in("hotline1").get(f"/desk/{case.ref}/?phrase={phrase.pk}").content.decode()
    assert "已经查到。\n谢谢您，再见！</textarea>" in page


def test_a_macro_does_everything_or_nothing(enquiry: Any, member: Any) -> None:
    agent = member("hotline1")
    case, taken = enquiry(), enquiry()
    macro = comfort.save_macro(
        by=member("boss"), macro_id=None,
        values={"name": "接手并请补材料", "take": "1", "tag": "等材料", "priority": "2", "answer": "{client}，请补身份证照片，编号 {ref}。",
                "then": "waiting_client"},
    )  # fmt: skip
    comfort.run_macro(macro=macro, case_id=case.pk, by=agent)
    case.refresh_from_db()
    assert (case.state, case.owner, case.responsible, case.priority) == ("waiting_client", agent, agent, 2)
    said = Entry.objects.get(case=case, kind="reply")
    assert said.body == f"陈先生，请补身份证照片，编号 {case.ref}。"
    assert CaseTag.objects.filter(case=case, tag__name="等材料").exists()
    people.take(case_id=taken.pk, by=member("hotline2"))
    done = comfort.in_bulk(
        refs=[taken.ref], by=agent, act=lambda pk: comfort.run_macro(macro=macro, case_id=pk, by=agent)
    )
    assert done.done == [] and member("hotline2").name in done.refused[0][1]
    taken.refresh_from_db()
    assert taken.priority != 2 and not Entry.objects.filter(case=taken, kind="reply").exists()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": "空的"}, MacroEmpty), ({"name": "", "tag": "x"}, MacroEmpty), ({"name": "没话", "then": "solved"}, MacroEmpty),
        ({"name": "错的", "answer": "{password}"}, PhraseBlankUnknown),
    ],
)  # fmt: skip
def test_a_macro_that_cannot_be_is_refused(
    member: Any, values: dict[str, str], error: type[Exception]
) -> None:
    before = Macro.objects.count()
    with pytest.raises(error):
        comfort.save_macro(by=member("boss"), macro_id=None, values=values)
    assert Macro.objects.count() == before


def test_many_at_once_each_by_itself(enquiry: Any, sign_in: Any, member: Any) -> None:
    cases = [enquiry() for _n in range(3)]
    people.take(case_id=cases[2].pk, by=member("hotline2"))
    browser = sign_in("hotline1")
    refs = [*(c.ref for c in cases), "C-20991231-9999"]
    answer = browser.post("/desk/bulk/", {"chosen": refs, "what": "take", "list": "?view=queue"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0] == "/desk/?view=queue" and "办好了 2 件" in page
    assert cases[2].ref in page and "C-20991231-9999" in page
    assert list(Case.objects.filter(pk__in=[c.pk for c in cases]).order_by("pk").values_list("owner__sign_in_name", flat=True)) == [
        "hotline1", "hotline1", "hotline2",
    ]  # fmt: skip
    assert LedgerEntry.objects.filter(kind="case.taken", object_id=str(cases[0].pk)).count() == 1
    browser.post("/desk/bulk/", {"chosen": refs[:2], "what": "tag", "tag": "佣金"})
    assert CaseTag.objects.filter(tag__name="佣金").count() == 2
    for wrong in (
        {"what": "assign", "to": ""},
        {"what": "priority", "priority": "9"},
        {"what": "delete"},
        {},
    ):
        page = browser.post("/desk/bulk/", {"chosen": refs[:1], **wrong}, follow=True).content.decode()
        assert "先选要做什么" in page
    assert "现在选了 0 件" in browser.post("/desk/bulk/", {"what": "take"}, follow=True).content.decode()
    with pytest.raises(TooManyChosen):
        comfort.in_bulk(refs=[f"C-20261124-{n:04d}" for n in range(101)], by=member("hotline1"), act=print)


def test_another_s_client_is_not_reached_in_bulk(enquiry: Any, member: Any) -> None:
    case = enquiry()
    other = member("manager2")
    done = comfort.in_bulk(refs=[case.ref], by=other, act=lambda pk: people.watch(case_id=pk, member=other))
    assert done.done == [] and [ref for ref, _why in done.refused] == [case.ref]


def test_saved_views_are_one_s_own_and_count(enquiry: Any, sign_in: Any, member: Any) -> None:
    enquiry(), enquiry()
    browser = sign_in("hotline1")
    list_query = "?view=open&kind=enquiry"
    page = browser.post(f"/desk/views/{list_query}", {"name": "咨询", "list": list_query}, follow=True)
    kept = SavedView.objects.get()
    assert kept.filters == {"view": "open", "kind": "enquiry"} and kept.member == member("hotline1")
    assert (
        '<span lang="zh">咨询</span>\n    <span class="n">2</span>' in page.content.decode()
        or ">2</span>" in page.content.decode()
    )
    assert "咨询</span>" not in sign_in("hotline2").get("/desk/").content.decode().split("</nav>")[1]
    assert sign_in("hotline2").post(f"/desk/views/{kept.pk}/forget/").status_code == 404
    with pytest.raises(ViewNameMissing):
        comfort.save_view(member=member("hotline1"), name=" ", filters=Filters())
    for n in range(11):
        comfort.save_view(member=member("hotline1"), name=f"{n}", filters=Filters())
    with pytest.raises(TooManyViews):
        comfort.save_view(member=member("hotline1"), name="13", filters=Filters())
    comfort.save_view(member=member("hotline1"), name="咨询", filters=Filters(view="late"))
    assert SavedView.objects.get(pk=kept.pk).filters == {"view": "late"}
    browser.post(f"/desk/views/{kept.pk}/forget/", {"list": list_query})
    assert not SavedView.objects.filter(pk=kept.pk).exists()


def test_leads_keep_the_phrases_and_others_read_them(sign_in: Any, member: Any) -> None:
    lead = sign_in("boss")
    given = {"moment": "closing", "name": "周末愉快", "body": "{client}，周末愉快。", "active": "1"}
    lead.post("/desk/tools/phrase/", given)
    made = Phrase.objects.get(name="周末愉快")
    assert made.changed_by == member("boss").actor
    wrong = lead.post("/desk/tools/phrase/", {**given, "name": "再来", "body": "{nobody}"})
    assert (
        wrong.status_code == 422 and "{nobody}" in wrong.content.decode() and "再来" in wrong.content.decode()
    )
    with pytest.raises(PhraseKnown):
        comfort.save_phrase(by=member("boss"), phrase_id=None, moment="closing", name="周末愉快", body="x")
    assert sign_in("hotline1").post("/desk/tools/phrase/", given).status_code == 403
    page = sign_in("hotline1").get("/desk/tools/").content.decode()
    assert "周末愉快" in page and "phrase-form" not in page
    lead.post("/desk/tools/macro/", {"name": "催办", "priority": "3", "active": "1"})
    assert Macro.objects.get(name="催办").priority == 3
    assert (
        "macro-form" in lead.get(f"/desk/tools/?macro={Macro.objects.get(name='催办').pk}").content.decode()
    )


def test_by_the_api(enquiry: Any, api: Any, member: Any) -> None:
    case = enquiry()
    call = api("hotline1", "desk.view", "desk.work")
    made = call("POST", "/case-views", {"name": "急的", "filters": {"view": "open", "priority": "3", "nonsense": "x"}}).json()  # fmt: skip
    assert made["filters"] == {"view": "open", "priority": "3"} and call("GET", "/case-views").json() == [
        made
    ]
    assert call("DELETE", f"/case-views/{made['id']}").status_code == 204
    assert call("DELETE", f"/case-views/{made['id']}").status_code == 404
    macro = next(m for m in call("GET", "/macros").json() if m["name_en"] == "Ask the client for papers")
    answer = call("POST", f"/cases/{case.ref}/macro", {"macro_id": macro["id"]})
    assert answer.json() == {"ref": case.ref, "state": "waiting_client"}
    bulk = call("POST", "/cases/bulk", {"refs": [case.ref, "C-20991231-9999"], "what": "priority", "priority": 3}).json()  # fmt: skip
    assert bulk["done"] == [case.ref] and bulk["refused"][0]["ref"] == "C-20991231-9999"
    assert (
        call("POST", "/cases/bulk", {"refs": [case.ref], "what": "tag"}).json()["code"] == "desk.bulk.unknown"
    )
    assert len(call("GET", "/phrases").json()) == 10
    assert call("POST", "/phrases", {"moment": "closing", "name": "x", "body": "y"}).status_code == 403
    boss = api("boss", "desk.lead")
    assert boss("POST", "/phrases", {"moment": "closing", "name": "x", "body": "y"}).json()["active"]
    assert boss("POST", "/macros", {"name": "催办", "priority": 3}).json()["priority"] == 3
