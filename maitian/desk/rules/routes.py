"""The list of routing rules that a branch sets up: what it may say, and what a new one changes. Pure.

A definition is JSON: ``rules``, in their order. A rule is ``key, name, name_en, conditions, team, owner, priority``. The
conditions are those of :data:`maitian.desk.rules.routing.CONDITIONS`; of a list in a condition one has to fit. ``owner``:
``manager`` (the client's account manager), a member's number, or empty (the team's queue). ``priority``: 0 to 3, or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maitian.desk.rules.kinds import Change, Fault, code_for
from maitian.desk.rules.routing import CONDITIONS

LONGEST = {"name": 60, "name_en": 80}
MOST_RULES, MOST_WORDS, LONGEST_WORD = 60, 20, 20
# What only complaints have: a rule that asks for it is a rule for complaints.
OF_COMPLAINTS = ("complaint_kinds", "severities")
TYPED = ("tags", "words")


@dataclass(frozen=True)
class Known:
    """What a list is judged against, as it is now.

    ``kinds``: (name, English name, in use) of every kind by code; ``complaints``: the codes of those that are
    complaints. ``staffed``: how many people work on cases in each centre. ``colleagues``: who may be given a case.
    """

    kinds: Mapping[str, tuple[str, str, bool]] = field(default_factory=dict)
    complaints: frozenset[str] = frozenset()
    staffed: Mapping[str, int] = field(default_factory=dict)
    colleagues: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    levels: frozenset[int] = frozenset()
    complaint_kinds: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()


def _words(value: Any) -> str:
    return " ".join(str(value or "").replace("\x00", "").split())


def tidy(given: Mapping[str, Any]) -> dict[str, Any]:
    """A definition in its stored form: texts trimmed, empty conditions left out, keys given to rules that have none.

    ``taken``: keys that earlier versions used.
    """
    rules = [rule for rule in given.get("rules") or [] if isinstance(rule, Mapping)]
    taken = {str(rule.get("key") or "") for rule in rules} | {str(key) for key in given.get("taken") or ()}
    tidied = []
    for rule in rules:
        key = str(rule.get("key") or "") or code_for(str(rule.get("name_en") or "rule"), taken)
        taken.add(key)
        priority = str(rule.get("priority") if rule.get("priority") is not None else "")
        tidied.append(
            {
                "key": key, **{name: _words(rule.get(name)) for name in LONGEST},
                "conditions": _conditions(rule.get("conditions") or {}), "team": str(rule.get("team") or ""),
                "owner": _words(rule.get("owner")), "priority": int(priority) if priority in ("0", "1", "2", "3") else None,
            }
        )  # fmt: skip
    return {"rules": tidied}


def _conditions(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in CONDITIONS:
        wanted = given.get(name)
        if name == "managed":
            if isinstance(wanted, bool):
                found[name] = wanted
        elif isinstance(wanted, Sequence) and not isinstance(wanted, str):
            listed = list(dict.fromkeys(int(v) if name == "levels" and str(v).isdigit() else _words(v) for v in wanted))  # fmt: skip
            if listed := [value for value in listed if value != ""]:
                found[name] = listed
    return found | {name: wanted for name, wanted in given.items() if name not in CONDITIONS}


def asks(rule: Mapping[str, Any], complaints: frozenset[str]) -> dict[str, Any]:
    """The conditions of a rule with what they imply: one that asks for a kind of complaint asks for complaints."""
    wanted = dict(rule["conditions"])
    if any(name in wanted for name in OF_COMPLAINTS):
        named = wanted.get("kinds", sorted(complaints))
        wanted["kinds"] = [code for code in named if code in complaints]
    return wanted


def takes_all_of(
    first: Mapping[str, Any], second: Mapping[str, Any], complaints: frozenset[str] = frozenset()
) -> bool:
    """Whether every case that fits ``second`` fits ``first``: behind it, the second rule never decides."""
    broad, narrow = asks(first, complaints), asks(second, complaints)
    for name, wanted in broad.items():
        theirs = narrow.get(name)
        if theirs is None:
            return False
        if name == "managed":
            if theirs is not wanted:
                return False
        elif name == "words":  # whoever says 登录不上 says 登录
            if not all(any(word in longer for word in wanted) for longer in theirs):
                return False
        elif not set(theirs) <= set(wanted):
            return False
    return True


def faults(definition: Mapping[str, Any], known: Known) -> list[Fault]:
    """Everything that is wrong with a tidied list, in its order; nothing for one that can be used."""
    rules = definition["rules"]
    found: list[Fault] = []
    if len(rules) > MOST_RULES:
        found.append(Fault("rules", "too_many", facts={"most": MOST_RULES}))
    names: dict[str, set[str]] = {"name": set(), "name_en": set()}
    keys: set[str] = set()
    for n, rule in enumerate(rules):
        place, label, label_en = f"rules.{n}.", rule["name"], rule["name_en"]
        for name, most in LONGEST.items():
            text = rule[name]
            if not text:
                found.append(Fault(place + name, "missing", label, label_en))
            elif len(text) > most:
                found.append(Fault(place + name, "long", text[:12] + "…", text[:12] + "…", {"most": most, "given": len(text)}))  # fmt: skip
            elif text.casefold() in names[name]:
                found.append(Fault(place + name, "name_twice", text, text))
            names[name].add(text.casefold())
        if rule["key"] in keys:
            found.append(Fault(place + "key", "key", label, label_en, {"key": rule["key"]}))
        keys.add(rule["key"])
        found += _targets(place, rule, known)
        own = _of_conditions(place, rule, known)
        found += own or _against_earlier(place, rule, rules[:n], known)
    return found


def _targets(place: str, rule: Mapping[str, Any], known: Known) -> list[Fault]:
    label, label_en, owner = rule["name"], rule["name_en"], rule["owner"]
    found = []
    if rule["team"] not in known.staffed:
        found.append(Fault(place + "team", "team", label, label_en))
    elif not known.staffed[rule["team"]]:
        found.append(Fault(place + "team", "team_empty", label, label_en, {"team": rule["team"]}))
    if owner and owner != "manager" and not (owner.isdigit() and int(owner) in known.colleagues):
        found.append(Fault(place + "owner", "owner", label, label_en))
    return found


def _of_conditions(place: str, rule: Mapping[str, Any], known: Known) -> list[Fault]:
    label, label_en, wanted = rule["name"], rule["name_en"], rule["conditions"]
    here = place + "conditions."
    found = [Fault(here + name, "condition", label, label_en, {"name": name}) for name in wanted if name not in CONDITIONS]  # fmt: skip
    for code in wanted.get("kinds", []):
        name, name_en, in_use = known.kinds.get(code, (code, code, False))
        if code not in known.kinds:
            found.append(Fault(here + "kinds", "kind_unknown", label, label_en, {"kind": code}))
        elif not in_use:
            facts = {"kind": name, "kind_en": name_en}
            found.append(Fault(here + "kinds", "kind_retired", label, label_en, facts))
    choices: dict[str, Iterable[Any]] = {
        "channels": known.channels, "levels": known.levels, "complaint_kinds": known.complaint_kinds, "severities": known.severities,
    }  # fmt: skip
    for name, allowed in choices.items():
        for value in wanted.get(name, []):
            if value not in allowed:
                found.append(Fault(here + name, "value", label, label_en, {"value": value}))
    for name in TYPED:
        if len(wanted.get(name, [])) > MOST_WORDS or any(len(w) > LONGEST_WORD for w in wanted.get(name, [])):
            found.append(Fault(here + name, "words", label, label_en, {"most": MOST_WORDS, "long": LONGEST_WORD}))  # fmt: skip
    if not wanted:
        found.append(Fault(here + "kinds", "everything", label, label_en))
    if not found and asks(rule, known.complaints).get("kinds") == []:
        found.append(Fault(here + "complaint_kinds", "never", label, label_en))
    return found


def _against_earlier(
    place: str, rule: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], known: Known
) -> list[Fault]:
    """The first rule before it that takes all its cases; of two with the same conditions only one can hold."""
    for number, other in enumerate(earlier, 1):
        if not other["conditions"] or not takes_all_of(other, rule, known.complaints):
            continue
        same = takes_all_of(rule, other, known.complaints)
        what = "contradicts" if same and target(other) != target(rule) else "same" if same else "covered"
        facts = {"other": other["name"], "other_en": other["name_en"], "n": number}
        return [Fault(place + "conditions", what, rule["name"], rule["name_en"], facts)]
    return []


def target(rule: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a rule does with a case."""
    return rule["team"], rule["owner"], rule["priority"]


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """What ``after`` does differently: rules ``added``, ``removed``, ``changed``, and ``moved`` when their order is another."""
    was = {rule["key"]: rule for rule in (before or {}).get("rules", [])}
    now = {rule["key"]: rule for rule in after["rules"]}
    found = [Change("removed", key, rule, None) for key, rule in was.items() if key not in now]
    for key, rule in now.items():
        if key not in was:
            found.append(Change("added", key, None, rule))
        elif was[key] != rule:
            found.append(Change("changed", key, was[key], rule))
    if [key for key in was if key in now] != [key for key in now if key in was]:
        found.append(Change("moved", "", list(was.values()), list(now.values())))
    return found


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """My changes of ``base`` on top of theirs: a rule that I did not touch is as they have it; their new ones follow mine."""
    was = {rule["key"]: rule for rule in base["rules"]}
    now = {rule["key"]: rule for rule in theirs["rules"]}
    rules = []
    for rule in mine["rules"]:
        key = rule["key"]
        if key not in was or was[key] != rule:
            rules.append(dict(rule))
        elif key in now:
            rules.append(dict(now[key]))
    listed = {rule["key"] for rule in mine["rules"]}
    rules += [dict(rule) for key, rule in now.items() if key not in listed and key not in was]
    return {"rules": rules}
