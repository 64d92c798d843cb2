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
        for sql, scope_params in _scopes(self.member, self.filters):
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


def _scopes(member: Member, filters: Filters, *, each: bool = False) -> list[Condition]:
    """A view of one's own is its own scope: whoever owns or answers for a case sees it."""
    if filters.view == "mine":
        return [("c.owner_id = %s", [member.pk])]
    if filters.view == "answer":
        return [("c.responsible_id = %s", [member.pk])]
    return scopes(member, each=each)


def _searched(filters: Filters) -> Filters:
    """Words are looked for in everything, unless a narrower view or a state is chosen."""
    return replace(filters, view="all") if filters.view == "open" and not filters.state else filters


def _either(found: list[Condition]) -> tuple[str, list[Any]]:
    if not found:
        return "false", []
    return "(" + " OR ".join(f"({sql})" for sql, _p in found) + ")", [p for _s, ps in found for p in ps]


# A word that stands in nearly every text is found among the nearest few cases, read one by one; what is left to find
# is in the blocks of the index.
NEAREST = 2_000
BY_NEAREST = """
SELECT t.case_id FROM desk_casetext t JOIN desk_case c ON c.id = t.case_id
 WHERE t.case_id BETWEEN %s AND %s AND t.search @@ %s::tsquery AND {narrowing} AND {scope} AND {not_named}
 ORDER BY t.case_id {way} LIMIT {limit}
"""
# Of the index the newest texts that hold the words, and of these the cases that are asked for. Within a block the order
# is forced to be by something that no index gives: otherwise the planner, which guesses that a word is frequent, walks
# the primary key and looks at every text.
CANDIDATES = """
WITH near AS MATERIALIZED (
  SELECT hit.id FROM generate_series(%s::int, %s::int, {step}) AS b, LATERAL (
    SELECT t.case_id AS id FROM desk_casetext t WHERE t.block = b AND t.search @@ %s::tsquery AND t.case_id {sign} %s
     ORDER BY t.case_id + 0 {way} LIMIT {most}) AS hit LIMIT {most})
SELECT (SELECT count(*) FROM near), (SELECT {last}(id) FROM near),
       ARRAY(SELECT c.id FROM near JOIN desk_case c ON c.id = near.id WHERE {narrowing} AND {scope} AND {not_named}
              ORDER BY c.id + 0 {way} LIMIT {limit})
"""
FIRST, GROWTH, MOST = (
    1_000,
    8,
    64_000,
)  # candidates of a round: few are enough for most, and a narrow filter wants many
FIRST_OF_OWN = 250  # before the texts of one's own are read instead
BY_OWN = """
WITH mine AS MATERIALIZED (SELECT c.id FROM desk_case c WHERE {scope} AND {narrowing} AND {not_named} {after_own})
SELECT m.id FROM (SELECT id FROM mine ORDER BY id {way} OFFSET 0) AS m, LATERAL (
  SELECT 1 FROM desk_casetext t WHERE t.case_id = m.id AND t.search @@ %s::tsquery OFFSET 0) AS hit
 ORDER BY m.id {way} LIMIT {limit}
"""


def _by_words(
    member: Member, filters: Filters, asked: str, limit: int, newest_first: bool, after: int | None
) -> list[int]:  # fmt: skip
    narrowing, narrow_params = condition(member, _searched(filters), timezone.now())
    way, sign = ("DESC", "<") if newest_first else ("ASC", ">")
    own = member.role in ("account_manager", "adviser") or filters.view in ("mine", "answer")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(case_id), 0), coalesce(max(case_id), 0) FROM desk_casetext")
        lowest, highest = cursor.fetchone()
        scope, scope_params = _either(_scopes(member, filters, each=True))
        access = [*narrow_params, *scope_params, member.pk]
        words = {"narrowing": narrowing, "scope": scope, "not_named": NOT_NAMED, "way": way}
        found: list[int] = []
        if newest_first:
            first, last = (after or highest + 1) - NEAREST, (after or highest + 1) - 1
        else:
            first, last = (after or lowest - 1) + 1, (after or lowest - 1) + NEAREST
        if own:
            edge = last + 1 if newest_first else first - 1
        else:
            cursor.execute(BY_NEAREST.format(limit=int(limit), **words), [first, last, asked, *access])
            found = [row[0] for row in cursor.fetchall()]
            edge = first if newest_first else last
        ended, most = edge <= lowest if newest_first else edge >= highest, FIRST_OF_OWN if own else FIRST
        while len(found) < limit and not ended:
            cursor.execute(
                CANDIDATES.format(step=-1 if newest_first else 1, sign=sign, last="min" if newest_first else "max", most=most,
                                  limit=int(limit) - len(found), **words),
                [max(edge, 0) // CaseText.BLOCK, 0 if newest_first else highest // CaseText.BLOCK, asked, edge, *access],
            )  # fmt: skip
            seen, last_seen, hits = cursor.fetchone()
            found += hits
            ended, edge, most = seen < most, last_seen, min(most * GROWTH, MOST)
            if own and not ended and len(found) < limit:
                # A frequent word: few cases of one's own among many. Ask those, newest first, instead of all that hold it.
                return _among_own(
                    cursor, member, _scopes(member, filters), words, narrow_params, asked, limit, after
                )
    return found


def _among_own(
    cursor: Any, member: Member, mine: list[Condition], words: dict[str, str], narrow_params: list[Any], asked: str,
    limit: int, after: int | None,
) -> list[int]:  # fmt: skip
    """The text of every case of one's own, read in their order until there are enough."""
    found: set[int] = set()
    newest_first = words["way"] == "DESC"
    after_own = f"AND c.id {'<' if newest_first else '>'} %s" if after else ""
    for scope, scope_params in mine:
        cursor.execute(
            BY_OWN.format(**{**words, "scope": scope}, limit=int(limit), after_own=after_own),
            [*scope_params, *narrow_params, member.pk, *([after] if after else []), asked],
        )
        found.update(row[0] for row in cursor.fetchall())
    return sorted(found, reverse=newest_first)[:limit]


def _by_client(
    member: Member, filters: Filters, words: str, limit: int, newest_first: bool, after: int | None
) -> list[int]:  # fmt: skip
    """Cases of the clients whom the words name, as the search for clients understands them."""
    if not member.may("clients.view"):
        return []
    known = [client.pk for client in clients.search(member, words, 20)]
    if not known:
        return []
    narrowing, narrow_params = condition(member, _searched(filters), timezone.now())
    scope, scope_params = _either(_scopes(member, filters, each=True))
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
    scope, scope_params = _either(scopes(member, each=True))
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
