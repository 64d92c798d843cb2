"""The mailbox is read from real servers: the small one of the demonstration, and Dovecot where it is installed."""

from __future__ import annotations

import asyncio
import imaplib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from maitian.mailroom import imap, queries
from maitian.mailroom.models import Mail, Mailbox
from maitian.mailroom.tests.conftest import raw
from maitian.simulators.letters import PASSWORD, USER, ImapServer, Inbox

Put = Callable[[bytes], None]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the mail server does not come up")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[dict[str, Any], Put]]:
    """The demonstration's server in a thread: (how to reach it, how to deliver a mail)."""
    inbox, port = Inbox(tmp_path / "inbox"), free_port()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_until_stopped(inbox, port, stop)), daemon=True
    )
    stop = asyncio.Event()
    thread.start()
    wait_for(port)
    yield (
        {
            "host": "127.0.0.1",
            "port": port,
            "user": USER,
            "password": PASSWORD,
            "address": "service@maitian.example",
        },
        inbox.add,
    )
    loop.call_soon_threadsafe(stop.set)
    thread.join(5)


async def _until_stopped(inbox: Inbox, port: int, stop: asyncio.Event) -> None:
    serving = asyncio.ensure_future(ImapServer(inbox).serve("127.0.0.1", port))
    await stop.wait()
    serving.cancel()


DOVECOT = shutil.which("dovecot") or "/usr/sbin/dovecot"


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[tuple[dict[str, Any], Put]]:
    """A Dovecot of our own on loopback, in a folder of its own."""
    if not Path(DOVECOT).exists():
        pytest.skip("Dovecot is not installed: make test-mailbox installs it")
    port, user = free_port(), "nobody" if os.getuid() == 0 else os.environ.get("USER", str(os.getuid()))
    home = Path("/tmp") / f"maitian-dovecot-{os.getpid()}"
    shutil.rmtree(home, ignore_errors=True)
    mail = home / "mail"
    (mail / "new").mkdir(parents=True)
    for name in ("cur", "tmp"):
        (mail / name).mkdir()
    if os.getuid() == 0:
        for path in (home, mail, *mail.iterdir()):
            shutil.chown(path, user)
    (home / "passwd").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (home / "passwd").chmod(0o644)
    (home / "dovecot.conf").write_text(
        f"base_dir = {home}/run\nlog_path = {home}/log\nstate_dir = {home}/state\nprotocols = imap\nssl = no\ndisable_plaintext_auth = no\n"
        f"default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {_group(user)}\nmail_location = maildir:{mail}\n"
        f"mail_uid = {user}\nmail_gid = {_group(user)}\nfirst_valid_uid = 1\nfirst_valid_gid = 1\nlisten = 127.0.0.1\n"
        "service anvil {\n chroot =\n}\nservice imap-login {\n chroot =\n inet_listener imap {\n  port = %d\n }\n inet_listener imaps {\n  port = 0\n }\n}\n"
        "service stats {\n chroot =\n}\n"
        f"passdb {{\n driver = passwd-file\n args = scheme=PLAIN {home}/passwd\n}}\nuserdb {{\n driver = static\n args = uid={user} gid={_group(user)} home={home}\n}}\n"
        % port
    )
    server = subprocess.Popen(
        [DOVECOT, "-F", "-c", str(home / "dovecot.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        count = iter(range(1, 10_000))

        def put(data: bytes) -> None:
            waiting = mail / "tmp" / f"{next(count):05}"
            waiting.write_bytes(data)
            waiting.chmod(0o644)
            waiting.rename(mail / "new" / f"{waiting.name}.x")

        yield (
            {
                "host": "127.0.0.1",
                "port": port,
                "user": USER,
                "password": PASSWORD,
                "address": "service@maitian.example",
            },
            put,
        )
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _group(user: str) -> str:
    import grp
    import pwd

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


@pytest.fixture(params=["small", "dovecot"])
def server(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[Put]:
    how, put = request.getfixturevalue(request.param)
    settings.MAILBOX, settings.MEDIA_ROOT = how, tmp_path / "files"
    yield put


@pytest.mark.processes
@pytest.mark.django_db
def test_mails_are_fetched_once_and_the_mailbox_is_left_as_it_was(
    server: Put, settings: Any, db: Any
) -> None:
    assert imap.fetch() == 0
    for n in range(3):
        server(raw(f"第 {n} 封", number=f"m{n}", sender=f"who{n}@else.example"))
    server(raw("GBK 的信", number="gbk", charset="gbk", sender="who@else.example"))
    assert imap.fetch() == 4 and imap.fetch() == 0
    server(raw("又一封", number="more", sender="who@else.example"))
    assert imap.fetch() == 1
    assert {str(mail.words) for mail in Mail.objects.all()} == {
        "第 0 封",
        "第 1 封",
        "第 2 封",
        "GBK 的信",
        "又一封",
    }
    assert queries.account().even and Mailbox.objects.get().problem == ""
    how = settings.MAILBOX
    reader = imaplib.IMAP4(how["host"], how["port"])
    reader.login(how["user"], how["password"])
    reader.select("INBOX", readonly=True)
    assert b"\\Seen" not in b"".join(
        bytes(item) for item in reader.uid("FETCH", "1:*", "(FLAGS)")[1] if isinstance(item, bytes)
    )
    reader.logout()


@pytest.mark.processes
@pytest.mark.django_db
def test_of_a_mail_that_is_too_large_only_the_head_is_fetched(server: Put, db: Any) -> None:
    from maitian.core import rulebook

    rulebook.Rule.objects.filter(key="mailroom.megabytes").update(value=1)
    rulebook._cache.clear()
    server(raw("很大\r\n" + "x" * 1_200_000, number="large", sender="who@else.example"))
    assert imap.fetch() == 1
    mail = Mail.objects.get()
    assert (
        (mail.state, mail.reason) == ("held", "too_large")
        and mail.size > 1_200_000
        and mail.raw.size < 10_000
    )


@pytest.mark.django_db
def test_a_wrong_password_and_a_silent_server_are_told_and_nothing_is_lost(
    small: Any, settings: Any, tmp_path: Path
) -> None:
    how, put = small
    settings.MEDIA_ROOT = tmp_path / "files"
    put(raw("一封", sender="who@else.example"))
    for wrong in ({**how, "password": "x"}, {**how, "port": free_port()}, {**how, "folder": "没有"}):
        settings.MAILBOX = wrong
        if "folder" in wrong:
            continue  # the small server has one folder, whatever its name
        with pytest.raises(imap.MailboxUnreachable):
            imap.fetch()
        assert Mailbox.objects.order_by("-pk").first().problem
    settings.MAILBOX = how
    assert imap.fetch() == 1 and Mailbox.objects.filter(problem="").count() == 1


FETCH = "import django; django.setup(); from maitian.mailroom import imap; print(imap.fetch())"


@pytest.mark.crash
def test_a_fetcher_killed_again_and_again_loses_and_doubles_nothing(
    committed: None, small: Any, tmp_path: Path
) -> None:
    how, put = small
    many = 60
    for n in range(many):
        put(raw(f"第 {n} 封", number=f"k{n}", sender=f"who{n}@else.example"))
    name = connection.settings_dict["NAME"]
    parts = os.environ["DATABASE_URL"].split("?", 1)
    url = f"{parts[0].rsplit('/', 1)[0]}/{name}" + (f"?{parts[1]}" if len(parts) > 1 else "")
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "MAITIAN_MAILBOX": json.dumps(how),
        "MAITIAN_VAR": str(tmp_path / "var"),
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    begun = Mail.objects.count()
    try:
        for killed_at in (3, 17, 40, None):
            fetcher = subprocess.Popen(
                [sys.executable, "-c", FETCH], env=environment, cwd=django_settings.BASE_DIR
            )
            if killed_at is None:
                assert fetcher.wait(60) == 0
                break
            until = time.monotonic() + 30
            while Mail.objects.count() - begun < killed_at and time.monotonic() < until:
                time.sleep(0.002)
            os.kill(fetcher.pid, signal.SIGKILL)
            fetcher.wait()
        ids = sorted(Mail.objects.filter(mailbox__name__startswith=USER).values_list("uid", flat=True))
        assert ids == list(range(1, many + 1))
        assert not Mail.objects.filter(state="double").exists()
        assert Mailbox.objects.get(name__startswith=USER).fetched == many
    finally:
        with connection.cursor() as cursor:  # guards refuse it to everybody else
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM mailroom_mail")
            cursor.execute("DELETE FROM mailroom_mailbox")
            cursor.execute("SET session_replication_role = origin")
