"""The desk in the browser's eyes, and by the API."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from maitian.core.time import SHANGHAI
from maitian.desk import presence
from maitian.desk.actions import people, talking
from maitian.desk.models import Attachment, Case, Draft, Entry

pytestmark = pytest.mark.django_db


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_the_inbox_lists_what_is_mine_with_its_clock(enquiry: Any, sign_in: Any, member: Any) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    page = sign_in("hotline1").get("/desk/").content.decode()
    assert "陈*国" in page and re.search("剩 (29|30) 分", page) and case.ref in page
    assert "陈建国" not in page
    assert case.ref not in sign_in("hotline2").get("/desk/").content.decode()


def test_a_case_is_not_there_for_whom_it_is_not(enquiry: Any, sign_in: Any) -> None:
    case = enquiry()
    assert sign_in("hotline1").get(f"/desk/{case.ref}/").status_code == 200
    assert sign_in("manager1").get(f"/desk/{case.ref}/").status_code == 200
    for name in ("clerk1", "manager2", "adviser1"):
        for path in ("", "pulse/", "files/1/"):
            assert sign_in(name).get(f"/desk/{case.ref}/{path}").status_code == 404
        assert sign_in(name).post(f"/desk/{case.ref}/say/", {"body": "x"}).status_code == 404
    assert sign_in("editor").get("/desk/").status_code == 403


def test_answer_wait_and_result_by_forms(enquiry: Any, sign_in: Any) -> None:
    case = enquiry()
    browser = sign_in("hotline1")
    refused = browser.post(f"/desk/{case.ref}/say/", {"body": " ", "as": "reply"})
    assert refused.status_code == 422 and "还没有写内容" in refused.content.decode()
    browser.post(
        f"/desk/{case.ref}/say/",
        {"body": "请补身份证照片", "as": "reply", "then": "waiting_client", "channel": "phone"},
    )
    case.refresh_from_db()
    assert case.state == "waiting_client" and case.owner.sign_in_name == "hotline1"
    browser.post(f"/desk/{case.ref}/move/open/")
    refused = browser.post(f"/desk/{case.ref}/resolve/", {"result": "solved", "result_body": ""})
    assert refused.status_code == 422 and "明确的结果" in refused.content.decode()
    browser.post(f"/desk/{case.ref}/resolve/", {"result": "solved", "result_body": "多收的已退。"})
    case.refresh_from_db()
    assert case.state == "resolved"
    page = browser.get(f"/desk/{case.ref}/").content.decode()
    assert "给了结果" in page and "多收的已退。" in page


def test_the_short_form_keeps_what_was_typed_and_says_what_is_missing(sign_in: Any, story: list[int]) -> None:
    browser = sign_in("hotline1")
    assert "陈*国" in browser.get("/desk/new/?q=陈建国").content.decode()
    given = {"client": story[0], "kind": "request", "channel": "phone", "body": "要销户", "open": "1"}
    page = browser.post("/desk/new/", given)
    assert page.status_code == 422
    assert (
        "业务还没填" in page.content.decode()
        and "要销户" in page.content.decode()
        and not Case.objects.exists()
    )
    answer = browser.post(
        "/desk/new/", {**given, "field_business": "close_account", "answer": "先把股票卖出"}
    )
    case = Case.objects.get()
    assert answer.status_code == 302
    assert [e.kind for e in case.entries.order_by("pk")] == ["client", "system", "reply"]
    assert case.clocks.get(kind="first_answer").state == "met"
    # A manager opens cases for his own clients only.
    assert sign_in("manager2").post("/desk/new/", given).status_code == 404


def test_a_colleague_s_answer_meanwhile_is_told_and_nothing_is_lost(
    enquiry: Any, sign_in: Any, member: Any
) -> None:
    case = enquiry()
    seen = Entry.objects.filter(case=case).latest("pk").pk
    talking.reply(case_id=case.pk, by=member("hotline2"), body="我来答：已经退了。")
    browser = sign_in("hotline1")
    page = browser.post(f"/desk/{case.ref}/say/", {"body": "我写的另一个答复", "as": "reply", "seen": seen})
    assert page.status_code == 409
    assert member("hotline2").name in page.content.decode() and "我写的另一个答复" in page.content.decode()
    assert Entry.objects.filter(case=case, kind="reply").count() == 1
    again = {"body": "我写的另一个答复", "as": "reply", "seen": seen, "anyway": "1"}
    assert browser.post(f"/desk/{case.ref}/say/", again).status_code == 302
    assert Entry.objects.filter(case=case, kind="reply").count() == 2


def test_drafts_survive_whatever_a_colleague_does(enquiry: Any, sign_in: Any, member: Any) -> None:
    case = enquiry()
    browser = sign_in("hotline1")
    assert browser.post(f"/desk/{case.ref}/draft/", {"body": "写到一半"}).json() == {"saved": "10:00"}
    other = member("hotline2")
    talking.reply(case_id=case.pk, by=other, body="先答了")
    people.assign(case_id=case.pk, by=other, member_id=other.pk)
    from maitian.desk.actions import moving

    moving.resolve(case_id=case.pk, by=other, result="solved", body="好了")
    assert "写到一半" in browser.get(f"/desk/{case.ref}/").content.decode()
    assert "写到一半" not in sign_in("hotline3").get(f"/desk/{case.ref}/").content.decode()
    browser.post(f"/desk/{case.ref}/say/", {"body": "写到一半，写完了", "as": "reply", "anyway": "1"})
    assert not Draft.objects.exists()


def test_who_else_is_here_shows_and_fades(enquiry: Any, sign_in: Any, member: Any, time_machine: Any) -> None:
    case = enquiry()
    sign_in("hotline2").post(f"/desk/{case.ref}/presence/", {"typing": "1"})
    page = sign_in("hotline1").get(f"/desk/{case.ref}/pulse/").content.decode()
    assert f"{member('hotline2').name} 正在这里打字" in page
    time_machine.move_to(at("2026-11-24 10:02"))
    assert presence.others(case.pk, member("hotline1")) == []


def test_files_are_looked_at_kept_and_only_downloaded(
    enquiry: Any, sign_in: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    case = enquiry()
    browser = sign_in("hotline1")

    def send(name: str, content: bytes) -> Any:
        return browser.post(f"/desk/{case.ref}/say/", {"body": "见附件", "as": "reply", "anyway": "1", "files": SimpleUploadedFile(name, content)})  # fmt: skip

    for name, content, status, words in (
        ("对账单.pdf", b"MZ\x90 not a pdf", 415, "不能收"),
        ("run.exe", b"MZ", 415, "不能收"),
        ("空.pdf", b"", 422, "是空的"),
        ("大.pdf", b"%PDF-" + b"0" * (15 * 1024 * 1024), 413, "最大 15 MB"),
    ):
        page = send(name, content)
        assert page.status_code == status and words in page.content.decode(), name
        assert "见附件" in page.content.decode()
    assert not Entry.objects.filter(case=case, kind="reply").exists() and not Attachment.objects.exists()
    assert send("对账单.pdf", b"%PDF-1.7 ok").status_code == 302
    kept = Attachment.objects.get()
    answer = browser.get(f"/desk/{case.ref}/files/{kept.pk}/")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 ok"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert sign_in("clerk1").get(f"/desk/{case.ref}/files/{kept.pk}/").status_code == 404
    other = enquiry("别的")
    assert browser.get(f"/desk/{other.ref}/files/{kept.pk}/").status_code == 404


def test_merging_by_number_leads_to_the_survivor_and_back(enquiry: Any, sign_in: Any) -> None:
    first, second = enquiry("甲"), enquiry("乙")
    browser = sign_in("hotline1")
    gone = browser.post(f"/desk/{second.ref}/merge/", {"other": "C-20991231-0001"})
    assert gone.status_code == 422 and "没有“C-20991231-0001”这件个案" in gone.content.decode()
    browser.post(f"/desk/{second.ref}/merge/", {"other": first.ref.lower()})
    assert browser.get(f"/desk/{second.ref}/").headers["Location"] == f"/desk/{first.ref}/?from={second.ref}"
    assert "已并入这一件" in browser.get(f"/desk/{first.ref}/?from={second.ref}").content.decode()
    assert "撤销合并" in browser.get(f"/desk/{second.ref}/?stay=1").content.decode()
    refused = browser.post(f"/desk/{second.ref}/say/", {"body": "答复", "as": "reply", "anyway": "1"})
    assert refused.status_code == 409 and first.ref in refused.content.decode()
    browser.post(f"/desk/{second.ref}/unmerge/")
    assert browser.get(f"/desk/{second.ref}/").status_code == 200


def test_the_client_page_home_and_command_bar_know_cases(enquiry: Any, sign_in: Any, member: Any) -> None:
    case = enquiry()
    people.take(case_id=case.pk, by=member("hotline1"))
    browser = sign_in("hotline1")
    assert case.ref in browser.get(f"/clients/{case.client_id}/").content.decode()
    home = browser.get("/").content.decode()
    assert case.subject in home and "个案一小时内到期" in home
    assert case.subject in browser.get("/find/", {"q": "佣金"}).content.decode()
    assert case.ref in browser.get("/find/", {"q": case.ref}).content.decode()
    # Who may not see it learns that there is something, and no more.
    page = sign_in("clerk1").get(f"/clients/{case.client_id}/").content.decode()
    assert case.ref not in page.split("时间线")[0] and "另有 1 件在别的部门办" in page


def test_the_board_counts_by_centre_and_person(enquiry: Any, sign_in: Any, member: Any) -> None:
    case = enquiry()
    enquiry("第二件")
    people.take(case_id=case.pk, by=member("hotline1"))
    page = sign_in("boss").get("/desk/board/")
    team = next(t for t in page.context["teams"] if t["code"] == "service")
    assert (team["open"], team["queue"], team["late"]) == (2, 1, 0)
    assert [t["code"] for t in sign_in("lead").get("/desk/board/").context["teams"]] == ["marketing"]


# --- API -----------------------------------------------------------------------------------------------------


def test_a_case_from_opening_to_closing_by_the_api(api: Any, story: list[int]) -> None:
    call = api("hotline1", "desk.view", "desk.work")
    given = {
        "client_id": story[0],
        "kind": "enquiry",
        "body": "佣金不对",
        "tags": ["佣金"],
        "reference": "call-1",
    }
    made = call("POST", "/cases", given, **{"Idempotency-Key": "k1"})
    assert made.status_code == 201 and made.json()["next_due_at"].startswith("2026-11-24T02:30")
    assert call("POST", "/cases", given, **{"Idempotency-Key": "k1"}).json() == made.json()
    ref = made.json()["ref"]
    whole = call("GET", f"/cases/{ref}").json()
    # What the opening answers is what is stored.
    assert {k: whole[k] for k in made.json() if not k.endswith("_at")} == {
        k: v for k, v in made.json().items() if not k.endswith("_at")
    }
    assert {c["kind"] for c in whole["clocks"]} == {"first_answer", "resolution"}
    assert (
        call("POST", f"/cases/{ref}/replies", {"body": "在查", "wait": "waiting_client"}).status_code == 201
    )
    assert call("POST", f"/cases/{ref}/client-words", {"body": "好"}).status_code == 201
    assert (
        call("POST", f"/cases/{ref}/state", {"state": "closed"}).json()["code"]
        == "desk.state.move_not_allowed"
    )
    assert (
        call("POST", f"/cases/{ref}/result", {"result": "solved", "body": "退了"}).json()["state"]
        == "resolved"
    )
    assert call("POST", f"/cases/{ref}/state", {"state": "closed"}).json()["state"] == "closed"
    assert [e["kind"] for e in call("GET", f"/cases/{ref}/entries").json()][:2] == ["system", "system"]
    assert api("clerk1", "desk.view")("GET", f"/cases/{ref}").status_code == 404


def test_the_api_lists_by_pages_without_a_gap(api: Any, enquiry: Any) -> None:
    refs = [enquiry(f"第 {n} 件").ref for n in range(5)]
    call = api("boss", "desk.view")
    seen, after = [], ""
    while after is not None:
        page = call("GET", f"/cases?limit=2&after={after}").json()
        seen += [item["ref"] for item in page["items"]]
        after = page["next"]
    assert seen == refs
    assert [i["ref"] for i in call("GET", "/cases?q=第 3").json()["items"]] == refs[3:4]
    assert call("GET", "/cases?after=nonsense&limit=2").json()["items"][0]["ref"] == refs[0]


def test_a_message_of_the_outside_makes_one_case_only(api: Any, story: list[int]) -> None:
    call = api("hotline1", "desk.work")
    given = {"client_id": story[0], "kind": "enquiry", "body": "x", "channel": "sms", "reference": "sms-77"}
    assert call("POST", "/cases", given).status_code == 201
    again = call("POST", "/cases", given)
    assert again.status_code == 409 and again.json()["code"] == "desk.reference_known"
    assert Case.objects.count() == 1


# --- complaints by forms -----------------------------------------------------------------------------------------


def test_a_complaint_by_the_short_form_of_a_client_and_of_a_stranger(
    sign_in: Any, story: list[int], member: Any
) -> None:
    browser = sign_in("hotline1")
    page = browser.get(f"/desk/new/?client={story[0]}&kind=complaint").content.decode()
    assert "边听边确认" in page and "您还需要其他服务吗" in page and "****0001" in page
    given = {
        "client": story[0],
        "kind": "complaint",
        "channel": "phone",
        "body": "佣金高了",
        "open": "1",
        "account": "80000001",
    }
    refused = browser.post("/desk/new/", given)
    assert refused.status_code == 422 and "还没有填：投诉类别" in refused.content.decode()
    browser.post("/desk/new/", {**given, "complaint_kind": "business_error", "named": [member("clerk2").pk]})
    case = Case.objects.get()
    assert case.complaint.kind == "business_error" and case.named.get().member == member("clerk2")
    stranger = {
        "stranger": "1",
        "kind": "complaint",
        "channel": "phone",
        "body": "大厅没人理我",
        "complaint_kind": "staff_attitude",
        "open": "1",
    }
    refused = browser.post("/desk/new/", {**stranger, "name": "钱先生"})
    assert (
        refused.status_code == 422
        and "身份证明" in refused.content.decode()
        and "大厅没人理我" in refused.content.decode()
    )
    browser.post("/desk/new/", {**stranger, "name": "钱先生", "identity": "居民身份证 110101199001010015"})
    assert Case.objects.filter(client=None).count() == 1


def test_the_steps_of_a_complaint_by_forms(sign_in: Any, client: Any, member: Any) -> None:
    from maitian.desk.actions import complaints

    case = complaints.open_complaint(branch=client.branch, client=client, complaint_kind="business_error", what="佣金高了", channel="portal", actor=client.actor).case  # fmt: skip
    clerk = sign_in("clerk1")

    def step(name: str, browser: Any = clerk, **given: Any) -> Any:
        return browser.post(f"/desk/{case.ref}/complaint/{name}/", given)

    early = clerk.post(f"/desk/{case.ref}/resolve/", {"result": "solved", "result_body": "好了"})
    assert early.status_code == 409 and "还没有决定受理" in early.content.decode()
    assert step("accept", accepted="1").status_code == 302
    wrong = step("finding", finding="按旧费率收取", cause="slip")
    assert (
        wrong.status_code == 422
        and "按旧费率收取" in wrong.content.decode()
        and "三项都要有" in wrong.content.decode()
    )
    step("finding", finding="按旧费率收取", cause="slip", liability="ours")
    step("classify", c_reason="reasonable", c_severity="complex", c_answer_points="退还差额")
    step("remedy", remedy="refund", amount="880", note="差额")
    assert "补救方案等您批" in sign_in("boss").get("/").content.decode()
    assert step("sign", agree="1").status_code == 403
    step("sign", sign_in("boss"), agree="1")
    step("done", reference="凭证 71")
    assert (
        clerk.post(
            f"/desk/{case.ref}/resolve/", {"result": "solved", "result_body": "差额已退。"}
        ).status_code
        == 302
    )
    wrong = step("confirm", how="signed")
    assert wrong.status_code == 422 and "请给凭证" in wrong.content.decode()
    step("confirm", how="recorded", proof="REC-1", satisfaction="5")
    case.refresh_from_db()
    assert (case.state, case.satisfaction) == ("closed", 5)
    assert step("moon").status_code == 404
    assert (
        step("letter", source="12386", number="1", due_at="2026-12-01T10:00").status_code == 404
    )  # not a clerk's
    case = complaints.open_complaint(branch=client.branch, client=client, complaint_kind="other", what="别的", channel="portal", actor=client.actor).case  # fmt: skip
    checker = sign_in("checker")
    assert step("letter", checker, source="12386", number="1", due_at="nonsense").status_code == 422
    step("letter", checker, source="12386", number="1", due_at="2026-12-01T10:00", asks="书面回复")
    assert "12386 服务平台 1" in checker.get(f"/desk/{case.ref}/").content.decode()
