"""Kinds of case: proposed, checked, used, changed while cases are open, retired; by page and by API."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import translation

from maitian.core import rulebook
from maitian.core.errors import AlreadyDone, NotFound, ReasonMissing, SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.desk import catalog, kind_forms, queries
from maitian.desk.actions import complaints, kinds, marking
from maitian.desk.actions.opening import open_case
from maitian.desk.errors import (
    FieldsWrong,
    FormWrong,
    KindBuiltIn,
    KindOvertaken,
    KindProposalOpen,
    KindRefusalReasonMissing,
    KindRetired,
    KindUnchanged,
)
from maitian.desk.models import Case, CaseKind, Clock, KindVersion
from maitian.desk.setup import definition_of
from maitian.staff import drafts
from maitian.staff.models import Draft

pytestmark = pytest.mark.django_db
FAULT: dict[str, Any] = {
    "name": "交易软件故障", "name_en": "Trading software fault", "icon": "settings", "team": "service", "priority": 2, "portal": True,
    "policy": "default",
    "fields": [
        {"name": "哪个软件", "name_en": "Which software", "type": "choice", "required": True,
         "choices": [{"name": "手机版", "name_en": "Phone"}, {"name": "电脑版", "name_en": "Computer"}]},
        {"name": "影响金额", "name_en": "Amount", "type": "amount"},
        {"name": "回电号码", "name_en": "Call back", "type": "phone", "personal": True},
        {"name": "错误代码", "name_en": "Error code", "type": "text", "inside": True},
    ],
}  # fmt: skip


@pytest.fixture
def fault(member: Any) -> CaseKind:
    made = kinds.propose(code="", definition=FAULT, base=0, by=member("lead"))
    return kinds.approve(version_id=made.pk, by=member("checker"))


def definition(kind: CaseKind) -> dict[str, Any]:
    return copy.deepcopy(kind_forms.version_of(kind).definition)


def changed(kind: CaseKind, by: Any, checker: Any, change: Any) -> CaseKind:
    wanted = definition(kind)
    change(wanted)
    made = kinds.propose(code=kind.code, definition=wanted, base=kind.version, by=by)
    return kinds.approve(version_id=made.pk, by=checker)


def taken(kind: CaseKind, client: Any, **answers: Any) -> Case:
    return open_case(
        kind=kind.code, branch=client.branch, client=client, body="行情不刷新", channel="phone", actor=client.actor, answers=answers
    ).case  # fmt: skip


# --- proposing and checking -----------------------------------------------------------------------------------


@pytest.mark.requirement("E3")
def test_a_kind_comes_into_force_by_two_people(member: Any) -> None:
    lead, checker = member("lead"), member("checker")
    made = kinds.propose(code="", definition=FAULT, base=0, by=lead, note="单独统计")
    assert (made.code, made.number, made.state) == ("trading_software_fault", 1, "proposed")
    assert not CaseKind.objects.filter(code=made.code).exists()  # nothing half made
    assert [v.pk for v in queries.kinds.to_check(checker)] == [made.pk] and queries.kinds.to_check(lead) == []
    with pytest.raises(SameMakerAndChecker):
        kinds.approve(version_id=made.pk, by=lead)
    kind = kinds.approve(version_id=made.pk, by=checker)
    assert (kind.active, kind.version, kind.team, kind.priority, kind.policy) == (
        True,
        1,
        "service",
        2,
        "default",
    )
    assert catalog.kind(kind.code).pk == kind.pk
    with pytest.raises(AlreadyDone):
        kinds.approve(version_id=made.pk, by=checker)
    rows = list(LedgerEntry.objects.filter(object_kind="case_kind", object_id=kind.code).order_by("number"))
    assert [(row.kind, row.actor) for row in rows] == [("case_kind.proposed", lead.actor), ("case_kind.approved", checker.actor)]  # fmt: skip
    assert rows[0].facts["definition"]["fields"][0]["choices"][0]["name"] == "手机版"


def test_sending_back_needs_a_reason_and_taking_back_is_the_maker_s(member: Any) -> None:
    lead, boss, checker = member("lead"), member("boss"), member("checker")
    made = kinds.propose(code="", definition=FAULT, base=0, by=lead)
    with pytest.raises(KindRefusalReasonMissing):
        kinds.refuse(version_id=made.pk, by=checker, reason=" ")
    assert kinds.refuse(version_id=made.pk, by=checker, reason="名称太长").state == "refused"
    again = kinds.propose(code="", definition=FAULT, base=0, by=lead)  # the name is free again
    with pytest.raises(NotFound):
        kinds.withdraw(version_id=again.pk, by=boss)
    assert kinds.withdraw(version_id=again.pk, by=lead).state == "withdrawn"
    assert CaseKind.objects.filter(name=FAULT["name"]).count() == 0


def test_every_fault_is_told_at_once_in_both_languages_and_nothing_is_stored(member: Any) -> None:
    wrong = copy.deepcopy(FAULT)
    wrong["name"] = "咨询"
    wrong["fields"][0]["choices"] = []
    wrong["fields"][1]["name"] = "哪个软件"
    wrong["fields"][3]["help"] = "长" * 121
    before = (KindVersion.objects.count(), LedgerEntry.objects.count())
    with pytest.raises(FormWrong) as refused:
        kinds.propose(code="", definition=wrong, base=0, by=member("lead"))
    assert {place for place, _zh, _en in refused.value.faults} == {"name", "fields.0.choices", "fields.1.name", "fields.3.help"}  # fmt: skip
    assert "已有一类叫“咨询”" in refused.value.sentence("zh-hans")
    assert "two fields are called “哪个软件”" in refused.value.sentence("en")
    assert (KindVersion.objects.count(), LedgerEntry.objects.count()) == before


def test_a_name_that_waits_for_its_checker_is_taken(member: Any) -> None:
    kinds.propose(code="", definition=FAULT, base=0, by=member("lead"))
    with pytest.raises(FormWrong, match="交易软件故障"):
        kinds.propose(code="", definition=FAULT, base=0, by=member("boss"))


def test_what_was_sound_when_proposed_is_judged_again_when_approved(
    member: Any, client: Any, fault: CaseKind
) -> None:
    """A required field may go while no case is open; a case that comes meanwhile stops it."""
    wanted = definition(fault)
    del wanted["fields"][0]
    made = kinds.propose(code=fault.code, definition=wanted, base=1, by=member("lead"))
    taken(fault, client, f1="c1")
    with pytest.raises(FormWrong, match="1 件没办完"):
        kinds.approve(version_id=made.pk, by=member("checker"))
    assert CaseKind.objects.get(pk=fault.pk).version == 1


def test_the_second_of_two_who_change_a_kind_is_told(member: Any, fault: CaseKind) -> None:
    lead, boss, checker = member("lead"), member("boss"), member("checker")
    mine, theirs = definition(fault), definition(fault)
    mine["team"], theirs["hint"] = "business", "打不开、行情不动"
    first = kinds.propose(code=fault.code, definition=theirs, base=1, by=lead)
    with pytest.raises(KindProposalOpen) as waits:
        kinds.propose(code=fault.code, definition=mine, base=1, by=boss)
    assert lead.name in waits.value.sentence()
    kinds.approve(version_id=first.pk, by=checker)
    with pytest.raises(KindOvertaken):
        kinds.propose(code=fault.code, definition=mine, base=1, by=boss)
    merged = {**mine, "hint": theirs["hint"]}
    assert kinds.propose(code=fault.code, definition=merged, base=2, by=boss).number == 3


def test_one_s_own_waiting_version_is_replaced_and_the_same_again_is_refused(
    member: Any, fault: CaseKind
) -> None:
    lead = member("lead")
    wanted = definition(fault)
    with pytest.raises(KindUnchanged):
        kinds.propose(code=fault.code, definition=wanted, base=1, by=lead)
    wanted["priority"] = 0
    first = kinds.propose(code=fault.code, definition=wanted, base=1, by=lead)
    wanted["priority"] = 3
    second = kinds.propose(code=fault.code, definition=wanted, base=1, by=lead)
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == ("withdrawn", "proposed", 3)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM desk_casekind WHERE code = 'praise'",
        "DELETE FROM desk_kindversion WHERE code = 'praise'",
        "UPDATE desk_kindversion SET definition = '{}' WHERE code = 'praise'",
        "TRUNCATE desk_kindversion",
    ],
)
def test_the_database_keeps_kinds_and_versions(sql: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# --- cases and their form -------------------------------------------------------------------------------------


@pytest.mark.requirement("E3")
def test_a_case_keeps_the_form_with_which_it_was_taken(member: Any, client: Any, fault: CaseKind) -> None:
    old = taken(fault, client, f1="c1", f2="1,000", f3="13900001234", f4="E-7")
    kind = changed(fault, member("lead"), member("checker"), lambda d: (d["fields"].pop(1), d["fields"][0].update(name="软件", required=False)))  # fmt: skip
    new = taken(kind, client, f1="c2")
    old.refresh_from_db()
    assert (old.form_version, new.form_version) == (1, 2)
    shown = queries.page.form_answers(old, queries.private_of(old))
    assert [(row["label"], row["value"]) for row in shown] == [("哪个软件", "手机版"), ("影响金额", "1,000.00"), ("回电号码", "****34"), ("错误代码", "E-7")]  # fmt: skip
    assert "13900001234" not in str(old.answers)
    assert [row["label"] for row in queries.page.form_answers(new, {})] == ["软件", "回电号码", "错误代码"]
    # It is filled in again by its own form: what was asked then may be answered, what was required is.
    marking.fill_form(case_id=old.pk, by=member("hotline1"), answers={"f1": "c2", "f2": "5"})
    with pytest.raises(FieldsWrong, match="哪个软件还没填"):
        marking.fill_form(case_id=old.pk, by=member("hotline1"), answers={"f2": "5"})
    with pytest.raises(FieldsWrong):
        marking.fill_form(case_id=new.pk, by=member("hotline1"), answers={"f2": "5"})


def test_a_new_kind_has_the_default_clocks_and_its_own_when_asked(
    member: Any, client: Any, fault: CaseKind
) -> None:
    case = taken(fault, client, f1="c1")
    assert {c.kind for c in Clock.objects.filter(case=case)} == {"first_answer", "resolution"}
    assert [c["key"] for c in queries.kinds.clocks(fault)] == [f"desk.clock.default.{c}" for c in ("first_answer", "next_answer", "resolution")]  # fmt: skip
    kind = changed(
        fault, member("lead"), member("checker"), lambda d: d.update(policy="enquiry", own_clocks=True)
    )
    rules = queries.kinds.clocks(kind)
    assert kind.policy == kind.code and all(rule["own"] for rule in rules)
    own = rulebook.at().rule(f"desk.clock.{kind.code}.first_answer")
    assert own.value == rulebook.at().get("desk.clock.enquiry.first_answer")
    assert (own.maker, own.checker) == (member("lead").actor, member("checker").actor)
    assert own.title == "交易软件故障：首次答复" and "咨询：首次答复" in own.basis
    row = LedgerEntry.objects.filter(kind="case_kind.approved").latest("number")
    assert row.facts["policy_changed"] is True  # open clocks are laid anew (desk.reactions)
    # It is changed from here on like every rule, and the case's clocks follow it.
    rulebook.propose(own.key, {**own.value, "target": 5}, basis="晨会决定", maker=member("boss").actor)
    assert catalog.policies(rulebook.at(), "never_heard_of").keys() == {
        "first_answer",
        "next_answer",
        "resolution",
    }


@pytest.mark.requirement("T5")
def test_further_fields_can_be_added_to_a_complaint_and_the_source_s_stay(member: Any, client: Any) -> None:
    kind = changed(
        CaseKind.objects.get(code="complaint"), member("boss"), member("checker"),
        lambda d: d["fields"].append({"name": "通话编号", "name_en": "Call number", "type": "text", "required": True}),
    )  # fmt: skip
    given = {
        "branch": client.branch,
        "client": client,
        "complaint_kind": "other",
        "what": "态度不好",
        "channel": "phone",
        "actor": client.actor,
    }
    with pytest.raises(FieldsWrong, match="通话编号"):
        complaints.open_complaint(**given, answers={})
    case = complaints.open_complaint(**given, answers={"f1": "R-77"}).case
    assert case.answers == {"f1": "R-77"} and case.complaint.what == "态度不好" and kind.version == 2
    assert complaints.open_complaint(**given).case.answers == {}  # mails and letters do not know the field
    with pytest.raises(FormWrong, match="投诉一定要让客户自己能提"):
        changed(kind, member("boss"), member("checker"), lambda d: d.update(portal=False))


def test_a_visit_s_place_cannot_be_removed(member: Any) -> None:
    kind = CaseKind.objects.get(code="help_visit")
    wanted = {**definition(kind), "fields": []}
    with pytest.raises(FormWrong, match="上门地址"):
        kinds.propose(code=kind.code, definition=wanted, base=1, by=member("boss"))


def test_every_kind_that_ships_is_a_sound_definition() -> None:
    for kind in CaseKind.objects.all():
        known = kinds.known_for(kind.code)
        assert kinds.rules.faults(kinds.tidy(definition_of(kind), kind.code), known) == [], kind.code
        assert kind.versions.count() == 1


# --- retiring -------------------------------------------------------------------------------------------------


def test_a_retired_kind_opens_nothing_and_its_cases_go_on(member: Any, client: Any, fault: CaseKind) -> None:
    case = taken(fault, client, f1="c1")
    with pytest.raises(ReasonMissing):
        kinds.retire(code=fault.code, by=member("lead"), reason="")
    kinds.retire(code=fault.code, by=member("lead"), reason="并入咨询")
    with pytest.raises(KindRetired):
        taken(fault, client, f1="c1")
    with pytest.raises(AlreadyDone):
        kinds.retire(code=fault.code, by=member("lead"), reason="再来")
    marking.fill_form(case_id=case.pk, by=member("hotline1"), answers={"f1": "c2"})
    assert any(
        code == fault.code and "已停用" in str(name) for code, name in _filter_kinds(member("hotline1"))
    )
    with pytest.raises(FormWrong, match="已有一类叫"):
        kinds.propose(code="", definition=FAULT, base=0, by=member("lead"))
    # Back again: a version, the same one even, and a checker.
    made = kinds.propose(code=fault.code, definition=definition(fault), base=1, by=member("lead"))
    assert kinds.approve(version_id=made.pk, by=member("checker")).active
    assert taken(fault, client, f1="c1").form_version == 2


def _filter_kinds(member: Any) -> list[tuple[str, str]]:
    from maitian.desk.views.frame import choices

    return list(choices(member)["kinds"])


@pytest.mark.parametrize("code", ["complaint", "enquiry", "help_visit"])
def test_what_the_product_opens_by_itself_is_not_retired(member: Any, code: str) -> None:
    with pytest.raises(KindBuiltIn):
        kinds.retire(code=code, by=member("boss"), reason="不要了")
    with pytest.raises(NotFound):
        kinds.retire(code="no_such_kind", by=member("boss"), reason="x")


# --- the pages ------------------------------------------------------------------------------------------------


def form_of(page: str) -> dict[str, str]:
    """What a browser would send of the editor's form without scripts."""
    part = page.split('id="kind-form"')[1].split("</form>")[0]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", part):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (('type="checkbox"' not in tag and 'type="radio"' not in tag) or " checked" in tag):
            sent[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', part, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        sent[name] = chosen[1] if chosen else ""
    return sent


@pytest.fixture
def editor(sign_in: Any) -> Iterator[Any]:
    """``editor(browser, address, do, **typed)``: one click in the editor, with scripts off. Returns the answer."""

    def click(browser: Any, address: str, do: str, **typed: str) -> Any:
        page = browser.get(address).content.decode()
        return browser.post(address, {**form_of(page), **typed, "do": do})

    return click


@pytest.mark.requirement("E3")
def test_a_kind_is_made_by_clicks_without_scripts(sign_in: Any, editor: Any, member: Any) -> None:
    lead, checker = sign_in("lead"), sign_in("checker")
    address = lead.post("/desk/kinds/new/").headers["Location"]
    basics = {
        "name": "机构开户",
        "name_en": "Institutions",
        "team": "wealth",
        "policy": "request",
        "portal": "1",
    }
    assert editor(lead, address, "add", **basics).status_code == 302
    editor(
        lead,
        address,
        "add",
        **{"f.0.name": "类型", "f.0.name_en": "Kind", "f.0.type": "choice", "f.0.required": "1"},
    )
    page = lead.get(address).content.decode()
    assert 'name="f.0.c.1.name"' in page  # two rows for choices to begin with
    editor(lead, address, "choice:0", **{"f.0.c.0.name": "公司", "f.0.c.0.name_en": "Company", "f.0.c.1.name": "基金", "f.0.c.1.name_en": "Fund"})  # fmt: skip
    editor(lead, address, "up:1", **{"f.1.name": "希望哪天", "f.1.name_en": "Wanted on", "f.1.type": "date"})
    page = lead.get(address).content.decode()
    assert page.index("希望哪天") < page.index("类型")
    assert "client_field_f" in page  # the preview as a client will see it
    answer = editor(lead, address, "propose", note="财富中心要的")
    assert answer.status_code == 302 and not Draft.objects.filter(kind="case_kind").exists()
    version = KindVersion.objects.get(code="institutions")
    assert [(e["name"], e["type"]) for e in version.definition["fields"]] == [
        ("希望哪天", "date"),
        ("类型", "choice"),
    ]
    assert len(version.definition["fields"][1]["choices"]) == 2  # the empty third row is none
    assert "您提交的" in lead.get(answer.headers["Location"]).content.decode()
    page = checker.get("/").content.decode()
    assert "机构开户" in page  # it waits on the checker's home page
    assert checker.post(f"/desk/kinds/versions/{version.pk}/refuse/", {"reason": ""}).status_code == 422
    assert (
        checker.post(f"/desk/kinds/versions/{version.pk}/approve/").headers["Location"]
        == "/desk/kinds/institutions/"
    )
    page = lead.get("/desk/kinds/institutions/").content.decode()
    assert "业务办理：首次答复" in page and "第 1 版" in page


def test_the_editor_says_what_is_wrong_where_it_is_and_keeps_what_was_typed(
    sign_in: Any, editor: Any
) -> None:
    lead = sign_in("lead")
    address = lead.post("/desk/kinds/new/").headers["Location"]
    editor(lead, address, "add", name="咨询", name_en="Something")
    answer = editor(lead, address, "propose", **{"f.0.name": "选一个", "f.0.type": "choice"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "已有一类叫“咨询”" in page and "要有 2 到 40 个选项" in page and 'value="选一个"' in page
    with translation.override("en"):
        lead.cookies["django_language"] = "en"
        english = editor(lead, address, "propose").content.decode()
    assert "needs 2 to 40 choices" in english


def test_a_page_of_another_window_does_not_overwrite_the_draft(sign_in: Any, editor: Any) -> None:
    lead = sign_in("lead")
    address = lead.post("/desk/kinds/new/").headers["Location"]
    old = form_of(lead.get(address).content.decode())
    editor(lead, address, "", name="第一个窗口")
    answer = lead.post(address, {**old, "name": "第二个窗口", "do": ""})
    assert answer.status_code == 409 and "别的窗口" in answer.content.decode()
    assert Draft.objects.get(kind="case_kind").values["definition"]["name"] == "第一个窗口"


def test_who_was_overtaken_sees_what_changed_and_goes_on(
    sign_in: Any, editor: Any, member: Any, fault: CaseKind
) -> None:
    lead = sign_in("lead")
    address = lead.post(f"/desk/kinds/{fault.code}/change/").headers["Location"]
    editor(lead, address, "", priority="3")
    changed(fault, member("boss"), member("checker"), lambda d: d.update(team="business"))
    page = lead.get(address).content.decode()
    assert "别的同事先改到了第 2 版" in page and "业务中心" in page
    assert editor(lead, address, "propose").status_code == 409
    assert editor(lead, address, "catch_up").status_code == 302
    assert editor(lead, address, "propose").status_code == 302
    made = KindVersion.objects.get(code=fault.code, state="proposed")
    assert (made.base, made.definition["team"], made.definition["priority"]) == (2, "business", 3)


def test_drafts_are_one_s_own(sign_in: Any) -> None:
    address = sign_in("lead").post("/desk/kinds/new/").headers["Location"]
    assert sign_in("boss").get(address).status_code == 404
    assert sign_in("hotline1").get(address).status_code == 403
    assert sign_in("lead").post(f"{address}drop/").status_code == 302
    assert sign_in("lead").get(address).status_code == 404


def test_a_version_that_was_sent_back_is_gone_on_with(sign_in: Any, member: Any) -> None:
    made = kinds.propose(code="", definition=FAULT, base=0, by=member("lead"))
    kinds.refuse(version_id=made.pk, by=member("checker"), reason="换个名称")
    lead = sign_in("lead")
    assert "换个名称" in lead.get(f"/desk/kinds/versions/{made.pk}/").content.decode()
    address = lead.post(f"/desk/kinds/versions/{made.pk}/again/").headers["Location"]
    assert "哪个软件" in lead.get(address).content.decode()
    assert drafts.drafts(member("lead"), "case_kind").count() == 1


def test_the_new_kind_is_on_every_page_that_has_kinds(sign_in: Any, client: Any, fault: CaseKind) -> None:
    hotline = sign_in("hotline1")
    address = f"/desk/new/?client={client.pk}&kind={fault.code}"
    page = hotline.get(address).content.decode()
    assert "交易软件故障" in page and 'name="field_f4"' in page
    sent = {
        "client": client.pk,
        "kind": fault.code,
        "form_version": f"{fault.code}:1",
        "channel": "phone",
        "body": "打不开",
        "open": "1",
    }
    assert "哪个软件还没填" in hotline.post("/desk/new/", sent).content.decode()
    answer = hotline.post("/desk/new/", {**sent, "field_f1": "c2", "field_f4": "E-9"})
    page = hotline.get(answer.headers["Location"]).content.decode()
    assert "电脑版" in page and "E-9" in page
    listed = hotline.get(f"/desk/?view=all&kind={fault.code}").content.decode()
    assert "打不开" in listed and f'value="{fault.code}"' in listed
    assert "交易软件故障" in sign_in("boss").get("/desk/kinds/").content.decode()


@pytest.mark.requirement("E3", "E6")
def test_a_client_is_asked_what_clients_are_asked(sign_in: Any, client: Any, fault: CaseKind) -> None:
    portal = sign_in(client.pk)
    assert "交易软件故障" in portal.get("/portal/cases/new/").content.decode()
    page = portal.get(f"/portal/cases/new/?kind={fault.code}").content.decode()
    assert 'name="field_f1"' in page and 'name="field_f4"' not in page  # the error code is ours to find
    sent = {
        "kind": fault.code,
        "form_version": f"{fault.code}:1",
        "body": "行情不动",
        "field_f1": "c1",
        "field_f4": "偷填",
    }
    answer = portal.post("/portal/cases/new/", sent)
    case = Case.objects.get(ref=answer.headers["Location"].strip("/").rsplit("/", 1)[1])
    assert case.answers == {"f1": "c1"} and case.form_version == 1


def test_an_old_page_is_told_and_what_was_written_stays(
    sign_in: Any, client: Any, member: Any, fault: CaseKind
) -> None:
    portal, hotline = sign_in(client.pk), sign_in("hotline1")
    changed(fault, member("lead"), member("checker"), lambda d: d["fields"][1].update(name="多少钱"))
    sent = {"kind": fault.code, "form_version": f"{fault.code}:1", "body": "行情不动了", "field_f1": "c1"}
    at_desk = {**sent, "client": client.pk, "channel": "phone", "open": "1"}
    for browser, address, body in ((portal, "/portal/cases/new/", sent), (hotline, "/desk/new/", at_desk)):
        page = browser.post(address, body).content.decode()
        assert "刚换成第 2 版" in page and "行情不动了" in page and "多少钱" in page
    kinds.retire(code=fault.code, by=member("lead"), reason="并入咨询")
    for browser, address, body in ((portal, "/portal/cases/new/", sent), (hotline, "/desk/new/", at_desk)):
        page = browser.post(address, body).content.decode()
        assert "“交易软件故障”已停用" in page and "行情不动了" in page
    assert not Case.objects.filter(kind=fault).exists()
    assert portal.post("/portal/cases/new/", {**sent, "kind": "enquiry"}).status_code == 302


def test_the_form_is_filled_in_on_the_case_s_page(sign_in: Any, client: Any, fault: CaseKind) -> None:
    case = taken(fault, client, f1="c1", f3="13900001234")
    hotline = sign_in("hotline1")
    page = hotline.get(f"/desk/{case.ref}/").content.decode()
    assert "13900001234" not in page and "****34" in page
    assert hotline.post(f"/desk/{case.ref}/form/", {"field_f1": "c2", "field_f2": "abc"}).status_code == 422
    assert hotline.post(f"/desk/{case.ref}/form/", {"field_f1": "c2", "field_f2": "80"}).status_code == 302
    case.refresh_from_db()
    assert case.answers == {"f1": "c2", "f2": "80.00"}
    assert queries.private_of(case)["answers"] == {"f3": "13900001234"}  # left empty: kept


# --- the API --------------------------------------------------------------------------------------------------


def send(call: Any, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = call(method, path, body)
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.mark.requirement("T11")
def test_what_a_person_can_do_a_program_can_do(api: Any, member: Any, client: Any) -> None:
    lead, checker, hotline = (
        api("lead", "desk.view", "desk.configure"),
        api("checker", "desk.view", "desk.approve"),
        api("hotline1", "desk.view", "desk.work"),
    )
    made = send(lead, "POST", "/case-kinds", {"definition": FAULT, "note": "统计"}, 201)
    send(lead, "POST", f"/case-kind-versions/{made['id']}/approval", status=403)
    kind = send(checker, "POST", f"/case-kind-versions/{made['id']}/approval")
    path = f"/case-kinds/{kind['code']}"
    assert kind["fields"][0]["choices"][0] == {"key": "c1", "name": "手机版", "name_en": "Phone"}
    whole = send(hotline, "GET", path)
    assert whole["clocks"][0]["key"] == "desk.clock.default.first_answer" and "enquiry" in whole["policies"]
    assert kind["code"] in {k["code"] for k in send(hotline, "GET", "/case-kinds")}
    wrong = copy.deepcopy(FAULT)
    wrong["fields"][0]["choices"] = []
    assert send(lead, "POST", "/case-kinds", {"definition": wrong}, 422)["code"] == "desk.kind.form_wrong"
    case = send(hotline, "POST", "/cases", {"client_id": client.pk, "kind": kind["code"], "body": "打不开", "answers": {"f1": "c1"}}, 201)  # fmt: skip
    assert send(hotline, "PUT", f"/cases/{case['ref']}/answers", {"answers": {"f1": "c2"}}) == {"form_version": 1, "answers": {"f1": "c2"}}  # fmt: skip
    change = {"definition": {**{k: whole[k] for k in FAULT}, "priority": 3}, "base": 1}
    second = send(lead, "POST", f"{path}/versions", change, 201)
    assert (
        send(checker, "POST", f"/case-kind-versions/{second['id']}/refusal", {"reason": "不急"})["state"]
        == "refused"
    )
    third = send(lead, "POST", f"{path}/versions", change, 201)
    assert send(lead, "POST", f"/case-kind-versions/{third['id']}/withdrawal")["state"] == "withdrawn"
    assert send(lead, "POST", f"{path}/versions", {**change, "base": 7}, 409)["code"] == "desk.kind.overtaken"
    assert [v["state"] for v in send(hotline, "GET", f"{path}/versions")] == [
        "withdrawn",
        "refused",
        "approved",
    ]
    assert send(hotline, "GET", f"/case-kind-versions/{made['id']}")["checker"] == member("checker").actor
    assert send(lead, "POST", f"{path}/retirement", {"reason": "并入咨询"})["active"] is False
    assert kind["code"] not in {k["code"] for k in send(hotline, "GET", "/case-kinds")}
    assert kind["code"] in {k["code"] for k in send(hotline, "GET", "/case-kinds?retired=true")}
    refused = send(hotline, "POST", "/cases", {"client_id": client.pk, "kind": kind["code"], "body": "x", "answers": {"f1": "c1"}}, 409)  # fmt: skip
    assert refused["code"] == "desk.kind.retired"


# --- another kind for an open case ----------------------------------------------------------------------------


@pytest.mark.requirement("E3")
def test_what_came_as_an_enquiry_becomes_another_kind_with_its_form_and_clocks(
    sign_in: Any, enquiry: Any, member: Any, api: Any, fault: CaseKind
) -> None:
    case = enquiry(answers={"area": "software"})
    hotline = sign_in("hotline1")
    assert hotline.post(f"/desk/{case.ref}/kind/", {"kind": fault.code}).status_code == 302
    case.refresh_from_db()
    assert (case.kind.code, case.form_version, case.answers) == (fault.code, 1, {})
    due = Clock.objects.get(case=case, kind="resolution")
    assert (
        due.policy.value["target"] == 2 and due.policy.value["unit"] == "day"
    )  # the default's, not the enquiry's
    page = hotline.get(f"/desk/{case.ref}/").content.decode()
    assert "从“咨询”改为“交易软件故障”" in page and "关于：软件" in page and "哪个软件" in page
    marking.fill_form(case_id=case.pk, by=member("hotline1"), answers={"f1": "c1", "f3": "13900001234"})
    call = api("hotline1", "desk.work")
    assert send(call, "PUT", f"/cases/{case.ref}/kind", {"kind": "request"})["kind"] == "request"
    case.refresh_from_db()
    assert queries.private_of(case) == {"answers_before": {fault.code: {"f3": "13900001234"}}}
    assert "13900001234" not in str(list(case.entries.values_list("facts", flat=True)))
    assert (
        send(call, "PUT", f"/cases/{case.ref}/kind", {"kind": "complaint"}, 409)["code"]
        == "desk.kind.change_refused"
    )
    row = LedgerEntry.objects.filter(kind="case.kind_changed").latest("number")
    assert (row.facts["before"], row.facts["kind"]) == ("交易软件故障", "业务办理")


def test_a_kind_without_a_result_clock_gets_one_with_the_kind_that_has(
    enquiry: Any, member: Any, client: Any
) -> None:
    praise = open_case(kind="praise", branch=client.branch, client=client, body="谢谢，顺便问一下", channel="portal", actor=client.actor).case  # fmt: skip
    assert not Clock.objects.filter(case=praise, kind="resolution").exists()
    marking.change_kind(case_id=praise.pk, by=member("boss"), kind="enquiry")
    clock = Clock.objects.get(case=praise, kind="resolution")
    assert clock.started_at == praise.opened_at and clock.state == "running"
