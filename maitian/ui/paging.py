"""Windows on lists: never more than a page of rows, never a count beyond 10,000.

    window(Report.objects.order_by("-published_at", "-id"), request)            # ?page=3
    window(queryset, request, key=("-at", "-id"))                               # ?after=…, any depth
    window(Sql("SELECT … ORDER BY …", (branch,)), request)                      # ?page=3
    window(["a", "list"], request)                                              # ?page=3

A page by number costs what it skips, so it ends at row 10,000; a keyset costs the same everywhere and is
right for timelines, ledgers and clients. The template shows ``{% include "ui/pager.html" %}``.
"""

from __future__ import annotations

import base64
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from maitian.ui.formats import count

MOST_ROWS = 100
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Sql:
    """A SELECT with its order and without LIMIT; rows come back as dicts."""

    text: str
    params: Sequence[Any] = ()

    def part(self, offset: int, limit: int) -> list[dict[str, Any]]:
        with connection.cursor() as cursor:
            cursor.execute(f"{self.text} LIMIT %s OFFSET %s", [*self.params, limit, offset])
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def counted(self) -> int:
        with connection.cursor() as cursor:
            text = f"SELECT count(*) FROM (SELECT 1 FROM ({self.text}) AS listed LIMIT %s) AS counted"
            cursor.execute(text, [*self.params, MOST_COUNTED + 1])
            row = cursor.fetchone()
            return int(row[0]) if row else 0


class Keyed(ABC):
    """A list that reads its own parts by key, for orders that one queryset cannot give (a union of indexes).

    ``fields`` gives for each column of the key how its value is read from the text in an address.
    """

    fields: Mapping[str, Callable[[Any], Any]]

    @abstractmethod
    def part(self, order: Sequence[str], beyond: Sequence[Any] | None, limit: int) -> list[Any]:
        """At most ``limit`` rows in ``order`` (names, ``-`` for descending) after the values ``beyond``."""


@dataclass(frozen=True)
class Window:
    """``rows`` of one page; addresses of its neighbours (empty at an end); ``words`` for the pager.

    ``total`` is None for a keyset, else at most 10,000; ``more`` says that there are more than that.
    """

    rows: list[Any]
    next_url: str = ""
    previous_url: str = ""
    first: int = 0
    total: int | None = None
    more: bool = False

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def words(self) -> str:
        if not self.rows:
            return _("没有了")
        if self.total is None:
            return _("这一页 %(rows)s 条") % {"rows": count(len(self.rows))}
        facts = {
            "first": count(self.first),
            "last": count(self.first + len(self.rows) - 1),
            "total": count(self.total),
        }
        if self.more:
            return _("第 %(first)s–%(last)s 条，共 %(total)s 条以上") % facts
        return _("第 %(first)s–%(last)s 条，共 %(total)s 条") % facts


Source = QuerySet[Any] | Sql | Keyed | Sequence[Any]


def window(source: Source, request: HttpRequest, size: int = 50, key: Sequence[str] = ()) -> Window:
    """One page of ``source``, ``size`` rows (at most 100), as the request's ``page`` or ``after`` says.

    ``key`` (a queryset only) is the order, ending in something unique; its fields must not be null.
    A broken ``page`` or ``after`` in the address means the first page.
    """
    size = max(1, min(size, MOST_ROWS))
    if key:
        if not isinstance(source, QuerySet | Keyed):
            raise TypeError("a keyset window needs a queryset or a Keyed")
        return _by_key(source, request, size, tuple(key))
    return _by_number(source, request, size)


def _address(request: HttpRequest, **changes: str) -> str:
    values = request.GET.copy()
    for name in ("page", "after", "before"):
        values.pop(name, None)
    for name, value in changes.items():
        values[name] = value
    return f"{request.path}?{values.urlencode()}" if values else request.path


def _by_number(source: Source, request: HttpRequest, size: int) -> Window:
    asked = request.GET.get("page", "1")
    page = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 8 else 1
    last_page = MOST_COUNTED // size
    page = max(1, min(page, last_page))
    offset = (page - 1) * size
    if isinstance(source, Sql):
        rows, total = source.part(offset, size + 1), source.counted()
    elif isinstance(source, QuerySet):
        rows = list(source[offset : offset + size + 1])
        total = source.order_by()[: MOST_COUNTED + 1].count()
    elif isinstance(source, Keyed):
        raise TypeError("a list by key has no page numbers")
    else:
        rows, total = list(source[offset : offset + size + 1]), len(source)
    further = len(rows) > size and page < last_page
    return Window(
        rows=rows[:size],
        next_url=_address(request, page=str(page + 1)) if further else "",
        previous_url=(_address(request, page=str(page - 1)) if page > 2 else _address(request))
        if page > 1
        else "",
        first=offset + 1,
        total=min(total, MOST_COUNTED),
        more=total > MOST_COUNTED,
    )


def _by_key(source: QuerySet[Any] | Keyed, request: HttpRequest, size: int, key: tuple[str, ...]) -> Window:
    back = "before" in request.GET
    given = _read(request.GET.get("before" if back else "after", ""), source, key)
    order = [_turned(name) for name in key] if back else list(key)
    if isinstance(source, Keyed):
        rows = source.part(order, given, size + 1)
    else:
        listed = source.order_by(*order)
        if given:
            listed = listed.filter(_beyond(order, given))
        rows = list(listed[: size + 1])
    further = len(rows) > size
    rows = rows[:size]
    if back:
        rows.reverse()
    has_next, has_previous = (bool(given), further) if back else (further, bool(given))
    return Window(
        rows=rows,
        next_url=_address(request, after=_write(rows[-1], key)) if rows and has_next else "",
        previous_url=_address(request, before=_write(rows[0], key)) if rows and has_previous else "",
    )


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else "-" + name


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after ``values`` in ``order``: a > x, or a = x and b > y, and so on."""
    found, same = Q(), Q()
    for name, value in zip(order, values, strict=True):
        field, way = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        found |= same & Q(**{f"{field}__{way}": value})
        same &= Q(**{field: value})
    # The first column bounds the whole, which is what lets an index serve the disjunction.
    field, way = (order[0][1:], "lte") if order[0].startswith("-") else (order[0], "gte")
    return Q(**{f"{field}__{way}": values[0]}) & found


def _value(row: Any, name: str) -> Any:
    for part in name.lstrip("-").split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
    return row


def _write(row: Any, key: Sequence[str]) -> str:
    text = json.dumps([_value(row, name) for name in key], cls=_Exact, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


class _Exact(DjangoJSONEncoder):
    """Moments keep their microseconds: with milliseconds a row on the edge would come twice or never."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _read(token: str, source: QuerySet[Any] | Keyed, key: Sequence[str]) -> list[Any] | None:
    """The values behind ``token``, or None if it is missing or was tampered with."""
    if not token or len(token) > 1000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(values, list) or len(values) != len(key):
            return None
        made = []
        for name, value in zip(key, values, strict=True):
            first = name.lstrip("-").split("__")[0]
            if value is None or isinstance(value, list | dict):
                return None
            if isinstance(source, Keyed):
                made.append(source.fields[first](value))
                continue
            field = source.model._meta.pk if first == "pk" else source.model._meta.get_field(first)
            made.append(value if "__" in name else field.to_python(value))  # type: ignore[union-attr]
        return made
    except Exception:
        return None
