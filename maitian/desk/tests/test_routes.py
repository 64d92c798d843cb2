"""Rules of routing: proposed, checked, used by new cases, refused with clear errors; by page and by API."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from maitian.core.errors import AlreadyDone, NotFound, SameMakerAndChecker
from maitian.core.models import LedgerEntry
from maitian.desk import queries
from maitian.desk.actions import kinds, routes
from maitian.desk.actions.opening import open_case
from maitian.desk.errors import (
    RouteRefusalReasonMissing,
    RoutesOvertaken,
    RoutesProposalOpen,
    RoutesUnchanged,
    RoutesWrong,
)
from maitian.desk.models import Case, Entry, Route, RouteVersion
from maitian.desk.tests.test_kinds import FAULT
from maitian.staff.models import Draft, Member

pytestmark = pytest.mark.django_db
MARGIN: dict[str, Any] = {
    "name": "两融到财富中心", "name_en": "Margin trading: wealth centre", "conditions": {"kinds": ["enquiry"], "words": ["两融", "融资"]}, "team": "wealth",
    "priority": 2,
}  # fmt: skip


def listed() -> dict[str, Any]:
    return copy.deepcopy(routes.in_force().definition)


def changed(by: Member, checker: Member, change: Any) -> RouteVersion:
    wanted = listed()
    change(wanted["rules"])
    made = routes.propose(definition=wanted, base=routes.in_force().number, by=by)
    return routes.approve(version_id=made.pk, by=checker)


def asked(client: Any, body: str) -> Case:
    return open_case(
        kind="enquiry", branch=client.branch, client=client, body=body, channel="portal", actor=client.actor
    ).case


def why(case: Case) -> str:
    return queries.page.why_here(Entry.objects.get(case=case, facts__what="routed").facts)


@pytest.mark.requirement("T6")
def test_a_rule_comes_into_force_by_two_people_and_new_cases_go_by_it(member: Any, client: Any) -> None:
    lead, checker = member("lead"), member("checker")
    before = asked(client, "怎么开两融？")
    wanted = listed()
    wanted["rules"].append(MARGIN)
    made = routes.propose(definition=wanted, base=1, by=lead, note="财富中心最清楚")
    assert (made.number, made.state, Route.objects.filter(name=MARGIN["name"]).exists()) == (
        2,
        "proposed",
        False,
    )
    assert queries.routes.to_check(checker) == [made] and queries.routes.to_check(lead) == []
    assert asked(client, "怎么开两融？").team == before.team  # nothing goes by what is only proposed
    with pytest.raises(SameMakerAndChecker):
        routes.approve(version_id=made.pk, by=lead)
    routes.approve(version_id=made.pk, by=checker)
    case = asked(client, "怎么开两融？")
    assert (case.team, case.priority) == ("wealth", 2) and "两融到财富中心" in why(case)
    before.refresh_from_db()
    assert before.team != "wealth"  # what was sent stays
    with pytest.raises(AlreadyDone):
        routes.approve(version_id=made.pk, by=checker)
    rows = LedgerEntry.objects.filter(object_kind="routes").order_by("number")
    assert [(row.kind, row.actor) for row in rows][-2:] == [("routes.proposed", lead.actor), ("routes.approved", checker.actor)]  # fmt: skip


def test_a_rule_that_was_renamed_or_taken_out_still_explains_its_cases(member: Any, client: Any) -> None:
    lead, checker = member("lead"), member("checker")
    changed(lead, checker, lambda rules: rules.append(dict(MARGIN)))
    case = asked(client, "融资利率多少？")
    changed(lead, checker, lambda rules: rules[-1].update(name="两融咨询"))
    assert "“两融到财富中心”" in why(case)
    changed(lead, checker, lambda rules: rules.pop())
    assert "“两融到财富中心”" in why(case) and asked(client, "融资利率多少？").team == "service"
    assert Route.objects.get(key="margin_trading_wealth_cent").active is False


def test_taking_a_case_costs_no_more_statements_with_more_rules_and_another_version(
    member: Any, client: Any
) -> None:
    asked(client, "先读一遍要留在进程里的")
    with CaptureQueriesContext(connection) as few:
        asked(client, "第一件")
    more = [{**MARGIN, "name": f"规则{n}", "name_en": f"Rule {n}", "conditions": {"words": [f"词{n:02}号"]}} for n in range(30)]  # fmt: skip
    changed(member("lead"), member("checker"), lambda rules: rules.extend(more))
    asked(client, "新的清单读一遍")
    with CaptureQueriesContext(connection) as many:
        asked(client, "第二件，有词29号")
    assert len(many) == len(few)


def test_what_cannot_hold_is_refused_all_at_once_and_nothing_is_stored(member: Any) -> None:
    Member.objects.filter(centre="wealth").update(active=False)
    fault = kinds.propose(code="", definition=FAULT, base=0, by=member("lead"))
    kind = kinds.approve(version_id=fault.pk, by=member("checker"))
    kinds.retire(code=kind.code, by=member("lead"), reason="并入咨询")
    wanted = listed()
    wanted["rules"] += [
        MARGIN,
        {**MARGIN, "name": "同样的", "name_en": "The same", "team": "business"},
        {**MARGIN, "name": "停用的", "name_en": "Retired", "team": "service", "conditions": {"kinds": [kind.code]}},
    ]  # fmt: skip
    before = (RouteVersion.objects.count(), LedgerEntry.objects.count())
    with pytest.raises(RoutesWrong) as refused:
        routes.propose(definition=wanted, base=1, by=member("lead"))
    zh, en = refused.value.sentence("zh-hans"), refused.value.sentence("en")
    assert "分到财富中心，那里没有在岗、能办个案的人" in zh and "nobody works on cases" in en
    assert "“同样的”和第 7 条“两融到财富中心”条件一样" in zh and "only one of them can hold" in en
    assert "用到的类别“交易软件故障”已停用" in zh and "“Trading software fault”, which is retired" in en
    assert (RouteVersion.objects.count(), LedgerEntry.objects.count()) == before


def test_what_was_sound_when_proposed_is_judged_again_when_approved(member: Any) -> None:
    wanted = listed()
    wanted["rules"].append(MARGIN)
    made = routes.propose(definition=wanted, base=1, by=member("lead"))
    Member.objects.filter(centre="wealth").update(active=False)
    with pytest.raises(RoutesWrong, match="财富中心"):
        routes.approve(version_id=made.pk, by=member("checker"))
    assert routes.in_force().number == 1


def test_one_proposal_at_a_time_and_the_second_of_two_is_told(member: Any) -> None:
    lead, boss, checker = member("lead"), member("boss"), member("checker")
    with pytest.raises(RoutesUnchanged):
        routes.propose(definition=listed(), base=1, by=lead)
    wanted = listed()
    wanted["rules"].append(dict(MARGIN))
    first = routes.propose(definition=wanted, base=1, by=lead)
    with pytest.raises(RoutesProposalOpen) as waits:
        routes.propose(definition=wanted, base=1, by=boss)
    assert lead.name in waits.value.sentence()
    wanted["rules"][-1]["priority"] = 3
    second = routes.propose(definition=wanted, base=1, by=lead)  # one's own is replaced
    first.refresh_from_db()
    assert first.state == "withdrawn"
    with pytest.raises(RouteRefusalReasonMissing):
        routes.refuse(version_id=second.pk, by=checker, reason=" ")
    assert routes.refuse(version_id=second.pk, by=checker, reason="先问财富中心").state == "refused"
    third = routes.propose(definition=wanted, base=1, by=lead)
    with pytest.raises(NotFound):
        routes.withdraw(version_id=third.pk, by=boss)
    routes.approve(version_id=third.pk, by=checker)
    with pytest.raises(RoutesOvertaken):
        routes.propose(definition=wanted, base=1, by=boss)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM desk_route WHERE position = 1",
        "DELETE FROM desk_routeversion",
        "UPDATE desk_routeversion SET definition = '{}'",
        "TRUNCATE desk_route",
    ],
)
def test_the_database_keeps_rules_and_versions(sql: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


# --- pages ----------------------------------------------------------------------------------------------------


def form_of(draft: Draft) -> dict[str, Any]:
    """What the editor's page sends for a draft as it stands."""
    sent: dict[str, Any] = {"stamp": draft.saved_at.isoformat(), "rows": len(draft.values["definition"]["rules"])}  # fmt: skip
    for n, rule in enumerate(draft.values["definition"]["rules"]):
        place = f"r.{n}."
        for name in ("key", "name", "name_en", "team", "owner", "colleague"):
            sent[place + name] = rule.get(name) or ""
        sent[place + "priority"] = "" if rule["priority"] is None else rule["priority"]
        for name, wanted in rule["conditions"].items():
            if name == "managed":
                sent[place + name] = "yes" if wanted else "no"
            else:
                sent[place + name] = "、".join(wanted) if name in ("tags", "words") else wanted
    return sent


def test_the_list_is_changed_by_clicks_and_what_nobody_is_found_for_is_told(
    sign_in: Any, member: Any
) -> None:
    lead, checker = sign_in("lead"), sign_in("checker")
    answer = lead.post("/desk/routes/change/")
    draft = Draft.objects.get(kind="routes")
    assert answer["Location"] == f"/desk/routes/drafts/{draft.pk}/"
    answer = lead.post(answer["Location"], {**form_of(draft), "do": "add"})
    assert answer["Location"].endswith("?open=6#rule-6")
    draft.refresh_from_db()
    new = {
        "r.6.name": "柜台来的到业务中心", "r.6.name_en": "From the counter", "r.6.channels": ["counter"], "r.6.team": "business",
        "r.6.owner": "member", "r.6.colleague": "没有这个人",
    }  # fmt: skip
    answer = lead.post(f"/desk/routes/drafts/{draft.pk}/", {**form_of(draft), **new, "do": "propose"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "没有找到“没有这个人”" in page and "柜台来的到业务中心" in page
    draft.refresh_from_db()
    clerk = member("clerk1")
    new["r.6.colleague"] = "clerk1"
    answer = lead.post(f"/desk/routes/drafts/{draft.pk}/", {**form_of(draft), **new, "do": "propose"})
    assert answer.status_code == 302, answer.content.decode()
    made = RouteVersion.objects.get(state="proposed")
    assert made.definition["rules"][-1]["owner"] == str(clerk.pk) and not Draft.objects.filter(kind="routes")
    assert "分派规则第 2 版等您复核" in checker.get("/").content.decode()
    page = checker.get(f"/desk/routes/versions/{made.pk}/").content.decode()
    assert "新加一条：柜台来的到业务中心" in page and f"给{clerk.name}" in page
    assert lead.post(f"/desk/routes/versions/{made.pk}/approve/").status_code == 403
    assert checker.post(f"/desk/routes/versions/{made.pk}/approve/").status_code == 302
    page = checker.get("/desk/routes/?kind=request&channel=counter").content.decode()
    assert "第 7 条：柜台来的到业务中心" in page
    assert "按类别的默认部门" in checker.get("/desk/routes/?kind=request&channel=phone").content.decode()


def test_an_old_window_does_not_overwrite_and_moving_up_changes_the_order(sign_in: Any) -> None:
    lead = sign_in("lead")
    lead.post("/desk/routes/change/")
    draft = Draft.objects.get(kind="routes")
    first = form_of(draft)
    lead.post(f"/desk/routes/drafts/{draft.pk}/", {**first, "do": "up:5"})
    draft.refresh_from_db()
    assert [rule["key"] for rule in draft.values["definition"]["rules"]][4:] == ["software_questions", "help_visit_manager"]  # fmt: skip
    late = lead.post(f"/desk/routes/drafts/{draft.pk}/", {**first, "do": "remove:0"})
    assert late.status_code == 409 and "刚在别的窗口存过" in late.content.decode()


def test_a_retired_kind_is_marked_on_the_page(sign_in: Any, member: Any) -> None:
    lead, checker = member("lead"), member("checker")
    made = kinds.propose(code="", definition=FAULT, base=0, by=lead)
    kind = kinds.approve(version_id=made.pk, by=checker)
    changed(lead, checker, lambda rules: rules.append({**MARGIN, "team": "service", "conditions": {"kinds": [kind.code]}}))  # fmt: skip
    assert "（已停用）" not in sign_in("hotline1").get("/desk/routes/").content.decode()
    kinds.retire(code=kind.code, by=lead, reason="并入咨询")
    assert "交易软件故障（已停用）" in sign_in("hotline1").get("/desk/routes/").content.decode()


# --- API ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("T11")
def test_what_a_person_can_do_a_program_can_do(api: Any, member: Any) -> None:
    lead, checker, hotline = (
        api("lead", "desk.view", "desk.configure"),
        api("checker", "desk.view", "desk.approve"),
        api("hotline1", "desk.view"),
    )

    def send(call: Any, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = call(method, path, body)
        assert answer.status_code == status, answer.content
        return answer.json()

    current = send(hotline, "GET", "/case-routes")
    assert current["version"] == 1 and current["rules"][0]["conditions"]["kinds"] == ["complaint"]
    body = {"rules": [*current["rules"], MARGIN], "base": 1}
    wrong = {"rules": [*current["rules"], {**MARGIN, "conditions": {}}], "base": 1}
    assert send(lead, "POST", "/case-routes/versions", wrong, 422)["code"] == "desk.routes.wrong"
    made = send(lead, "POST", "/case-routes/versions", body, 201)
    send(hotline, "POST", "/case-routes/versions", body, 403)
    assert send(hotline, "GET", "/case-routes")["waiting"] == made["id"]
    send(lead, "POST", f"/case-route-versions/{made['id']}/withdrawal")
    made = send(lead, "POST", "/case-routes/versions", body, 201)
    send(checker, "POST", f"/case-route-versions/{made['id']}/refusal", {"reason": "不急"})
    made = send(lead, "POST", "/case-routes/versions", body, 201)
    send(lead, "POST", f"/case-route-versions/{made['id']}/approval", status=403)
    assert send(checker, "POST", f"/case-route-versions/{made['id']}/approval")["state"] == "approved"
    assert send(hotline, "GET", f"/case-route-versions/{made['id']}")["checker"] == member("checker").actor
    states = [v["state"] for v in send(hotline, "GET", "/case-routes/versions")]
    assert states == ["approved", "refused", "withdrawn", "approved"]
    tried = send(hotline, "GET", "/case-routes/trial?kind=enquiry&text=两融怎么开")
    assert tried == {"team": "wealth", "to_manager": False, "owner": None, "priority": 2, "rule": 7, "name": "两融到财富中心"}  # fmt: skip
    tried = send(hotline, "GET", "/case-routes/trial?kind=help_visit&managed=true")
    assert (tried["to_manager"], tried["rule"]) == (True, 5)
    send(lead, "POST", "/case-routes/versions", {**body, "base": 1}, 409)
