"""Mails as programs write them, well and badly."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.mailroom.rules import quoting, reading, refusing
from maitian.mailroom.rules.refusing import Reason

HEAD = b"From: chen@example.com\r\nMessage-ID: <a@b>\r\n"
WORDS = "您好，银证转账转不出来，请帮忙看看。"


def b64(text: str, charset: str) -> str:
    return base64.b64encode(text.encode(charset)).decode()


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        pytest.param("gb2312", "gb18030", id="gb2312 declared, letters of gb18030"),
        pytest.param("gbk", "gbk", id="gbk"),
        pytest.param("GB18030", "gb18030", id="gb18030"),
        pytest.param("utf-8", "utf-8", id="utf-8"),
        pytest.param("us-ascii", "utf-8", id="ascii declared, utf-8 written"),
        pytest.param("utf-8", "gbk", id="utf-8 declared, gbk written"),
        pytest.param("x-unknown", "gbk", id="a charset that nobody knows"),
        pytest.param("unicode-1-1-utf-7x", "utf-8", id="a charset that does not exist"),
        pytest.param("", "gbk", id="nothing declared"),
        pytest.param('"gb2312"', "gbk", id="quoted name"),
    ],
)
def test_words_are_read_in_whatever_charset(declared: str, written: str) -> None:
    kind = f"Content-Type: text/plain{f'; charset={declared}' if declared else ''}\r\n".encode()
    raw = HEAD + kind + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + WORDS.encode(written)
    assert reading.read(raw).text == WORDS


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(f"=?gb2312?B?{b64('转账问题', 'gbk')}?=".encode(), id="base64"),
        pytest.param(f"=?utf-8?B?{b64('转账', 'utf-8')}?=\r\n =?utf-8?B?{b64('问题', 'utf-8')}?=".encode(), id="two words"),
        pytest.param(
            b"=?utf-8?B?" + base64.b64encode("转账问题".encode()[:5]) + b"?= =?utf-8?B?" + base64.b64encode("转账问题".encode()[5:]) + b"?=",
            id="a letter cut in two",
        ),
        pytest.param("转账问题".encode("gbk"), id="bare gbk"),
        pytest.param("转账问题".encode(), id="bare utf-8"),
        pytest.param(f"=?utf-8?B?{b64('转账问题', 'utf-8').rstrip('=')}?=".encode(), id="padding lost"),
    ],
)  # fmt: skip
def test_subjects_are_read(subject: bytes) -> None:
    assert reading.read(HEAD + b"Subject: " + subject + b"\r\n\r\nx").subject == "转账问题"


def test_html_alone_is_read_as_words_and_nothing_of_it_is_kept() -> None:
    html = "<head><style>p{}</style><title>t</title></head><p>第一段</p><script>alert(1)</script><div>第二段<br>第三段</div>"
    raw = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()
    assert reading.read(raw).text == "第一段\n第二段\n第三段"


def test_files_have_their_names_whichever_way_they_are_written() -> None:
    def part(how: bytes) -> bytes:
        return (
            b"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
            + how
            + b"\r\n\r\n%PDF-1\r\n"
        )

    raw = HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"".join(
        [
            part(f'filename="=?gb2312?B?{b64("对账单.pdf", "gbk")}?="'.encode()),
            part(b"filename*=utf-8''%E5%AF%B9%E8%B4%A6%E5%8D%95.pdf"),
            part('filename="对账单.pdf"'.encode("gbk")),
            b"--x--\r\n",
        ]
    )  # fmt: skip
    assert [file.name for file in reading.read(raw).files] == ["对账单.pdf"] * 3


def test_two_senders_in_one_header_are_nobody() -> None:
    assert reading.read(b"From: boss@a.cn <thief@b.cn>\r\n\r\nx").sender == ""
    assert reading.read(b'From: "Chen" <Chen@Example.com>\r\n\r\nx').sender == "chen@example.com"


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_nothing_that_arrives_raises(raw: bytes) -> None:
    for data in (
        raw,
        HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + raw,
        HEAD + b"Subject: " + raw,
    ):
        letter = reading.read(data)
        quoting.own_words(letter.text)
        refusing.why(letter, own=(), judge="")
        letter.text.encode("utf-8")
        letter.subject.encode("utf-8")


def test_a_mail_of_a_thousand_parts_inside_each_other_is_read_or_said_to_be_broken() -> None:
    raw = HEAD
    for n in range(1200):
        raw += f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n".encode()
    assert reading.read(raw).broken


QUOTES = [
    "------------------ 原始邮件 ------------------\n发件人: \"麦田\" <service@x.cn>\n主题: 回复",
    "在 2026-11-24 10:00:00，“麦田证券” <service@x.cn> 写道：\n> 您好",
    "On Tue, 24 Nov 2026 at 10:00, Maitian <service@x.cn> wrote:\n> hello",
    "On Tue, 24 Nov 2026 at 10:00, Maitian Securities Branch\n<service@x.cn> wrote:\n> hello",
    "2026年11月24日 10:00，麦田 <service@x.cn> 写道：\n您好",
    "发件人：麦田证券\n发送时间：2026年11月24日 10:00\n收件人：陈建国",
    "From: Maitian\nSent: Tuesday, November 24, 2026\nTo: Chen",
    "________________________________\n发件人: 麦田",
    "—— 请在这条线以上回复 ——\n\n您好，我们查到了",
    "> —— 请在这条线以上回复 ——\n> 您好",
    "-----Original Message-----\nFrom: x",
    "> 一行\n> 两行",
]  # fmt: skip


@pytest.mark.parametrize("quote", QUOTES)
def test_the_quoted_mail_is_cut(quote: str) -> None:
    assert quoting.own_words(f"好的，谢谢。\n\n{quote}") == "好的，谢谢。"


@pytest.mark.parametrize(
    "text",
    [
        "发件人：是我哥哥\n他也想开户",
        "今天 - 明天 - 后天",
        "我在想你们说的费用，怎么算的",
        "> 只有引用的一行",
    ],
)
def test_words_are_not_cut_for_a_guess(text: str) -> None:
    assert quoting.own_words(text) == text


def test_an_answer_without_words_of_its_own_stays_whole() -> None:
    assert "您好" in quoting.own_words("在 2026-11-24 10:00:00，“麦田证券” <service@x.cn> 写道：\n> 您好")


def test_subjects_lose_their_marks_and_keep_their_words() -> None:
    assert quoting.subject("回复：Re: [C-20261124-0031] 转账问题") == "转账问题"
    assert quoting.subject("Re: 回复：转账问题 [C-20261124-0031]") == "转账问题"
    assert quoting.case_number("回复：转账问题 [c-20261124-0031]") == "C-20261124-0031"
    assert quoting.case_number("C-2026") == ""


def read(**headers: str) -> reading.Letter:
    lines = {"From": "chen@example.com", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return reading.read("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode() + b"\r\nx")


@pytest.mark.parametrize(
    ("letter", "reason"),
    [
        (read(), None),
        (read(Auto_Submitted="no"), None),
        (read(Auto_Submitted="auto-replied"), Reason.AUTOMATIC),
        (read(Auto_Submitted="auto-generated; owner-email=x"), Reason.AUTOMATIC),
        (read(X_Autoreply="yes"), Reason.AUTOMATIC),
        (read(Precedence="bulk"), Reason.AUTOMATIC),
        (read(Precedence="list"), Reason.LIST),
        (read(List_Id="<x.example>"), Reason.LIST),
        (read(Return_Path="<>"), Reason.BOUNCE),
        (read(Content_Type="multipart/report; boundary=x"), Reason.BOUNCE),
        (read(From="MAILER-DAEMON@mx.example"), Reason.BOUNCE),
        (read(From="no-reply@shop.example"), Reason.AUTOMATIC),
        (read(From="Service@Maitian.example"), Reason.OWN),
        (read(From="nobody"), Reason.BROKEN),
        (read(Authentication_Results="mx; dmarc=fail header.from=example.com"), Reason.FORGED),
        (read(Authentication_Results="mx; spf=fail; dkim=none"), Reason.FORGED),
        (read(Authentication_Results="mx; spf=fail; dkim=pass; dmarc=pass"), None),
        (read(Authentication_Results="evil; dmarc=fail"), None),
    ],
)
def test_why_a_mail_is_held(letter: reading.Letter, reason: Reason | None) -> None:
    assert refusing.why(letter, own={"service@maitian.example"}, judge="mx") == reason


def test_a_mail_that_went_round_forty_servers_is_a_loop() -> None:
    raw = b"Received: x\r\n" * 41 + b"From: a@b.cn\r\n\r\nx"
    assert refusing.why(reading.read(raw), own=()) == Reason.LOOP
