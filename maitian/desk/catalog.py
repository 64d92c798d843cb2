"""What the desk is set up with: kinds, routes, clock policies. Read often, changed seldom, so kept in the process.

Each reading asks the database for one small stamp, so a change shows at once in every process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maitian.core import fresh, rulebook
from maitian.core import time as business_time
from maitian.core.rulebook import Rules
from maitian.desk.errors import (
    AuthorityRuleWrong,
    ClockRuleWrong,
    ClockWithoutCalendar,
    KindRetired,
    KindUnknown,
    LadderCircular,
    LadderWrong,
)
from maitian.desk.models import CaseKind, KindVersion, Route
from maitian.desk.rules import authority, clocks, routing
from maitian.desk.rules.clocks import ClockKind, Policy
from maitian.desk.rules.kinds import DEFAULT_POLICY

CLOCK_RULE = "desk.clock."
LADDER_RULE = "desk.ladder."

# Of every row and not of the latest: a clock that was put back, or stood still, must not hide a change.
for _table in ("desk_casekind", "desk_route"):
    fresh.register(
        _table,
        f"(SELECT count(*) || ' ' || coalesce(sum(hashtext(ROW(id, changed_at, active, version)::text)::bigint), 0) FROM {_table})",
    )

_kept: dict[str, tuple[tuple[str, Any], Any]] = {}


def _stamped(table: str, read: Callable[[], Any], name: str = "") -> Any:
    """``name``: what is kept, when one table is read in several ways."""
    stamp = fresh.stamp(table)
    kept = _kept.get(name or table)
    if kept is None or kept[0] != stamp:
        kept = _kept[name or table] = (stamp, read())
    return kept[1]


def kinds() -> dict[int, CaseKind]:
    """Every kind by id, in their order, those no longer used included."""
    found: dict[int, CaseKind] = _stamped(
        "desk_casekind", lambda: {kind.pk: kind for kind in CaseKind.objects.all()}
    )
    return found


def kind(code: str, *, portal: bool = False) -> CaseKind:
    """An active kind by its code; ``portal``: one that clients may open themselves.

    Raises :class:`KindRetired` for one that is no longer used, :class:`KindUnknown` for one that never was.
    """
    for found in kinds().values():
        if found.code == code and not found.active:
            raise KindRetired(kind=found.name, kind_en=found.name_en)
        if found.code == code and (found.portal or not portal):
            return found
    raise KindUnknown(code=code)


def form_of(kind_id: int, version: int) -> list[dict[str, Any]]:
    """The form of a kind as a version of it had it: with which a case was taken, whatever the kind asks for today."""
    current = kinds()[kind_id]
    if version == current.version:
        return list(current.fields)
    return list(_old_forms().get((kind_id, version), current.fields))


def _old_forms() -> dict[tuple[int, int], list[dict[str, Any]]]:
    """The form of every version that was ever in force. A version comes into force by a change of its kind's row."""
    found: dict[tuple[int, int], list[dict[str, Any]]] = _stamped(
        "desk_casekind",
        lambda: {
            (kind_id, number): definition["fields"]
            for kind_id, number, definition in KindVersion.objects.filter(
                state=KindVersion.State.APPROVED, kind__isnull=False
            ).values_list("kind_id", "number", "definition")
        },
        "forms",
    )
    return found


def active_kinds(book: str = "brokerage", *, portal: bool = False) -> list[CaseKind]:
    return [k for k in kinds().values() if k.active and k.book == book and (k.portal or not portal)]


def routes(book: str) -> list[routing.Rule]:
    """The active rules of routing of a book, in their order."""
    everything: list[Route] = _stamped("desk_route", lambda: list(Route.objects.all()))
    return [
        routing.Rule(
            row.pk,
            row.name,
            row.conditions,
            row.team,
            row.owner,
            "" if row.priority is None else str(row.priority),
        )
        for row in everything
        if row.active and row.book == book
    ]


def route_names() -> dict[int, Route]:
    """Every rule by id, for explanations."""
    everything: list[Route] = _stamped("desk_route", lambda: list(Route.objects.all()))
    return {row.pk: row for row in everything}


# --- clock policies --------------------------------------------------------------------------------------

_policies: dict[tuple[Any, ...], dict[str, Policy]] = {}
MOST_KEPT = 500


def policies(values: Rules, name: str, level: int = 0, severity: str = "") -> dict[str, Policy]:
    """The clocks of a policy (``complaint``) under the rules ``values``, by kind of clock, for a level and severity.

    A policy without any rule of its own gets those of ``default``: no case is without a clock.
    """
    key = (values.book, values.version, name, level, severity)
    found = _policies.get(key)
    if found is None:
        if len(_policies) > MOST_KEPT:
            _policies.clear()
        found = _policies[key] = _read_policies(values, name, level, severity)
    return found


def _read_policies(values: Rules, name: str, level: int, severity: str) -> dict[str, Policy]:
    return {
        key.rsplit(".", 1)[1]: policy(key, values.get(key), values, level, severity)
        for key in clock_rules(values, name)
    }


def clock_rules(values: Rules, name: str) -> list[str]:
    """The keys of the rules that a policy's clocks come from, those of ``default`` when it has none of its own."""
    listed = set(values.listed())
    own = [key for clock in ClockKind if (key := f"{CLOCK_RULE}{name}.{clock}") in listed]
    if own or name == DEFAULT_POLICY:
        return own
    return clock_rules(values, DEFAULT_POLICY)


def clock_policies(values: Rules) -> list[str]:
    """The names of the policies that the rulebook has clocks for."""
    named = {
        key[len(CLOCK_RULE) :].rsplit(".", 1)[0] for key in values.listed() if key.startswith(CLOCK_RULE)
    }
    return sorted(named, key=lambda name: (name != DEFAULT_POLICY, name))


def policy(key: str, value: Mapping[str, Any], values: Rules, level: int = 0, severity: str = "") -> Policy:
    """One rule read, with what is wrong with it as a refusal that names the rule."""
    used = {key: values.rule(key).pk} if key in values.listed() else {}
    ladder = value.get("ladder", "")
    if ladder and LADDER_RULE + ladder in values.listed():
        used[LADDER_RULE + ladder] = values.rule(LADDER_RULE + ladder).pk
    try:
        return clocks.read_policy(
            key.rsplit(".", 1)[1], value, calendars=business_time.calendars(), ladders=ladders(values), level=level,
            severity=severity, rules=used,
        )  # fmt: skip
    except clocks.LadderCircular as error:
        raise LadderCircular(chain=" → ".join(error.chain)) from None
    except clocks.PolicyWrong as error:
        if error.what == "calendar":
            raise ClockWithoutCalendar(key=key, known="、".join(sorted(business_time.calendars()))) from None
        zh, en = WORDS.get(error.what, (error.what, error.what))
        raise ClockRuleWrong(key=key, what=zh, what_en=en, given=error.given) from None


WORDS = {
    "unit": ("单位", "the unit"), "target": ("时限", "the target"), "pauses": ("暂停的状态", "the pausing states"),
    "ladder": ("升级阶梯", "the ladder"), "at": ("时间", "the time"), "who": ("人", "the person"), "how": ("方式", "the way"),
}  # fmt: skip


def ladders(values: Rules) -> dict[str, Mapping[str, Any]]:
    return {
        key[len(LADDER_RULE) :]: values.get(key) for key in values.listed() if key.startswith(LADDER_RULE)
    }


def check_clock_rule(key: str, value: Any, values: Rules) -> None:
    """Called by the rulebook before a new value is proposed: with every level and severity that it names."""
    if not isinstance(value, dict):
        raise ClockRuleWrong(key=key, what="值", what_en="the value", given=value)
    for level in {0, *(int(rank) for rank in value.get("by_level", {}) if str(rank).isdigit())}:
        for severity in {"", *value.get("by_severity", {})}:
            policy(key, value, values, level, severity)


def check_ladder_rule(key: str, value: Any, values: Rules) -> None:
    """As :func:`check_clock_rule`, for the steps of a ladder and for circles through the others."""
    name = key[len(LADDER_RULE) :]
    try:
        clocks.ladder_steps(name, {**ladders(values), name: value})
    except clocks.LadderCircular as error:
        raise LadderCircular(chain=" → ".join(error.chain)) from None
    except clocks.PolicyWrong as error:
        zh, en = WORDS.get(error.what, (error.what, error.what))
        raise LadderWrong(key=key, what=zh, what_en=en, given=error.given) from None
    except (KeyError, TypeError, AttributeError):
        raise LadderWrong(key=key, what="写法", what_en="the form", given=str(value)[:80]) from None


def check_authority(key: str, value: Any, values: Rules) -> None:
    """Rungs with roles and limits that do not fall."""
    try:
        authority.read(value)
    except (authority.AuthorityWrong, ArithmeticError, AttributeError, TypeError):
        raise AuthorityRuleWrong() from None


def register() -> None:
    rulebook.check(CLOCK_RULE, check_clock_rule)
    rulebook.check(LADDER_RULE, check_ladder_rule)
    rulebook.check("desk.authority", check_authority)
