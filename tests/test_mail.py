"""Mails as they leave and as they come back: signed, refused by one click, reported by strangers' mail servers."""

from __future__ import annotations

import base64
import email
import os
import shutil
import socket
import subprocess
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dkim
import pytest
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from maitian.outreach.channels import Outcome, Outgoing, Receipt, Unreadable, bounces
from maitian.outreach.channels.mail import MailGateway
from tests.centre import until

BOUNCES, DOMAIN = "bounces@maitian.example", "maitian.example"
SENDER = "麦田证券 <service@maitian.example>"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Peer:
    """aiosmtpd as a mail server: keeps what it gets, refuses some mailboxes."""

    def __init__(self) -> None:
        self.got: list[tuple[str, list[str], bytes]] = []
        self.options: list[str] = []

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        name = address.partition("@")[0]
        if name in ("gone", "blocked", "busy"):
            return {
                "gone": "550 5.1.1 no such mailbox",
                "blocked": "550 5.7.1 not wanted",
                "busy": "451 4.7.1 greylisted",
            }[name]
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return "250 kept"


@pytest.fixture
def peer() -> Iterator[tuple[Peer, int]]:
    handler = Peer()
    controller = Controller(handler, hostname="127.0.0.1", port=0, ready_timeout=20)
    with socket.create_server(("127.0.0.1", 0)) as free:
        controller.port = free.getsockname()[1]
    controller.start()
    yield handler, controller.port
    controller.stop()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "dkim.pem"
    path.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return path


def gateway(port: int, **more: Any) -> MailGateway:
    return MailGateway(name="mail", host="127.0.0.1", port=port, sender=SENDER, **more)


def mail(n: int = 1, to: str = "", unsubscribe: str = "https://maitian.example/u/x/") -> Outgoing:
    return Outgoing(
        n,
        to or f"client{n}@example.com",
        "您好，今天的行情综述请看客户端。\n" * 40,
        "行情综述：沪指收涨",
        unsubscribe,
    )


def dns(name: bytes, timeout: int = 5) -> bytes | None:
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
        if name == b"m1._domainkey.maitian.example."
        else None
    )


# --- what goes out ------------------------------------------------------------------------------------------


@pytest.mark.requirement("G6.7")
def test_a_mail_is_signed_over_everything_that_matters_and_any_change_shows(peer, key_file) -> None:
    handler, port = peer
    line = gateway(
        port, dkim={"domain": DOMAIN, "selector": "m1", "key_file": str(key_file)}, bounces=BOUNCES
    )
    [answer] = line.submit([mail()])
    sender, _to, data = handler.got[0]
    assert answer.outcome == Outcome.ACCEPTED and dkim.verify(data, dnsfunc=dns)
    message = email.message_from_bytes(data)
    signed = {
        name.strip()
        for name in str(message["DKIM-Signature"]).replace("\n", "").split("h=")[1].split(";")[0].split(":")
    }
    assert {
        "list-unsubscribe",
        "list-unsubscribe-post",
        "from",
        "to",
        "subject",
        "message-id",
        "date",
    } <= signed
    assert message["List-Unsubscribe"] == "<https://maitian.example/u/x/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(message["Message-ID"]).strip("<>") == answer.reference and data.isascii()
    assert sender == f"bounces+{str(answer.reference).partition('@')[0]}@maitian.example"
    for change in (
        data.replace(b"List-Unsubscribe: <https://maitian", b"List-Unsubscribe: <https://another"),
        data.replace(b"5oKo5aW9", b"5oKo5aW8", 1),
    ):
        assert change != data and not dkim.verify(change, dnsfunc=dns)


def test_without_a_key_the_headers_are_ready_and_nothing_is_claimed(peer) -> None:
    handler, port = peer
    gateway(port).submit([mail(unsubscribe="")])
    message = email.message_from_bytes(handler.got[0][2])
    assert (
        message["DKIM-Signature"] is None
        and message["List-Unsubscribe"] is None
        and message["List-Unsubscribe-Post"] is None
    )
    assert {"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted"} <= set(
        message.keys()
    )
    assert (message.get_payload(decode=True) or b"").decode().startswith("您好") and handler.got[0][
        0
    ].endswith("service@maitian.example")


@pytest.mark.parametrize(
    "given_key", ["", "not a key", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"]
)
def test_a_key_that_is_none_is_said_at_the_start(given_key: str) -> None:
    with pytest.raises(ValueError, match="dkim"):
        gateway(9, dkim={"domain": DOMAIN, "selector": "m1", "key": given_key, "key_file": "/nowhere"})


def test_refusals_by_class_and_nobody_else_suffers(peer) -> None:
    handler, port = peer
    names = ["a", "gone", "blocked", "busy", "中文", "bad\nBcc: x", "z"]
    found = gateway(port).submit([mail(n, f"{name}@example.com") for n, name in enumerate(names)])
    kinds = [answer.outcome for answer in found]
    assert kinds == [
        Outcome.ACCEPTED,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.ELSEWHERE,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.ACCEPTED,
    ]
    assert [answer.gone for answer in found] == [False, True, False, False, False, False, False]
    assert [got[1] for got in handler.got] == [["a@example.com"], ["z@example.com"]]


# --- reports ------------------------------------------------------------------------------------------------

POSTFIX = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
X-Postfix-Sender: rfc822; x@maitian.example
{envelope}
Final-Recipient: rfc822; inner@other.example
Original-Recipient: rfc822;client1@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; other.example
Diagnostic-Code: smtp; {words}

--B
Content-Type: {third}

Return-Path: <x@maitian.example>
Message-ID: <{inner}>
Subject: x

--B--
"""


def report(**more: str) -> bytes:
    given_fields = {
        "to": BOUNCES, "action": "failed", "status": "5.1.1", "words": "550 5.1.1 unknown", "third": "text/rfc822-headers",
        "inner": "abc123@maitian.example", "envelope": "",
    } | more  # fmt: skip
    return POSTFIX.format(**given_fields).replace("\n", "\r\n").encode()


def said(data: bytes, to: str = BOUNCES) -> list[Receipt | Unreadable]:
    return bounces.read(data, "mail", BOUNCES, DOMAIN, [to])


@pytest.mark.parametrize(
    ("fields", "to", "wanted"),
    [
        ({}, BOUNCES, ("abc123@maitian.example", False, "5.1.1", True)),
        ({"third": "message/rfc822"}, BOUNCES, ("abc123@maitian.example", False, "5.1.1", True)),
        ({"inner": "-"}, "bounces+ff00@maitian.example", ("ff00@maitian.example", False, "5.1.1", True)),
        ({"inner": "-"}, "BOUNCES+ff00@Maitian.example", ("ff00@maitian.example", False, "5.1.1", True)),
        ({"inner": "-", "envelope": "Original-Envelope-Id: ee@maitian.example\n"}, BOUNCES, ("ee@maitian.example", False, "5.1.1", True)),
        ({"status": "5.0.0", "words": "550 5.1.1 no"}, BOUNCES, ("abc123@maitian.example", False, "5.1.1", True)),
        ({"status": "5.2.2", "words": "552 mailbox full"}, BOUNCES, ("abc123@maitian.example", False, "5.2.2", False)),
        ({"status": "5.7.1", "words": "550 spam"}, BOUNCES, ("abc123@maitian.example", False, "5.7.1", False)),
        ({"status": "4.4.7", "words": "expired"}, BOUNCES, ("abc123@maitian.example", False, "4.4.7", False)),
        ({"status": "", "words": "554 go away"}, BOUNCES, ("abc123@maitian.example", False, "failed", False)),
        ({"action": "Delivered", "status": "2.1.5"}, BOUNCES, ("abc123@maitian.example", True, "", False)),
        ({"action": "delayed", "status": "4.4.1"}, BOUNCES, None),
        ({"action": "relayed", "status": "2.0.0"}, BOUNCES, None),
    ],
)  # fmt: skip
def test_reports_are_read_hard_and_soft(fields: dict[str, str], to: str, wanted: tuple | None) -> None:
    found = said(report(**fields), to)
    if wanted is None:
        assert found == []
    else:
        [one] = found
        assert isinstance(one, Receipt) and not one.sure and one.to == "client1@example.com"
        assert (one.reference, one.delivered, one.error, one.permanent) == wanted


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no delivery report: text/plain"),
        (b"Subject: hello\r\n\r\nwho are you?", "no delivery report: text/plain"),
        (report(inner="-"), "the report names no mail of ours"),
        (report(action="exploded"), "the report's action is exploded"),
        (report(action=""), "the report's action is missing"),
        (report().replace(b"Final-Recipient", b"X-A").replace(b"Action: failed", b"X-B: c"), "the report names no recipient"),
        (report().replace(b"message/delivery-status", b"text/plain"), "no delivery report: delivery-status"),
        (report().replace(b"delivery-status", b"feedback-report"), "no delivery report: feedback-report"),
        (report()[:420], "no delivery report: delivery-status"),
        (b"x" * (bounces.LARGEST + 1), "too large"),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_read_is_kept_with_the_reason(data: bytes, reason: str) -> None:
    [one] = said(data)
    assert isinstance(one, Unreadable) and one.reason == reason and one.data == data


def test_an_absence_notice_is_no_report() -> None:
    assert said(b"Auto-Submitted: auto-replied\r\nSubject: away\r\n\r\nback on Monday") == []


@settings(max_examples=150)
@given(st.binary(max_size=300), st.integers(0, 900))
def test_no_octets_raise_anything(noise: bytes, at: int) -> None:
    whole = report()
    for data in (
        noise,
        whole[:at] + noise + whole[at:],
        b"Content-Type: message/delivery-status\r\n\r\n" + noise,
    ):
        assert all(isinstance(item, Receipt | Unreadable) for item in said(data))


def test_a_report_is_taken_when_it_is_stored_and_comes_again_when_it_was_not(monkeypatch) -> None:
    import smtplib

    monkeypatch.setattr("maitian.outreach.channels.mailbox.STORED_WITHIN", 0.3)
    line = gateway(9, bounces=BOUNCES, listen="127.0.0.1:0")
    line.open()
    until(lambda: line.listens_at)
    try:
        with smtplib.SMTP("127.0.0.1", line.listens_at, timeout=5) as server:
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                server.sendmail("a@b", ["service@maitian.example"], report())  # no door for anything else
            with pytest.raises(smtplib.SMTPDataError, match="451"):
                server.sendmail("", ["bounces+ff00@maitian.example"], report())  # nobody stored it
            assert [r.reference for r in line.receipts()] == ["ff00@maitian.example"]
            line.stored()
            monkeypatch.setattr("maitian.outreach.channels.mailbox.STORED_WITHIN", 10)
            bell = line.bell
            bell.clear()

            def store() -> None:
                bell.wait(5)
                assert [r.reference for r in line.receipts()] == [
                    "ff01@maitian.example"
                ] and line.unreadable() == []
                line.stored()

            import threading

            thread = threading.Thread(target=store)
            thread.start()
            assert server.sendmail("", ["bounces+ff01@maitian.example"], report()) == {}
            thread.join(5)
    finally:
        line.close()


# --- a stranger's mail server -------------------------------------------------------------------------------


def exim() -> str | None:
    """Debian's exim, if this machine has it (``apt-get install exim4-daemon-light``), or where ``EXIM`` says."""
    return os.environ.get("EXIM") or shutil.which("exim4")


@pytest.mark.skipif(exim() is None, reason="exim4-daemon-light is not installed")
def test_exims_report_about_a_mailbox_that_does_not_exist_comes_home(tmp_path: Path, peer) -> None:
    """Our mail goes to a real exim, whose next hop refuses the mailbox; its own report comes back by SMTP."""
    handler, sink = peer
    program = str(exim())
    line = gateway(0, bounces=BOUNCES, listen="127.0.0.1:0")
    line.open()
    until(lambda: line.listens_at)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = Path("/tmp") / f"maitian-exim-{os.getpid()}"
    folder.mkdir(mode=0o777, exist_ok=True)
    folder.chmod(0o777)
    config = folder / "exim.conf"
    config.write_text(
        textwrap.dedent(
            f"""\
            exim_user = {"nobody" if os.getuid() == 0 else os.getuid()}
            exim_group = {"nogroup" if os.getuid() == 0 else os.getgid()}
            spool_directory = {folder}/spool
            log_file_path = {folder}/%slog
            primary_hostname = mx.example
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {port}
            pid_file_path = {folder}/pid
            tls_advertise_hosts =
            dsn_advertise_hosts = *
            acl_smtp_rcpt = open
            queue_only = true
            keep_environment =
            exim_path = {program}
            never_users =
            hosts_treat_as_local = 127.0.0.1
            begin acl
            open:
              accept
            begin routers
            home:
              driver = manualroute
              domains = {DOMAIN}
              transport = out
              self = send
              route_list = * 127.0.0.1::{line.listens_at}
            away:
              driver = manualroute
              transport = out
              self = send
              route_list = * 127.0.0.1::{sink}
            begin transports
            out:
              driver = smtp
              allow_localhost
              hosts_try_fastopen =
            begin retry
            * * F,1h,1m
            """
        )
    )
    config.chmod(0o644)
    daemon = subprocess.Popen(
        [program, "-C", str(config), "-bdf", "-odq"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    queue = daemon
    try:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert daemon.poll() is None, daemon.stderr and daemon.stderr.read()
                time.sleep(0.1)
        line._address = ("127.0.0.1", port)
        found = line.submit([mail(1, "gone@example.com"), mail(2, "well@example.com")])
        assert [answer.outcome for answer in found] == [Outcome.ACCEPTED, Outcome.ACCEPTED]
        got: list[Receipt] = []
        queue = subprocess.Popen(  # the first run makes the report, the second brings it
            ["sh", "-c", f"for n in 1 2 3; do '{program}' -C '{config}' -qff; done"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: got.extend(line.receipts()) or line.stored() or got, 30)
        assert [(r.reference, r.delivered, r.error, r.permanent, r.to) for r in got] == [
            (found[0].reference, False, "5.1.1", True, "gone@example.com")
        ]
        until(lambda: handler.got, 15)
        assert [to for _sender, to, _data in handler.got] == [["well@example.com"]] and not line.unreadable()
    finally:
        daemon.terminate()
        daemon.wait(10)
        queue.wait(20)
        line.close()
        shutil.rmtree(folder, ignore_errors=True)
