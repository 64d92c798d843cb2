"""What visits put on the home page of who goes: today's route, and results that are still to be written."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from maitian.core.time import today
from maitian.staff.models import Member
from maitian.visits import queries


def tasks(member: Member) -> list[dict[str, Any]]:
    late = list(queries.unwritten(member)[:6])
    listed = {visit.pk for visit in late}
    coming = [
        visit
        for visit in queries.route(member, today())
        if visit.state == "planned" and visit.pk not in listed
    ]
    return [
        {
            "icon": "pin", "title": visit.case.subject, "url": reverse("visits:visit", args=[visit.pk]), "due": visit.starts_at,
            "start": visit.made_at, "why": why, "action": action,
        }
        for visits, why, action in ((late, _("上门还没写结果"), _("写结果")), (coming, _("今天上门"), _("看")))
        for visit in visits
    ]  # fmt: skip
