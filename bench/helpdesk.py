"""django-helpdesk as its documents set it up, in an environment of its own: the peer of ``bench.desk``.

:class:`Peer` installs it from PyPI into ``var/peers/helpdesk``, gives it a database on the same server, fills it
set-based and asks it things. The lower half of this file is what runs over there: it is started by the other
environment's Python, reads one command a line and answers with one JSON line, so that both products take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PACKAGES = ("django-helpdesk==2.6.1", "psycopg[binary]>=3.2")
QUEUES, PEOPLE = 5, 40


class Peer:
    """A running django-helpdesk with so many tickets. ``ask("list", 3)`` → seconds of each."""

    def __init__(self, folder: Path, database: dict[str, Any], tickets: int) -> None:
        python = _environment(folder)
        self._process = subprocess.Popen(
            [str(python), "-P", str(Path(__file__).resolve())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder,
            env={
                "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TICKETS": str(tickets),
                "DATABASE": json.dumps({k: str(database[k] or "") for k in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}),
            },
        )  # fmt: skip
        self.about = self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"django-helpdesk stopped with {self._process.wait()}")
        return dict(json.loads(line))

    def ask(self, what: str, times: int) -> list[float]:
        """Seconds of each of so many ``list`` (page and its rows) or ``create`` (one ticket by the API)."""
        assert self._process.stdin is not None
        print(what, times, file=self._process.stdin, flush=True)
        return list(self._answer()["seconds"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def _environment(folder: Path) -> Path:
    """The other environment's Python; made at the first use."""
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists() or done.read_text() != " ".join(PACKAGES):
        folder.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        done.write_text(" ".join(PACKAGES))
    return python


# --- over there --------------------------------------------------------------------------------------------


def _set_up() -> None:
    import django
    from django.conf import settings
    from django.urls import include, path

    database = json.loads(os.environ["DATABASE"])
    settings.configure(
        SECRET_KEY=os.urandom(8).hex(), DEBUG=False, ALLOWED_HOSTS=["*"], USE_TZ=True, ROOT_URLCONF="urls_of_the_peer",
        DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None, **database}},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "django.contrib.sites", "django.contrib.humanize",
            "rest_framework", "helpdesk",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        SITE_ID=1, STATIC_URL="/static/", LOGIN_URL="/admin/login/", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HELPDESK_TEAMS_MODE_ENABLED=False, HELPDESK_ACTIVATE_API_ENDPOINT=True, HELPDESK_REDIRECT_TO_LOGIN_BY_DEFAULT=True,
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend", LOGGING_CONFIG=None,
    )  # fmt: skip
    django.setup()
    from types import ModuleType

    from django.contrib import admin

    urls: Any = ModuleType("urls_of_the_peer")

    urls.urlpatterns = [
        path("admin/", admin.site.urls),
        path("", include("helpdesk.urls", namespace="helpdesk")),
    ]
    sys.modules["urls_of_the_peer"] = urls


def _create_database() -> None:
    import psycopg

    database = json.loads(os.environ["DATABASE"])
    given = {
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
    }
    with psycopg.connect(
        dbname="postgres", autocommit=True, **{k: v for k, v in given.items() if v}
    ) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [database["NAME"]]
        ).fetchone()
        if found is None:
            connection.execute(f'CREATE DATABASE "{database["NAME"]}"'.encode())


def _fill(tickets: int) -> None:
    """As many tickets as we have cases, every fourth one open, over the same ten days; nothing else in the tables."""
    from django.contrib.auth.models import User
    from django.db import connection
    from helpdesk.models import Queue, Ticket

    for n in range(QUEUES):
        Queue.objects.get_or_create(
            slug=f"q{n}", defaults={"title": f"Queue {n}", "allow_public_submission": True}
        )
    if not User.objects.filter(username="boss").exists():
        User.objects.create_superuser("boss", "boss@example.com", "x")
        User.objects.bulk_create([User(username=f"u{n}", is_staff=True) for n in range(PEOPLE)])
    have = Ticket.objects.count()
    if have >= tickets:
        return
    columns = [f for f in Ticket._meta.concrete_fields if not f.primary_key]
    given = {
        "title": "'个案 ' || i", "created": "now() - make_interval(secs => i %% 864000)", "modified": "now()", "secret_key": "md5(i::text)",
        "queue_id": f"(SELECT min(id) FROM helpdesk_queue) + i %% {QUEUES}", "status": "CASE WHEN i %% 4 = 0 THEN 1 ELSE 4 END",
        "description": "repeat('上月账单里的佣金和签约时说的不一样。', 4) || i", "priority": "1 + i %% 5", "submitter_email": "'c' || i || '@example.com'",
        "assigned_to_id": f"(SELECT min(id) FROM auth_user) + i %% {PEOPLE}", "on_hold": "false",
    }  # fmt: skip
    names = [f.column for f in columns if f.column in given or not f.null]
    values = [
        given[f.column] if f.column in given else ("''" if f.get_internal_type() in ("CharField", "TextField", "EmailField") else "0")
        for f in columns if f.column in names
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO helpdesk_ticket ({', '.join(names)}) SELECT {', '.join(values)} FROM generate_series(%s::bigint, %s) i",
            [have + 1, tickets],
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE helpdesk_ticket")


def _serve() -> None:
    import contextlib
    import io

    _create_database()
    _set_up()
    import django
    from django.core.management import call_command
    from django.test import Client
    from helpdesk.models import Queue, Ticket

    with contextlib.redirect_stdout(io.StringIO()):
        call_command("migrate", verbosity=0)
    _fill(int(os.environ["TICKETS"]))
    from django.contrib.auth.models import User

    browser = Client(headers={"accept-language": "en"})
    browser.force_login(User.objects.get(username="boss"))
    queue = Queue.objects.order_by("pk")[0].pk
    print(json.dumps({"tickets": Ticket.objects.count(), "django": django.get_version()}), flush=True)

    def list_once() -> None:
        page = browser.get("/tickets/")
        address = page.content.decode().split("/datatables_ticket_list/", 1)[1].split('"', 1)[0]
        rows = browser.get("/datatables_ticket_list/" + address, {"draw": 1, "start": 0, "length": 25})
        if page.status_code != 200 or rows.status_code != 200 or len(rows.json()["data"]) != 25:
            raise RuntimeError(f"{page.status_code} {rows.status_code}")

    def create_once() -> None:
        answer = browser.post(
            "/api/tickets/",
            {"queue": queue, "title": "佣金不对", "description": "上月账单里的佣金和签约时说的不一样。", "submitter_email": "a@example.com", "priority": 3},
            content_type="application/json",
        )  # fmt: skip
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code} {answer.content[:300]!r}")

    for line in sys.stdin:
        what, times = line.split()
        one = {"list": list_once, "create": create_once}[what]
        seconds = []
        before = Ticket.objects.count() if what == "create" else 0
        for _n in range(int(times)):
            began = time.perf_counter()
            one()
            seconds.append(time.perf_counter() - began)
        if what == "create" and Ticket.objects.count() != before + int(times):
            raise RuntimeError("not every ticket is there")
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    _serve()
