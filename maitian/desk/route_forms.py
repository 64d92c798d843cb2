"""Routing rules between page and definition: how the list is made by clicks, as a draft of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict

from maitian.desk import drafting
from maitian.desk.actions import routes as actions
from maitian.desk.drafting import Begun
from maitian.desk.errors import ColleagueAmbiguous, ColleagueUnknown, RoutesDraftElsewhere, RoutesWrong
from maitian.desk.models import RouteVersion
from maitian.desk.queries import colleagues
from maitian.desk.route_words import told
from maitian.desk.rules import routes as rules
from maitian.desk.rules.kinds import Fault
from maitian.staff import drafts
from maitian.staff.models import Draft, Member

KIND = "routes"  # of the drafts
CHOSEN = ("kinds", "channels", "levels", "complaint_kinds", "severities")
SEPARATORS = re.compile(r"[、，,；;\n]+")


def for_editor(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A stored list as it is edited: a colleague in words."""
    return {
        "rules": [
            {
                **rule, "owner": "member" if rule["owner"].isdigit() else rule["owner"],
                "colleague": str(colleagues.in_words(rule["owner"])) if rule["owner"].isdigit() else "",
            }
            for rule in definition["rules"]
        ]
    }  # fmt: skip


def begin(member: Member, version: RouteVersion | None = None) -> Draft:
    """A draft of a change; one's own that was begun before goes on. ``version``: where to begin, else what is in force."""
    current = actions.in_force()
    start = version or current
    return drafts.begin(
        member, KIND, key=current.book, title="", values={"definition": for_editor(start.definition), "base": current.number, "note": ""},
    )  # fmt: skip


def read(given: QueryDict) -> dict[str, Any]:
    """The list as the editor's page sent it, rules without anything in them included."""
    found = []
    for n in range(_number(given.get("rows"))):
        place = f"r.{n}."
        conditions: dict[str, Any] = {
            name: values for name in CHOSEN if (values := given.getlist(place + name)[:100])
        }
        for name in rules.TYPED:
            if words := split(given.get(place + name, "")):
                conditions[name] = words
        if (managed := given.get(place + "managed", "")) in ("yes", "no"):
            conditions["managed"] = managed == "yes"
        text = {
            name: str(given.get(place + name, ""))[:300]
            for name in ("key", "name", "name_en", "team", "owner", "colleague", "priority")
        }
        found.append({**text, "conditions": conditions})
    return {"rules": found}


def split(words: str) -> list[str]:
    """Words as they are typed into one line: with 、 or a comma between them."""
    return [word for part in SEPARATORS.split(str(words)[:1000]) if (word := part.strip())]


def _number(value: Any) -> int:
    text = str(value or "")
    return min(int(text), rules.MOST_RULES + 1) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def act(definition: dict[str, Any], do: str) -> str:
    """One click of the editor: ``add``, ``up:2``, ``down:2``, ``remove:2``. Returns the place in the page to go on at."""
    name, *numbers = do.split(":")
    listed = definition["rules"]
    if name == "add":
        blank = {"key": "", "name": "", "name_en": "", "conditions": {}, "team": "service", "owner": "", "colleague": "", "priority": ""}  # fmt: skip
        listed.append(blank)
        return f"rule-{len(listed) - 1}"
    here = _number(numbers[0]) if numbers else -1
    if not 0 <= here < len(listed):
        return "rules"
    if name in ("up", "down"):
        other = here - 1 if name == "up" else here + 1
        if not 0 <= other < len(listed):
            return f"rule-{here}"
        listed[here], listed[other] = listed[other], listed[here]
        return f"rule-{other}"
    if name == "remove":
        del listed[here]
        return "rules"
    return f"rule-{here}"


def keep(member: Member, draft_id: int, stamp: str, change: Callable[[Begun], None]) -> Begun:
    """See :func:`maitian.desk.drafting.keep`."""
    return drafting.keep(Begun, KIND, RoutesDraftElsewhere, member, draft_id, stamp, change)


def numbered(member: Member, definition: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed with its colleagues by number, as it is proposed. Raises :class:`RoutesWrong` for those nobody is found for."""
    found, wrong = [], []
    for n, rule in enumerate(definition["rules"]):
        owner = rule["owner"]
        if owner == "member":
            try:
                one = colleagues.chosen(member, str(rule.get("colleague", ""))).member
                owner = str(one.pk) if one else ""
            except (ColleagueUnknown, ColleagueAmbiguous) as refused:
                facts = {
                    "why": refused.sentence("zh-hans").rstrip("。"),
                    "why_en": refused.sentence("en").rstrip("."),
                }
                place = f"rules.{n}.owner"
                wrong.append((place, *told(Fault(place, "colleague", rule["name"], rule["name_en"], facts))))
        found.append({**{name: value for name, value in rule.items() if name != "colleague"}, "owner": owner})
    if wrong:
        raise RoutesWrong(
            field=wrong[0][0], count=len(wrong), faults=wrong, list="；".join(zh for _place, zh, _en in wrong),
            list_en="; ".join(en for _place, _zh, en in wrong),
        )  # fmt: skip
    return {"rules": found}


def catch_up(member: Member, begun: Begun) -> None:
    """Put one's changes on top of what a colleague brought into force meanwhile."""
    current = actions.in_force()
    if current.number == begun.base:
        return
    before = RouteVersion.objects.get(book=current.book, number=begun.base)
    mine = actions.tidy(numbered(member, begun.definition))
    begun.definition = for_editor(rules.merged(before.definition, mine, current.definition))
    begun.base = current.number
