"""Webhooks of the demonstration: one on pause after a bad night, one that waits for the checker. Neither calls anybody."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.utils import timezone

from maitian.core import webhooks
from maitian.core.models import LedgerHead, Webhook, WebhookCall
from maitian.staff.models import Member

SMALLEST = 1_000  # clients; a smaller branch is a test's


def load(members: dict[str, Member], clients: int) -> int:
    """Make both; returns how many."""
    if clients < SMALLEST:
        return 0
    now = timezone.now()
    head = LedgerHead.objects.values_list("number", flat=True).first() or 0
    paused = Webhook.objects.create(
        name="总部客户数据平台", url="https://hub.example.com/maitian/rows", secret=secrets.token_hex(32), kinds=["client.", "level.", "allotment."],
        state=Webhook.State.PAUSED, maker=members["admin"].actor, made_at=now - timedelta(days=40), checker=members["checker"].actor,
        checked_at=now - timedelta(days=39), number=max(0, head - 400), failures=3, last_error="503 Service Unavailable",
    )  # fmt: skip
    answers = [(200, "")] * 9 + [(503, "503 Service Unavailable")] * 3
    WebhookCall.objects.bulk_create(
        WebhookCall(
            webhook=paused, first_number=max(1, head - 1_300 + 100 * min(n, 9)), last_number=max(1, head - 1_201 + 100 * min(n, 9)), rows=100,
            at=now - timedelta(hours=30 - n), milliseconds=180 + 37 * n % 160 if status == 200 else 10_000, status=status, error=error,
        )
        for n, (status, error) in enumerate(answers)
    )  # fmt: skip
    webhooks.propose(
        "合规存证系统", "https://evidence.example.com/ledger", ["complaint.", "suitability.", "pick.signed"], actor=members["admin"].actor
    )  # fmt: skip
    return 2
