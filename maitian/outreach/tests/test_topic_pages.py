"""Topics in the console: making one from nothing, drafts, faults at their field, differences, answers, pause."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from conftest import MOMENT
from maitian.core.errors import AlreadyDone
from maitian.core.models import LedgerEntry
from maitian.outreach import actions, describing, forms, queries, rules, topic_steps, variables
from maitian.outreach.audiences import AUDIENCES
from maitian.outreach.models import Event, Topic, TopicVersion
from maitian.outreach.queries import forecasts
from maitian.outreach.tasks import daily_topics
from maitian.staff.models import Draft, Notification

pytestmark = pytest.mark.django_db

STEPS: list[tuple[str, dict[str, Any]]] = [
    ("trigger", {"trigger": "daily"}),
    ("class", {"message_class": "2", "legal_basis": "consent"}),
    ("who", {"audience": "everybody", "c.join": "all", "c.0.is": "birthday", "c.0.op": "within_days", "c.0.v": "30"}),
    ("gates", {}),
    ("texts", {"on-inbox": "1", "on-sms": "1", "t-inbox": "生日快乐\n{salutation}，生日快乐。", "t-sms": "{signature}{salutation}，生日快乐。{branch}"}),
    ("when", {"when": "at", "at": "09：30", "days": "every", "repeat_days": "300", "expires_number": "10", "expires_unit": "60"}),
    ("budget", {"budget_month": "200", "automatic": "1", "active": "1"}),
]  # fmt: skip


def begun(browser: Any, **name: str) -> str:
    """Begin a new topic; returns the address of its draft."""
    answer = browser.post("/outreach/topics/new/", {"name": "生日问候", "name_en": "Birthday wishes", **name})
    assert answer.status_code == 302
    return answer["Location"].removesuffix("trigger/")


def walk(browser: Any, draft: str, until: str = "check") -> None:
    for key, values in STEPS:
        if key == until:
            return
        answer = browser.post(f"{draft}{key}/", values)
        assert answer.status_code == 302, (key, answer.content.decode()[-3000:])


@pytest.mark.requirement("G8", "G12", "E1")
def test_a_topic_is_made_by_clicks_checked_by_another_and_sent_by_the_clock(sign_in, member) -> None:
    campaign, checker = sign_in("campaign"), sign_in("checker")
    draft = begun(campaign)
    walk(campaign, draft)
    page = campaign.get(f"{draft}check/").content.decode()
    assert "30 天内生日" in page and "同一位客户 300 天内只说一次" in page and 'id="forecast"' in page
    answer = campaign.post(f"{draft}check/", {"reason": "每天一次"})
    version = TopicVersion.objects.get(topic__code="birthday_wishes")
    assert answer["Location"] == f"/outreach/topics/versions/{version.pk}/"
    assert not Draft.objects.exists() and not version.topic.active
    assert Notification.objects.filter(member=member("checker"), kind="outreach.topic_proposed").count() == 1

    # The maker cannot put it into force; the checker can.
    assert campaign.post(f"/outreach/topics/versions/{version.pk}/approve/").status_code == 403
    assert "birthday_wishes" in checker.get("/outreach/topics/birthday_wishes/").content.decode()
    checker.post(f"/outreach/topics/versions/{version.pk}/approve/")
    topic = Topic.objects.get(code="birthday_wishes")
    assert (
        topic.active
        and topic.version == 1
        and topic.conditions == {"all": [{"is": "birthday", "within_days": 30}]}
    )

    # Its moment comes by itself: those who meet the conditions, nobody else, and no second time.
    foreseen = forecasts.of(topic)
    daily_topics()
    event = Event.objects.get(topic=topic)
    assert event.state == "sending" and event.audience_count == foreseen.verdicts.total > 0
    daily_topics()
    assert Event.objects.filter(topic=topic).count() == 1
    with time_machine.travel(MOMENT.replace(day=25)):
        daily_topics()
    second = Event.objects.filter(topic=topic).latest("pk")
    told = sum(n for byte, n in second.counts.items() if rules.split(int(byte))[0] == rules.Gate.DUPLICATE)
    assert told >= actions.sending_count(event) - 5  # whoever was told yesterday is not told today


def test_a_draft_is_proposed_once_however_often_it_is_pressed(sign_in, member) -> None:
    browser = sign_in("campaign")
    walk(browser, begun(browser))
    twice = [topic_steps.Begun.of(Draft.objects.get()) for _n in range(2)]
    topic_steps.propose(twice[0], reason="", actor=member("campaign").actor)
    with pytest.raises(AlreadyDone):
        topic_steps.propose(twice[1], reason="", actor=member("campaign").actor)
    assert TopicVersion.objects.filter(topic__code__startswith="birthday_wishes").count() == 1


def test_a_draft_is_kept_wherever_it_stands_and_is_its_owner_s_alone(sign_in) -> None:
    campaign, editor = sign_in("campaign"), sign_in("editor")
    draft = begun(campaign)
    walk(campaign, draft, until="texts")
    again = sign_in("campaign")
    assert "within_days" in again.get(f"{draft}who/").content.decode()
    assert "生日问候" in again.get("/outreach/topics/").content.decode()
    assert editor.get(f"{draft}who/").status_code == 404
    assert editor.post(f"{draft}who/", STEPS[2][1]).status_code == 404
    assert editor.post(f"{draft}drop/").status_code == 404
    campaign.post(f"{draft}drop/")
    assert campaign.get(f"{draft}who/").status_code == 404


@pytest.mark.parametrize(
    ("step", "changes", "said"),
    [
        ("who", {"c.0.is": "", "c.0.op": "", "c.0.v": ""}, "没有任何条件"),
        ("who", {"c.0.v": "几天"}, "整数"),
        ("texts", {"t-sms": "{signature}"}, "没有模板"),
        ("texts", {"t-sms": "生日快乐"}, "签名"),
        ("texts", {"t-sms": "{signature}{price}"}, "不是这个主题的变量"),
        ("texts", {"t-inbox": "生日{快乐"}, "花括号"),
        ("texts", {"t-sms": "{signature}" + "祝" * 300}, "最多 4 条"),
        ("when", {"at": "9点"}, "08:30"),
        ("when", {"repeat_days": ""}, "必填"),
        ("when", {"expires_number": "2", "expires_unit": "1"}, "至少 5 分钟"),
        ("budget", {"budget_month": "-3"}, "0"),
        ("class", {"message_class": "1", "legal_basis": "contract"}, "客户同意为依据"),
        ("class", {"critical": "1"}, "必达的消息要以合同"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_step_and_what_was_typed_stays(sign_in, step, changes, said) -> None:
    browser = sign_in("campaign")
    draft = begun(browser)
    walk(browser, draft, until=step)
    given = dict(STEPS)[step] | changes
    answer = browser.post(f"{draft}{step}/", given)
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page
    if step == "texts":
        assert 'aria-invalid="true"' in page
    for name, value in changes.items():
        if value and name not in ("c.0.v", "critical", "message_class", "legal_basis", "expires_unit"):
            assert value in page


def test_the_end_names_the_steps_that_are_not_right(sign_in) -> None:
    browser = sign_in("campaign")
    draft = begun(browser)
    walk(browser, draft)
    browser.post(f"{draft}texts/", {"on-sms": "1", "t-sms": "没有签名"})
    page = browser.get(f"{draft}check/").content.decode()
    assert f'href="{draft}texts/"' in page and "请以 {signature} 开始" in page
    answer = browser.post(f"{draft}check/", {})
    assert answer.status_code == 422 and not TopicVersion.objects.filter(state="proposed").exists()


def test_everybody_has_to_be_meant(sign_in) -> None:
    browser = sign_in("editor")
    draft = begun(browser, name="系统维护", name_en="Maintenance")
    browser.post(f"{draft}trigger/", {"trigger": "manual"})
    browser.post(f"{draft}class/", {"message_class": "0", "legal_basis": "contract"})
    nothing = {"audience": "everybody", "c.join": "all", "c.0.is": ""}
    assert "就是发给全部客户" in browser.post(f"{draft}who/", nothing).content.decode()
    assert browser.post(f"{draft}who/", nothing | {"everybody": "1"}).status_code == 302


def test_without_scripts_the_builder_s_buttons_only_look(sign_in) -> None:
    browser = sign_in("campaign")
    draft = begun(browser)
    walk(browser, draft, until="who")
    answer = browser.post(f"{draft}who/", dict(STEPS)["who"] | {"c.do": "add:"})
    assert answer.status_code == 200 and "c.1.is" in answer.content.decode()


def test_the_preview_counts_signs_parts_and_price_as_they_are_typed(sign_in) -> None:
    browser = sign_in("campaign")
    draft = begun(browser)
    walk(browser, draft, until="texts")
    page = browser.post(
        f"{draft}preview/", {"on-sms": "1", "t-sms": "{signature}" + "祝" * 80}
    ).content.decode()
    assert 'data-parts="2"' in page and "¥0.08" in page
    page = browser.post(f"{draft}preview/", {"on-sms": "1", "t-sms": "{signature}{x}"}).content.decode()
    assert "“x”不是这个主题的变量" in page
    assert (
        "templates" not in Draft.objects.get().values["definition"]
        or not Draft.objects.get().values["definition"]["templates"]
    )


def test_a_change_shows_its_difference_and_a_second_draft_goes_on_with_the_first(sign_in, member) -> None:
    editor, checker = sign_in("editor"), sign_in("checker")
    first = editor.post("/outreach/topics/market_summary/change/")["Location"]
    assert (
        editor.post("/outreach/topics/market_summary/change/")["Location"].split("/")[-3]
        == first.split("/")[-3]
    )
    draft = first.rsplit("/", 2)[0] + "/"
    old = Topic.objects.get(code="market_summary").templates["sms"]
    texts = {
        "on-inbox": "1",
        "on-sms": "1",
        "t-inbox": "{title}\n{text}",
        "t-sms": old.replace("投资有风险", "股市有风险"),
    }
    assert editor.post(f"{draft}texts/", texts | {"go": "check"})["Location"] == f"{draft}check/"
    page = editor.get(f"{draft}check/").content.decode()
    assert "<del>投资</del><ins>股市</ins>" in page
    editor.post(f"{draft}check/", {"reason": "换个说法"})
    version = TopicVersion.objects.get(topic__code="market_summary", number=2)
    page = checker.get(f"/outreach/topics/versions/{version.pk}/").content.decode()
    assert "<ins>" in page and "换个说法" in page and "和第 1 版比" in page
    assert (
        "不比，看全部" in checker.get(f"/outreach/topics/versions/{version.pk}/?against=-").content.decode()
    )

    # Sent back with a reason: what is in force stays.
    assert checker.post(f"/outreach/topics/versions/{version.pk}/refuse/", {"reason": ""}).status_code == 422
    checker.post(f"/outreach/topics/versions/{version.pk}/refuse/", {"reason": "不用改"})
    topic = Topic.objects.get(code="market_summary")
    assert topic.version == 1 and topic.templates["sms"] == old
    assert "不用改" in editor.get(f"/outreach/topics/versions/{version.pk}/").content.decode()


def test_the_maker_takes_a_proposal_back_and_nobody_else_does(sign_in, member) -> None:
    topic = Topic.objects.get(code="market_summary")
    made = actions.propose_topic(
        "market_summary", actions.definition_of(topic) | {"name": "综述"}, actor=member("editor").actor, everybody_meant=True
    )  # fmt: skip
    assert sign_in("campaign").post(f"/outreach/topics/versions/{made.pk}/withdraw/").status_code == 404
    sign_in("editor").post(f"/outreach/topics/versions/{made.pk}/withdraw/")
    made.refresh_from_db()
    assert made.state == "refused"


def test_whoever_began_before_another_version_is_told(sign_in, member) -> None:
    editor = sign_in("editor")
    draft = editor.post("/outreach/topics/market_summary/change/")["Location"].rsplit("/", 2)[0] + "/"
    topic = Topic.objects.get(code="market_summary")
    made = actions.propose_topic(
        "market_summary", actions.definition_of(topic) | {"expires_minutes": 60}, actor=member("campaign").actor, everybody_meant=True
    )  # fmt: skip
    actions.approve_topic(made.pk, actor=member("checker").actor)
    assert "另一版已经生效" in editor.get(f"{draft}check/").content.decode()


def test_pausing_is_asked_first_and_stands_in_the_list(sign_in, member) -> None:
    boss, agent = sign_in("boss"), sign_in("hotline1")
    page = boss.get("/outreach/topics/report_published/pause/").content.decode()
    assert "没发完" in page  # the demonstration's own send is under way
    assert Topic.objects.get(code="report_published").paused_at is None
    boss.post("/outreach/topics/report_published/pause/")
    assert Topic.objects.get(code="report_published").paused_at is not None
    rows = queries.topic_list({})
    assert rows[0].topic.code == "report_published" and rows[0].state == "paused"
    assert agent.post("/outreach/topics/report_published/resume/").status_code == 403
    boss.post("/outreach/topics/report_published/resume/")
    boss.post("/outreach/topics/report_published/stop/")
    assert not Event.objects.filter(topic__code="report_published", state="sending").exists()
    assert boss.get("/outreach/topics/report_published/explode/").status_code == 404


def test_the_list_filters_and_shows_cost_against_budget(sign_in) -> None:
    Topic.objects.filter(code="market_summary").update(budget_month=100)
    rows = {row.topic.code: row for row in queries.topic_list({"class": "1"})}
    assert (
        set(rows) == {"market_summary", "stock_pick", "briefing_invitation", "manager_offer"}
        and rows["market_summary"].budget == 100
    )
    assert [row.topic.code for row in queries.topic_list({"q": "Level app"})] == ["level_decided"]
    assert queries.topic_list({"state": "paused"}) == []
    assert {row.topic.trigger for row in queries.topic_list({"trigger": "ledger"})} == {"ledger"}
    assert sign_in("editor").get("/outreach/topics/?state=nonsense&class=x&trigger=y").status_code == 200


def test_every_shipped_topic_is_described_and_previewed_in_both_languages(sign_in) -> None:
    browser = sign_in("checker")
    for topic in Topic.objects.all():
        assert describing.described(actions.definition_of(topic))
        assert all(not preview.error for preview in describing.previews(topic)), topic.code
        for language in ("zh-hans", "en"):
            browser.cookies["django_language"] = language
            assert browser.get(f"/outreach/topics/{topic.code}/").status_code == 200


def test_every_variable_of_every_audience_has_words() -> None:
    names = {name for audience in AUDIENCES.values() for name in audience.variables | audience.personal}
    without = sorted(name for name in names if variables.of(name).zh == name)
    assert without == [], "give them words in outreach/variables.py"


def test_a_difference_keeps_variables_whole() -> None:
    before, after = (
        variables.readable("{title}：新股{date}申购"),
        variables.readable("{title}：新债{date}申购"),
    )
    assert describing.marked(before, after) == [
        ("same", "〔标题〕：新"), ("out", "股"), ("in", "债"), ("same", "〔日期〕申购"),
    ]  # fmt: skip
    assert describing.marked("", "新") == [("in", "新")]


def test_a_code_comes_from_the_english_name_and_is_never_taken_twice() -> None:
    assert topic_steps.free_code("Birthday wishes!") == "birthday_wishes"
    assert topic_steps.free_code("Market summary") == "market_summary_2"
    assert topic_steps.free_code("生日") == "topic"
    assert topic_steps.free_code("new") == "new_2"


def test_what_can_be_chosen_has_an_audience_and_ledger_rows_about_clients() -> None:
    offered = dict(forms.triggers())
    assert "manual" in offered and "daily" in offered
    assert all(forms.audiences(trigger) for trigger in offered)
    kinds = {kind for _heading, rows in forms.ledger_kinds() for kind, _words in rows}
    assert "level.approved" in kinds and not {k for k in kinds if k.startswith(("staff.", "topic.", "rule."))}


def test_the_forecast_says_what_a_decision_then_decides(member) -> None:
    made = actions.event_by_hand(
        "service_notice", title="维护", text="今晚维护。", maker=member("editor").actor
    )
    decided = actions.decide(made.pk, actor=member("editor").actor)
    assert forecasts.of(decided.topic).verdicts.total == decided.audience_count
    assert forecasts.of(Topic.objects.get(code="report_published")) is None
    assert LedgerEntry.objects.filter(kind="outreach.decided", object_id=str(decided.pk)).count() == 1
