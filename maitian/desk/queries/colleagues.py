"""Colleagues found while typing, and what was typed read again: by name, pinyin initials or sign-in name.

A branch has some hundred colleagues, so no page writes them all; a field holds words, and the server says whom they mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import translation

from maitian.desk.errors import ColleagueAmbiguous, ColleagueUnknown
from maitian.staff.access import PERMISSIONS
from maitian.staff.models import Centre, Member

MOST = 12
BETWEEN = " · "


def at_the_desk(member: Member) -> QuerySet[Member]:
    """Active colleagues of the branch who may work on cases."""
    roles = [role for role, given in PERMISSIONS.items() if "desk.work" in given]
    return Member.objects.filter(branch_id=member.branch_id, active=True, role__in=roles)


def words_of(member: Member) -> str:
    """How a field names a colleague, so that two of one name are told apart: ``方静 · hotline1``."""
    return f"{member.title}{BETWEEN}{member.sign_in_name}"


def _found(member: Member, words: str) -> QuerySet[Member]:
    name = words.split(BETWEEN.strip())[0].strip()
    return at_the_desk(member).filter(
        Q(name__icontains=name)
        | Q(name_en__icontains=name)
        | Q(initials__istartswith=name)
        | Q(sign_in_name__istartswith=name)
    )


def found(member: Member, words: str) -> list[Member]:
    """Whom the words may mean, one's own centre first; nobody for no words."""
    if not words.strip():
        return []
    rows = list(_found(member, words.strip()[:60]).order_by("name", "pk")[: MOST * 4])
    return sorted(rows, key=lambda m: m.centre != member.centre)[:MOST]


def team_of(words: str) -> str | None:
    """The centre that the words name, in either language or as ``team:service``."""
    given = words.strip()
    if given.removeprefix("team:") in Centre.values:
        return given.removeprefix("team:")
    for language in ("zh-hans", "en"):
        with translation.override(language):
            for value in Centre.values:
                if given.casefold() == str(Centre(value).label).casefold():
                    return str(value)
    return None


@dataclass(frozen=True)
class Chosen:
    """Whom a field means: a colleague, or a centre's queue."""

    member: Member | None = None
    team: str = ""


def chosen(member: Member, words: str, *, teams: bool = False) -> Chosen:
    """Whom the words of a field mean: a centre if ``teams``, a sign-in name, a number, a whole name, or the only one whom
    they fit. Raises :class:`ColleagueUnknown` and :class:`ColleagueAmbiguous` (which names those whom they fit)."""
    given = words.strip()[:80]
    team = team_of(given) if teams else None
    if team is not None:
        return Chosen(team=team)
    if not given:
        raise ColleagueUnknown(given="–")
    everybody = at_the_desk(member)
    one = everybody.filter(sign_in_name__iexact=given.rsplit(BETWEEN.strip(), 1)[-1].strip()).first()
    if one is None and given.isascii() and given.isdigit() and len(given) < 18:
        one = everybody.filter(pk=int(given)).first()
    if one is not None:
        return Chosen(member=one)
    if BETWEEN.strip() in given:  # a sign-in name that nobody has: never somebody else of that name
        raise ColleagueUnknown(given=given)
    fit = list(everybody.filter(Q(name__iexact=given) | Q(name_en__iexact=given)).order_by("pk")[: MOST + 1])
    fit = fit or list(_found(member, given).order_by("name", "pk")[: MOST + 1])
    if not fit:
        raise ColleagueUnknown(given=given)
    if len(fit) > 1:
        which = "、".join(words_of(m) for m in fit[:5]) + ("…" if len(fit) > 5 else "")
        raise ColleagueAmbiguous(given=given, which=which)
    return Chosen(member=fit[0])


def numbered(member: Member, fields: Iterable[Mapping[str, Any]], answers: dict[str, Any]) -> dict[str, Any]:
    """The answers of a form with its colleagues by number, as they are kept; a page sends them in words."""
    found = dict(answers)
    for entry in fields:
        if entry["type"] == "member" and str(answers.get(entry["key"], "")).strip():
            one = chosen(member, str(answers[entry["key"]])).member
            found[entry["key"]] = str(one.pk) if one else ""
    return found


def in_words(value: Any) -> Any:
    """A kept colleague as a field shows it; what was typed stays."""
    one = (
        Member.objects.filter(pk=int(value)).first()
        if str(value).isdigit() and len(str(value)) < 18
        else None
    )
    return words_of(one) if one else value
