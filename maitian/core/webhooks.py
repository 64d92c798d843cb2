"""Webhooks: rows of the ledger for another system's address, signed, in order, at least once, replayable.

A call is a POST of JSON: ``{"webhook": name, "rows": [{"number", "at", "kind", "client_id", "object_kind", "object_id",
"facts"}]}``, at most a hundred rows. Facts hold no personal data. Two headers prove where it comes from::

    Maitian-Time: 1795600000
    Maitian-Signature: sha256=<HMAC-SHA256 of "time.body" under the webhook's secret, in hex>

Any 2xx answer takes the rows. Everything else, and silence for ten seconds, is tried again with growing pauses, the
same rows first, so the receiver never misses one; it must bear seeing one twice, and has ``number`` to tell by.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from maitian.core import ledger
from maitian.core.errors import AlreadyDone, DomainError, NotFound, SameMakerAndChecker
from maitian.core.models import LedgerEntry, LedgerHead, Webhook, WebhookCall

log = logging.getLogger(__name__)
BATCH = 100
TIMEOUT = 10.0  # seconds
LONGEST_PAUSE = timedelta(minutes=30)
KEPT_CALLS = 1000
LOOK_EVERY = 1.0  # seconds
LOCKS = 7236286  # first key of the advisory locks: one worker at a webhook


class WebhookWrong(DomainError):
    code = "core.webhook.wrong"
    zh = "{why}"
    en = "{why_en}"


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, or an error when nobody answered."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


# --- who gets what ------------------------------------------------------------------------------------------


def _check(name: str, url: str, kinds: Sequence[str]) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    local = parts.hostname in ("127.0.0.1", "localhost")
    if not 0 < len(name.strip()) <= 60:
        raise WebhookWrong(
            "name", why="请写名称，不超过 60 个字。", why_en="Give it a name of at most 60 characters."
        )
    if (
        len(url) > 300
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.username
        or (parts.scheme == "http" and not local)
    ):
        raise WebhookWrong(
            "url",
            why="地址要以 https:// 开头，不带用户名，不超过 300 个字；本机可以用 http。",
            why_en="The address begins with https://, has no user name and at most 300 characters; http only on this machine.",
        )
    known = ledger.kinds()
    if not kinds:
        raise WebhookWrong("kinds", why="请至少选一种记录。", why_en="Choose at least one kind of row.")
    for kind in kinds:
        if kind not in known and not (kind.endswith(".") and any(other.startswith(kind) for other in known)):
            raise WebhookWrong(
                "kinds",
                why=f"账本里没有“{kind}”这种记录。",
                why_en=f"The ledger has no rows of the kind “{kind}”.",
            )


@transaction.atomic
def propose(name: str, url: str, kinds: Sequence[str], *, actor: str) -> tuple[Webhook, str]:
    """Propose a webhook; returns it with its secret, which is shown this once."""
    _check(name, url, kinds)
    if Webhook.objects.filter(name=name.strip()).exists():
        raise WebhookWrong("name", why="已有同名的推送。", why_en="There is one with this name already.")
    secret = secrets.token_urlsafe(32)
    made = Webhook.objects.create(
        name=name.strip(),
        url=url.strip(),
        secret=secret,
        kinds=sorted(set(kinds)),
        maker=actor,
        made_at=timezone.now(),
    )
    ledger.record(
        "webhook.proposed",
        actor=actor,
        object_kind="webhook",
        object_id=made.pk,
        facts={"name": made.name, "url": made.url, "kinds": made.kinds},
    )
    return made, secret


def _locked(webhook_id: int) -> Webhook:
    found = Webhook.objects.select_for_update().filter(pk=webhook_id).first()
    if found is None:
        raise NotFound()
    return found


@transaction.atomic
def approve(webhook_id: int, *, actor: str) -> Webhook:
    """Another person lets the data leave; it begins with the rows from now on."""
    hook = _locked(webhook_id)
    if hook.state != Webhook.State.PROPOSED:
        raise AlreadyDone(state=hook.get_state_display())
    if hook.maker == actor:
        raise SameMakerAndChecker()
    hook.state, hook.checker, hook.checked_at, hook.number = (
        Webhook.State.ACTIVE,
        actor,
        timezone.now(),
        _head(),
    )
    hook.save()
    ledger.record(
        "webhook.approved", actor=actor, object_kind="webhook", object_id=hook.pk, facts={"name": hook.name}
    )
    return hook


MOVES = {
    "pause": (("active",), "paused"),
    "resume": (("paused",), "active"),
    "end": (("proposed", "active", "paused"), "ended"),
}


@transaction.atomic
def move(webhook_id: int, step: str, *, actor: str) -> Webhook:
    """Pause, resume or end. While it is paused the rows wait; after an end there is no way back."""
    hook = _locked(webhook_id)
    if step not in MOVES:
        raise NotFound()
    before, after = MOVES[step]
    if hook.state == after:
        return hook
    if hook.state not in before:
        raise AlreadyDone(state=hook.get_state_display())
    hook.state, hook.failures, hook.retry_at = Webhook.State(after), 0, None
    hook.save()
    ledger.record(
        f"webhook.{after}" if step != "resume" else "webhook.resumed",
        actor=actor,
        object_kind="webhook",
        object_id=hook.pk,
        facts={"name": hook.name},
    )
    return hook


@transaction.atomic
def replay(webhook_id: int, after: int, *, actor: str) -> Webhook:
    """Deliver the rows after a number once more."""
    hook = _locked(webhook_id)
    hook.number, hook.failures, hook.retry_at = max(0, min(after, hook.number)), 0, None
    hook.save()
    ledger.record(
        "webhook.replayed",
        actor=actor,
        object_kind="webhook",
        object_id=hook.pk,
        facts={"name": hook.name, "number": hook.number},
    )
    return hook


# --- delivering ---------------------------------------------------------------------------------------------


def signature(secret: str, moment: int, body: bytes) -> str:
    """The value of ``Maitian-Signature``."""
    return (
        "sha256=" + hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()
    )


def _head() -> int:
    return LedgerHead.objects.values_list("number", flat=True).first() or 0


def wanted(kinds: Sequence[str]) -> Q:
    """The rows of these kinds."""
    exact = [kind for kind in kinds if not kind.endswith(".")]
    found = Q(kind__in=exact)
    for kind in kinds:
        if kind.endswith("."):
            found |= Q(kind__startswith=kind)
    return found


def row_of(entry: LedgerEntry) -> dict[str, Any]:
    """A ledger row as the receiver gets it."""
    return {
        "number": entry.number, "at": entry.at.isoformat(), "kind": entry.kind, "client_id": entry.client_id,
        "object_kind": entry.object_kind, "object_id": entry.object_id, "facts": entry.facts,
    }  # fmt: skip


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None  # the address that was approved, and no other


def call(hook: Webhook, rows: Sequence[dict[str, Any]]) -> Answer:
    """One POST. Redirects are not followed."""
    body = json.dumps({"webhook": hook.name, "rows": list(rows)}, ensure_ascii=False).encode()
    moment = int(timezone.now().timestamp())
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked when it was proposed
        hook.url, data=body, method="POST",
        headers={
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "Maitian", "Maitian-Time": str(moment),
            "Maitian-Signature": signature(str(hook.secret), moment, body),
        },
    )  # fmt: skip
    started = time.perf_counter()
    status, error = None, ""
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT) as answer:
            status = answer.status
    except urllib.error.HTTPError as refused:
        status, error = refused.code, f"HTTP {refused.code}"
    except (OSError, http.client.HTTPException, ValueError) as failed:
        error = f"{type(failed).__name__}: {getattr(failed, 'reason', failed)}"[:200]
    return Answer(status, error, round((time.perf_counter() - started) * 1000))


def deliver(webhook_id: int) -> int:
    """Deliver the next rows of one webhook, outside any transaction; returns how many were taken.

    One worker at a time holds the webhook's lock. The cursor moves after the answer: a crash between repeats the rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, webhook_id])
        if not cursor.fetchone()[0]:
            return 0
    try:
        hook = Webhook.objects.filter(pk=webhook_id, state=Webhook.State.ACTIVE).first()
        now = timezone.now()
        if hook is None or (hook.retry_at is not None and hook.retry_at > now):
            return 0
        head = _head()
        if hook.number >= head:
            return 0
        found = LedgerEntry.objects.filter(wanted(hook.kinds), number__gt=hook.number, number__lte=head)
        rows = [row_of(entry) for entry in found.order_by("number")[:BATCH]]
        upto = rows[-1]["number"] if len(rows) == BATCH else head
        if not rows:
            Webhook.objects.filter(pk=hook.pk, number=hook.number).update(number=upto)
            return 0
        answer = call(hook, rows)
        _note(hook, rows, upto, answer)
        return len(rows) if answer.taken else 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, webhook_id])


@transaction.atomic
def _note(hook: Webhook, rows: Sequence[dict[str, Any]], upto: int, answer: Answer) -> None:
    WebhookCall.objects.create(
        webhook=hook, first_number=rows[0]["number"], last_number=rows[-1]["number"], rows=len(rows), at=timezone.now(),
        milliseconds=answer.milliseconds, status=answer.status, error="" if answer.taken else answer.error[:200],
    )  # fmt: skip
    stale = (
        WebhookCall.objects.filter(webhook=hook)
        .order_by("-id")
        .values_list("pk", flat=True)[KEPT_CALLS : KEPT_CALLS + 1]
        .first()
    )
    if stale is not None:
        WebhookCall.objects.filter(webhook=hook, pk__lte=stale).delete()
    # ``number`` is compared: a replay that somebody asked for meanwhile stands.
    same = Webhook.objects.filter(pk=hook.pk, number=hook.number)
    if answer.taken:
        same.update(number=upto, failures=0, retry_at=None, last_error="")
        return
    failures = hook.failures + 1
    pause = min(timedelta(seconds=2 ** min(failures, 11)), LONGEST_PAUSE)
    same.update(failures=failures, retry_at=timezone.now() + pause, last_error=answer.error[:200])


def try_out(webhook_id: int) -> Answer:
    """A call without rows, to see whether somebody answers; nothing moves."""
    hook = Webhook.objects.filter(pk=webhook_id).first()
    if hook is None:
        raise NotFound()
    return call(hook, [])


def deliver_all() -> int:
    """One round over every active webhook; returns how many rows were taken."""
    return sum(
        deliver(pk) for pk in Webhook.objects.filter(state=Webhook.State.ACTIVE).values_list("pk", flat=True)
    )


def run_forever(stop: threading.Event) -> None:
    """Deliver until told to stop. Without webhooks it costs one small query a second."""
    while not stop.is_set():
        try:
            while not stop.is_set() and deliver_all():
                pass
        except Exception:
            log.exception("webhooks")
            connection.close()
        stop.wait(LOOK_EVERY)
    connection.close()
