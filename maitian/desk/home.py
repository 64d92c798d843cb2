"""What the desk puts on the home pages, in the command bar and in the menu."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maitian.desk import queries
from maitian.desk.models import Clock, ClockCall, Entry
from maitian.desk.queries import CaseList, Filters
from maitian.staff.models import Member

MOST = 12


def waiting(member: Member) -> tuple[int, bool]:
    """How many open cases the member works on (99 at most), and whether one of them is late."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(min(next_due_at) < %s, false) FROM"
            " (SELECT next_due_at FROM desk_case WHERE owner_id = %s AND is_open ORDER BY next_due_at LIMIT 99) AS mine",
            [timezone.now(), member.pk],
        )
        number, late = cursor.fetchone()
    return number, late


def figures(member: Member) -> list[dict[str, Any]]:
    """What is late and what is due within the hour, of what the member may see."""
    now = timezone.now()
    counts = queries.counts(member, ("late", "soon"), now)
    names = {"late": _("个案已超时"), "soon": _("个案一小时内到期")}
    return [
        {
            "title": names[view], "value": number, "url": f"{reverse('desk:inbox')}?view={view}", "hot": number > 0,
        }
        for view, (number, _more) in counts.items()
    ]  # fmt: skip


def tasks(member: Member) -> list[dict[str, Any]]:
    """One's own cases by their deadline, and those that a ladder calls one to."""
    found: list[dict[str, Any]] = []
    mine = CaseList(member, Filters(view="mine"))
    cases = mine.part(mine.key, None, MOST)
    clocks = queries.nearest_clocks([case.pk for case in cases])
    for case in cases:
        nearest = clocks.get(case.pk)
        found.append(
            {
                "icon": case.kind.icon, "title": f"{case.subject}", "url": reverse("desk:case", args=[case.ref]),
                "why": f"{case.kind.title} · {nearest.get_kind_display() if nearest else case.get_state_display()}",
                "due": nearest.due_at if nearest else None, "start": nearest.started_at if nearest else None,
            }
        )  # fmt: skip
    for promise in queries.promises.listing(member, "open", mine=True)[:MOST]:
        found.append(
            {
                "icon": "promise", "title": promise.what, "url": reverse("desk:promises"), "due": promise.due_at, "start": promise.made_at,
                "why": _("答应了%(name)s") % {"name": promise.client.person.masked_name},
            }
        )  # fmt: skip
    for item in (
        queries.improvements.visible(member).filter(owner=member, state="planned").order_by("due_at")[:MOST]
    ):
        found.append(
            {
                "icon": "edit", "title": item.title, "url": reverse("desk:improvement", args=[item.pk]), "due": item.due_at,
                "start": item.made_at, "why": _("纠正措施由您实施"),
            }
        )  # fmt: skip
    for approval in queries.complaints.to_sign(member):
        case = approval.complaint.case
        found.append(
            {
                "icon": "edit", "title": case.subject, "url": reverse("desk:case", args=[case.ref]) + "#complaint-way",
                "why": _("补救方案等您批"),
            }
        )  # fmt: skip
    for version in queries.kinds.to_check(member)[:MOST]:
        found.append(
            {
                "icon": "filter", "title": version.title, "url": reverse("desk:kind_version", args=[version.pk]),
                "why": _("个案类别第 %(n)s 版等您复核") % {"n": version.number}, "action": _("复核"),
            }
        )  # fmt: skip
    for routes in queries.routes.to_check(member):
        found.append(
            {
                "icon": "right", "title": _("分派规则"), "url": reverse("desk:route_version", args=[routes.pk]),
                "why": _("分派规则第 %(n)s 版等您复核") % {"n": routes.number}, "action": _("复核"),
            }
        )  # fmt: skip
    listed = {case.pk for case in cases}
    for clock in called_to(member):
        if clock.case_id not in listed:
            listed.add(clock.case_id)
            found.append(
                {
                    "icon": "alert", "title": f"{clock.case.subject}", "url": reverse("desk:case", args=[clock.case.ref]),
                    "why": _("%(clock)s升级到您") % {"clock": clock.get_kind_display()}, "due": clock.due_at, "start": clock.started_at,
                }
            )  # fmt: skip
    return found


def calls(member: Member, most: int) -> QuerySet[ClockCall]:
    """Those that call the member longest. A call goes when its clock stops."""
    return ClockCall.objects.filter(member=member).select_related("clock__case__kind").order_by("at")[:most]


def called_to(member: Member, most: int = MOST) -> list[Clock]:
    """Clocks that are not stopped and whose ladder called this member home: those that call longest, the most urgent first."""
    clocks = sorted((call.clock for call in calls(member, most)), key=lambda clock: clock.due_at)
    seen = queries.visible_refs(member, [clock.case.ref for clock in clocks])
    return [clock for clock in clocks if clock.case.ref in seen]


def find(member: Member, words: str, most: int = 6) -> list[dict[str, Any]]:
    """Cases for the command bar: by number or by words of two characters and more."""
    if len(words) < 2:
        return []
    filters = Filters.read({"view": "all", "q": words})
    cases = CaseList(member, filters)
    return [
        {
            "url": reverse("desk:case", args=[case.ref]),
            "icon": "case",
            "label": case.subject,
            "hint": case.ref,
        }
        for case in cases.part(cases.key, None, most)
    ]


QUOTED = 240  # characters of what was said, on a timeline


def on_timeline(member: Member, rows: list[dict[str, Any]]) -> tuple[set[str], dict[int, str]]:
    """For rows of a client's timeline: the numbers of cases that the member may open, and what was said in them
    (entry → words). Ledger rows hold neither."""
    refs = {row["facts"]["ref"] for row in rows if str(row["facts"].get("ref", "")).startswith("C-")}
    seen = queries.visible_refs(member, sorted(refs)) if refs and member.may("desk.view") else set()
    entries = [
        row["facts"]["entry"] for row in rows if row["facts"].get("ref") in seen and row["facts"].get("entry")
    ]
    said = Entry.objects.filter(pk__in=entries, kind__in=["client", "reply", "note"]).exclude(body="")
    return seen, {
        pk: body if len(body) <= QUOTED else body[:QUOTED] + "…"
        for pk, body in said.values_list("pk", "body")
    }


def client_parts(member: Member, client_id: int) -> dict[str, Any]:
    """What the client page shows of the desk; nothing for who does not work with cases."""
    if not member.may("desk.view"):
        return {"may_desk": False}
    cases, elsewhere = queries.of_client(member, client_id, 6)
    return {
        "may_desk": True, "cases": cases, "cases_elsewhere": elsewhere, "may_lift": member.may("desk.lead"),
        "refusals": list(queries.complaints.refusals(client_id)[:5]), "may_refuse": member.may("desk.work"),
        "promises": queries.promises.of_client(client_id), "may_promise": member.may("desk.work"),
    }  # fmt: skip
