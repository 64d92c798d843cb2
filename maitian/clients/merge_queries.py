"""Reading pairs and merges: work lists, the preview of a merge, what became of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from maitian.clients import duplicate_rules, duplicates, merge_actions, merging
from maitian.clients.conditions import said
from maitian.clients.errors import MergeKindsDiffer, MergeSame
from maitian.clients.merging import ABSORBED
from maitian.clients.models import Client, DuplicatePair, FundAccount, Merge
from maitian.clients.queries import survivor_of, visible_to
from maitian.core import rulebook
from maitian.core.errors import DomainError, NotFound
from maitian.core.privacy import mask_tail
from maitian.staff.models import Member
from maitian.ui import formats


def _english() -> bool:
    return formats.is_english(get_language())


def pairs(member: Member, state: str = "open") -> QuerySet[DuplicatePair]:
    """Pairs of which the member may open both records and no merge waits for its checker, the surest first."""
    mine = visible_to(member).values("pk")
    waiting = Merge.objects.filter(state="proposed").filter(
        Q(survivor=OuterRef("first"), absorbed=OuterRef("second"))
        | Q(survivor=OuterRef("second"), absorbed=OuterRef("first"))
    )
    return (
        DuplicatePair.objects.filter(~Exists(waiting), state=state, first__in=mine, second__in=mine)
        .select_related("first__person", "second__person", "first__manager", "second__manager")
        .order_by("-score", "pk")
    )


def get_pair(member: Member, pair_id: int) -> DuplicatePair:
    mine = visible_to(member).values("pk")
    found = DuplicatePair.objects.filter(pk=pair_id, first__in=mine, second__in=mine).first()
    if found is None:
        raise NotFound()
    return found


def merges(member: Member, state: str = "") -> QuerySet[Merge]:
    """Merges whose surviving record, or what that was merged into, the member may open; newest first."""
    mine = visible_to(member).values("pk")
    found = Merge.objects.filter(Q(survivor__in=mine) | Q(survivor__merged_into__in=mine)).select_related(
        "survivor__person", "absorbed__person"
    )
    if state:
        found = found.filter(state=state)
    return found.order_by("-pk")


def get_merge(member: Member, merge_id: int) -> Merge:
    found = merges(member).filter(pk=merge_id).first()
    if found is None:
        raise NotFound()
    return found


def reasons(evidence: int) -> list[tuple[str, bool]]:
    """What speaks for (True) and against one person, in words."""
    return duplicate_rules.reasons(evidence, _english())


@dataclass
class Hint:
    """Another record that may be of the same person. ``other`` only for who may open it."""

    other: Client | None
    reasons: list[tuple[str, bool]]
    score: int
    sure: bool


def hints(member: Member, client: Client) -> list[Hint]:
    """For the client's page: records that may be of the same person, as they stand now."""
    found = duplicates.candidates(client.branch_id, client.pk)
    if not found:
        return []
    sure = rulebook.at().duplicates.sure
    others = {
        other.pk: other
        for other in visible_to(member).select_related("person").filter(pk__in=[c.client_id for c in found])
    }
    return [Hint(others.get(c.client_id), reasons(c.evidence), c.score, c.score >= sure) for c in found]


@dataclass
class Preview:
    """Side by side: what each has, which value wins, what moves."""

    survivor: Client
    absorbed: Client
    accounts: dict[int, list[str]]
    fields: list[merging.Field]
    moves: list[dict[str, Any]]
    needs_checker: bool
    both_resident: bool
    digest: str
    refusal: DomainError | None


def preview(
    member: Member, survivor_id: int, absorbed_id: int, choices: dict[str, str] | None = None
) -> Preview:
    """What a merge would do. Both records must be the member's to open, and not merged yet."""
    if survivor_id == absorbed_id:
        raise MergeSame()
    found = {
        c.pk: c
        for c in visible_to(member)
        .select_related("person", "manager")
        .filter(pk__in=[survivor_id, absorbed_id])
    }
    if len(found) != 2:
        raise NotFound()
    survivor, absorbed = found[survivor_id], found[absorbed_id]
    fields = [item for part in merging.parts() for item in part.fields(survivor_id, absorbed_id)]
    chosen = {item.name: (choices or {}).get(item.name, item.default) for item in fields}
    refusal: DomainError | None = None
    if survivor.institution != absorbed.institution:
        refusal = MergeKindsDiffer()
    for part in merging.parts():
        refusal = refusal or part.refuses(survivor_id, absorbed_id, chosen)
    accounts: dict[int, list[str]] = {survivor_id: [], absorbed_id: []}
    for owner, number in (
        FundAccount.objects.filter(client_id__in=accounts)
        .order_by("number")
        .values_list("client_id", "number")
    ):
        accounts[owner].append(mask_tail(number))
    moves = []
    for part in merging.parts():
        mine, other = part.count(survivor_id), part.count(absorbed_id)
        if mine or other:
            moves.append(
                {"words": said(part.words), "survivor": mine, "absorbed": other, "stays": part.stays}
            )
    return Preview(
        survivor, absorbed, accounts, fields, moves, merge_actions.needs_checker(survivor_id, absorbed_id),
        survivor.person.id_form == absorbed.person.id_form == 1, merge_actions.digest_of(survivor_id, absorbed_id), refusal,
    )  # fmt: skip


def suggested(one: Client, other: Client) -> tuple[Client, Client]:
    """``(survivor, absorbed)``: more assets stay, else the older record."""
    first, second = sorted((one, other), key=lambda c: (-c.assets, c.pk))
    return first, second


def by_words(member: Member, words: str) -> Client | None:
    """A record that the member may open, by its fund account or its number."""
    words = words.strip()
    if not words.isascii() or not words.isalnum() or len(words) > 20:
        return None
    reached = visible_to(member)
    found = reached.filter(accounts__number=words).first()
    if found is None and words.isdigit() and len(words) < 15:
        found = reached.filter(pk=survivor_of(int(words))).first()
    return found


def words_of(merge: Merge) -> list[dict[str, str]]:
    """The choices of a merge in words: what, and whose value."""
    titles = {
        item.name: item.words
        for part in merging.parts()
        for item in part.fields(merge.survivor_id, merge.survivor_id)
    }
    sides: Sequence[tuple[str, str]] = [
        (name, side) for name, side in merge.choices.items() if side == ABSORBED
    ]
    return [{"name": said(titles[name]) if name in titles else name, "side": side} for name, side in sides]
