"""The gateway client against the message centre: parts, refusals, throttling, silence, a broken line."""

from __future__ import annotations

import asyncio
import json
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maitian.outreach import rules
from maitian.outreach.channels import GatewayDown, Outcome, Outgoing
from maitian.outreach.channels.smpp import SmppGateway, segments
from maitian.simulators.smsc import Behaviour, MessageCentre, parse_submit
from maitian.simulators.store import Log, recent
from tests.product import free_ports


class Running:
    def __init__(self, folder: Path, behaviour: Behaviour) -> None:
        self.folder, self.port = folder, free_ports()
        self.centre = MessageCentre(Log(folder / "sms.jsonl"), behaviour)
        self.loop = asyncio.new_event_loop()
        self.task = self.loop.create_task(self.centre.serve("127.0.0.1", self.port))
        threading.Thread(target=self._run, daemon=True).start()
        time.sleep(0.3)

    def _run(self) -> None:
        try:
            self.loop.run_until_complete(self.task)
        except asyncio.CancelledError:
            return

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.task.cancel)

    def texts(self) -> list[dict]:
        time.sleep(0.5)
        return [json.loads(line) for line in (self.folder / "sms.jsonl").read_text().splitlines()]


@pytest.fixture
def centre(tmp_path: Path) -> Iterator:
    made: list[Running] = []

    def start(**behaviour: object) -> Running:
        made.append(Running(tmp_path, Behaviour(**behaviour)))
        return made[-1]

    yield start
    for running in made:
        running.stop()


def gateway(port: int, **more: object) -> SmppGateway:
    return SmppGateway(
        name="test", host="127.0.0.1", port=port, system_id="maitian", password="maitian", **more
    )


def texts(*messages: tuple[int, str, str]) -> list[Outgoing]:
    return [Outgoing(client, phone, words) for client, phone, words in messages]


@pytest.mark.requirement("G6.7")
def test_texts_arrive_whole_and_receipts_come_back(centre) -> None:
    running = centre()
    client = gateway(running.port)
    long = "山西证券(002500)评级由增持调至中性，理由见客户端。" * 5
    found = client.submit(texts(*((n, f"1380000{n:04d}", "短" if n % 2 else long) for n in range(200))))
    assert [h.client_id for h in found] == list(range(200)) and {h.outcome for h in found} == {
        Outcome.ACCEPTED
    }
    kept = {t["to"]: t for t in running.texts()}
    assert len(kept) == 200 and kept["13800000000"]["text"] == long and kept["13800000001"]["text"] == "短"
    assert kept["13800000000"]["parts"] == rules.sms_parts(long) == found[0].parts
    got: list = []
    deadline = time.monotonic() + 5
    while len(got) < 200 and time.monotonic() < deadline:
        got += client.receipts()
        time.sleep(0.05)
    assert {r.reference for r in got} == {h.reference for h in found} and all(r.delivered for r in got)
    assert client.facts()["line"] == "up"
    client.close()


def test_refused_and_throttled(centre) -> None:
    running = centre(refuse_every=5, throttle_every=7, receipts=False)
    found = gateway(running.port).submit(texts(*((n, f"1380000{n:04d}", "短") for n in range(40))))
    assert {h.outcome for h in found} == {Outcome.ACCEPTED, Outcome.REFUSED}
    assert all(h.error for h in found if h.outcome == Outcome.REFUSED)
    assert len(running.texts()) == sum(h.outcome == Outcome.ACCEPTED for h in found)


def test_nobody_there() -> None:
    with pytest.raises(GatewayDown):
        gateway(free_ports()).submit(texts((1, "138", "x")))


def test_the_agreed_rate_is_kept(centre) -> None:
    running = centre(receipts=False)
    client = gateway(running.port, per_second=100)
    started = time.monotonic()
    client.submit(texts(*((n, f"1380000{n:04d}", "短") for n in range(60))))
    assert 0.5 < time.monotonic() - started < 3


def test_malformed_units_do_not_bring_it_down(centre) -> None:
    running = centre()
    for junk in (
        b"\0" * 16,
        struct.pack(">IIII", 17, 4, 0, 1) + b"\0",
        b"\xff" * 40,
        struct.pack(">IIII", 2**31, 4, 0, 1),
    ):
        import socket

        with socket.create_connection(("127.0.0.1", running.port), 2) as line:
            line.sendall(junk)
            line.settimeout(1)
            try:
                line.recv(100)
            except OSError:
                continue
    assert gateway(running.port).submit(texts((1, "13800000001", "还在")))[0].outcome == Outcome.ACCEPTED


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=400))
def test_segments_carry_the_whole_text_in_the_billed_number_of_parts(text: str) -> None:
    parts = segments(text, 7)
    coding = parts[0][1]
    bodies = [data[6:] if esm else data for data, _c, esm in parts]
    assert b"".join(bodies).decode("utf-16-be" if coding == 8 else "ascii") == text
    assert all(len(data) <= (140 if coding == 8 else 160) for data, _c, _e in parts)
    if coding == 8:
        assert len(parts) >= rules.sms_parts(text)


def test_a_cut_off_submit_is_refused() -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_submit(b"\0\0\0" + b"1\0" + b"\0\0" + b"2\0" + b"\0\0\0\0\0\0\0\0\0\xff" + b"ab")


def test_the_reader_takes_the_newest_first(tmp_path: Path) -> None:
    log = Log(tmp_path / "mail.jsonl")
    for n in range(60):
        log.add({"to": f"a{n}", "text": "并购" if n % 2 else "其他"})
    log.flush()
    assert [item["to"] for item in recent(tmp_path, "mail", 2)] == ["a59", "a58"]
    assert len(recent(tmp_path, "mail", 100, "并购")) == 30
    assert (tmp_path / "mail.jsonl").stat().st_mode & 0o077 == 0
