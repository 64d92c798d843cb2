"""Forms of case kinds between page and definition: how one is shown and read, and how one is made by clicks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from maitian.core.errors import DomainError
from maitian.desk import drafting
from maitian.desk.errors import FormChanged, KindDraftElsewhere
from maitian.desk.kind_words import english, title
from maitian.desk.models import CaseKind, KindVersion
from maitian.desk.queries import colleagues
from maitian.desk.rules import kinds as rules
from maitian.staff import drafts
from maitian.staff.models import Draft, Member

KIND = "case_kind"  # of the drafts
MOST_SHOWN = 60  # rows of a form that a page takes; what may stand in one is less (rules.kinds)


# --- a form that is filled in ---------------------------------------------------------------------------------


def asked(fields: Iterable[Mapping[str, Any]], *, inside: bool) -> list[dict[str, Any]]:
    """The fields that a member (``inside``) or a client is asked."""
    return [dict(entry) for entry in fields if inside or not entry.get("inside")]


def answers_of(fields: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a page sent for the fields of a form."""
    return {str(entry["key"]): given.get(f"field_{entry['key']}", "") for entry in fields}


def shown(
    fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any], faults: Mapping[str, str] | None = None, *, prefix: str = ""
) -> list[dict[str, Any]]:  # fmt: skip
    """A form ready to be shown: labels and choices in the active language, what was typed, what is wrong.

    ``prefix`` keeps the names of two forms on one page apart.
    """
    help_name = "help_en" if english() else "help"
    return [
        {
            "key": entry["key"], "name": f"{prefix}field_{entry['key']}", "label": title(entry), "type": entry["type"],
            "required": entry.get("required", False), "value": _value(entry, given),
            "choices": [(choice["key"], title(choice)) for choice in entry.get("choices", [])],
            "error": (faults or {}).get(entry["key"], ""), "personal": entry.get("personal", False),
            "inside": entry.get("inside", False), "help": entry.get(help_name) or entry.get("help", ""),
        }
        for entry in fields
    ]  # fmt: skip


def _value(entry: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """What was typed or is kept; a colleague in words."""
    value = given.get(f"field_{entry['key']}", given.get(entry["key"], ""))
    return colleagues.in_words(value) if entry["type"] == "member" else value


def refuse_old_form(kind: CaseKind, given: str) -> None:
    """``given``: which form the page showed (``request:3``). One that has changed meanwhile is shown again before it counts."""
    code, _colon, version = given.partition(":")
    if code == kind.code and version.isdigit() and int(version) != kind.version:
        raise FormChanged(kind=kind.name, kind_en=kind.name_en, now=kind.version, then=int(version))


# --- a form that is made --------------------------------------------------------------------------------------


class Begun(drafting.Begun):
    """A draft of a kind. ``code`` is empty for a new kind."""

    @property
    def code(self) -> str:
        return self.draft.key

    @property
    def kind(self) -> CaseKind | None:
        return CaseKind.objects.filter(code=self.code).first() if self.code else None

    @property
    def title(self) -> str:
        return str(self.definition["name"]).strip()


BLANK: dict[str, Any] = {
    "name": "", "name_en": "", "hint": "", "hint_en": "", "icon": "case", "team": "service", "priority": 1, "portal": True,
    "policy": rules.DEFAULT_POLICY, "own_clocks": False, "fields": [],
}  # fmt: skip


def begin(member: Member, kind: CaseKind | None, definition: Mapping[str, Any] | None = None) -> Draft:
    """A draft of a new kind or of a change; one's own that was begun before goes on. ``definition``: where to begin."""
    if kind is None:
        start, base = dict(definition or BLANK), 0
    else:
        start, base = dict(definition or version_of(kind).definition), kind.version
    return drafts.begin(
        member, KIND, key=kind.code if kind else "", title=start["name"] or "", values={"definition": start, "base": base, "note": ""},
    )  # fmt: skip


def version_of(kind: CaseKind, number: int | None = None) -> KindVersion:
    """A version of a kind, by default the one in force."""
    return KindVersion.objects.get(code=kind.code, number=kind.version if number is None else number)


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """The definition as the editor's page sent it, empty rows included."""

    def flag(name: str) -> bool:
        return bool(given.get(name))

    def text(name: str) -> str:
        return str(given.get(name, ""))[:1000]

    fields = []
    for n in range(_number(given.get("rows"))):
        place = f"f.{n}."
        entry: dict[str, Any] = {
            name: text(place + name) for name in ("key", "name", "name_en", "type", "help", "help_en")
        }
        entry |= {name: flag(place + name) for name in ("required", "personal", "inside")}
        entry["choices"] = [
            {name: text(f"{place}c.{m}.{name}") for name in ("key", "name", "name_en")}
            for m in range(_number(given.get(place + "rows")))
        ]
        fields.append(entry)
    return {
        **{name: text(name) for name in (*rules.LONGEST, "icon", "team", "priority", "policy")},
        "portal": flag("portal"), "own_clocks": flag("own_clocks"), "fields": fields,
    }  # fmt: skip


def _number(value: Any) -> int:
    text = str(value or "")
    return min(int(text), MOST_SHOWN) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def act(definition: dict[str, Any], do: str) -> str:
    """One click of the editor on a definition: ``add``, ``up:2``, ``down:2``, ``remove:2``, ``choice:2``, ``unchoose:2:0``.

    Returns the place in the page to go on at. A click on what is no longer there does nothing.
    """
    name, *numbers = do.split(":")
    at = [_number(number) for number in numbers]
    fields = definition["fields"]
    if name == "add":
        fields.append(
            {"key": "", "name": "", "name_en": "", "type": "text", "required": False, "choices": []}
        )
        return f"field-{len(fields) - 1}"
    if not at or at[0] >= len(fields):
        return "fields"
    here = at[0]
    if name in ("up", "down"):
        other = here - 1 if name == "up" else here + 1
        if not 0 <= other < len(fields):
            return f"field-{here}"
        fields[here], fields[other] = fields[other], fields[here]
        return f"field-{other}"
    if name == "remove":
        del fields[here]
        return f"field-{max(0, min(here, len(fields) - 1))}" if fields else "fields"
    choices = fields[here]["choices"]
    if name == "choice":
        choices.append({"key": "", "name": "", "name_en": ""})
    elif name == "unchoose" and len(at) > 1 and at[1] < len(choices):
        del choices[at[1]]
    return f"field-{here}"


def with_rows(definition: dict[str, Any]) -> dict[str, Any]:
    """A definition for the editor: whoever chooses gets two rows for choices to begin with."""
    for entry in definition["fields"]:
        entry.setdefault("choices", [])
        if entry.get("type") == "choice":
            while len(entry["choices"]) < rules.FEWEST_CHOICES:
                entry["choices"].append({"key": "", "name": "", "name_en": ""})
    return definition


def whole(entry: Mapping[str, Any]) -> bool:
    """Whether a field in the making has everything that it needs; one that has not stands open in the editor."""
    choices = entry.get("choices", []) if entry.get("type") == "choice" else []
    return all(part.get("name") and part.get("name_en") for part in (entry, *choices))


def without_blanks(definition: dict[str, Any]) -> dict[str, Any]:
    """Choices that nobody has written anything into are no choices."""
    for entry in definition["fields"]:
        entry["choices"] = [
            choice
            for choice in entry.get("choices", [])
            if choice["name"].strip() or choice["name_en"].strip()
        ]
    return definition


def keep(member: Member, draft_id: int, stamp: str, change: Callable[[Begun], None]) -> Begun:
    """See :func:`maitian.desk.drafting.keep`."""
    return drafting.keep(Begun, KIND, KindDraftElsewhere, member, draft_id, stamp, change)


def catch_up(begun: Begun) -> None:
    """Put one's changes on top of what a colleague brought into force meanwhile."""
    kind = begun.kind
    if kind is None or kind.version == begun.base:
        return
    before, theirs = version_of(kind, begun.base).definition, version_of(kind).definition
    begun.definition = rules.merged(before, rules.tidy(begun.definition), theirs)
    begun.base = kind.version


def faults_of(refused: DomainError) -> dict[str, str]:
    """What is wrong, by field or place, in the active language; empty for a refusal that names none."""
    chosen = 2 if english() else 1
    return {fault[0]: fault[chosen] for fault in getattr(refused, "faults", [])}
