"""Who works here: joining, changing, leaving, locked out and let in again, by the console and by the API."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client as Browser

from maitian.clients.models import Client
from maitian.core.errors import Forbidden, NotFound
from maitian.core.models import LedgerEntry
from maitian.staff import actions, permission_words
from maitian.staff.access import ALL, PERMISSIONS
from maitian.staff.browsers import described
from maitian.staff.models import Branch, Member, MemberSession

pytestmark = pytest.mark.django_db
NEW = {"sign_in_name": "shen.yue", "name": "沈悦", "centre": "marketing", "role": "account_manager"}


def shown(browser: Browser, path: str) -> str:
    found = re.search(r'id="fresh-password">([^<]+)<', browser.get(path).content.decode())
    return found[1] if found else ""


@pytest.mark.requirement("G9")
def test_somebody_joins_and_must_choose_a_password_before_anything_else(sign_in) -> None:
    admin = sign_in("admin")
    answer = admin.post("/staff/new/", NEW)
    made = Member.objects.get(sign_in_name="shen.yue")
    path = f"/staff/{made.pk}/"
    assert answer.headers["Location"] == path
    assert made.initials == "sy" and made.name_en == "Shen Yue" and made.joined_on is not None
    password = shown(admin, path)
    assert len(password) >= 12 and shown(admin, path) == "", "it is shown once"
    assert password not in json.dumps(list(LedgerEntry.objects.values_list("facts", flat=True)))

    browser = Browser()
    browser.post("/sign-in/", {"name": "shen.yue", "password": password})
    for closed in ("/", "/clients/", "/find/?q=cjg"):
        assert browser.get(closed).headers["Location"] == "/staff/me/"
    assert "临时密码" in browser.get("/staff/me/").content.decode()
    refused = browser.post("/staff/me/password/", {"old": password, "new": "kurz"})
    assert refused.status_code == 422 and "位" in refused.content.decode()
    assert browser.post("/staff/me/password/", {"old": password, "new": password}).status_code == 422
    browser.post("/staff/me/password/", {"old": password, "new": "麦田里的守望者第一号"})
    browser.post("/sign-in/", {"name": "shen.yue", "password": "麦田里的守望者第一号"})
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sign_in_name": "Shen"}, "小写字母"),
        ({"sign_in_name": "editor"}, "已经有人用"),
        ({"name": " "}, "没有姓名"),
        ({"name": "沈" * 41}, "太长"),
        ({"role": "king"}, "king"),
        ({"centre": ""}, "从列表里选"),
        ({"outlet": "999999"}, "从列表里选"),
        ({"role": "adviser", "centre": "wealth"}, "执业编号"),
    ],
)
def test_a_wrong_field_is_said_and_nothing_is_stored(sign_in, wrong, words) -> None:
    before = Member.objects.count(), LedgerEntry.objects.count()
    answer = sign_in("admin").post("/staff/new/", {**NEW, "phone": "0551-1234", **wrong})
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page
    assert 'value="0551-1234"' in page and 'aria-invalid="true"' in page
    assert (Member.objects.count(), LedgerEntry.objects.count()) == before


def test_a_new_role_holds_at_the_next_click_and_for_tokens(sign_in, member) -> None:
    manager, browser = member("manager2"), sign_in("manager2")
    token = Browser(headers={"Authorization": "Bearer " + actions.make_token(manager, "t", ["clients.view"])})
    assert browser.get("/clients/").status_code == 200 and token.get("/api/v1/clients").status_code == 200
    values = {
        "name": manager.name,
        "name_en": manager.name_en,
        "centre": "management",
        "role": "administrator",
    }
    sign_in("admin").post(f"/staff/{manager.pk}/", values)
    assert browser.get("/clients/").status_code == 403 and token.get("/api/v1/clients").status_code == 403
    row = LedgerEntry.objects.filter(kind="staff.member_changed").latest("number")
    assert row.facts["role"] == "administrator" and row.facts["role_before"] == "account_manager"
    assert actions.change_member(manager.pk, by=member("admin"), values=values) == [], (
        "the same again is no change"
    )


@pytest.mark.requirement("G10")
def test_who_leaves_is_out_and_the_clients_are_gaps_until_given_on(sign_in, member) -> None:
    manager, browser = member("manager1"), sign_in("manager1")
    token = Browser(headers={"Authorization": "Bearer " + actions.make_token(manager, "t", ["clients.view"])})
    count = Client.objects.filter(manager=manager).exclude(state="closed").count()
    admin = sign_in("admin")
    page = admin.post(f"/staff/{manager.pk}/leave/", follow=True).content.decode()
    assert count > 0 and f"{count} 户" in page
    assert browser.get("/").status_code == 302 and token.get("/api/v1/clients").status_code == 401
    boss = sign_in("boss")
    gap = Client.objects.filter(manager=manager, state="active").first()
    assert f'value="{gap.pk}"' in boss.get("/coverage/").content.decode()
    admin.post(f"/staff/{manager.pk}/return/")
    assert f'value="{gap.pk}"' not in boss.get("/coverage/").content.decode()
    assert browser.get("/").status_code == 302, "the old browser stays signed out"


def test_a_manager_with_another_role_leaves_gaps_too(sign_in, member) -> None:
    manager = member("manager1")
    gap = Client.objects.filter(manager=manager, state="active").first()
    boss = sign_in("boss")
    assert f'value="{gap.pk}"' not in boss.get("/coverage/").content.decode()
    Member.objects.filter(pk=manager.pk).update(role="team_lead")
    assert f'value="{gap.pk}"' in boss.get("/coverage/").content.decode()


def test_locked_out_and_let_in_again(sign_in, member) -> None:
    browser = Browser()
    for _try in range(5):
        browser.post("/sign-in/", {"name": "editor", "password": "falsch"})
    editor = member("editor")
    assert editor.is_locked
    admin = sign_in("admin")
    assert "已锁定" in admin.get(f"/staff/{editor.pk}/").content.decode()
    admin.post(f"/staff/{editor.pk}/unlock/")
    editor.refresh_from_db()
    assert not editor.is_locked and LedgerEntry.objects.filter(kind="staff.unlocked").exists()


def test_a_reset_password_ends_every_browser_and_token(sign_in, member) -> None:
    browser, admin, editor = sign_in("editor"), sign_in("admin"), member("editor")
    token = Browser(headers={"Authorization": "Bearer " + actions.make_token(editor, "t", ["library.view"])})
    admin.post(f"/staff/{editor.pk}/password/")
    assert browser.get("/").status_code == 302 and token.get("/api/v1/reports").status_code == 401
    password = shown(admin, f"/staff/{editor.pk}/")
    assert actions.sign_in("editor", password).password_is_temporary


def test_nobody_changes_his_own_role_or_removes_himself(sign_in, member) -> None:
    admin = member("admin")
    browser = sign_in("admin")
    values = {"name": admin.name, "centre": admin.centre, "role": "branch_manager"}
    assert browser.post(f"/staff/{admin.pk}/", values).status_code == 422
    assert browser.post(f"/staff/{admin.pk}/leave/").status_code == 409
    assert browser.post(f"/staff/{admin.pk}/password/").status_code == 409
    admin.refresh_from_db()
    assert admin.active and admin.role == "administrator"


def test_two_administrators_cannot_remove_each_other(member) -> None:
    first = member("admin")
    second, _password = actions.add_member(
        by=first, sign_in_name="admin2", values={**NEW, "centre": "management", "role": "administrator"}
    )
    actions.leave(second.pk, by=first)
    with pytest.raises(Forbidden):
        actions.leave(first.pk, by=second)


def test_another_branch_is_not_there(sign_in, member) -> None:
    other = Branch.objects.create(code="B9", name="别的营业部")
    Member.objects.filter(sign_in_name="manager2").update(branch=other)
    stranger = member("manager2")
    assert sign_in("admin").get(f"/staff/{stranger.pk}/").status_code == 404
    with pytest.raises(NotFound):
        actions.reset_password(stranger.pk, by=member("admin"))
    assert (
        stranger.name
        not in sign_in("boss")
        .get("/staff/?q=" + stranger.name)
        .content.decode()
        .split("<section")[-1]
        .split("</form>")[-1]
    )


def test_others_are_signed_out_and_this_browser_stays(sign_in, member) -> None:
    here, there, elsewhere = sign_in("editor"), sign_in("editor"), sign_in("editor")
    assert "结束其他所有登录" in here.get("/staff/me/").content.decode()
    here.post("/staff/me/sessions/end-others/")
    assert [b.get("/").status_code for b in (here, there, elsewhere)] == [200, 302, 302]
    assert MemberSession.objects.filter(member=member("editor"), ended_at=None).count() == 1


def test_staff_is_found_by_letters_role_and_state(sign_in) -> None:
    boss = sign_in("boss")

    def listed(query: str) -> str:
        return boss.get(f"/staff/?{query}").content.decode().split("<tbody")[-1]

    assert (
        "周晓雯" in listed("q=zxw")
        and "周晓雯" in listed("q=manager1")
        and "周晓雯" not in listed("role=adviser")
    )
    assert "钱思远" in listed("state=left") and "钱思远" not in listed("state=active")
    assert "没有这样的员工" in boss.get("/staff/?q=%25_").content.decode()


@pytest.mark.requirement("G9")
def test_every_permission_has_words_and_the_table_shows_who_has_it(sign_in) -> None:
    assert ALL - permission_words.WORDS.keys() == set(), (
        "give the new permission words in staff/permission_words.py"
    )
    page = sign_in("lead").get("/staff/permissions/").content.decode()
    row = page.split('<span class="code">library.write</span>')[1].split("</tr>")[0]
    assert row.count(">可以<") == sum("library.write" in given for given in PERMISSIONS.values())
    english = sign_in("lead").get("/staff/permissions/", headers={"accept-language": "en"}).content.decode()
    assert "write reports" in english and not re.search(
        "[一-鿿]", english.split("<table")[1].split("</table>")[0]
    )


def test_a_refusal_says_in_words_what_is_missing(sign_in) -> None:
    assert "复核规则" in sign_in("manager1").post("/rulebook/decide/1/approve/").content.decode()


def test_the_api_does_what_the_page_does(member) -> None:
    admin = member("admin")
    text = actions.make_token(admin, "t", sorted(PERMISSIONS["administrator"]))
    browser = Browser(headers={"Authorization": f"Bearer {text}"})

    def send(method: str, path: str, body: object = None):
        return browser.generic(
            method, "/api/v1" + path, json.dumps(body or {}), content_type="application/json"
        )

    made = send("POST", "/members", NEW)
    assert made.status_code == 201 and len(made.json()["temporary_password"]) >= 12
    path = f"/members/{made.json()['id']}"
    assert send("PATCH", path, {"phone": "0551-1"}).json() == {"changed": ["phone"]}
    assert send("PATCH", path, {"role": "king"}).json()["code"] == "staff.member.choice_wrong"
    assert send("POST", "/members", NEW).json()["code"] == "staff.member.sign_in_name_taken"
    assert send("POST", path + "/leave").json()["active"] is False
    assert send("POST", path + "/return").json()["active"] is True
    assert send("POST", path + "/password").json()["temporary_password"] != made.json()["temporary_password"]
    assert send("GET", path).json()["password_is_temporary"] is True
    assert send("POST", f"/members/{admin.pk}/leave").status_code == 409
    words = {row["code"]: row for row in send("GET", "/permissions").json()}
    assert (
        words["library.write"]["roles"] == ["content_editor"]
        and words["library.write"]["en"] == "write reports"
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
         "Edge 126 · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1",
         "Safari 17 · iOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/125.0 Mobile Safari/537.36 MicroMessenger/8.0",
         "微信 8 · Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "–"),
    ],
)  # fmt: skip
def test_a_browser_is_named_in_three_words(sent, read) -> None:
    assert described(sent) == read
