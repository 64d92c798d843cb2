"""Cases in the portal: asked, complained, followed, confirmed and rated by the client himself."""

from __future__ import annotations

import hashlib
import io
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone
from pypdf import PdfReader

from conftest import MOMENT
from maitian.clients.models import Client
from maitian.desk.actions import (
    complaints,
    joining,
    kinds,
    marking,
    moving,
    people,
    promises,
    remedies,
    talking,
)
from maitian.desk.actions.opening import open_case
from maitian.desk.models import Attachment, Case, ClientDraft, Complaint, Entry, Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(sign_in: Any, story: list[int]) -> Any:
    return sign_in(story[0])


def opened(portal: Any, **more: Any) -> Case:
    given = {"kind": "enquiry", "body": "科创板权限怎么开？", "form_number": "n1"}
    answer = portal.post("/portal/cases/new/", {**given, **more})
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.get(ref=answer["Location"].split("/")[-2])


@pytest.mark.requirement("E3")
def test_a_client_asks_and_follows(portal: Any, member: Any, story: list[int]) -> None:
    case = opened(portal)
    assert (case.channel, case.net, case.opened_by) == ("portal", "sky", f"client:{story[0]}")
    page = portal.get(f"/portal/cases/{case.ref}/").content.decode()
    assert "科创板权限怎么开？" in page and "答复期限" in page
    talking.note(case_id=case.pk, by=member("hotline1"), body="内部：先查适当性")
    talking.reply(case_id=case.pk, by=member("hotline1"), body="要 50 万元资产和两年经验。")
    assert "有新答复" in portal.get("/portal/cases/").content.decode()
    assert "新答复 1" in portal.get("/portal/").content.decode()
    page = portal.get(f"/portal/cases/{case.ref}/").content.decode()
    assert "要 50 万元资产" in page and "先查适当性" not in page and "方静" not in page
    assert "有新答复" not in portal.get("/portal/cases/").content.decode()
    case.refresh_from_db()
    assert case.client_seen_at is not None


@pytest.mark.requirement("E3")
def test_a_client_reads_what_she_answered_by_the_form_of_then_without_private_fields(
    portal: Any, member: Any
) -> None:
    lead, checker = member("lead"), member("checker")
    form = [
        {"name": "哪个软件", "name_en": "Which software", "type": "choice", "choices": [{"name": "手机版", "name_en": "Phone"}, {"name": "电脑版", "name_en": "Computer"}]},
        {"name": "影响金额", "name_en": "Amount", "type": "amount"},
        {"name": "回电号码", "name_en": "Call back", "type": "phone", "personal": True},
        {"name": "错误代码", "name_en": "Error code", "type": "text", "inside": True},
        {"name": "几点", "name_en": "When", "type": "text"},
    ]  # fmt: skip
    fault = {"name": "软件故障", "name_en": "Software fault", "team": "service", "priority": 1, "portal": True, "policy": "default", "fields": form}  # fmt: skip
    made = kinds.propose(code="", definition=fault, base=0, by=lead)
    kind = kinds.approve(version_id=made.pk, by=checker)
    case = opened(
        portal, kind=kind.code, body="打不开", field_f1="c1", field_f2="16800", field_f3="13900001234"
    )
    marking.fill_form(case_id=case.pk, by=member("hotline1"), answers={"f1": "c1", "f2": "16800", "f3": "13900001234", "f4": "E-1042"})  # fmt: skip
    changed = made.definition | {"fields": [dict(f) for f in made.definition["fields"]]}
    changed["fields"][0] = {**changed["fields"][0], "name": "客户端", "choices": [dict(c, name="新" + c["name"]) for c in changed["fields"][0]["choices"]]}  # fmt: skip
    kinds.approve(version_id=kinds.propose(code=kind.code, definition=changed, base=1, by=lead).pk, by=checker)  # fmt: skip
    page = portal.get(f"/portal/cases/{case.ref}/").content.decode()
    card = page.split('id="form"')[1].split("</section>")[0]
    assert "哪个软件" in card and ">手机版<" in card and "16,800.00" in card  # the form of then, not of now
    assert "客户端" not in card and "新手机版" not in card
    assert "回电号码" in card and "已收到，加密保存" in card  # that we have it, not what it is
    assert "13900001234" not in page and "****34" not in page
    assert "错误代码" not in page and "E-1042" not in page and "几点" not in card
    plain = opened(portal, form_number="n9")
    assert 'id="form"' not in portal.get(f"/portal/cases/{plain.ref}/").content.decode()


def test_the_same_form_twice_opens_one_case(portal: Any) -> None:
    first, second = opened(portal), opened(portal)
    assert first == second and Case.objects.filter(client=first.client).count() == 1
    assert opened(portal, form_number="n2") != first


def test_what_was_typed_comes_back_with_what_is_wrong(portal: Any) -> None:
    file = SimpleUploadedFile("a.exe", b"MZ\x90")
    for more, words in (
        ({"body": " "}, "还没有写内容"),
        ({"kind": "request", "subject": "销户"}, "业务还没填"),
        ({"subject": "看附件", "files": file}, "a.exe"),
    ):
        given = {"kind": "enquiry", "body": "科创板", "form_number": "x", **more}
        answer = portal.post("/portal/cases/new/", given)
        page = answer.content.decode()
        assert answer.status_code == 422 and words in page
        assert str(given.get("subject", "")) in page
    assert not Case.objects.exists() and not Attachment.objects.exists()


def test_a_day_has_a_limit(portal: Any) -> None:
    for n in range(20):
        answer = portal.post(
            "/portal/cases/new/", {"kind": "enquiry", "body": "又一件", "form_number": f"m{n}"}
        )
        if answer.status_code == 422:
            assert "已经" in answer.content.decode() or "今天" in answer.content.decode()
            break
    else:
        raise AssertionError("no limit")
    assert Case.objects.count() == n


def test_nobody_sees_the_case_of_another(portal: Any, sign_in: Any, story: list[int]) -> None:
    case = opened(portal, files=SimpleUploadedFile("账单.txt", "佣金 12.40".encode()))
    file = Attachment.objects.get()
    assert portal.get(f"/portal/cases/{case.ref}/files/{file.pk}/").status_code == 200
    other = sign_in(story[1])
    path = f"/portal/cases/{case.ref}/"
    assert [other.get(path).status_code, other.get(f"{path}files/{file.pk}/").status_code] == [404, 404]
    for step in ("say", "confirm", "rate"):
        assert other.post(f"{path}{step}/", {"body": "x", "stars": "1"}).status_code == 404
    assert case.ref not in other.get("/portal/cases/").content.decode()


def test_internal_files_and_paper_work_stay_inside(portal: Any, member: Any, story: list[int]) -> None:
    from maitian.desk.actions import files

    case = opened(portal)
    note = talking.note(case_id=case.pk, by=member("hotline1"), body="流水")
    (kept,) = files.attach(
        entry=note, files=[("流水.txt", b"1", "text/plain")], actor="member:1", public=False
    )
    assert portal.get(f"/portal/cases/{case.ref}/files/{kept.pk}/").status_code == 404
    client = Client.objects.get(pk=story[0])
    inner = open_case(
        kind="request", branch=client.branch, client=client, body="核对预留手机号", channel="phone", actor=member("hotline1").actor,
        by=member("hotline1"), answers={"business": "data"}, said_by_client=False,
    )  # fmt: skip
    assert inner.ref not in portal.get("/portal/cases/").content.decode()
    assert portal.get(f"/portal/cases/{inner.ref}/").status_code == 404


def test_the_client_answers_and_the_pause_ends(portal: Any, member: Any) -> None:
    case = opened(portal)
    talking.reply(case_id=case.pk, by=member("hotline1"), body="请补身份证照片", wait="waiting_client")
    assert "等您回复" in portal.get(f"/portal/cases/{case.ref}/").content.decode()
    photo = SimpleUploadedFile("身份证.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, content_type="image/png")
    sent = {"body": "照片在附件", "files": photo, "form_number": "s1"}
    assert portal.post(f"/portal/cases/{case.ref}/say/", sent).status_code == 302
    photo.seek(0)
    assert portal.post(f"/portal/cases/{case.ref}/say/", sent).status_code == 302  # a second press
    case.refresh_from_db()
    assert case.state == "open"
    assert Entry.objects.filter(case=case, body="照片在附件").count() == 1
    refused = portal.post(f"/portal/cases/{case.ref}/say/", {"body": " "})
    assert refused.status_code == 422


def test_result_confirmed_and_rated(portal: Any, member: Any) -> None:
    case = opened(portal)
    early = portal.post(f"/portal/cases/{case.ref}/confirm/", {"stars": "5"})
    assert early.status_code in (409, 422)
    moving.resolve(case_id=case.pk, by=member("hotline1"), result="solved", body="已开通")
    assert "这个结果可以吗" in portal.get(f"/portal/cases/{case.ref}/").content.decode()
    assert portal.post(f"/portal/cases/{case.ref}/confirm/", {"stars": "9"}).status_code == 422
    assert portal.post(f"/portal/cases/{case.ref}/confirm/", {"stars": "4"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.satisfaction) == ("closed", 4)


def test_not_solved_opens_it_again_and_long_after_a_new_one_follows(
    portal: Any, member: Any, sign_in: Any, story: list[int]
) -> None:
    case = opened(portal)
    moving.resolve(case_id=case.pk, by=member("hotline1"), result="solved", body="已开通")
    portal.post(f"/portal/cases/{case.ref}/say/", {"body": "还是没有权限"})
    case.refresh_from_db()
    assert (case.state, case.reopened) == ("reopened", 1)
    moving.resolve(case_id=case.pk, by=member("hotline1"), result="solved", body="这次好了")
    portal.post(f"/portal/cases/{case.ref}/confirm/", {})
    with time_machine.travel(MOMENT + timedelta(days=90), tick=True):
        answer = sign_in(story[0]).post(f"/portal/cases/{case.ref}/say/", {"body": "又没有了"})
    case.refresh_from_db()
    assert case.state == "closed"
    follower = Case.objects.latest("pk")
    assert answer["Location"].endswith(f"/{follower.ref}/") and follower != case
    assert Link.objects.filter(case=follower, other=case, kind="follows").exists()


def test_a_merged_case_leads_to_the_one_it_lives_on_in(portal: Any, member: Any) -> None:
    first, second = opened(portal), opened(portal, form_number="n2")
    people.take(case_id=first.pk, by=member("hotline1"))
    joining.merge(case_id=second.pk, survivor_id=first.pk, by=member("hotline1"))
    answer = portal.get(f"/portal/cases/{second.ref}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/portal/cases/{first.ref}/")
    portal.post(f"/portal/cases/{second.ref}/say/", {"body": "两件是一件事"})
    assert Entry.objects.get(body="两件是一件事").case == first


@pytest.mark.requirement("T5")
def test_a_complaint_from_the_portal_to_the_confirmation(portal: Any, member: Any) -> None:
    given = {
        "kind": "complaint",
        "body": "佣金高于约定的 1.8‰",
        "complaint_kind": "",
        "wanted": "退还多收部分",
        "form_number": "c1",
    }
    refused = portal.post("/portal/cases/new/", given)
    assert refused.status_code == 422 and "退还多收部分" in refused.content.decode()
    case = opened(portal, **{**given, "complaint_kind": "business_error"})
    complaint = Complaint.objects.get(case=case)
    assert (complaint.department, complaint.wanted, complaint.account[-4:]) == (
        "business",
        "退还多收部分",
        "0001",
    )
    page = portal.get(f"/portal/cases/{case.ref}/").content.decode()
    assert "我们收到了" in page and "2026-12-15" in page  # acknowledged at once with the deadline
    clerk = member("clerk1")
    complaints.accept(case_id=case.pk, by=clerk, accepted=True)
    complaints.record_finding(
        case_id=case.pk, by=clerk, finding="三笔按 2.4‰ 收取", cause="slip", liability="ours"
    )
    complaints.classify(case_id=case.pk, by=clerk, reason="reasonable")
    remedies.propose_remedy(case_id=case.pk, by=clerk, remedy="refund", amount="12.40")
    moving.resolve(case_id=case.pk, by=clerk, result="solved", body="已退 12.40 元，向您致歉。")
    page = portal.get(f"/portal/cases/{case.ref}/").content.decode()
    assert "签名：写您的姓名" in page and "三笔按 2.4‰ 收取" not in page  # what we found inside is ours
    for name in ("", "陈建军"):
        refused = portal.post(f"/portal/cases/{case.ref}/confirm/", {"stars": "5", "signature": name})
        assert refused.status_code == 422 and "请写您的姓名作为签名" in refused.content.decode()
    signed = {"stars": "5", "signature": " 陈 建国"}
    assert portal.post(f"/portal/cases/{case.ref}/confirm/", signed).status_code == 302
    complaint.refresh_from_db()
    case.refresh_from_db()
    assert (complaint.confirmation, case.state, case.satisfaction) == ("portal", "closed", 5)
    kept = complaint.proof_file
    assert kept is not None and complaint.proof == f"电子签名 {kept.digest[:16].upper()}"
    paper = portal.get(f"/portal/cases/{case.ref}/files/{kept.pk}/")
    content = b"".join(paper.streaming_content)
    assert paper["Content-Type"] == "application/pdf" and hashlib.sha256(content).hexdigest() == kept.digest
    words = "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())
    for expected in (
        "客户投诉处理单",
        case.ref,
        "陈建国",
        "80000001",
        "退还多收部分",
        "已退12.40元，向您致歉。",
        "电子签名",
    ):
        assert expected in words, expected
    assert "三笔按" not in words
    again = portal.post(f"/portal/cases/{case.ref}/confirm/", signed)
    assert again.status_code == 302 and Attachment.objects.filter(case=case, purpose="signed").count() == 1
    page = portal.get(f"/portal/cases/{case.ref}/").content.decode()
    assert "您确认了结果" in page and f"投诉处理单-{case.ref}.pdf" in page


def test_promises_are_on_the_first_page(portal: Any, member: Any, story: list[int]) -> None:
    made = promises.make(
        client_id=story[0],
        by=member("manager1"),
        what="打电话告诉核对结果",
        due_at=timezone.now() + timedelta(hours=1),
    )
    assert "打电话告诉核对结果" in portal.get("/portal/").content.decode()
    promises.keep(promise_id=made.pk, by=member("manager1"))
    assert "打电话告诉核对结果" not in portal.get("/portal/").content.decode()


def test_the_page_renews_only_what_is_new(portal: Any, member: Any) -> None:
    case = opened(portal)
    talking.reply(case_id=case.pk, by=member("hotline1"), body="正在查")
    path, asked = f"/portal/cases/{case.ref}/", {"HX-Request": "true"}
    part = portal.get(path, headers=asked).content.decode()
    assert "正在查" in part and "<html" not in part
    stamp = re.search(r"stamp=([^\"]+)", part)
    assert stamp is not None
    assert portal.get(f"{path}?stamp={stamp[1]}", headers=asked).status_code == 204
    talking.note(case_id=case.pk, by=member("hotline1"), body="内部")
    assert portal.get(f"{path}?stamp={stamp[1]}", headers=asked).status_code == 204
    talking.reply(case_id=case.pk, by=member("hotline1"), body="查到了")
    assert "查到了" in portal.get(f"{path}?stamp={stamp[1]}", headers=asked).content.decode()


def test_what_is_typed_is_kept_and_gone_when_it_is_sent(portal: Any, sign_in: Any, story: list[int]) -> None:
    path = "/portal/cases/new/complaint/draft/"
    typed = {
        "form_number": "d1",
        "body": "打了三次电话没人接",
        "wanted": "有人回电话",
        "complaint_kind": "staff_attitude",
    }
    assert portal.post(path, typed).json()["saved"] == "10:00"
    assert "有草稿" in portal.get("/portal/cases/new/").content.decode()
    page = portal.get("/portal/cases/new/?kind=complaint").content.decode()
    assert "打了三次电话没人接" in page and "有人回电话" in page and 'value="staff_attitude" selected' in page
    stored = ClientDraft.objects.get()
    assert "打了三次".encode() not in raw(stored)
    assert (
        "打了三次电话没人接"
        not in sign_in(story[1]).get("/portal/cases/new/?kind=complaint").content.decode()
    )
    case = opened(portal, **{**typed, "kind": "complaint"})
    assert not ClientDraft.objects.exists()
    assert (
        portal.post(path, typed).json()["saved"] == "" and not ClientDraft.objects.exists()
    )  # on its way while sent
    say = f"/portal/cases/{case.ref}/"
    portal.post(f"{say}draft/", {"form_number": "s1", "body": "还有一句"})
    assert "还有一句" in portal.get(say).content.decode()
    assert sign_in(story[1]).post(f"{say}draft/", {"body": "x"}).status_code == 404
    portal.post(f"{say}say/", {"form_number": "s1", "body": "还有一句"})
    assert not ClientDraft.objects.exists()
    portal.post(path, {"body": "算了"})
    assert portal.post(path, {"forget": "1"}).status_code == 302 and not ClientDraft.objects.exists()
    assert portal.post("/portal/cases/new/nothing/draft/", {"body": "x"}).status_code == 404


def raw(draft: ClientDraft) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields FROM desk_clientdraft WHERE id = %s", [draft.pk])
        return bytes(cursor.fetchone()[0])


def test_a_day_has_a_limit_for_words_too(portal: Any, member: Any) -> None:
    case = opened(portal)
    client_id = case.client_id
    assert client_id is not None
    made = [
        Entry(case=case, kind="client", actor=f"client:{client_id}", at=timezone.now(), body=str(n), channel="portal", net="sky")
        for n in range(50)
    ]  # fmt: skip
    Entry.objects.bulk_create(made)
    answer = portal.post(f"/portal/cases/{case.ref}/say/", {"body": "再催一次"})
    assert (
        answer.status_code == 422
        and "95500" in answer.content.decode()
        and "再催一次" in answer.content.decode()
    )


@pytest.mark.requirement("E3")
def test_whoever_serves_the_client_reads_it_on_his_timeline(
    portal: Any, member: Any, sign_in: Any, story: list[int]
) -> None:
    case = opened(portal, body="夜市委托几点开始？")
    page = sign_in("manager1").get(f"/clients/{story[0]}/").content.decode()
    assert f"{case.ref} 立案" in page and "夜市委托几点开始？" in page and f'href="/desk/{case.ref}/"' in page
    people.name_member(case_id=case.pk, by=member("boss"), member_id=member("manager1").pk)
    page = sign_in("manager1").get(f"/clients/{story[0]}/timeline/").content.decode()
    assert "夜市委托几点开始？" not in page and f'href="/desk/{case.ref}/"' not in page
