"""SMS by HTTP: our client against a cloud that checks everything by itself, and that cloud against the clouds' own software."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.outreach.channels import GatewayDown, Inbound, Outcome, Outgoing, Receipt, Unreadable
from maitian.outreach.channels.cloud import CloudGateway, signing
from maitian.outreach.channels.cloud.codes import Verdict, classed, own_codes
from maitian.outreach.channels.cloud.dialects import DIALECTS, Account, Unclear
from maitian.outreach.channels.cloud.dialects.aliyun import reference
from maitian.outreach.channels.cloud.line import address
from maitian.outreach.channels.cloud.wording import Template, Wording
from maitian.outreach.channels.pool import Pool
from maitian.outreach.channels.smpp import SmppGateway
from maitian.simulators.cloud import Account as Registered
from maitian.simulators.cloud import Cloud, Conduct
from maitian.simulators.store import Log
from tests.centre import Centre, until

TEMPLATES = {
    "SMS_1": "${name}您好，${stock}今日${what}，详见客户端。",
    "7": "{1}您好，{2}今日{3}，详见客户端。",
}
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
DIALECT_NAMES = ["plain", "aliyun", "tencent"]


class Running:
    """The simulated cloud in a thread with a loop of its own."""

    def __init__(self, folder, port: int = 0, **conduct: Any) -> None:
        self.folder = folder
        self.cloud = Cloud(
            Log(folder / "sms.jsonl"), account=Registered(templates=dict(TEMPLATES)), conduct=Conduct(**{"receipt_after": 0, **conduct})
        )  # fmt: skip
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(self.cloud.start("127.0.0.1", port))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def texts(self) -> list[dict]:
        path = self.folder / "sms.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def do(self, what: Callable[..., Any], *arguments: Any) -> None:
        self.loop.call_soon_threadsafe(what, *arguments)

    def stop(self) -> None:
        if self.thread.is_alive():
            self.do(self.server.close)
            asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(5)
            self.do(self.loop.stop)
            self.thread.join(5)
            self.loop.close()

    @staticmethod
    async def _end() -> None:
        """Its lines are cut."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture
def made() -> Iterator[list]:
    started: list = []
    yield started
    for item in reversed(started):
        item.close() if hasattr(item, "close") else item.stop()


@pytest.fixture
def cloud(tmp_path, made):
    def start(port: int = 0, **conduct: Any) -> Running:
        made.append(Running(tmp_path, port, **conduct))
        return made[-1]

    return start


@pytest.fixture
def gateway(made):
    def connect(port: int, dialect: str = "plain", **more: Any) -> CloudGateway:
        templates = [
            {"id": number, "text": text}
            for number, text in TEMPLATES.items()
            if (number == "7") == (dialect == "tencent")
        ]
        given = {
            "templates": templates,
            "answer_within": 1.0,
            "pull_every": 0.05,
            "sign": "麦田证券",
            "app": "1400",
        } | more
        made.append(
            CloudGateway(name="cloud", url=f"http://127.0.0.1:{port}", key_id="maitian", secret="maitian", dialect=dialect, **given)
        )  # fmt: skip
        return made[-1]

    return connect


def messages(count: int, what: str = "停牌") -> list[Outgoing]:
    return [
        Outgoing(n, f"1380000{n:04d}", f"【麦田证券】客户{n}您好，山西证券今日{what}，详见客户端。")
        for n in range(count)
    ]


def outcomes(found) -> dict[int, Outcome]:
    return {answer.client_id: answer.outcome for answer in found}


def drained(client: CloudGateway, until_there: int) -> list[Any]:
    got: list[Any] = []

    def more() -> bool:
        got.extend(client.receipts())
        got.extend(client.inbound())
        got.extend(client.unreadable())
        client.stored()
        return len(got) >= until_there

    until(more)
    return got


# --- everything as it should be -----------------------------------------------------------------------------


@pytest.mark.requirement("G6.7")
@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_texts_arrive_word_for_word_and_each_has_its_receipt(cloud, gateway, dialect: str) -> None:
    running = cloud(gone={"13800000002"})
    client = gateway(running.port, dialect)
    found = client.submit(messages(150))
    assert outcomes(found) == dict.fromkeys(range(150), Outcome.ACCEPTED)
    assert len({answer.reference for answer in found}) == 150 and all(
        answer.gateway == "cloud" for answer in found
    )
    assert {t["to"]: t["text"] for t in running.texts()} == {m.to: m.text for m in messages(150)}
    wanted = {answer.reference: answer.client_id != 2 for answer in found}
    if dialect == "aliyun":  # it pushes, and cannot be asked
        body = json.dumps([pushed_by_aliyun(item) for item in running.cloud.reports.values()]).encode()
        got = client.speaks.pushed(body, client.account, NOW)
    else:
        client.open()
        got = drained(client, 150)
    assert {r.reference: r.delivered for r in got} == wanted
    assert [r.to for r in got if r.permanent] == ["13800000002"] and all(r.whole for r in got)
    assert client.facts()["line"] == "up" and client.facts()["last_error"] == ""


def pushed_by_aliyun(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "phone_number": item["to"], "biz_id": item["id"], "success": not item["gone"], "err_code": "MK:0001" if item["gone"] else "DELIVERED",
        "send_time": "2026-11-24 10:00:00", "report_time": "2026-11-24 10:00:01", "err_msg": "", "sms_size": "1", "out_id": "",
    }  # fmt: skip


def test_a_text_from_a_phone_and_a_receipt_come_until_they_are_stored(cloud, gateway) -> None:
    running = cloud()
    client = gateway(running.port)
    [answer] = client.submit(messages(1))
    running.do(running.cloud.say, "13800000000", "TD")
    client.open()
    until(lambda: len(running.cloud.reports) == 2)
    until(client.bell.is_set)
    first = [*client.receipts(), *client.inbound()]
    client.close()  # the worker died before it had stored them
    again = gateway(running.port)
    again.open()
    got = drained(again, 2)
    assert {type(item) for item in got} == {Receipt, Inbound} and {i.reference for i in first} <= {
        i.reference for i in got
    }
    assert [(i.sender, i.text) for i in got if isinstance(i, Inbound)] == [("13800000000", "TD")]
    until(lambda: not running.cloud.reports)  # asked with the cursor of what was stored
    assert answer.reference in {i.reference for i in got}


def test_the_cloud_keeps_what_it_accepted_over_its_own_death(cloud, gateway) -> None:
    running = cloud(receipt_after=60)
    client = gateway(running.port)
    found = client.submit(messages(5))
    running.stop()
    cloud(port=running.port)
    client.open()
    assert {r.reference for r in drained(client, 5)} == {answer.reference for answer in found}


def test_the_agreed_rate_is_kept(cloud, gateway) -> None:
    client = gateway(cloud().port, per_second=100, together=10)
    started = time.monotonic()
    client.submit(messages(60))
    assert 0.45 < time.monotonic() - started < 4


def test_two_clients_with_one_phone_each_get_their_answer(cloud, gateway) -> None:
    running = cloud()
    client = gateway(running.port)
    found = client.submit([m._replace(to="13800000000") for m in messages(4)])
    assert (
        outcomes(found) == dict.fromkeys(range(4), Outcome.ACCEPTED)
        and len({a.reference for a in found}) == 4
    )
    assert len(running.texts()) == 4 == running.cloud.requests


# --- what a refusal means -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_one_bad_number_spoils_nobody_elses_text(cloud, gateway, dialect: str) -> None:
    gone = {
        "plain": "NO_SUCH_NUMBER",
        "aliyun": "isv.MOBILE_NUMBER_ILLEGAL",
        "tencent": "InvalidParameterValue.IncorrectPhoneNumber",
    }
    running = cloud(codes={"13800000017": gone[dialect]})
    found = gateway(running.port, dialect).submit(messages(40))
    by = outcomes(found)
    assert by.pop(17) == Outcome.REFUSED and set(by.values()) == {Outcome.ACCEPTED}
    assert [a.client_id for a in found if a.gone] == [17]
    assert len({t["to"] for t in running.texts()}) == len(running.texts()) == 39  # halved, never doubled


@pytest.mark.parametrize(
    ("dialect", "code", "outcome"),
    [
        ("aliyun", "isv.BUSINESS_LIMIT_CONTROL", Outcome.ELSEWHERE),
        ("aliyun", "isv.BLACK_KEY_CONTROL_LIMIT", Outcome.REFUSED),
        ("tencent", "LimitExceeded.PhoneNumberDailyLimit", Outcome.ELSEWHERE),
        ("tencent", "FailedOperation.ContainSensitiveWord", Outcome.REFUSED),
        ("tencent", "InternalError.Timeout", Outcome.DOUBT),
        ("plain", "LIMIT", Outcome.ELSEWHERE),
        ("plain", "UNKNOWN", Outcome.DOUBT),
        ("plain", "NEVER_HEARD_OF", Outcome.REFUSED),
    ],
)
def test_a_code_says_whether_another_gateway_may_take_the_text(
    cloud, gateway, dialect: str, code: str, outcome: Outcome
) -> None:
    found = gateway(cloud(codes={"13800000003": code}).port, dialect).submit(messages(6))
    assert outcomes(found) == dict.fromkeys([0, 1, 2, 4, 5], Outcome.ACCEPTED) | {3: outcome}
    assert next(a.error for a in found if a.client_id == 3) == code


@pytest.mark.parametrize(
    ("dialect", "code"),
    [
        ("plain", "BALANCE"),
        ("aliyun", "isv.AMOUNT_NOT_ENOUGH"),
        ("aliyun", "isv.DAY_LIMIT_CONTROL"),
        ("tencent", "UnauthorizedOperation.X"),
    ],
)
def test_an_account_that_may_not_send_is_a_line_that_is_down(cloud, gateway, dialect: str, code: str) -> None:
    running = cloud(whole=code)
    client = gateway(running.port, dialect)
    with pytest.raises(GatewayDown, match=code.replace(".", r"\.")):
        client.submit(messages(5))
    assert client.facts()["line"] == "down" and client.facts()["last_error"] == code and running.texts() == []


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
@pytest.mark.parametrize("skew", [-3600, 3600])
def test_a_clock_that_is_off_is_said_and_nothing_is_in_doubt(cloud, gateway, dialect: str, skew: int) -> None:
    running = cloud(skew=skew)
    with pytest.raises(GatewayDown, match=r"CLOCK|InvalidTimeStamp|SignatureExpire"):
        gateway(running.port, dialect).submit(messages(3))
    assert running.texts() == []


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_a_wrong_secret_is_a_line_that_is_down(cloud, gateway, dialect: str, made) -> None:
    running = cloud()
    client = gateway(running.port, dialect)
    client.account = Account("cloud", "maitian", "wrong", "麦田证券", f"127.0.0.1:{running.port}", app="1400")
    with pytest.raises(GatewayDown, match=r"(?i)signature"):
        client.submit(messages(3))
    assert running.texts() == []


def test_a_text_that_is_no_registered_template_goes_elsewhere_before_it_is_asked_about(
    cloud, gateway
) -> None:
    running = cloud()
    found = gateway(running.port, "aliyun").submit(
        [*messages(2), Outgoing(9, "13800000009", "【麦田证券】什么都不是")]
    )
    assert outcomes(found) == {0: Outcome.ACCEPTED, 1: Outcome.ACCEPTED, 9: Outcome.ELSEWHERE}
    assert next(a.error for a in found if a.client_id == 9) == "no template" and len(running.texts()) == 2


def test_codes_are_classed_by_their_longest_known_beginning_and_by_the_settings() -> None:
    table = {"A": Verdict.DOWN, "A.b": Verdict.GONE} | own_codes({"A.c": "elsewhere"})
    assert [classed(code, table) for code in ("A", "A.b", "A.b.x", "A.c", "A.z", "B")] == [
        Verdict.DOWN, Verdict.GONE, Verdict.GONE, Verdict.ELSEWHERE, Verdict.DOWN, None,
    ]  # fmt: skip
    with pytest.raises(ValueError):
        own_codes({"A": "perhaps"})


def test_a_busy_cloud_is_asked_again_and_then_left(cloud, gateway, monkeypatch) -> None:
    monkeypatch.setattr("maitian.outreach.channels.cloud.gateway.BUSY_PAUSES", (0.01, 0.01))
    running = cloud(status=429)
    client = gateway(running.port)
    assert (
        set(outcomes(client.submit(messages(1))).values()) == {Outcome.ELSEWHERE}
        and running.cloud.requests == 3
    )
    running.cloud.conduct.status = 0
    assert (
        set(outcomes(client.submit(messages(20))).values()) == {Outcome.ACCEPTED}
        and client.facts()["line"] == "slow"
    )


# --- lines that break ---------------------------------------------------------------------------------------


def test_a_cloud_that_takes_texts_and_never_answers_gets_one_and_the_other_gateway_the_rest(
    cloud, gateway, tmp_path, made
) -> None:
    silent = cloud(mode="silent")
    folder = tmp_path / "smpp"
    folder.mkdir()
    made.append(Centre(folder, receipts=False))
    other = made[-1]
    made.append(
        SmppGateway(name="smpp", host="127.0.0.1", port=other.port, system_id="maitian", password="maitian")
    )
    second = made[-1]
    pool = Pool([gateway(silent.port, answer_within=0.4), second])
    found = pool.submit(messages(40))
    assert [a.outcome for a in found].count(Outcome.DOUBT) == 1 == len(silent.texts())
    assert sum(a.gateway == "smpp" and a.outcome == Outcome.ACCEPTED for a in found) == 39
    again = pool.submit([m._replace(client_id=m.client_id + 100) for m in messages(40)])
    assert {a.gateway for a in again} == {"smpp"}  # left alone for a while, so that no more fall into doubt
    assert pool.states()[0]["line"] == "down" and "no answer" in pool.states()[0]["last_error"]
    until(lambda: len(other.texts()) == 79)
    both = [t["to"] for t in silent.texts()] + [t["to"] for t in other.texts()][:39]
    assert len(both) == len(set(both)) == 40  # no text over both


@pytest.mark.parametrize("first", ["smpp", "cloud"])
def test_smpp_and_cloud_stand_in_for_each_other(cloud, gateway, tmp_path, made, first: str) -> None:
    running = cloud(codes={"13800000003": "LIMIT", "13800000004": "REFUSED"})
    folder = tmp_path / "smpp"
    folder.mkdir()
    made.append(Centre(folder, fail_every=7, receipts=False))
    centre = made[-1]
    made.append(
        SmppGateway(
            name="smpp", host="127.0.0.1", port=centre.port, system_id="maitian", password="maitian", window=1
        )
    )
    lines = [made[-1], gateway(running.port)]
    pool = Pool(lines if first == "smpp" else lines[::-1])
    found = {a.client_id: a for a in pool.submit(messages(20))}
    until(
        lambda: (
            len(running.texts()) + len(centre.texts())
            == sum(a.outcome == Outcome.ACCEPTED for a in found.values())
        )
    )
    if first == "cloud":
        assert found[3].gateway == "smpp" and found[3].outcome == Outcome.ACCEPTED
        assert found[4].outcome == Outcome.REFUSED and found[4].gateway == "cloud"  # nobody will take it
    else:
        assert {found[n].gateway for n in (6, 13)} == {"cloud"} and found[0].gateway == "smpp"
    got = [t["to"] for t in running.texts() + centre.texts()]
    assert len(got) == len(set(got)) == 20 - (first == "cloud")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}", Outcome.DOUBT),
        (b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n<html></h", Outcome.DOUBT),
        (b"HTTP/1.1 200 X\r\nContent-Length: 400\r\n\r\n{\"code\":", Outcome.DOUBT),
        (b"HTTP/1.1 200 X\r\nContent-Length: 29\r\n\r\n" + b'{"code": "OK", "results": []}', Outcome.DOUBT),
        (b"nonsense\r\n\r\n", Outcome.DOUBT),
        (b"", Outcome.DOUBT),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_leaves_the_text_in_doubt(gateway, answer: bytes, outcome: Outcome) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                line, _address = server.accept()
                line.recv(65536)
                line.sendall(answer)
                line.close()

        threading.Thread(target=serve, daemon=True).start()
        found = gateway(server.getsockname()[1]).submit(messages(1))
    assert [a.outcome for a in found] == [outcome] and found[0].error


def test_a_redirect_or_a_page_that_is_not_there_is_a_line_that_is_down(cloud, gateway) -> None:
    running = cloud(status=302)
    with pytest.raises(GatewayDown, match="http 302"):
        gateway(running.port).submit(messages(2))


def test_nobody_there_and_there_again(cloud, gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    client = gateway(port)
    with pytest.raises(GatewayDown):
        client.submit(messages(2))
    cloud(port=port)
    assert set(outcomes(client.submit(messages(2))).values()) == {Outcome.ACCEPTED}


def test_an_idle_connection_that_the_cloud_has_closed_costs_no_text(cloud, gateway) -> None:
    running = cloud()
    client = gateway(running.port)
    client.submit(messages(1))
    running.do(lambda: [line.close() for line in list(running.cloud._lines)])
    until(lambda: not running.cloud._lines)
    assert set(outcomes(client.submit(messages(3))).values()) == {Outcome.ACCEPTED}
    assert client.facts()["reconnects"] == 1


# --- words and templates ------------------------------------------------------------------------------------


def test_a_finished_text_is_read_back_into_its_template() -> None:
    found = Wording([{"id": "SMS_1", "text": TEMPLATES["SMS_1"]}], free=False).read(
        "【麦田证券】张三您好，浦发银行今日复牌，详见客户端。", "t:1"
    )
    assert found is not None and found.template == "SMS_1"
    assert found.values == (("name", "张三"), ("stock", "浦发银行"), ("what", "复牌"))
    with pytest.raises(ValueError, match="side by side"):
        Template("1", "${a}${b}")
    assert (
        Template("1", "{1}和{1}").read("甲和乙") is None
        and Template("1", "{1}和{1}").read("甲和甲") is not None
    )


words = st.text(st.sampled_from("甲乙，。1a"), min_size=1, max_size=6)


@given(st.lists(words, min_size=1, max_size=5), st.lists(words, min_size=6, max_size=6))
def test_any_text_made_of_a_template_is_of_it_and_its_values_make_it(
    values: list[str], fixed: list[str]
) -> None:
    template = fixed[0] + "".join(f"${{v{n}}}{fixed[n + 1]}" for n in range(len(values)))
    text = fixed[0] + "".join(value + fixed[n + 1] for n, value in enumerate(values))
    found = Template("T", template).read(text)
    assert found is not None
    again = template
    for name, value in found.values:
        again = again.replace(f"${{{name}}}", value, 1)
    assert again == text


def test_a_text_that_nearly_fits_is_read_in_one_pass() -> None:
    many = Template("T", "，".join(f"${{v{n}}}" for n in range(12)) + "。")
    started = time.monotonic()
    assert many.read("甲，" * 20_000) is None and time.monotonic() - started < 1


@given(st.binary(max_size=200))
def test_no_octets_raise_anything_but_unclear(data: bytes) -> None:
    account = Account("cloud", "k", "s", "x", "h")
    for dialect in DIALECTS.values():
        for read in (
            lambda d=dialect: d.answers(data, account, []),
            lambda d=dialect: d.pushed(data, account, NOW),
            lambda d=dialect: d.pulled(data, account, NOW),
        ):
            with contextlib.suppress(Unclear):
                read()


@pytest.mark.parametrize("dialect", DIALECT_NAMES)
def test_a_row_of_a_push_that_means_nothing_is_kept_beside_those_that_do(dialect: str) -> None:
    account = Account("cloud", "k", "s", "x", "h", gone=frozenset())
    body = {
        "plain": {
            "receipts": [{"id": "1", "to": "138", "status": "delivered"}, {"id": "2"}],
            "texts": [{"text": 3}],
        },
        "aliyun": [
            pushed_by_aliyun({"to": "13800000001", "id": "5", "gone": False}),
            {"phone_number": "1"},
            {},
        ],
        "tencent": [
            {"sid": "1", "mobile": "138", "report_status": "SUCCESS", "errmsg": "DELIVRD"},
            {"sid": "2"},
            {"report_status": "FAIL"},
        ],
    }[dialect]
    found = DIALECTS[dialect].pushed(json.dumps(body).encode(), account, NOW)
    assert [type(item) for item in found] == [Receipt, Unreadable, Unreadable]


def test_addresses_are_whole_or_refused() -> None:
    assert (
        address("https://sms.example.cn/v1/").named == "sms.example.cn"
        and address("http://h:81").named == "h:81"
    )
    for wrong in ("sms.example.cn", "ftp://h", "https://a@h", "https://h?x=1"):
        with pytest.raises(ValueError):
            address(wrong)


def test_the_reference_of_a_shared_number_fits_and_names_no_phone() -> None:
    made = reference("9006195456281^0" * 5, "13800000001")
    assert (
        len(made) <= 64
        and "13800000001" not in made
        and made == reference("9006195456281^0" * 5, "+8613800000001")
    )


# --- other people's software --------------------------------------------------------------------------------


def test_tencents_own_client_is_served_by_our_cloud(cloud) -> None:
    from tencentcloud.common import credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile
    from tencentcloud.sms.v20210111 import models, sms_client

    running = cloud()
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=f"127.0.0.1:{running.port}"))
    client = sms_client.SmsClient(credential.Credential("maitian", "maitian"), "ap-guangzhou", profile)
    asked = models.SendSmsRequest()
    asked.PhoneNumberSet, asked.SmsSdkAppId, asked.SignName = ["+8613800000001"], "1400", "麦田证券"
    asked.TemplateId, asked.TemplateParamSet = "7", ["张三", "浦发银行", "复牌"]
    answer = client.SendSms(asked)
    assert answer.SendStatusSet[0].Code == "Ok" and answer.SendStatusSet[0].SerialNo
    assert running.texts()[0]["text"] == "【麦田证券】张三您好，浦发银行今日复牌，详见客户端。"
    pull = models.PullSmsSendStatusRequest()
    pull.SmsSdkAppId, pull.Limit = "1400", 100
    until(lambda: running.cloud.reports)
    [status] = client.PullSmsSendStatus(pull).PullSmsSendStatusSet
    assert status.SerialNo == answer.SendStatusSet[0].SerialNo and status.ReportStatus == "SUCCESS"


@pytest.mark.parametrize(
    ("key", "secret", "query", "sent", "body", "signature"),
    [
        (  # the worked example of Alibaba Cloud's documentation of the signature, version 3
            "YourAccessKeyId", "YourAccessKeySecret",
            "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
            {"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-date": "2023-10-26T10:22:32Z",
             "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d", "x-acs-version": "2014-05-26"},
            b"", "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        ),
        (  # what its library alibabacloud-openapi-util 0.2.4 makes of a form
            "key", "secret", "",
            {"host": "d", "content-type": "application/x-www-form-urlencoded", "x-acs-action": "SendBatchSms",
             "x-acs-version": "2017-05-25", "x-acs-date": "2026-11-24T02:00:00Z", "x-acs-signature-nonce": "n1"},
            b"PhoneNumberJson=%5B%22138%22%5D", "44076eab184b37257ce420eb2ac122a4540bbdade3d08a912f0d3131dd3fd9b9",
        ),
    ],
)  # fmt: skip
def test_we_sign_as_alibaba_does(
    key: str, secret: str, query: str, sent: dict, body: bytes, signature: str
) -> None:
    headers = sent | {"x-acs-content-sha256": signing.digest(body)}
    assert signing.acs3(secret, key, "/", headers, body, query).endswith(f"Signature={signature}")
