"""Lists of cases: views, filters, search. Every list reads its page by key and nothing beyond it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from maitian.clients import queries as clients
from maitian.core.search import query
from maitian.desk import catalog
from maitian.desk.models import Case, CaseChannel, CaseState, CaseText
from maitian.desk.queries.access import NOT_NAMED, REF, Condition, scopes
from maitian.desk.rules.states import WORKING, State
from maitian.staff.models import Centre, Member
from maitian.ui.paging import Keyed

DUE = ("next_due_at", "id")
LATEST = ("-last_entry_at", "-id")
SOON = timedelta(hours=1)
VIEWS = (
    "mine",
    "answer",
    "queue",
    "team",
    "late",
    "soon",
    "complaints",
    "waiting",
    "resolved",
    "open",
    "all",
)


@dataclass(frozen=True)
class Filters:
    """What a list shows. ``view`` is one of :data:`VIEWS`; the rest narrows it. Empty means everything."""

    view: str = "open"
    kind: str = ""
    state: str = ""
    team: str = ""
    owner: str = ""  # a member's id, or "nobody"
    priority: str = ""
    level: str = ""
    channel: str = ""
    tag: str = ""
    words: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Filters:
        """From an address or a saved view; what means nothing is left out."""
        wanted = {name: str(given.get(name, ""))[:60].strip() for name in cls.__dataclass_fields__}
        wanted["words"] = str(given.get("q", "") or given.get("words", ""))[:60].strip()
        if wanted["view"] not in VIEWS:
            wanted["view"] = "open"
        if wanted["state"] not in CaseState.values:
            wanted["state"] = ""
        if wanted["team"] not in Centre.values:
            wanted["team"] = ""
        if wanted["channel"] not in CaseChannel.values:
            wanted["channel"] = ""
        for name in ("priority", "level"):
            if not (wanted[name].isascii() and wanted[name].isdigit() and len(wanted[name]) < 3):
                wanted[name] = ""
        if wanted["owner"] != "nobody" and not (wanted["owner"].isascii() and wanted["owner"].isdigit()):
            wanted["owner"] = ""
        return cls(**wanted)

    def address(self) -> dict[str, str]:
        """The parameters of the page's address."""
        found = {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}
        if "words" in found:
            found["q"] = found.pop("words")
        return found

    @property
    def narrowed(self) -> bool:
        """Whether anything but the view is chosen."""
        return self != Filters(view=self.view)


@dataclass
class CaseList(Keyed):
    """The cases that ``filters`` ask for, of those that ``member`` may see."""

    member: Member
    filters: Filters
    now: datetime = field(default_factory=timezone.now)
    fields = {"next_due_at": datetime.fromisoformat, "last_entry_at": datetime.fromisoformat, "id": int}

    @property
    def key(self) -> tuple[str, ...]:
        """Open work by its deadline; what is done, and searches, by the latest word."""
        if self.filters.words:
            return ("-id",)
        finished = self.filters.view in ("resolved", "all") or self.filters.state in (
            State.RESOLVED,
            State.CLOSED,
            State.MERGED,
        )
        return LATEST if finished else DUE

    def part(self, order: Sequence[str], beyond: Sequence[Any] | None, limit: int) -> list[Case]:
        ids = self.ids(order, beyond, limit)
        return rows(ids)

    def ids(self, order: Sequence[str], beyond: Sequence[Any] | None, limit: int) -> list[int]:
        if self.filters.words:
            return search(self.member, self.filters, limit, order=order, beyond=beyond)
        sql, params = self.statement(order, beyond, limit)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return [row[0] for row in cursor.fetchall()]

    def statement(
        self, order: Sequence[str], beyond: Sequence[Any] | None, limit: int
    ) -> tuple[str, list[Any]]:  # fmt: skip
        """The top of every scope by its own index, merged."""
        narrowing, narrow_params = condition(self.member, self.filters, self.now)
        columns = [name.lstrip("-") for name in order]
        sorting = ", ".join(
            f"c.{c} DESC" if name.startswith("-") else f"c.{c}"
            for name, c in zip(order, columns, strict=True)
        )
        after, after_params = _beyond(order, beyond)
        selected = ", ".join(f"c.{c}" for c in dict.fromkeys(["id", *columns]))
        parts, params = [], []
        for sql, scope_params in self._scopes():
            parts.append(
                f"(SELECT {selected} FROM desk_case c WHERE {sql} AND {narrowing} AND {NOT_NAMED}{after}"
                f" ORDER BY {sorting} LIMIT {int(limit)})"
            )
            params += [*scope_params, *narrow_params, self.member.pk, *after_params]
        if not parts:
            return "SELECT 0 WHERE false", []
        if len(parts) == 1:
            return f"SELECT c.id FROM {parts[0]} AS c ORDER BY {sorting}", params
        return (
            f"SELECT c.id FROM ({' UNION '.join(parts)}) AS c ORDER BY {sorting} LIMIT {int(limit)}",
            params,
        )

    def _scopes(self) -> list[Condition]:
        """A view of one's own is its own scope: whoever owns or answers for a case sees it."""
        if self.filters.view == "mine":
            return [("c.owner_id = %s", [self.member.pk])]
        if self.filters.view == "answer":
            return [("c.responsible_id = %s", [self.member.pk])]
        return scopes(self.member)

    def count(self, most: int = 1000) -> int:
        """How many there are, counted up to ``most``."""
        sql, params = self.statement(self.key if not self.filters.words else DUE, None, most)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", params)
            found = cursor.fetchone()
        return int(found[0]) if found else 0


def _beyond(order: Sequence[str], values: Sequence[Any] | None) -> tuple[str, list[Any]]:
    if not values:
        return "", []
    columns = ", ".join(f"c.{name.lstrip('-')}" for name in order)
    # Every list is ordered one way throughout, so a row comparison says "after" and an index serves it.
    way = "<" if order[0].startswith("-") else ">"
    return f" AND ({columns}) {way} ({', '.join(['%s'] * len(values))})", list(values)


def condition(member: Member, filters: Filters, now: datetime) -> tuple[str, list[Any]]:
    """The filters as SQL over ``desk_case c``."""
    parts: list[str] = []
    params: list[Any] = []

    def add(sql: str, *values: Any) -> None:
        parts.append(sql)
        params.extend(values)

    view = filters.view
    if view == "all" or filters.state in (State.CLOSED, State.RESOLVED):
        if not filters.state:
            add("c.state <> 'merged'")
    elif view == "resolved":
        add("c.state = 'resolved'")
    elif filters.state != State.MERGED:
        add("c.is_open")
    if view == "queue":
        add("c.owner_id IS NULL AND c.team = %s", member.centre)
    elif view == "team":
        add("c.team = %s", member.centre)
    elif view == "late":
        add("c.next_due_at < %s", now)
    elif view == "soon":
        add("c.next_due_at >= %s AND c.next_due_at < %s", now, now + SOON)
    elif view == "complaints":
        add("c.kind_id = ANY(%s)", [k.pk for k in catalog.kinds().values() if k.complaint])
    elif view == "waiting":
        add("c.state IN ('waiting_client', 'waiting_others')")
    if filters.kind:
        add("c.kind_id = ANY(%s)", [k.pk for k in catalog.kinds().values() if k.code == filters.kind])
    if filters.state:
        add("c.state = %s", filters.state)
    if filters.team:
        add("c.team = %s", filters.team)
    if filters.owner == "nobody":
        add("c.owner_id IS NULL")
    elif filters.owner:
        add("c.owner_id = %s", int(filters.owner))
    if filters.priority:
        add("c.priority = %s", int(filters.priority))
    if filters.level:
        add("c.level_rank = %s", int(filters.level))
    if filters.channel:
        add("c.channel = %s", filters.channel)
    if filters.tag:
        add(
            "c.id IN (SELECT t.case_id FROM desk_casetag t JOIN desk_tag g ON g.id = t.tag_id WHERE g.name = %s)",
            filters.tag,
        )
    return " AND ".join(parts) or "true", params


# What a list and the API's pages of cases show: of the client the name alone, which is encrypted.
OF_A_ROW = (
    "ref", "book", "branch_id", "client_id", "kind_id", "state", "is_open", "priority", "team", "owner_id", "responsible_id",
    "level_rank", "channel", "net", "subject", "opened_at", "last_entry_at", "next_due_at", "merged_into__ref",
    "client__person__name",
)  # fmt: skip


def rows(ids: Sequence[int]) -> list[Case]:
    """Cases in the order of the ids, with what a row shows."""
    found = Case.objects.filter(pk__in=ids).select_related("client__person", "merged_into").only(*OF_A_ROW)
    by_id = {case.pk: case for case in found}
    known = catalog.kinds()
    for case in by_id.values():
        case.kind = known[case.kind_id]
    return [by_id[pk] for pk in ids if pk in by_id]


# --- search ----------------------------------------------------------------------------------------------

FEW = 5_000


def search(
    member: Member,
    filters: Filters,
    limit: int,
    *,
    order: Sequence[str] = ("-id",),
    beyond: Sequence[Any] | None = None,
) -> list[int]:
    """Ids of cases that hold every word asked for, newest first: words of the text, a number, a client's name.

    Nothing that matches is left out: every two neighbouring Chinese characters are indexed. The blocks of the index
    are asked one after the other, so the first page of a frequent word needs one of them.
    """
    words = filters.words
    ref = REF.fullmatch(words)
    newest_first = order[0].startswith("-")
    after = int(beyond[0]) if beyond else None
    if ref is not None:
        return _by_ref(member, f"C-{ref[1]}-{ref[2]}", after)
    asked = query(words)
    found: set[int] = set()
    if asked:
        found.update(_by_words(member, filters, asked, limit, newest_first, after))
    found.update(_by_client(member, filters, words, limit, newest_first, after))
    return sorted(found, reverse=newest_first)[:limit]


def _by_ref(member: Member, ref: str, after: int | None) -> list[int]:
    from maitian.desk.queries.access import can_see

    found = Case.objects.filter(ref=ref).values_list("pk", flat=True).first()
    return [found] if found is not None and after is None and can_see(member, found) else []


def _either(member: Member) -> tuple[str, list[Any]]:
    found = scopes(member)
    if not found:
        return "false", []
    return "(" + " OR ".join(f"({sql})" for sql, _p in found) + ")", [p for _s, ps in found for p in ps]


# A word that stands in nearly every text is found among the nearest few cases, read one by one; what is left to find
# is rarer, and the blocks of the index have it.
NEAREST = 2_000
BY_NEAREST = """
SELECT t.case_id FROM desk_casetext t JOIN desk_case c ON c.id = t.case_id
 WHERE t.case_id BETWEEN %s AND %s AND t.search @@ %s::tsquery AND {narrowing} AND {scope} AND {not_named}
 ORDER BY t.case_id {way} LIMIT {limit}
"""
# Within a block the order is forced to be by something that no index gives: otherwise the planner, which guesses
# that a word is frequent, walks the primary key and looks at every text.
BY_WORDS = """
SELECT hit.id FROM generate_series(%s::int, %s::int, {step}) AS b, LATERAL (
  SELECT t.case_id AS id FROM desk_casetext t JOIN desk_case c ON c.id = t.case_id
   WHERE t.block = b AND t.search @@ %s::tsquery AND {narrowing} AND {scope} AND {not_named} {after}
   ORDER BY t.case_id + 0 {way} LIMIT {limit}) AS hit LIMIT {limit}
"""
BY_OWN = """
WITH mine AS MATERIALIZED (SELECT c.id FROM desk_case c WHERE {scope} AND {narrowing} AND {not_named} {after_own})
SELECT t.case_id FROM mine JOIN desk_casetext t ON t.case_id = mine.id WHERE t.search @@ %s::tsquery
 ORDER BY t.case_id {way} LIMIT {limit}
"""


def _by_words(
    member: Member, filters: Filters, asked: str, limit: int, newest_first: bool, after: int | None
) -> list[int]:  # fmt: skip
    everything = replace(
        filters, view="all" if filters.view in ("open", "all") and not filters.state else filters.view
    )
    narrowing, narrow_params = condition(member, everything, timezone.now())
    way, sign = ("DESC", "<") if newest_first else ("ASC", ">")
    with connection.cursor() as cursor:
        if member.role in ("account_manager", "adviser"):
            # Few cases of one's own among many: ask those, instead of the whole branch's words.
            found: set[int] = set()
            for scope, scope_params in scopes(member):
                cursor.execute(
                    BY_OWN.format(scope=scope, narrowing=narrowing, not_named=NOT_NAMED, way=way, limit=int(limit),
                                  after_own=f"AND c.id {sign} %s" if after else ""),
                    [*scope_params, *narrow_params, member.pk, *([after] if after else []), asked],
                )  # fmt: skip
                found.update(row[0] for row in cursor.fetchall())
            return sorted(found, reverse=newest_first)[:limit]
        cursor.execute("SELECT coalesce(min(case_id), 0), coalesce(max(case_id), 0) FROM desk_casetext")
        lowest, highest = cursor.fetchone()
        scope, scope_params = _either(member)
        access = [*narrow_params, *scope_params, member.pk]
        words = {"narrowing": narrowing, "scope": scope, "not_named": NOT_NAMED, "way": way}
        if newest_first:
            first, last = (after or highest + 1) - NEAREST, (after or highest + 1) - 1
        else:
            first, last = (after or lowest - 1) + 1, (after or lowest - 1) + NEAREST
        cursor.execute(BY_NEAREST.format(limit=int(limit), **words), [first, last, asked, *access])
        near = [row[0] for row in cursor.fetchall()]
        if len(near) == limit or (first <= lowest if newest_first else last >= highest):
            return near
        edge = first if newest_first else last
        cursor.execute(
            BY_WORDS.format(step=-1 if newest_first else 1, limit=int(limit) - len(near), after=f"AND t.case_id {sign} %s", **words),
            [max(edge, 0) // CaseText.BLOCK, 0 if newest_first else highest // CaseText.BLOCK, asked, *access, edge],
        )  # fmt: skip
        return near + [row[0] for row in cursor.fetchall()]


def _by_client(
    member: Member, filters: Filters, words: str, limit: int, newest_first: bool, after: int | None
) -> list[int]:  # fmt: skip
    """Cases of the clients whom the words name, as the search for clients understands them."""
    if not member.may("clients.view"):
        return []
    known = [client.pk for client in clients.search(member, words, 20)]
    if not known:
        return []
    narrowing, narrow_params = condition(member, replace(filters, view="all", words=""), timezone.now())
    scope, scope_params = _either(member)
    way, sign = ("DESC", "<") if newest_first else ("ASC", ">")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id FROM desk_case c WHERE c.client_id = ANY(%s) AND {narrowing} AND {scope} AND {NOT_NAMED}"
            f"{f' AND c.id {sign} %s' if after else ''} ORDER BY c.id {way} LIMIT {int(limit)}",
            [known, *narrow_params, *scope_params, member.pk, *([after] if after else [])],
        )
        return [row[0] for row in cursor.fetchall()]


def of_client(member: Member, client_id: int, limit: int = 10) -> tuple[list[Case], int]:
    """The client's cases that the member may see, open ones first, and how many open ones he may not."""
    scope, scope_params = _either(member)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id, ({scope}) AND {NOT_NAMED} FROM desk_case c WHERE c.client_id = %s AND c.state <> 'merged'"
            " ORDER BY c.is_open DESC, c.id DESC LIMIT 200",
            [*scope_params, member.pk, client_id],
        )
        found = cursor.fetchall()
    visible = [pk for pk, seen in found if seen]
    hidden = Case.objects.filter(
        pk__in=[pk for pk, seen in found if not seen], state__in=sorted(WORKING)
    ).count()
    return rows(visible[:limit]), hidden
