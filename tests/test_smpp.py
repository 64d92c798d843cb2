"""The SMPP client against our message centre, against a third party's, and against one that does everything wrong."""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import smpp34
import smpplib.client
import smpplib.gsm
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.outreach import rules, sms
from maitian.outreach.channels import GatewayDown, Inbound, Outcome, Outgoing, Receipt, Unreadable
from maitian.outreach.channels.pool import Pool
from maitian.outreach.channels.smpp import SmppGateway, wire
from maitian.outreach.channels.smpp.reports import Ids, Reading
from maitian.outreach.channels.smpp.statuses import TABLE, ErrorClass, classed, own_codes
from maitian.simulators import smsc
from tests.centre import Centre, Puppet, say, until

LONG = "山西证券(002500)评级由增持调至中性，理由见客户端。" * 5
NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


@pytest.fixture
def made() -> Iterator[list]:
    """What a test started; everything is ended afterwards, gateways first."""
    started: list = []
    yield started
    for item in started:
        if isinstance(item, Puppet):
            item.parting = True
    for item in reversed(started):
        item.close() if hasattr(item, "close") else item.stop()


@pytest.fixture
def centre(tmp_path, made):
    def start(port: int = 0, name: str = "a", **behaviour: object) -> Centre:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        made.append(Centre(folder, port, **behaviour))
        return made[-1]

    return start


@pytest.fixture
def gateway(made):
    def connect(port: int, name: str = "test", **more: object) -> SmppGateway:
        made.append(
            SmppGateway(
                name=name, host="127.0.0.1", port=port, system_id="maitian", password="maitian", **more
            )
        )
        return made[-1]

    return connect


@pytest.fixture
def puppet(made):
    def start(act, binds: bool = True) -> Puppet:
        made.append(Puppet(act, binds))
        return made[-1]

    return start


def messages(count: int, words: str = "短") -> list[Outgoing]:
    return [Outgoing(n, f"1380000{n:04d}", words) for n in range(count)]


def outcomes(found) -> dict[int, Outcome]:
    return {answer.client_id: answer.outcome for answer in found}


# --- everything as it should be -------------------------------------------------------------------------


@pytest.mark.requirement("G6.7")
def test_texts_arrive_whole_and_receipts_come_back(centre, gateway) -> None:
    running = centre()
    client = gateway(running.port)
    found = client.submit([Outgoing(n, f"1380000{n:04d}", "短" if n % 2 else LONG) for n in range(200)])
    assert outcomes(found) == dict.fromkeys(range(200), Outcome.ACCEPTED)
    kept = {t["to"]: t for t in until(lambda: len(running.texts()) == 200 and running.texts())}
    assert kept["13800000000"]["text"] == LONG and kept["13800000001"]["text"] == "短"
    parts = rules.sms_parts(LONG)
    long = next(answer for answer in found if answer.client_id == 0)
    assert kept["13800000000"]["parts"] == parts == long.parts == len(long.references) > 1
    assert long.reference == f"{long.references[0]}+{parts - 1}"  # one part's receipt cannot settle the whole
    got: list[Receipt] = []
    until(lambda: got.extend(client.receipts()) or client.stored() or len(got) == 100 + 100 * parts)
    wanted = {answer.reference for answer in found if answer.client_id % 2} | {
        number for answer in found for number in answer.references
    }
    assert {r.reference for r in got} == wanted and all(r.delivered and not r.whole for r in got)
    assert client.facts() == {"line": "up", "reconnects": 0, "last_error": ""}


def test_a_receipt_is_acknowledged_when_it_is_stored_and_comes_again_when_it_was_not(centre, gateway) -> None:
    running = centre(receipt_after=0)
    first = gateway(running.port)
    assert outcomes(first.submit(messages(3))) == dict.fromkeys(range(3), Outcome.ACCEPTED)
    got: list[Receipt] = []
    until(lambda: got.extend(first.receipts()) or len(got) == 3)
    first.close()  # the worker died before it had stored them
    second = gateway(running.port)
    second.open()
    again: list[Receipt] = []
    until(lambda: again.extend(second.receipts()) or len(again) == 3)
    assert {r.reference for r in again} == {r.reference for r in got}
    second.stored()
    until(lambda: not any(bound.reports for bound in running.centre._sessions.values()))
    assert not running.centre._waiting
    running.centre.journal.flush()
    assert not smsc.Journal(running.folder / "sms.journal").open


def test_the_centre_keeps_what_it_accepted_over_its_own_death(centre, gateway) -> None:
    running = centre(receipt_after=60)
    client = gateway(running.port)
    found = client.submit(messages(5))
    running.stop()
    again = centre(port=running.port)
    got: list[Receipt] = []
    until(lambda: got.extend(client.receipts()) or len(got) == 5)
    assert {r.reference for r in got} == {answer.reference for answer in found}
    assert again.port == running.port and client.facts()["reconnects"] >= 1


@pytest.mark.parametrize("words", ["请问怎么退订？", "长" * 200, "a" * 70 + "😀" * 40])
def test_a_text_from_a_phone_comes_whole_or_in_parts(centre, gateway, words: str) -> None:
    running = centre()
    client = gateway(running.port)
    client.submit(messages(1))
    running.do(running.centre.say, "+8613800000000", words)
    parts = max(1, len(words.encode("utf-16-be")) // 134 + 1) if len(words.encode("utf-16-be")) > 140 else 1
    got: list[Inbound] = []
    until(lambda: got.extend(client.inbound()) or len(got) == parts)
    joined = b"".join(item.octets for item in sorted(got, key=lambda item: item.chain or (0, 0, 0)))
    assert sms.decoded(joined, got[0].coding) == words
    assert all((item.chain is None) == (parts == 1) for item in got)


@pytest.mark.parametrize(
    ("hexadecimal", "tlv", "ids"),
    [(False, True, "same"), (True, False, "answer_hex"), (True, True, "answer_hex")],
)
def test_receipts_in_the_usual_forms(centre, gateway, hexadecimal: bool, tlv: bool, ids: str) -> None:
    running = centre(hex_ids=hexadecimal, tlv_receipts=tlv, gone={"13800000001"})
    client = gateway(running.port, ids=ids)
    references = {a.client_id: a.reference for a in client.submit(messages(2))}
    got: list[Receipt] = []
    until(lambda: got.extend(client.receipts()) or len(got) == 2)
    assert {r.reference: r.delivered for r in got} == {references[0]: True, references[1]: False}


def test_the_agreed_rate_is_kept(centre, gateway) -> None:
    running = centre(receipts=False)
    client = gateway(running.port, per_second=100)
    started = time.monotonic()
    client.submit(messages(60))
    assert 0.45 < time.monotonic() - started < 3


def test_the_window_is_kept(puppet, gateway) -> None:
    waiting: list[int] = []
    most = 0

    def act(line: socket.socket, command: int, sequence: int, _body: bytes) -> None:
        nonlocal most
        if command == wire.SUBMIT:
            waiting.append(sequence)
            most = max(most, len(waiting))
            line.settimeout(0.05)
            try:
                more = line.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                more = b""
            line.settimeout(None)
            if not more:
                for number in waiting:
                    say(line, 0x80000004, 0, number, str(number).encode() + b"\0")
                waiting.clear()

    server = puppet(act)
    found = gateway(server.port, window=7).submit(messages(60))
    assert outcomes(found) == dict.fromkeys(range(60), Outcome.ACCEPTED) and most == 7


# --- refusals, by table ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "name", "kind"), [(code, *entry) for code, entry in TABLE.items()])
def test_each_status_has_its_class(status: int, name: str, kind: ErrorClass) -> None:
    assert classed(status, {}) == (name, kind)


def test_unknown_statuses_are_final_unless_the_settings_say_otherwise() -> None:
    assert classed(0x401, {}) == ("0x401", ErrorClass.REFUSED)
    assert classed(0x401, own_codes({"0x401": "elsewhere"}))[1] == ErrorClass.ELSEWHERE
    with pytest.raises(ValueError):
        own_codes({"0x401": "perhaps"})


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x0B, Outcome.REFUSED),
        (0x01, Outcome.REFUSED),
        (0x08, Outcome.ELSEWHERE),
        (0x45, Outcome.ELSEWHERE),
        (0x0A, Outcome.ELSEWHERE),
        (0x433, Outcome.REFUSED),
    ],
)
def test_what_a_refusal_means_for_the_message(puppet, gateway, status: int, outcome: Outcome) -> None:
    server = puppet(lambda line, command, sequence, _b: say(line, 0x80000004, status, sequence, b"\0"))
    found = gateway(server.port).submit(messages(3))
    assert outcomes(found) == dict.fromkeys(range(3), outcome) and all(a.error for a in found)


def test_a_busy_gateway_is_asked_again(centre, gateway) -> None:
    running = centre(refuse_every=5, throttle_every=7, receipts=False)
    client = gateway(running.port)
    found = client.submit(messages(40))
    assert set(outcomes(found).values()) == {Outcome.ACCEPTED, Outcome.REFUSED} and len(found) == 40
    assert client.facts()["line"] == "slow"
    assert running.centre.messages == sum(a.outcome == Outcome.ACCEPTED for a in found)


def test_a_refused_unit_that_is_not_understood_counts_for_its_message(puppet, gateway) -> None:
    server = puppet(lambda line, command, sequence, _b: say(line, 0x80000000, 0x3, sequence))
    assert set(outcomes(gateway(server.port).submit(messages(3))).values()) == {Outcome.ELSEWHERE}


def test_a_number_that_is_none_is_refused_by_ourselves(centre, gateway) -> None:
    client = gateway(centre().port)
    found = client.submit([Outgoing(1, "１３８", "x"), Outgoing(2, "", "x"), Outgoing(3, "13800000003", "x")])
    assert outcomes(found) == {1: Outcome.REFUSED, 2: Outcome.REFUSED, 3: Outcome.ACCEPTED}


# --- lines that break -----------------------------------------------------------------------------------


def test_nobody_there(gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(GatewayDown):
        gateway(port).submit(messages(1))


def test_a_wrong_password_is_said(puppet, gateway) -> None:
    server = puppet(lambda *_: None, binds=False)
    client = gateway(server.port, connect_within=2)
    threading.Thread(
        target=lambda: say(until(lambda: server.binds and server.lines[0]), 0x80000009, 0xE, 1, b"\0"), daemon=True
    ).start()  # fmt: skip
    with pytest.raises(GatewayDown, match="RINVPASWD"):
        client.submit(messages(1))


def test_a_session_cut_in_a_batch_loses_and_doubles_nothing(centre, gateway) -> None:
    running = centre(drop_every=30, receipts=False)
    client = gateway(running.port, window=20)
    open_ones, seen = {m.client_id: m for m in messages(150)}, {}
    deadline = time.monotonic() + 20
    while open_ones and time.monotonic() < deadline:
        try:
            found = client.submit(list(open_ones.values()))
        except GatewayDown:
            time.sleep(0.1)
            continue
        for answer in found:
            if answer.outcome not in (Outcome.NOT_TRIED, Outcome.ELSEWHERE):
                seen[answer.client_id] = answer.outcome
                del open_ones[answer.client_id]
    assert not open_ones
    got = [t["to"] for t in until(lambda: running.texts())]
    assert len(got) == len(set(got))
    accepted = {f"1380000{c:04d}" for c, outcome in seen.items() if outcome == Outcome.ACCEPTED}
    assert accepted <= set(got) and len(accepted) >= 150 - 20 * client.facts()["reconnects"] - 20


def test_a_gateway_that_accepts_and_never_answers_gets_one_message_not_a_window(
    puppet, gateway, centre
) -> None:
    silent = puppet(lambda *_: None)
    second = centre(receipts=False)
    pool = Pool([gateway(silent.port, "silent", answer_within=0.5), gateway(second.port, "second")])
    found = pool.submit(messages(40))
    assert sum(a.outcome == Outcome.DOUBT for a in found) == 1
    assert sum(a.outcome == Outcome.ACCEPTED and a.gateway == "second" for a in found) == 39
    assert len([unit for unit in silent.units if unit[0] == wire.SUBMIT]) == 1
    assert pool.states()[0]["line"] == "down" and pool.states()[0]["last_error"]


def test_one_answer_that_never_comes_is_one_message_in_doubt(centre, gateway) -> None:
    running = centre(silent_every=10, receipts=False)
    found = gateway(running.port, answer_within=0.6).submit(messages(25))
    assert sum(a.outcome == Outcome.DOUBT for a in found) == 2
    assert sum(a.outcome == Outcome.ACCEPTED for a in found) == 23


def test_a_torn_chain_is_in_doubt_and_not_sent_elsewhere(puppet, gateway) -> None:
    def act(line: socket.socket, command: int, sequence: int, body: bytes) -> None:
        if command == wire.SUBMIT:
            first = b"\x05\x00\x03" in body and body[body.index(b"\x05\x00\x03") + 5] == 1
            say(line, 0x80000004, 0 if first else 0x45, sequence, f"n{sequence}".encode() + b"\0")

    [answer] = gateway(puppet(act).port).submit([Outgoing(1, "13800000001", LONG)])
    assert answer.outcome == Outcome.DOUBT and len(answer.references) == 1


def test_the_line_is_watched_and_begun_again(puppet, gateway) -> None:
    server = puppet(lambda *_: None)
    client = gateway(server.port, enquire_every=0.3, answer_within=0.5)
    client.open()
    until(lambda: server.binds >= 2, 12)
    assert server.units[0][0] == wire.ENQUIRE


def test_a_gateway_that_unbinds_gets_its_answer_and_is_left(puppet, gateway) -> None:
    def act(line: socket.socket, command: int, sequence: int, _body: bytes) -> None:
        if command == wire.SUBMIT:
            say(line, wire.UNBIND, 0, 77)
            say(line, 0x80000004, 0, sequence, b"late\0")  # an answer after unbind is still an answer

    server = puppet(act)
    found = {a.client_id: a for a in gateway(server.port).submit(messages(3))}
    assert found[0].outcome == Outcome.ACCEPTED and found[0].reference == "late"
    assert {found[1].outcome, found[2].outcome} == {Outcome.NOT_TRIED}
    until(lambda: any(unit[:3] == (0x80000006, 0, 77) for unit in server.units))


@pytest.mark.parametrize("manner", ["answers", "silent", "resets"])
def test_leaving_does_not_depend_on_the_answer_to_unbind(puppet, gateway, manner: str) -> None:
    def act(line: socket.socket, command: int, sequence: int, _body: bytes) -> None:
        if command == wire.SUBMIT:
            say(line, 0x80000004, 0, sequence, b"1\0")
        elif command == wire.UNBIND and manner == "answers":
            say(line, 0x80000006, 0, sequence)
        elif command == wire.UNBIND and manner == "resets":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            line.close()

    client = gateway(puppet(act).port)
    assert client.submit(messages(1))[0].outcome == Outcome.ACCEPTED
    started = time.monotonic()
    client.close()
    assert time.monotonic() - started < 4


def delivering(body: bytes) -> bytes:
    return wire.unit(wire.DELIVER, 0, 9, body)


HEAD = b"\0\1\1138\0\1\1106\0" + b"\0" * 9  # of a deliver_sm, up to its length
JUNK = {
    "too short": struct.pack(">IIII", 12, 5, 0, 1),
    "too long": struct.pack(">IIII", 2**31, 5, 0, 1),
    "no deliver_sm": delivering(b"ab"),
    "a text that is cut off": delivering(HEAD + b"\xffab"),
    "a lying option": delivering(HEAD + b"\x02hi" + b"\x04\x27\x00\x09"),
    "a number without an end": delivering(b"\0\1\1" + b"1" * 80),
    "an unknown command": struct.pack(">IIII", 16, 0x7777, 0, 9),
    "an answer to nothing": struct.pack(">IIII", 17, 0x80000004, 0, 4242) + b"\0",
}


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK)
def test_malformed_units_are_kept_for_a_person_and_stop_nothing(puppet, gateway, junk: bytes) -> None:
    sent = itertools.count()

    def act(line: socket.socket, command: int, sequence: int, _body: bytes) -> None:
        if command == wire.SUBMIT:
            if next(sent) == 0:
                line.sendall(junk)
            say(line, 0x80000004, 0, sequence, b"1\0")

    client = gateway(puppet(act).port, answer_within=2)
    first = client.submit(messages(1))[0].outcome
    broken = until(lambda: client.unreadable() or ((b"\x77\x77" in junk or junk[4] == 0x80) and [None]))
    assert broken == [None] or (isinstance(broken[0], Unreadable) and broken[0].reason)
    assert first in (Outcome.ACCEPTED, Outcome.DOUBT)

    def sends() -> bool:
        try:
            return client.submit(messages(1))[0].outcome == Outcome.ACCEPTED
        except GatewayDown:
            return False

    until(sends)


def test_our_centre_survives_malformed_units(centre, gateway) -> None:
    running = centre()
    for junk in (
        b"\0" * 16,
        struct.pack(">IIII", 17, 4, 0, 1) + b"\0",
        b"\xff" * 40,
        struct.pack(">IIII", 2**31, 4, 0, 1),
    ):
        with socket.create_connection(("127.0.0.1", running.port), 2) as line:
            line.sendall(junk)
            line.settimeout(0.2)
            try:
                line.recv(100)
            except OSError:
                continue
    assert gateway(running.port).submit(messages(1, "还在"))[0].outcome == Outcome.ACCEPTED


# --- two gateways ---------------------------------------------------------------------------------------


def test_the_second_gateway_helps_out_and_the_first_gets_its_work_back(centre, gateway) -> None:
    first, second = centre(receipts=False), centre(name="b", receipts=False)
    pool = Pool([gateway(first.port, "first"), gateway(second.port, "second")])
    assert {a.gateway for a in pool.submit(messages(10))} == {"first"}
    first.do(first.centre.set_mode, "down")
    until(lambda: pool.states()[0]["line"] == "down")
    assert {a.gateway for a in pool.submit(messages(10))} == {"second"}
    first.do(first.centre.set_mode, "up")
    until(lambda: {a.gateway for a in pool.submit(messages(10))} == {"first"}, 8)


def test_what_the_first_cannot_take_goes_to_the_second_and_what_nobody_takes_comes_back(
    centre, gateway
) -> None:
    first, second = centre(fail_every=2, refuse_every=5, receipts=False), centre(name="b", receipts=False)
    pool = Pool([gateway(first.port, "first", window=1), gateway(second.port, "second")])
    found = pool.submit(messages(20))
    by = {a.client_id: (a.gateway, a.outcome) for a in found}
    assert len(found) == 20 and {by[n] for n in range(20) if (n + 1) % 5 == 0} == {("first", Outcome.REFUSED)}
    assert sum(gateway == "second" for gateway, _o in by.values()) == 8
    alone = Pool([gateway(first.port, "alone", window=1)])
    kinds = {a.outcome for a in alone.submit(messages(20))}
    assert kinds == {Outcome.ACCEPTED, Outcome.REFUSED, Outcome.ELSEWHERE}


# --- other people's software ----------------------------------------------------------------------------


def test_a_third_partys_server_takes_our_texts_and_we_its_receipts(gateway) -> None:
    """The server of the smpp34 library (Rust): bind, window, chained texts, receipts in text and by TLV, a reply."""
    got: list[tuple[str, int, int, bytes]] = []
    numbers = itertools.count(1)

    async def serve(ready: threading.Event, stop: asyncio.Event) -> None:
        server = smpp34.Server("127.0.0.1", port, system_id="third-party")
        await server.start()
        ready.set()
        sessions: dict[str, smpp34.Esme] = {}
        stopping = asyncio.ensure_future(stop.wait())
        while True:
            coming = asyncio.ensure_future(server.next())
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stopping.done():
                coming.cancel()
                break
            event = coming.result()
            if isinstance(event, smpp34.Esme):
                sessions[event.session_id] = event
            elif isinstance(event, smpp34.SubmitSmEvent):
                number = f"{next(numbers):x}"
                got.append((event.destination_addr, event.data_coding, event.esm_class, event.short_message))
                event.accept(number)
                back = sessions[event.session_id]
                if event.destination_addr.endswith("0"):
                    await back.deliver_sm(
                        event.source_addr, b"", source_addr=event.destination_addr, esm_class=4,
                        tlvs=[smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, number.encode() + b"\0"), smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, b"\2")],
                    )  # fmt: skip
                else:
                    await back.deliver_sm(
                        event.source_addr, f"id:{number} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode(),
                        source_addr=event.destination_addr, esm_class=4,
                    )  # fmt: skip
                if len(got) == 1:
                    await back.deliver_sm(
                        event.source_addr,
                        "好的".encode("utf-16-be"),
                        source_addr="13800000000",
                        data_coding=8,
                    )
        await server.stop()

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(ready, stop),), daemon=True)
    thread.start()
    ready.wait(5)
    client = gateway(port)
    receipts: list[Receipt] = []
    texts: list[Inbound] = []
    enough = threading.Event()

    def listen() -> None:  # this server brings a receipt and takes nothing more until it is acknowledged
        while not enough.wait(0.005):
            receipts.extend(client.receipts())
            texts.extend(client.inbound())
            client.stored()

    threading.Thread(target=listen, daemon=True).start()
    found = client.submit([Outgoing(n, f"1380000{n:04d}", LONG if n == 3 else f"第{n}条") for n in range(60)])
    assert outcomes(found) == dict.fromkeys(range(60), Outcome.ACCEPTED)
    until(lambda: texts and len(receipts) == 59 + rules.sms_parts(LONG))
    enough.set()
    assert [text.text for text in texts] == ["好的"] and all(r.delivered for r in receipts)
    mine = {a.reference for a in found if not a.references} | {n for a in found for n in a.references}
    assert {r.reference for r in receipts} == mine
    chained = sorted(item[3] for item in got if item[0] == "13800000003")
    assert sms.decoded(b"".join(sms.header(data)[1] for data in chained), 8) == LONG
    client.close()
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)


def test_a_third_partys_client_is_served_by_our_centre(centre) -> None:
    running = centre(receipt_after=0)
    client = smpplib.client.Client("127.0.0.1", running.port, allow_unknown_opt_params=True)
    answers, reports = [], []
    client.set_message_sent_handler(lambda pdu: answers.append(pdu.message_id))
    client.set_message_received_handler(lambda pdu: reports.append(pdu.short_message) and None)
    client.connect()
    client.bind_transceiver(system_id="other", password="x")
    parts, encoding, message_type = smpplib.gsm.make_parts(LONG)
    for part in parts:
        client.send_message(
            source_addr="10690000", destination_addr="13800000009", short_message=part, data_coding=encoding,
            esm_class=message_type, registered_delivery=True,
        )  # fmt: skip
    deadline = time.monotonic() + 5
    while (len(answers) < len(parts) or len(reports) < len(parts)) and time.monotonic() < deadline:
        client.read_once()
    assert len(answers) == len(reports) == len(parts)
    assert until(running.texts)[0]["text"] == LONG
    client.unbind()
    client.disconnect()


@settings(max_examples=60)
@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200),
    st.from_regex(r"1[0-9]{10}", fullmatch=True),
)
def test_our_units_are_read_by_another_codec_as_they_were_meant(text: str, number: str) -> None:
    for data, coding, esm_class in sms.segments(text, 9):
        body = wire.Submitter("10690000", (0, 1), (1, 1)).body(
            number, wire.Submitter.tail(data, coding, esm_class)
        )
        read = smpp34.decode(wire.unit(wire.SUBMIT, 0, 5, body))
        assert (read.destination_addr, read.source_addr, read.short_message) == (number, "10690000", data)
        assert (read.data_coding, read.esm_class, read.registered_delivery) == (coding, esm_class, 1)


@settings(max_examples=60)
@given(st.binary(max_size=140), st.integers(0, 255), st.binary(max_size=30))
def test_another_codecs_units_are_read_by_ours(message: bytes, coding: int, value: bytes) -> None:
    made = smpp34.DeliverSm("138", "1069", message, data_coding=coding, tlvs=[smpp34.Tlv(0x1403, value)])
    [unit] = wire.Stream().feed(made.encode())
    read = wire.delivered(unit.body)
    assert (read.source, read.destination, read.message, read.coding) == ("138", "1069", message, coding)
    assert read.options == {0x1403: value}


@given(st.binary(max_size=400))
def test_no_octets_raise_anything_but_malformed(data: bytes) -> None:
    try:
        for unit in wire.Stream().feed(data):
            wire.delivered(unit.body)
    except wire.Malformed:
        pass


# --- reading reports ------------------------------------------------------------------------------------


def deliver(
    words: bytes, esm_class: int = 4, options: dict[int, bytes] | None = None, source: str = "8613800000001"
):
    return wire.Delivered(source, "1069", esm_class, 0, words, options or {})


@pytest.mark.parametrize(
    ("words", "options", "reading", "wanted"),
    [
        (b"id:42 sub:001 dlvrd:001 submit date:2611241000 done date:2611241001 stat:DELIVRD err:000 text:id:7", {}, {}, ("42", True, "", False)),
        (b"id:0042 stat:UNDELIV err:001 text:", {}, {}, ("0042", False, "001", True)),
        (b"ID:42 STAT:EXPIRED ERR:0a3 Text:x", {}, {}, ("42", False, "0a3", False)),
        (b"id:42 stat:MK:0001 err:000", {}, {}, ("42", False, "MK:0001", True)),
        (b"id:42 stat:DB:0141", {}, {}, ("42", False, "DB:0141", False)),
        (b"id:42 stat:REJECTD err:000", {}, {}, ("42", False, "REJECTD", False)),
        (b"id:42 stat:ENROUTE err:000", {}, {}, None),
        (b"id:42 stat:ACCEPTD", {}, {}, None),
        (b"id:42 stat:WHATEVER", {}, {}, None),
        (b"", {0x1E: b"42\0", 0x427: b"\2"}, {}, ("42", True, "", False)),
        (b"", {0x1E: b"42\0", 0x427: b"\5", 0x423: b"\3\0\1"}, {}, ("42", False, "1", True)),
        (b"id:9 stat:DELIVRD", {0x1E: b"42\0", 0x427: b"\x08"}, {}, ("42", False, "DELIVRD", False)),
        (b"", {0x1E: b"42\0", 0x427: b"\6"}, {}, None),
        (b"id:2a stat:DELIVRD", {}, {"ids": Ids.RECEIPT_HEX}, ("42", True, "", False)),
        (b"id:0042 stat:DELIVRD", {}, {"ids": Ids.ANSWER_HEX}, ("42", True, "", False)),
        (b"nothing at all", {}, {}, None),
    ],
)  # fmt: skip
def test_receipts_are_read(words: bytes, options, reading, wanted) -> None:
    found = Reading("g", **reading).read(deliver(words, options=options), NOW)
    assert (found and (found.reference, found.delivered, found.error, found.permanent)) == wanted
    assert wanted is None or found.to == "13800000001"


def test_a_phone_cannot_forge_a_receipt() -> None:
    forged = deliver(b"id:42 stat:DELIVRD err:000", esm_class=0)
    assert isinstance(Reading("g").read(forged, NOW), Inbound)
    assert isinstance(Reading("g", unmarked=True).read(forged, NOW), Receipt)  # a gateway that marks none
    assert isinstance(Reading("g", unmarked=True).read(deliver("好".encode(), 0), NOW), Inbound)


def test_an_intermediate_notice_is_not_the_last_word() -> None:
    assert Reading("g").read(deliver(b"id:42 stat:DELIVRD", esm_class=0x20), NOW) is None


def test_chains_by_sixteen_bits_and_by_options_and_lying_headers() -> None:
    read = Reading("g").read
    sixteen = read(deliver(bytes((6, 8, 4, 1, 2, 3, 2)) + b"ab", 0x40), NOW)
    assert sixteen.chain == (258, 3, 2) and sixteen.octets == b"ab"
    options = read(deliver(b"ab", 0, {0x20C: b"\0\7", 0x20E: b"\2", 0x20F: b"\1"}), NOW)
    assert options.chain == (7, 2, 1)
    for header in (b"\xffab", bytes((5, 0, 3, 9, 2, 3)), bytes((5, 0, 3, 9, 0, 0))):
        assert read(deliver(header + b"ab", 0x40), NOW).chain is None
    payload = wire.delivered(HEAD + b"\0" + struct.pack(">HH", 0x424, 4) + b"long")
    assert payload.message == b"long"
