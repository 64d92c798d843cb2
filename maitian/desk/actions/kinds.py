"""Kinds of case: proposed by one person, put into force by another, retired and never deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.core import ledger, rulebook
from maitian.core.errors import AlreadyDone, NotFound, ReasonMissing, SameMakerAndChecker
from maitian.desk import catalog
from maitian.desk.actions.proposals import Proposals
from maitian.desk.errors import (
    FormWrong,
    KindBuiltIn,
    KindOvertaken,
    KindProposalOpen,
    KindRefusalReasonMissing,
    KindUnchanged,
)
from maitian.desk.kind_words import told
from maitian.desk.models import Case, CaseKind, KindVersion
from maitian.desk.rules import kinds as rules
from maitian.staff.models import Centre, Member

RESERVED = frozenset({"new", "drafts", "versions"})  # words of the pages' addresses
State = KindVersion.State
versions = Proposals(
    model=KindVersion, lock=7236291, object_kind="case_kind", object_id=lambda version: version.code, said="case_kind",
    rung="desk.kind", page="desk:kind_version", reason_missing=KindRefusalReasonMissing, another_waits=KindProposalOpen,
    facts=lambda version: {
        "name": version.definition["name"], "name_en": version.definition["name_en"], "version": version.number
    },
)  # fmt: skip


def known_for(code: str, book: str = "brokerage") -> rules.Known:
    """What a definition of the kind ``code`` (empty: of a new one) is judged against, as it is now."""
    kind = CaseKind.objects.filter(code=code, book=book).first() if code else None
    names = CaseKind.objects.filter(book=book).exclude(code=code).values_list("name", "name_en")
    waiting = KindVersion.objects.filter(state=State.PROPOSED).exclude(code=code)
    taken = {name.casefold() for pair in names for name in pair}
    taken |= {str(v.definition[name]).casefold() for v in waiting for name in ("name", "name_en")}
    past = KindVersion.objects.filter(code=code, state=State.APPROVED) if code else ()
    fields = kind.fields if kind is not None else []
    labels = {entry["key"]: (entry["name"], entry["name_en"]) for entry in fields}
    return rules.Known(
        code=code, complaint=bool(kind and kind.complaint), names=frozenset(taken), teams=frozenset(Centre.values),
        policies=frozenset(catalog.clock_policies(rulebook.at(book=book))),
        types={entry["key"]: entry["type"] for version in past for entry in version.definition["fields"]},
        required={entry["key"]: labels[entry["key"]] for entry in fields if entry.get("required")},
        in_force=labels,
        open_cases=Case.objects.filter(kind=kind, is_open=True).count() if kind is not None else 0,
    )  # fmt: skip


def refuse_faults(faults: Iterable[rules.Fault]) -> None:
    """Raise what is wrong with a definition, each where it is; nothing for no faults."""
    listed = [(fault.place, *told(fault)) for fault in faults]
    if listed:
        raise FormWrong(
            field=listed[0][0], count=len(listed), faults=listed, list="；".join(zh for _place, zh, _en in listed),
            list_en="; ".join(en for _place, _zh, en in listed),
        )  # fmt: skip


def tidy(definition: Mapping[str, Any], code: str) -> dict[str, Any]:
    """A definition in its stored form; new fields get keys that no version of the kind ever had."""
    past = KindVersion.objects.filter(code=code).values_list("definition", flat=True) if code else ()
    taken = {entry["key"] for one in past for entry in one["fields"]}
    return rules.tidy({**definition, "taken": taken})


@transaction.atomic
def propose(
    *, code: str, definition: Mapping[str, Any], base: int, by: Member, note: str = "", at: datetime | None = None
) -> KindVersion:  # fmt: skip
    """Propose what a kind is to be from now on; ``code`` empty: a new kind. In force when another person approves it.

    ``base`` is the version that it was made from, 0 for a new one. One's own waiting proposal is replaced. Raises
    :class:`FormWrong` with every fault, :class:`KindOvertaken`, :class:`KindProposalOpen`, :class:`KindUnchanged`.
    """
    versions.one_at_a_time()
    now = at or timezone.now()
    kind = None
    if code:
        kind = CaseKind.objects.filter(code=code).first()
        if kind is None:
            raise NotFound()
        if kind.version != base:
            raise KindOvertaken(base=base, now=kind.version)
        versions.make_room(by, code=code)
    tidied = tidy(definition, code)
    refuse_faults(rules.faults(tidied, known_for(code, kind.book if kind else "brokerage")))
    if kind is not None and kind.active and not rules.differences(_in_force(kind), tidied):
        raise KindUnchanged()
    if not code:
        taken = {*CaseKind.objects.values_list("code", flat=True), *KindVersion.objects.values_list("code", flat=True)}  # fmt: skip
        taken |= set(catalog.clock_policies(rulebook.at()))
        code = rules.code_for(tidied["name_en"], taken, RESERVED)
    last = KindVersion.objects.filter(code=code).order_by("-number").values_list("number", flat=True).first()
    made = KindVersion.objects.create(
        kind=kind, code=code, number=max(last or 0, kind.version if kind else 0) + 1, base=base, definition=tidied,
        note=note.strip()[:300], maker=by.actor, made_at=now,
    )  # fmt: skip
    versions.proposed(made, by, now)
    return made


def _in_force(kind: CaseKind) -> dict[str, Any]:
    version = KindVersion.objects.get(code=kind.code, number=kind.version)
    return dict(version.definition)


@transaction.atomic
def approve(*, version_id: int, by: Member, at: datetime | None = None) -> CaseKind:
    """Put a proposed version into force. Cases keep the form that they were taken with; new ones get this one."""
    versions.one_at_a_time()
    version = versions.waiting(version_id)
    if version.maker == by.actor:
        raise SameMakerAndChecker()
    kind = CaseKind.objects.select_for_update(no_key=True).filter(code=version.code).first()
    if kind is not None and kind.version != version.base:
        raise KindOvertaken(base=version.base, now=kind.version)
    refuse_faults(rules.faults(version.definition, known_for(version.code)))  # what is true may have changed
    now = at or timezone.now()
    wanted = version.definition
    if kind is None:
        last = CaseKind.objects.order_by("-position").values_list("position", flat=True).first()
        kind = CaseKind(code=version.code, position=(last or 0) + 10)
    policy_before = kind.policy
    for name in (*rules.LONGEST, "icon", "team", "priority", "portal", "fields"):
        setattr(kind, name, wanted[name])
    kind.policy = version.code if wanted["own_clocks"] else wanted["policy"]
    kind.active, kind.retired_because = True, ""
    # By the clock of today whatever ``at`` says: every process sees by it that something changed (``catalog``).
    kind.version, kind.changed_by, kind.changed_at = version.number, version.maker, timezone.now()
    kind.save()
    if wanted["own_clocks"]:
        _register_clocks(kind, wanted["policy"], version.maker, by.actor, now)
    version.kind = kind
    versions.approved(version, by, now, policy_changed=policy_before not in ("", kind.policy))
    return kind


def _register_clocks(kind: CaseKind, policy: str, maker: str, checker: str, at: datetime) -> None:
    """Rules of its own for a kind, beginning as those of the policy that it followed; there already: they stay."""
    values = rulebook.at(at, book=kind.book)
    for like in catalog.clock_rules(values, policy):
        rule = values.rule(like)
        clock = like.rsplit(".", 1)[1]
        rulebook.register(
            f"{catalog.CLOCK_RULE}{kind.code}.{clock}", like=rule, maker=maker, checker=checker, valid_from=at,
            title=f"{kind.name}：{rule.title.split('：')[-1]}"[:120],
            title_en=f"{kind.name_en}: {rule.title_en.split(': ')[-1]}"[:120],
        )  # fmt: skip


@transaction.atomic
def refuse(*, version_id: int, by: Member, reason: str) -> KindVersion:
    """Send a proposal back with a reason."""
    return versions.refuse(version_id, by, reason)


@transaction.atomic
def withdraw(*, version_id: int, by: Member) -> KindVersion:
    """The maker takes the proposal back."""
    return versions.withdraw(version_id, by)


@transaction.atomic
def retire(*, code: str, by: Member, reason: str) -> CaseKind:
    """Take a kind out of use, with a reason: nothing new is opened with it, its cases go on and keep their form.

    One person is enough for this: it takes nothing away from any case. Coming back needs a version and a checker.
    """
    versions.one_at_a_time()
    kind = CaseKind.objects.select_for_update(no_key=True).filter(code=code).first()
    if kind is None:
        raise NotFound()
    if kind.built_in:
        raise KindBuiltIn(kind=kind.name, kind_en=kind.name_en)
    if not kind.active:
        raise AlreadyDone(state=("已停用", "no longer used"))
    if not reason.strip():
        raise ReasonMissing()
    versions.refuse_another(KindVersion.objects.filter(code=code, state=State.PROPOSED).first())
    now = timezone.now()
    kind.active, kind.retired_because = False, reason.strip()[:200]
    kind.changed_by, kind.changed_at = by.actor, now
    kind.save(update_fields=["active", "retired_because", "changed_by", "changed_at"])
    ledger.record(
        "case_kind.retired", actor=by.actor, object_kind="case_kind", object_id=kind.code,
        facts={"name": kind.name, "name_en": kind.name_en, "reason": kind.retired_because},
    )  # fmt: skip
    return kind
