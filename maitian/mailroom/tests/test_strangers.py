"""Mail of somebody whom nobody knows: it waits, becomes a case, or goes back, as the rulebook says for the mailbox."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.core import rulebook
from maitian.core.rulebook import Rule, propose
from maitian.desk.models import Case
from maitian.desk.queries import private_of
from maitian.mailroom import queries
from maitian.mailroom.actions import sending
from maitian.mailroom.errors import StrangersRuleWrong
from maitian.mailroom.models import Letter, Mail
from maitian.mailroom.rules.strangers import Way, way, wrong_in

pytestmark = pytest.mark.django_db
SENDER = "新人 <somebody@else.example>"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.MAILBOX = {**settings.MAILBOX, "judge": ""}


@pytest.fixture
def rule(db: Any) -> Any:
    def made(*rows: list[str]) -> None:
        Rule.objects.filter(key="mailroom.strangers").update(value=[list(row) for row in rows])
        rulebook._cache.clear()

    return made


def test_by_default_it_waits_and_the_page_says_so(arrive: Any, sign_in: Any) -> None:
    mail = arrive("想开户", sender=SENDER)
    assert (mail.state, mail.reason) == ("waiting", "stranger")
    page = sign_in("boss").get("/mailroom/").content.decode()
    assert "不认识的发件人： 等人认领" in page and "mailroom.strangers" in page


def test_it_opens_a_case_for_somebody_who_may_become_a_client(rule: Any, arrive: Any) -> None:
    rule(["*", "lead"])
    mail = arrive("想开户，要带什么？", sender=SENDER, subject="开户", number="one")
    assert mail.state == "taken" and mail.case.client is None
    assert private_of(mail.case)["contact"]["email"] == "somebody@else.example"
    again = arrive("周六行吗", sender=SENDER, In_Reply_To="<one@x>", number="two")
    assert again.case == mail.case and queries.account().even


def test_it_goes_back_with_one_notice_and_stays_on_record(rule: Any, arrive: Any, sign_in: Any) -> None:
    rule(["*", "reject"])
    mail = arrive("想开户", sender=SENDER, number="one")
    assert (mail.state, mail.reason, mail.case) == ("dropped", "stranger", None) and not Case.objects.exists()
    letter = Letter.objects.get(rejects=mail)
    made = sending.compose(letter)
    assert (
        made["To"] == "somebody@else.example"
        and made["In-Reply-To"] == "<one@x>"
        and made["Auto-Submitted"] == "auto-replied"
    )
    assert "没有受理" in made.get_content() and "was not dealt with" in made.get_content()
    arrive("在吗", sender=SENDER, number="two")
    assert Letter.objects.filter(rejects__isnull=False).count() == 1  # once in so many days
    assert Mail.objects.filter(state="dropped").count() == 2 and queries.account().even
    page = sign_in("boss").get(f"/mailroom/{mail.pk}/").content.decode()
    assert "退信通知" in page and "按规则退回，已告知" in page
    assert (
        list(queries.not_sent()) == [] and sign_in("boss").get("/mailroom/?view=dropped").status_code == 200
    )


def test_a_notice_goes_out_with_the_letters(rule: Any, arrive: Any, monkeypatch: Any) -> None:
    rule(["*", "reject"])
    mail, sent = arrive("想开户", sender=SENDER), []

    class Server:
        def __init__(self, *_given: Any, **_more: Any) -> None: ...
        def send_message(self, message: Any) -> None:
            sent.append(message["To"])

        def close(self) -> None: ...

    monkeypatch.setattr(sending.smtplib, "SMTP", Server)
    assert sending.send_waiting() == 1 and sent == ["somebody@else.example"]
    assert Letter.objects.get(rejects=mail).state == "sent"


def test_no_notice_to_a_machine_nor_to_a_sender_who_is_not_proven(
    rule: Any, arrive: Any, settings: Any
) -> None:
    rule(["*", "reject"])
    assert arrive("我在休假", sender=SENDER, Auto_Submitted="auto-replied").state == "held"
    settings.MAILBOX = {**settings.MAILBOX, "judge": "mx"}
    assert arrive("甲", sender=SENDER, number="a", Authentication_Results="mx; dmarc=none").state == "waiting"
    assert not Letter.objects.exists()
    assert arrive("乙", sender=SENDER, number="b", Authentication_Results="mx; dmarc=pass").state == "dropped"


def test_each_mailbox_by_its_own_row(rule: Any, arrive: Any, box: Any, api: Any) -> None:
    rule(["*", "reject"], [box.name, "lead"])
    assert arrive("想开户", sender=SENDER).state == "taken"
    told = api("hotline1", "mailroom.view")("GET", "/mail-account").json()["strangers"]
    assert told == [{"mailbox": "*", "way": "reject"}, {"mailbox": "test", "way": "lead"}]


def test_strangers_who_flood_are_held_whatever_the_rule(rule: Any, arrive: Any) -> None:
    rule(["*", "lead"])
    Rule.objects.filter(key="mailroom.strangers_hour").update(value=2)
    rulebook._cache.clear()
    states = [arrive("想开户", sender=f"n{n}@else.example", number=f"n{n}").state for n in range(4)]
    assert states == ["taken", "taken", "held", "held"]


@pytest.mark.parametrize("rows", [[["*", "burn"]], [["a", "wait"]], [["*", "wait"], ["*", "lead"]]])
def test_a_rule_that_cannot_work_is_refused(rows: Any) -> None:
    with pytest.raises(StrangersRuleWrong):
        propose("mailroom.strangers", rows, valid_from=None, basis="会议纪要", maker="member:1")


@given(st.sampled_from(list(Way)), st.booleans())
def test_nobody_gets_a_notice_who_is_not_proven(chosen: Way, proven: bool) -> None:
    found = way([["*", "wait"], ["box", chosen]], "box", proven=proven)
    assert found == (chosen if chosen != Way.REJECT or proven else Way.WAIT)
    assert wrong_in([["*", chosen]]) is None
