"""The rulebook: every number that a manager or a law could change, dated, with its basis.

``at(moment).complaint.first_answer`` gives a value; ``at(moment).version`` is the id of the row that took
effect last, which decisions store. A change is proposed by one person and approved by another, and takes
effect at a moment that is not in the past.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from maitian.core import fresh, ledger, shapes
from maitian.core.errors import AlreadyDone, DomainError, NotFound, SameMakerAndChecker
from maitian.core.models import Rule
from maitian.core.rooms import files

START = datetime(2000, 1, 1, tzinfo=UTC)  # seeded values hold from the beginning
SEED_ACTOR = "system:seed"


class RuleMissing(DomainError):
    code = "core.rulebook.key_missing"
    zh = "规则手册“{book}”里没有“{key}”。请先登记这条规则。"
    en = "The rulebook “{book}” has no “{key}”. Register the rule first."


class RuleValueWrong(DomainError):
    code = "core.rulebook.value_wrong"
    zh = "“{title}”{where}要填{expected}，现在填的是“{given}”。"
    en = "“{title_en}”{where_en} takes {expected_en}; “{given}” was given."
    field = "value"


class RuleTimeWrong(DomainError):
    code = "core.rulebook.time_wrong"
    zh = "生效时间“{given}”要写成 2026-12-01 09:00，或选“一同意就生效”。"
    en = "The time of effect “{given}” must be like 2026-12-01 09:00; or choose to have it in force when approved."
    field = "valid_from"


class RuleUnchanged(DomainError):
    code = "core.rulebook.unchanged"
    zh = "和现在的值一样，不用提交。"
    en = "This is the value in force; there is nothing to propose."
    field = "value"


class RuleOpen(DomainError):
    code = "core.rulebook.open"
    zh = "别的同事对这条规则提的修改还在等复核。等那一份有了结果再提。"
    en = "A colleague's change of this rule is still waiting for approval. Propose yours when it is settled."
    status = 409


class RuleReasonMissing(DomainError):
    code = "core.rulebook.reason_missing"
    zh = "退回要写明理由，提交人会看到。"
    en = "Sending it back needs a reason; the maker will see it."
    field = "reason"


class RuleBasisMissing(DomainError):
    code = "core.rulebook.basis_missing"
    zh = "请写明依据：哪条法规、哪份通知或谁的决定。"
    en = "Give the basis: which law, notice or decision."
    field = "basis"


class RuleInThePast(DomainError):
    code = "core.rulebook.in_the_past"
    zh = "生效时间已经过去。请选现在以后的时间：已作的决定不能换规则。"
    en = "The time of effect is past. Choose a time from now on: decisions already made keep their rules."
    field = "valid_from"


class Rules:
    """The rules of one book in force at one moment; read-only, attribute access by dotted key."""

    def __init__(self, book: str, rules: dict[str, Rule], version: int, prefix: str = "") -> None:
        self._book = book
        self._rules = rules
        self._prefix = prefix
        self.version = version

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        key = self._prefix + name
        if key in self._rules:
            return self._rules[key].value
        if any(other.startswith(key + ".") for other in self._rules):
            return Rules(self._book, self._rules, self.version, key + ".")
        raise RuleMissing(book=self._book, key=key)

    def get(self, key: str) -> Any:
        """The value of a dotted key."""
        return self.rule(key).value

    @property
    def book(self) -> str:
        return self._book

    def rule(self, key: str) -> Rule:
        """The row behind a dotted key: value, unit, basis, since when, id."""
        try:
            return self._rules[key]
        except KeyError:
            raise RuleMissing(book=self._book, key=key) from None

    def listed(self) -> list[str]:
        """Every key, sorted."""
        return sorted(self._rules)


@dataclass
class _Cached:
    stamp: tuple[str, Any]
    rows: list[Rule]
    last: tuple[datetime, datetime | None, Rules] | None = None  # from, until, the rules between


_cache: dict[str, _Cached] = {}


fresh.register(
    "core.rules", "(SELECT count(*) || ' ' || coalesce(max(id), 0) FROM core_rule WHERE state = 'approved')"
)


def _kept(book: str) -> _Cached:
    """Approved rows of a book by time. One cheap query tells whether the cached ones are still true."""
    stamp = fresh.stamp("core.rules")
    cached = _cache.get(book)
    if cached is None or cached.stamp != stamp:
        rows = list(Rule.objects.filter(book=book, state=Rule.State.APPROVED).order_by("valid_from", "id"))
        cached = _cache[book] = _Cached(stamp, rows)
    return cached


def at(moment: datetime | None = None, book: str = "brokerage") -> Rules:
    """The rules of ``book`` in force at ``moment`` (aware; by default now)."""
    moment = moment or timezone.now()
    kept = _kept(book)
    if kept.last and kept.last[0] <= moment and (kept.last[1] is None or moment < kept.last[1]):
        return kept.last[2]
    rules: dict[str, Rule] = {}
    version = 0
    since, until = datetime.min.replace(tzinfo=UTC), None
    for row in kept.rows:
        if row.valid_from > moment:
            until = row.valid_from
            break
        rules[row.key] = row
        version, since = row.id, row.valid_from
    found = Rules(book, rules, version)
    kept.last = (since, until, found)
    return found


def basis_of(rule: Rule) -> str:
    """The basis in the active language."""
    return rule.basis_en if (get_language() or "").startswith("en") and rule.basis_en else rule.basis


def title_of(rule: Rule) -> str:
    """The title in the active language."""
    return rule.title_en if (get_language() or "").startswith("en") and rule.title_en else rule.title


Check = Callable[[str, Any, "Rules"], None]
_checks: dict[str, Check] = {}


def check(prefix: str, function: Check) -> None:
    """Let a room look at every new value of its keys (``desk.clock.``) before it is proposed.

    ``function(key, value, rules)`` gets the rules in force and raises a :class:`DomainError` for a value that
    would not work.
    """
    _checks[prefix] = function


@transaction.atomic
def propose(
    key: str,
    value: Any,
    *,
    valid_from: datetime | None = None,
    basis: str,
    basis_en: str = "",
    reason: str = "",
    maker: str,
    book: str = "brokerage",
) -> Rule:
    """Propose a new value of a known key, with the shape of the one in force. One's own waiting proposal is replaced.

    ``valid_from`` is when it takes effect, at the earliest; ``None`` means as soon as it is approved.
    """
    current = at(book=book).rule(key)
    try:
        shapes.check(value, current.value)
    except shapes.Wrong as wrong:
        where, where_en = wrong.where
        raise RuleValueWrong(
            title=current.title, title_en=current.title_en, where=where, where_en=where_en, expected=wrong.zh,
            expected_en=wrong.en, given=str(shapes.at(value, wrong.path))[:80],
        ) from None  # fmt: skip
    for prefix, function in _checks.items():
        if key.startswith(prefix):
            function(key, value, at(book=book))
    if value == current.value:
        raise RuleUnchanged()
    if not basis.strip():
        raise RuleBasisMissing()
    now = timezone.now()
    if valid_from is not None and valid_from < now:
        raise RuleInThePast()
    waiting = Rule.objects.select_for_update().filter(book=book, key=key, state=Rule.State.PROPOSED)
    for other in waiting:
        if other.maker != maker:
            raise RuleOpen()
        _close(other, Rule.State.WITHDRAWN, "")
    rule = Rule.objects.create(
        book=book,
        key=key,
        value=value,
        unit=current.unit,
        basis=basis.strip()[:400],
        basis_en=basis_en.strip()[:400],
        title=current.title,
        title_en=current.title_en,
        valid_from=valid_from or now,
        maker=maker,
        made_at=now,
        reason=reason.strip()[:400],
    )
    ledger.record(
        "rule.proposed", actor=maker, object_kind="rule", object_id=rule.pk, facts={"key": key, "book": book}
    )
    return rule


@transaction.atomic
def approve(rule_id: int, checker: str) -> Rule:
    """Approve a proposal. One whose time passed while it waited takes effect now, never backwards."""
    rule = _open(rule_id)
    if rule.maker == checker:
        raise SameMakerAndChecker()
    now = timezone.now()
    rule.valid_from = max(rule.valid_from, now)
    rule.state, rule.checker, rule.checked_at = Rule.State.APPROVED, checker, now
    rule.save(update_fields=["valid_from", "state", "checker", "checked_at"])
    ledger.record(
        "rule.approved",
        actor=checker,
        object_kind="rule",
        object_id=rule.pk,
        facts={"key": rule.key, "book": rule.book, "valid_from": rule.valid_from.isoformat()},
    )
    return rule


@transaction.atomic
def refuse(rule_id: int, checker: str, reason: str) -> Rule:
    """Send a proposal back with a reason."""
    rule = _open(rule_id)
    if not reason.strip():
        raise RuleReasonMissing()
    _close(rule, Rule.State.REFUSED, checker, reason.strip()[:400])
    ledger.record(
        "rule.refused", actor=checker, object_kind="rule", object_id=rule.pk,
        facts={"key": rule.key, "book": rule.book, "reason": rule.reason},
    )  # fmt: skip
    return rule


@transaction.atomic
def withdraw(rule_id: int, maker: str) -> Rule:
    """The maker takes the proposal back."""
    rule = _open(rule_id)
    if rule.maker != maker:
        raise NotFound()
    _close(rule, Rule.State.WITHDRAWN, "")
    ledger.record(
        "rule.withdrawn", actor=maker, object_kind="rule", object_id=rule.pk,
        facts={"key": rule.key, "book": rule.book},
    )  # fmt: skip
    return rule


def _close(rule: Rule, state: str, checker: str, reason: str = "") -> None:
    rule.state, rule.checker, rule.checked_at = state, checker, timezone.now()
    rule.reason = reason or rule.reason
    rule.save(update_fields=["state", "checker", "checked_at", "reason"])


def _open(rule_id: int) -> Rule:
    rule = Rule.objects.select_for_update().filter(pk=rule_id).first()
    if rule is None:
        raise NotFound()
    if rule.state != Rule.State.PROPOSED:
        raise AlreadyDone(state=rule.get_state_display())
    return rule


def register(
    key: str, *, like: Rule, title: str, title_en: str, maker: str, checker: str, valid_from: datetime | None = None
) -> Rule:  # fmt: skip
    """A new key that begins with value, unit and basis of another one, in force at once; one that is there stays as it is.

    For rules that come with what two people have just agreed on (a kind of case with clocks of its own); every later
    value of the key goes through :func:`propose`.
    """
    known = Rule.objects.filter(book=like.book, key=key, state=Rule.State.APPROVED).order_by("-id").first()
    if known is not None:
        return known
    if maker == checker:
        raise SameMakerAndChecker()
    now = timezone.now()
    rule = Rule.objects.create(
        book=like.book, key=key, value=like.value, unit=like.unit, title=title, title_en=title_en,
        basis=f"与“{like.title}”相同，{like.basis}"[:400],
        basis_en=f"As “{like.title_en}”; {like.basis_en or like.basis}"[:400], valid_from=valid_from or now,
        state=Rule.State.APPROVED, maker=maker, checker=checker, made_at=now, checked_at=now,
    )  # fmt: skip
    ledger.record(
        "rule.approved", actor=checker, object_kind="rule", object_id=rule.pk,
        facts={"key": key, "book": rule.book, "valid_from": rule.valid_from.isoformat()},
    )  # fmt: skip
    return rule


@lru_cache(maxsize=1)
def areas() -> dict[str, tuple[str, str]]:
    """First part of a key → its title in Chinese and English, from the rooms' files (``[[area]]``)."""
    return {
        area["key"]: (area["title"], area["title_en"])
        for path in seed_files()
        for area in tomllib.loads(path.read_text(encoding="utf-8")).get("area", [])
    }


def seed_files() -> list[Path]:
    """The rulebook files of the rooms."""
    return files("rulebook.toml")


@transaction.atomic
def seed() -> int:
    """Register every key of the rooms' files that the book does not have yet; returns how many."""
    known = set(Rule.objects.values_list("book", "key"))
    now = timezone.now()
    fresh = []
    for path in seed_files():
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []):
            if (entry["book"], entry["key"]) in known:
                continue
            known.add((entry["book"], entry["key"]))
            fresh.append(
                Rule(
                    book=entry["book"],
                    key=entry["key"],
                    value=entry["value"],
                    unit=entry.get("unit", ""),
                    title=entry["title"],
                    title_en=entry["title_en"],
                    basis=entry["basis"],
                    basis_en=entry.get("basis_en", ""),
                    valid_from=START,
                    state=Rule.State.APPROVED,
                    maker=SEED_ACTOR,
                    checker="system:release",
                    made_at=now,
                    checked_at=now,
                )
            )
    Rule.objects.bulk_create(fresh)
    return len(fresh)


def show_command(book: str = "brokerage") -> int:
    """``maitian rulebook show``: every rule in force with unit and basis."""
    rules = at(book=book)
    for key in rules.listed():
        rule = rules.rule(key)
        print(f"{key} = {rule.value!r} {rule.unit}  [{rule.title}] {rule.basis}")
    print(f"{book}: {len(rules.listed())} · version {rules.version}")
    return 0


def check_command() -> int:
    """``maitian rulebook check``: each rule has a basis, a title in two languages and approvers."""
    wrong = 0
    for rule in Rule.objects.filter(state=Rule.State.APPROVED).order_by("book", "key"):
        faults = [
            name for name in ("basis", "basis_en", "title", "title_en", "checker") if not getattr(rule, name)
        ]
        if faults:
            wrong += 1
            print(f"{rule.book} {rule.key}: 缺 {', '.join(faults)} / missing {', '.join(faults)}")
    print(
        "规则手册没有缺项。 The rulebook is complete."
        if not wrong
        else f"{wrong} 条有缺项。 {wrong} rules lack something."
    )
    return 1 if wrong else 0
