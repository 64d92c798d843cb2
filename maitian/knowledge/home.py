"""What the knowledge base puts on the home pages and in the command bar."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maitian.core.time import SHANGHAI
from maitian.knowledge import queries
from maitian.knowledge.models import Version
from maitian.knowledge.queries.searching import rows
from maitian.staff.models import Member

MOST = 6


def tasks(member: Member) -> list[dict[str, Any]]:
    """What waits for the member: versions to check, drafts that came back, articles to be reviewed."""
    found: list[dict[str, Any]] = []
    if member.may("knowledge.approve"):
        for version in queries.to_check(member)[:MOST]:
            found.append(
                {
                    "icon": "help", "title": version.title, "url": reverse("knowledge:version", args=[version.article_id, version.number]),
                    "why": _("知识第 %(n)s 版等您复核") % {"n": version.number}, "action": _("复核"),
                }
            )  # fmt: skip
    if member.may("knowledge.write"):
        returned = (
            Version.objects.filter(state=Version.State.DRAFT, maker=member.actor)
            .exclude(reason="")
            .order_by("-changed_at")
        )
        for version in returned[:MOST]:
            found.append(
                {
                    "icon": "edit", "title": version.title, "url": reverse("knowledge:edit", args=[version.article_id]),
                    "why": _("知识被退回：%(reason)s") % {"reason": version.reason}, "action": _("接着写"),
                }
            )  # fmt: skip
        for article in queries.review_due(member)[:MOST]:
            if article.review_on is None:
                continue
            end = datetime.combine(article.review_on, time(23, 59), SHANGHAI)
            found.append(
                {
                    "icon": "help", "title": article.title, "url": reverse("knowledge:article", args=[article.pk]), "due": end,
                    "start": article.published_at, "why": _("知识要复查"), "action": _("复查"),
                }
            )  # fmt: skip
    return found


def find(member: Member, words: str, most: int = 5) -> list[dict[str, Any]]:
    """Articles for the command bar."""
    if len(words) < 2 or not member.may("knowledge.view"):
        return []
    found = queries.found_by(words)
    if found is None:
        return []
    return [
        {
            "url": reverse("knowledge:article", args=[article.pk]),
            "icon": "help",
            "label": article.title,
            "hint": article.ref,
        }
        for article in rows([row["id"] for row in found.part(0, most)])
    ]
