"""Reading the library: lists, search, and what a client may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from maitian.clients.models import Client
from maitian.clients.rules import Match, match
from maitian.core import search
from maitian.core.errors import NotFound
from maitian.core.time import today
from maitian.library.models import Report, ReportKind
from maitian.offerings import catalogue
from maitian.offerings import queries as offerings
from maitian.offerings import rules as offering_rules
from maitian.offerings.models import ServiceLevel


def found(reports: QuerySet[Report], text: str) -> QuerySet[Report]:
    """Reports that hold every word of ``text``; two Chinese characters are enough."""
    query = search.query(text)
    if not query:
        return reports.none() if text.strip() else reports
    return reports.extra(where=["library_report.search @@ %s::tsquery"], params=[query])


def listing(filters: dict[str, Any], published_only: bool) -> QuerySet[Report]:
    """Reports by state, family, kind, stars and words, newest first."""
    reports = Report.objects.select_related("kind", "kind__family")
    if published_only:
        reports = reports.filter(state=Report.State.PUBLISHED)
    elif filters.get("state") in Report.State.values:
        reports = reports.filter(state=filters["state"])
    kind = filters.get("kind", "")
    if kind:
        reports = reports.filter(kind_id=kind) if "." in kind else reports.filter(kind__family_id=kind)
    if str(filters.get("stars", "")).isdigit():
        reports = reports.filter(stars=int(filters["stars"]))
    if filters.get("q", "").strip():
        reports = found(reports, filters["q"])
    order = ("-published_at", "-pk") if published_only else ("-changed_at", "-pk")
    return reports.order_by(*order)


def families() -> list[ReportKind]:
    return list(ReportKind.objects.filter(family=None).prefetch_related("kinds"))


def kinds_for_levels() -> list[catalogue.Item]:
    """The taxonomy as what a level may contain (``offerings.catalogue``)."""
    return [
        catalogue.Item(
            family.code, family.name, family.name_en,
            tuple(catalogue.Item(kind.code, kind.name, kind.name_en) for kind in family.kinds.all()),
        )
        for family in families()
    ]  # fmt: skip


def report(report_id: int) -> Report:
    item = Report.objects.select_related("kind", "kind__family").filter(pk=report_id).first()
    if item is None:
        raise NotFound()
    return item


@dataclass
class Reading:
    """What a client sees of a report: ``open``, or the level that it needs, or the suitability answer."""

    report: Report
    entitled: bool
    suited: Match
    needs: ServiceLevel | None
    own_level: ServiceLevel | None

    @property
    def open(self) -> bool:
        return self.entitled and self.suited.promoted

    @property
    def on_request(self) -> bool:
        """Above the class: shown at the client's own wish after a warning (Measures, art. 19)."""
        return self.entitled and not self.suited.promoted and self.suited.on_request


def read(client_id: int, report_id: int) -> Reading:
    """What this client sees of a published report."""
    item = report(report_id)
    if item.state != Report.State.PUBLISHED or item.kind_id is None:
        raise NotFound()
    client = Client.objects.get(pk=client_id)
    own = offerings.level_of(client_id)
    entitled = own is not None and offering_rules.reads(own.everything, item.kind_id, item.stars or 5)  # type: ignore[attr-defined]
    suited = match(
        client.risk_class,
        client.risk_valid_until,
        client.investor_class == "professional",
        item.risk or 5,
        today(),
    )
    needs = None if entitled else offerings.lowest_reading(item.kind_id, item.stars or 5)
    return Reading(item, entitled, suited, needs, own)


def readable(client_id: int, reports: list[Report]) -> list[tuple[Report, bool]]:
    """Each report with whether the client's level contains it."""
    own = offerings.level_of(client_id)
    contents = own.everything if own else []  # type: ignore[attr-defined]
    return [(item, offering_rules.reads(contents, item.kind_id or "", item.stars or 5)) for item in reports]
