"""Kinds of case that a branch sets up: what a definition may say. Pure.

A definition is JSON: ``name, name_en, hint, hint_en, icon, team, priority, portal, policy, own_clocks, fields``. A field is
``key, name, name_en, type, required, personal, inside, help, help_en, choices``; a choice is ``key, name, name_en``.
``personal`` answers are stored encrypted, ``inside`` ones are asked of members only. Keys never change their meaning:
what a field was called is a word, its key is what the answers of every case are kept under.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maitian.desk.rules.fields import KEY, MOST_FIELDS, TYPES

# The kinds that the source names; the product itself opens some of them (mails, texts, visits, complaints).
BUILT_IN = frozenset({"enquiry", "request", "complaint", "help_visit", "suggestion", "praise"})
# Fields that stay: a visit is planned from them. A complaint's own form (T5) is no list of fields, see COMPLAINT_FORM.
FIXED: Mapping[str, frozenset[str]] = {"help_visit": frozenset({"place", "convenient"})}
DEFAULT_POLICY = "default"
LONGEST = {"name": 30, "name_en": 40, "hint": 120, "hint_en": 160}
LONGEST_OF_FIELD = {"name": 30, "name_en": 60, "help": 120, "help_en": 200}
LONGEST_OF_CHOICE = {"name": 30, "name_en": 60}
FEWEST_CHOICES, MOST_CHOICES = 2, 40
ICONS = (
    "case", "message", "ticket", "alert", "pin", "edit", "star", "phone", "user", "users", "book", "report", "yuan", "gift",
    "settings", "help", "shield", "calendar", "link", "wheat",
)  # fmt: skip
PARTS = ("name", "name_en", "hint", "hint_en", "icon", "team", "priority", "portal", "policy", "own_clocks")
INSIDE_ONLY = frozenset({"member"})  # a client knows none of our colleagues by number


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: ``place`` is a path (``name``, ``fields.2.choices.0.name``). ``label``: the field's name."""

    place: str
    what: str
    label: str = ""
    label_en: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What a definition is judged against.

    ``names``: every other kind's names in both languages, those no longer used included. ``types``: every key that a
    version of this kind ever had, and its type. ``required``: the keys that the form in force asks for.
    ``open_cases``: how many cases of this kind are still worked on. ``policies``: the clocks of the rulebook.
    """

    code: str = ""
    complaint: bool = False
    names: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    required: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    in_force: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    open_cases: int = 0


def _words(value: Any) -> str:
    return " ".join(str(value or "").replace("\x00", "").split())


def tidy(given: Mapping[str, Any]) -> dict[str, Any]:
    """A definition in its stored form: texts trimmed, choices only where they are chosen from, keys given to what has none."""
    fields = [entry for entry in given.get("fields") or [] if isinstance(entry, Mapping)]
    taken = {str(entry.get("key") or "") for entry in fields} | {str(key) for key in given.get("taken") or ()}
    tidied = []
    for entry in fields:
        key = str(entry.get("key") or "") or next_key("f", taken)
        taken.add(key)
        tidied.append(_tidy_field(entry, key))
    return {
        **{name: _words(given.get(name)) for name in LONGEST},
        "icon": str(given.get("icon") or "case"), "team": str(given.get("team") or ""),
        "priority": int(given["priority"]) if str(given.get("priority", 1)) in ("0", "1", "2", "3") else 1,
        "portal": bool(given.get("portal")), "policy": str(given.get("policy") or DEFAULT_POLICY),
        "own_clocks": bool(given.get("own_clocks")), "fields": tidied,
    }  # fmt: skip


def _tidy_field(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    kind = str(entry.get("type") or "text")
    found: dict[str, Any] = {
        "key": key, "name": _words(entry.get("name")), "name_en": _words(entry.get("name_en")), "type": kind,
        "required": bool(entry.get("required")),
    }  # fmt: skip
    for name in ("help", "help_en"):
        if text := _words(entry.get(name)):
            found[name] = text
    if entry.get("personal"):
        found["personal"] = True
    if entry.get("inside") or kind in INSIDE_ONLY:
        found["inside"] = True
    if kind == "choice":
        choices = [choice for choice in entry.get("choices") or [] if isinstance(choice, Mapping)]
        taken = {str(choice.get("key") or "") for choice in choices}
        kept = []
        for choice in choices:
            own = str(choice.get("key") or "") or next_key("c", taken)
            taken.add(own)
            kept.append(
                {"key": own, "name": _words(choice.get("name")), "name_en": _words(choice.get("name_en"))}
            )
        found["choices"] = kept
    return found


def next_key(letter: str, taken: Iterable[str]) -> str:
    """``f1``, ``f2`` …: the first that nothing has."""
    known, number = set(taken), 1
    while f"{letter}{number}" in known:
        number += 1
    return f"{letter}{number}"


def code_for(name_en: str, taken: Iterable[str], reserved: Iterable[str] = ()) -> str:
    """The code of a new kind from its English name: ``Trading software fault`` → ``trading_software_fault``."""
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in name_en.lower())
    base = "_".join(part for part in letters.split("_") if part).lstrip("0123456789_")[:26].rstrip("_")
    base = base or "kind"
    known, code, number = {*taken, *reserved}, base, 2
    while code in known:
        code, number = f"{base}_{number}", number + 1
    return code


def faults(definition: Mapping[str, Any], known: Known) -> list[Fault]:
    """Everything that is wrong with a tidied definition, in the order of the form; nothing for one that can be used."""
    found = [*_texts("", definition, LONGEST, needed=("name", "name_en"))]
    for name in ("name", "name_en"):
        if definition[name] and definition[name].casefold() in known.names:
            found.append(Fault(name, "name_known", definition[name], definition[name]))
    if definition["icon"] not in ICONS:
        found.append(Fault("icon", "icon"))
    if definition["team"] not in known.teams:
        found.append(Fault("team", "team"))
    if definition["policy"] not in known.policies:
        found.append(Fault("policy", "policy"))
    if known.complaint and not definition["portal"]:
        found.append(Fault("portal", "portal_needed"))
    found += _fields(definition["fields"], known)
    return found


def _texts(
    place: str, given: Mapping[str, Any], longest: Mapping[str, int], *, needed: Sequence[str]
) -> list[Fault]:
    label, label_en = str(given.get("name", "")), str(given.get("name_en", ""))
    found = []
    for name, most in longest.items():
        text = str(given.get(name, ""))
        if not text and name in needed:
            found.append(Fault(place + name, "missing", label, label_en))
        elif len(text) > most:
            found.append(
                Fault(
                    place + name, "long", text[:12] + "…", text[:12] + "…", {"most": most, "given": len(text)}
                )
            )
    return found


def _fields(fields: Sequence[Mapping[str, Any]], known: Known) -> list[Fault]:
    found: list[Fault] = []
    if len(fields) > MOST_FIELDS:
        found.append(Fault("fields", "too_many", facts={"most": MOST_FIELDS}))
    keys: set[str] = set()
    labels: dict[str, set[str]] = {"name": set(), "name_en": set()}
    fixed = FIXED.get(known.code, frozenset())
    for n, entry in enumerate(fields):
        place, key = f"fields.{n}.", entry["key"]
        label, label_en = entry["name"], entry["name_en"]
        found += _texts(place, entry, LONGEST_OF_FIELD, needed=("name", "name_en"))
        for name, seen in labels.items():
            text = entry[name].casefold()
            if text and text in seen:
                found.append(Fault(place + name, "label_twice", entry[name], entry[name]))
            seen.add(text)
        if not KEY.fullmatch(key) or key in keys:
            found.append(Fault(place + "key", "key", label, label_en, {"key": key}))
        keys.add(key)
        if entry["type"] not in TYPES:
            found.append(Fault(place + "type", "type", label, label_en))
        elif known.types.get(key, entry["type"]) != entry["type"]:
            found.append(Fault(place + "type", "type_changed", label, label_en))
        if key in fixed and entry.get("inside"):
            found.append(Fault(place + "inside", "fixed_inside", label, label_en))
        if entry["type"] == "choice":
            found += _choices(place, entry)
    for key, (label, label_en) in known.in_force.items():
        if key in keys:
            continue
        if key in fixed:
            found.append(Fault("fields", "fixed", label, label_en))
        elif key in known.required and known.open_cases:
            found.append(Fault("fields", "in_use", label, label_en, {"n": known.open_cases}))
    return found


def _choices(place: str, entry: Mapping[str, Any]) -> list[Fault]:
    label, label_en, choices = entry["name"], entry["name_en"], entry["choices"]
    if not FEWEST_CHOICES <= len(choices) <= MOST_CHOICES:
        facts = {"least": FEWEST_CHOICES, "most": MOST_CHOICES}
        return [Fault(place + "choices", "choices", label, label_en, facts)]
    found: list[Fault] = []
    keys: set[str] = set()
    labels: dict[str, set[str]] = {"name": set(), "name_en": set()}
    for n, choice in enumerate(choices):
        here = f"{place}choices.{n}."
        for fault in _texts(here, choice, LONGEST_OF_CHOICE, needed=("name", "name_en")):
            found.append(
                Fault(fault.place, "choice_missing", label, label_en, {"n": n + 1})
                if fault.what == "missing"
                else fault
            )
        for name, seen in labels.items():
            text = choice[name].casefold()
            if text and text in seen:
                found.append(Fault(here + name, "choice_twice", label, label_en, {"choice": choice[name]}))
            seen.add(text)
        if not KEY.fullmatch(choice["key"]) or choice["key"] in keys:
            found.append(Fault(here + "key", "key", label, label_en, {"key": choice["key"]}))
        keys.add(choice["key"])
    return found


# --- what a new version changes ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One difference: ``what`` is ``part`` (of the kind), ``added``, ``removed``, ``changed`` or ``moved`` (a field)."""

    what: str
    name: str = ""
    before: Any = None
    after: Any = None


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[Change]:
    """What ``after`` does differently; against nothing, everything that it says."""
    old = before or {}
    found = [
        Change("part", name, old.get(name), after.get(name))
        for name in PARTS
        if old.get(name) != after.get(name)
        and (before is not None or after.get(name) not in ("", False, None))
    ]
    was = {entry["key"]: entry for entry in old.get("fields", [])}
    now = {entry["key"]: entry for entry in after.get("fields", [])}
    found += [Change("removed", key, entry, None) for key, entry in was.items() if key not in now]
    for key, entry in now.items():
        if key not in was:
            found.append(Change("added", key, None, entry))
        elif _plain(was[key]) != _plain(entry):
            found.append(Change("changed", key, was[key], entry))
    if [key for key in was if key in now] != [key for key in now if key in was]:
        found.append(Change("moved", "", [was[k] for k in was], [now[k] for k in now]))
    return found


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A field without what says nothing."""
    return {name: value for name, value in entry.items() if value not in ("", False, None, [])}


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """My changes of ``base`` on top of theirs: where only one of us changed something, that counts; where both did, mine."""
    found = {name: (mine if mine.get(name) != base.get(name) else theirs).get(name) for name in PARTS}
    was = {entry["key"]: _plain(entry) for entry in base["fields"]}
    now = {entry["key"]: entry for entry in theirs["fields"]}
    fields = []
    for entry in mine["fields"]:
        key = entry["key"]
        untouched = was.get(key) == _plain(entry)
        if key not in was or not untouched:
            fields.append(dict(entry))
        elif key in now:
            fields.append(dict(now[key]))
    listed = {entry["key"] for entry in mine["fields"]}
    fields += [dict(entry) for key, entry in now.items() if key not in listed and key not in was]
    return {**found, "fields": fields}
