"""The simulators' page: what came in, and what a person orders from them. No whole number ever stands on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import env
from maitian.simulators import orders
from maitian.simulators.run import Simulators
from maitian.simulators.store import Log

pytestmark = pytest.mark.django_db
PHONE, MAILBOX = "13800000077", "chenjg@example.com"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(env, "VAR", tmp_path)
    made = tmp_path / "simulators"
    for kind, to in (("sms", PHONE), ("mail", MAILBOX)):
        log = Log(made / f"{kind}.jsonl")
        log.add(
            {"at": datetime.now(UTC).isoformat(), "to": to, "text": "缴款提醒", "subject": "月报", "id": f"{kind}-1", "parts": 2, "gateway": "backup"}
        )  # fmt: skip
        log.flush()
    return made


@pytest.fixture
def running(folder: Path) -> Simulators:
    """Simulators that look for orders when a test says so."""
    made = Simulators(folder)
    orders.tell(folder, made.state())
    return made


def test_what_came_in_is_shown_without_whole_numbers(sign_in, folder: Path) -> None:
    page = sign_in("checker").get("/simulators/").content.decode()
    assert (
        "缴款提醒" in page
        and "138****0077" in page
        and "ch***@example.com" in page
        and "备用短信网关" in page
    )
    assert PHONE not in page and MAILBOX not in page
    assert "模拟器没有在运行" in page and "客户…" not in page
    assert sign_in("editor").post("/simulators/reply/", {"id": "sms-1", "text": "TD"}).status_code == 409


def test_a_client_answers_a_number_ends_and_a_line_breaks(sign_in, folder: Path, running: Simulators) -> None:
    waiting = orders.Orders(folder)
    browser = sign_in("editor")
    assert PHONE not in browser.get("/simulators/").content.decode()
    said: list[tuple[str, str]] = []
    running.centres["backup"].say = lambda phone, text: said.append((phone, text))  # type: ignore[method-assign]
    browser.post("/simulators/reply/", {"id": "sms-1", "text": " TD "})
    browser.post("/simulators/address/", {"kind": "sms", "id": "sms-1", "gone": "1"})
    browser.post("/simulators/address/", {"kind": "mail", "id": "mail-1", "gone": "1"})
    browser.post("/simulators/line/", {"gateway": "simulator", "mode": "down"})
    for order in waiting.fresh():
        running.follow(order)
    assert said == [(PHONE, "TD")] and running.gone == {PHONE, MAILBOX}
    assert running.centres["simulator"].behaviour.mode == "down"
    orders.tell(folder, running.state())
    page = browser.get("/simulators/").content.decode()
    assert "号码又能用" in page and "邮箱又能用" in page and "断开" in page
    browser.post("/simulators/address/", {"kind": "sms", "id": "sms-1", "gone": "0"})
    for order in waiting.fresh():
        running.follow(order)
    assert running.gone == {MAILBOX}


@pytest.mark.parametrize(
    ("path", "given", "status"),
    [
        ("reply", {"id": "sms-1", "text": "  "}, 422),
        ("reply", {"id": "nothing", "text": "TD"}, 404),
        ("reply", {"id": "", "text": "TD"}, 404),
        ("address", {"kind": "fax", "id": "sms-1"}, 404),
        ("line", {"gateway": "elsewhere", "mode": "down"}, 404),
        ("line", {"gateway": "sink", "mode": "burning"}, 404),
    ],
)
def test_orders_that_make_no_sense_are_refused(sign_in, running, path: str, given: dict, status: int) -> None:
    assert sign_in("editor").post(f"/simulators/{path}/", given).status_code == status
    assert sign_in("checker").post(f"/simulators/{path}/", given).status_code == 403  # may look, not order


def test_where_real_gateways_are_configured_there_is_no_such_page(sign_in, running, settings) -> None:
    settings.SIMULATED = False
    assert sign_in("editor").get("/simulators/").status_code == 404
    assert sign_in("editor").post("/simulators/line/", {"gateway": "sink", "mode": "down"}).status_code == 404


def test_broken_order_files_stop_nothing(folder: Path) -> None:
    made = Simulators(folder)
    waiting = orders.Orders(folder)
    with (folder / "orders.jsonl").open("a") as file:
        file.write('not json\n[1]\n{"do": "mode", "gateway": "sink", "mode": "slow"}\n{"do": "reply", "gatew')
    for order in waiting.fresh():
        made.follow(order)
    assert made.sink.mode == "slow" and waiting.fresh() == []
    (folder / "state.json").write_text("{")
    assert orders.state(folder) is None
    orders.tell(folder, made.state())
    found = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**found, "at": found["at"] - 60}))
    assert orders.state(folder) is None  # a process that has died says nothing
