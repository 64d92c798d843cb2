"""Reading levels, what they contain and who has which."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet

from maitian.clients.conditions import Option
from maitian.clients.models import Client
from maitian.clients.queries import visible_to
from maitian.core.errors import NotFound
from maitian.offerings import rules
from maitian.offerings.models import LevelChange, LevelContent, LevelDesign, ServiceLevel, Subscription
from maitian.offerings.rules import Content
from maitian.staff.models import Member


def levels(active_only: bool = True) -> list[ServiceLevel]:
    """Levels by rank, each with ``everything``: its effective contents."""
    found = list(ServiceLevel.objects.order_by("rank"))
    contents: dict[int, list[Content]] = {level.pk: [] for level in found}
    for row in LevelContent.objects.all():
        contents[row.level_id].append(Content(row.what, row.key, row.number))
    contains = {level.pk: level.contains_id for level in found}
    for level in found:
        chain = rules.contained(level.pk, contains)
        inherited = [content for other in chain[1:] for content in contents[other]]
        level.everything = rules.effective(contents[level.pk], inherited)
    return [level for level in found if not active_only or level.state == ServiceLevel.State.ACTIVE]


def level(code: str) -> ServiceLevel:
    found = next((item for item in levels(active_only=False) if item.code == code), None)
    if found is None:
        raise NotFound()
    return found


def own_contents(code: str) -> list[Content]:
    """What a level contains by itself, without the levels that it contains."""
    rows = LevelContent.objects.filter(level__code=code).order_by("what", "key")
    return [Content(row.what, row.key, row.number) for row in rows]


def designs(code: str = "", state: str = "") -> QuerySet[LevelDesign]:
    """Versions of a level, or of all, newest first."""
    found = LevelDesign.objects.order_by("-made_at", "-pk")
    if code:
        found = found.filter(code=code)
    if state:
        found = found.filter(state=state)
    return found


def design(design_id: int) -> LevelDesign:
    found = LevelDesign.objects.filter(pk=design_id).first()
    if found is None:
        raise NotFound()
    return found


def covering(topic_code: str, report_kind: str | None = None, stars: int | None = None) -> dict[int, int]:
    """Rank → channel mask of the active levels that contain the topic (and may read the report)."""
    found = {}
    for item in levels():
        everything: list[Content] = item.everything
        mask = next((c.number for c in everything if c.what == "topic" and c.key == topic_code), 0)
        if mask and (report_kind is None or rules.reads(everything, report_kind, stars or 5)):
            found[item.rank] = mask
    return found


def advised_ranks() -> list[int]:
    """Ranks of the active levels that promise an adviser of one's own."""
    return [item.rank for item in levels() if any(content.what == "adviser" for content in item.everything)]


def lowest_reading(report_kind: str, stars: int) -> ServiceLevel | None:
    """The lowest active level that may read such a report."""
    return next(
        (item for item in levels() if rules.reads(item.everything, report_kind, stars)),
        None,
    )


def level_options() -> list[Option]:
    """The levels for conditions over clients, by rank; 0 is none."""
    found = ServiceLevel.objects.filter(rank__gt=0).order_by("rank")
    return [
        Option(0, ("没有级别", "no level")),
        *(Option(item.rank, (item.name, item.name_en)) for item in found),
    ]


def level_of(client_id: int) -> ServiceLevel | None:
    """The client's level in force, with ``everything``."""
    rank = Client.objects.filter(pk=client_id).values_list("level_rank", flat=True).first()
    return next((item for item in levels(active_only=False) if item.rank == rank), None)


def subscription(client_id: int, on: date) -> Subscription | None:
    """Which level a client had on a day."""
    return (
        Subscription.objects.select_related("level").filter(client_id=client_id, period__contains=on).first()
    )


def client_counts() -> dict[int, int]:
    """Rank → clients on the books with it."""
    rows = Client.objects.exclude(state="closed").values("level_rank").annotate(n=Count("id")).order_by()
    return {row["level_rank"]: row["n"] for row in rows}


def changes(member: Member, state: str = "") -> QuerySet[LevelChange]:
    """Applications of the clients that the member may see, soonest due first."""
    found = LevelChange.objects.filter(client__in=visible_to(member)).select_related(
        "client", "client__person", "client__manager", "from_level", "to_level"
    )
    if state:
        found = found.filter(state=state)
    return found.order_by("due_at", "pk")


def change_counts(member: Member) -> dict[str, int]:
    """State → applications among the clients that the member may see, of those that wait for something."""
    rows = (
        LevelChange.objects.filter(client__in=visible_to(member), state__in=["applied", "approved"])
        .values("state").annotate(n=Count("id")).order_by()
    )  # fmt: skip
    return {row["state"]: row["n"] for row in rows}


def change_for(member: Member, change_id: int) -> LevelChange:
    found = changes(member).filter(pk=change_id).first()
    if found is None:
        raise NotFound()
    return found


def open_change(client_id: int) -> LevelChange | None:
    """The client's application that is not decided, or decided and not yet in force."""
    return (
        LevelChange.objects.select_related("to_level")
        .filter(client_id=client_id, state__in=["applied", "approved"])
        .order_by("-applied_at")
        .first()
    )


def last_changes(client_id: int) -> list[Any]:
    return list(
        LevelChange.objects.select_related("to_level").filter(client_id=client_id).order_by("-applied_at")[:5]
    )
