"""Whom briefings write to: who is meant by one, and who has a seat."""

from __future__ import annotations

from collections.abc import Sequence

from maitian.clients import conditions
from maitian.core import time as business_time
from maitian.outreach import variables
from maitian.outreach.audiences import COMMON, SERVED, Audience, Facts, Sql, register
from maitian.outreach.briefings.models import Briefing

VARIABLES = COMMON | {"summary", "speaker", "place", "seats", "when", "sign_up_by", "link"}
# A guest of a group; the group's name comes from ``actions.GROUPS`` and is never anybody's input.
GUESTS = {
    "": "state = 'seated'",
    "attended": "state = 'seated' AND came_at IS NOT NULL",
    "missed": "state = 'seated' AND came_at IS NULL",
}


def meant_by(item: Briefing) -> Sql:
    """Who is meant: on the books, and the briefing's conditions."""
    sql, values = "c.state = ANY(%(served)s)", {"served": list(SERVED)}
    if item.audience:
        more, parameters = conditions.compile_tree(
            item.audience, today=business_time.today(), alias="c", prefix="b"
        )
        sql, values = f"{sql} AND ({more})", {**values, **parameters}
    return sql, values


def _invited(facts: Facts) -> Sql:
    """Who is meant and has not signed up (or left) already."""
    item = Briefing.objects.filter(pk=int(facts.get("briefing", 0))).first()
    if item is None:
        return "false", {}
    sql, values = meant_by(item)
    return (
        f"{sql} AND NOT EXISTS (SELECT 1 FROM outreach_guest g WHERE g.briefing_id = %(briefing)s AND g.client_id = c.id)",
        {**values, "briefing": item.pk},
    )


def _still_invited(facts: Facts, clients: Sequence[int]) -> Sql:
    """At hand-over: as long as it is open for sign-up, who has not signed up meanwhile."""
    return (
        "SELECT x.id AS client_id, '{}'::jsonb AS facts FROM unnest(%(clients)s::bigint[]) AS x(id)"
        " WHERE EXISTS (SELECT 1 FROM outreach_briefing b WHERE b.id = %(briefing)s AND b.state = 'open')"
        " AND NOT EXISTS (SELECT 1 FROM outreach_guest g WHERE g.briefing_id = %(briefing)s AND g.client_id = x.id)",
        {"clients": list(clients), "briefing": facts["briefing"]},
    )


def _group(facts: Facts) -> Sql:
    from maitian.outreach.briefings import actions

    group = str(facts.get("group", ""))
    if group == "asked":  # the questions are encrypted: the list is made by the program
        item = Briefing.objects.filter(pk=int(facts.get("briefing", 0))).first()
        listed = list(actions.in_group(item, "asked").values_list("client_id", flat=True)) if item else []
        return "client_id = ANY(%(asked)s)", {"asked": listed}
    return GUESTS.get(group, GUESTS[""]), {}


def _guests(facts: Facts) -> Sql:
    where, values = _group(facts)
    return (
        f"c.id IN (SELECT client_id FROM outreach_guest WHERE briefing_id = %(briefing)s AND {where})",
        {"briefing": facts.get("briefing", 0), **values},
    )


def _guest_facts(facts: Facts) -> Sql:
    return (
        "SELECT client_id, jsonb_build_object('code', code) AS facts FROM outreach_guest"
        " WHERE briefing_id = %(briefing)s AND state = 'seated'",
        {"briefing": facts["briefing"]},
    )


def _still_guest(facts: Facts, clients: Sequence[int]) -> Sql:
    """At hand-over: who still has a seat, and it has not been called off."""
    return (
        "SELECT g.client_id, jsonb_build_object('code', g.code) AS facts FROM outreach_guest g"
        " JOIN outreach_briefing b ON b.id = g.briefing_id AND b.state <> 'called_off'"
        " WHERE g.briefing_id = %(briefing)s AND g.client_id = ANY(%(clients)s) AND g.state = 'seated'",
        {"briefing": facts["briefing"], "clients": list(clients)},
    )


register(
    "briefing_invited",
    Audience(
        "报告会要请的客户（报了名的除外）",
        "Clients whom a briefing is for, without those who signed up",
        _invited,
        VARIABLES,
        still=_still_invited,
        empty=(
            "没有要请的客户：条件太窄，或都报了名。",
            "Nobody is left to invite: the conditions are narrow, or all have signed up.",
        ),
    ),
)
register(
    "briefing_guests",
    Audience(
        "报告会有座位的客户",
        "Clients who have a seat at the briefing",
        _guests,
        VARIABLES,
        frozenset({"code"}),
        _guest_facts,
        _still_guest,
        empty=("还没有客户有座位。", "Nobody has a seat yet."),
    ),
)
for _row in (
    ("speaker", "主讲", "Speaker", "麦田研究所 韩立"),
    ("place", "地点", "Place", "滨河路营业部三楼"),
    ("seats", "座位数", "Seats", "60"),
    ("when", "时间", "When", "11月28日 14:00"),
    ("sign_up_by", "报名截止", "Sign-up until", "11月27日 17:00"),
    ("code", "入场码", "Entry code", "K7M2XQ4P"),
):
    variables.register(*_row)
