"""What the desk's pages share: the list at the left, its views and counts, the row of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from maitian.desk import catalog, queries
from maitian.desk.models import Case, CaseChannel, CaseState, Clock, Priority
from maitian.desk.queries import CaseList, Filters
from maitian.desk.rules.states import DONE, WAITING
from maitian.staff.models import Centre, Member
from maitian.ui.paging import Window, window

VIEW_NAMES = {
    "mine": lazy("我的"), "answer": lazy("我负责"), "queue": lazy("待接"), "team": lazy("本部门"), "late": lazy("已超时"),
    "soon": lazy("快到期"), "complaints": lazy("投诉"), "waiting": lazy("在等"), "resolved": lazy("已有结果"),
    "open": lazy("未结"), "all": lazy("全部"),
}  # fmt: skip
VIEWS_OF = {
    "hotline_agent": ("mine", "queue", "soon", "late", "answer", "team", "resolved", "all"),
    "counter_clerk": ("mine", "queue", "soon", "late", "answer", "team", "resolved", "all"),
    "account_manager": ("mine", "open", "soon", "late", "answer", "resolved", "all"),
    "adviser": ("mine", "open", "soon", "late", "answer", "resolved", "all"),
    "team_lead": ("mine", "queue", "late", "soon", "team", "complaints", "waiting", "resolved", "all"),
    "branch_manager": ("late", "soon", "complaints", "mine", "open", "waiting", "resolved", "all"),
    "compliance_officer": ("complaints", "late", "soon", "mine", "open", "waiting", "resolved", "all"),
}
SIZE = 30


@dataclass
class Row:
    """One case in a list: whose it is, what it is about, what is due. Words are those of the active language."""

    case: Case
    name: str
    kind: str
    complaint: bool
    channel: str
    choose: str  # the label of its box
    clock: Clock | None
    paused: str
    done: str  # its state, if it is one at the end
    url: str
    priority: str = ""  # if it is above the usual
    current: bool = False
    nobody: bool = False
    refused: bool = False  # something was refused to this client before (T3)


def views_of(member: Member) -> tuple[str, ...]:
    return VIEWS_OF.get(member.role, ("mine", "open", "all"))


def read_filters(request: HttpRequest, member: Member) -> Filters:
    """The list that the address asks for; without one, the member's first view."""
    given = request.GET.dict()
    if "view" not in given and "q" not in given:
        given["view"] = views_of(member)[0]
    elif "view" not in given:
        given["view"] = "all"
    return Filters.read(given)


def name_of(case: Case) -> str:
    """The client's masked name, or that there is none."""
    if case.client is None:
        return _("还不是客户")
    return str(case.client.person.masked_name)


def rows_of(cases: Sequence[Case], query: str = "", current: str = "") -> list[Row]:
    clocks = queries.nearest_clocks([case.pk for case in cases])
    refused = queries.complaints.refused_clients([case.client_id for case in cases if case.client_id])
    # Each word is looked up once for the whole list.
    states, priorities = dict(CaseState.choices), dict(Priority.choices)
    channels = {code: str(label) for code, label in CaseChannel.choices}
    titles = {case.kind_id: case.kind.title for case in cases}
    choose, address = _("选中 %(ref)s"), reverse("desk:case", args=["REF"])
    found = []
    for case in cases:
        clock = clocks.get(case.pk)
        found.append(
            Row(
                case=case, name=name_of(case), kind=titles[case.kind_id], complaint=case.kind.complaint,
                channel=channels[case.channel], choose=choose % {"ref": case.ref}, clock=clock,
                paused=str(states[case.state]) if case.state in WAITING and clock is None else "",
                done=str(states[case.state]) if case.state in DONE or case.state == "merged" else "",
                url=address.replace("REF", case.ref) + query, priority=str(priorities[case.priority]) if case.priority > 1 else "",
                current=case.ref == current, nobody=case.owner_id is None and case.is_open, refused=case.client_id in refused,
            )
        )  # fmt: skip
    return found


def list_pane(request: HttpRequest, *, current: str = "") -> dict[str, Any]:
    """The list with its views, counts and filters, as every page of the desk shows it."""
    member = request.member  # type: ignore[attr-defined]
    filters = read_filters(request, member)
    found = CaseList(member, filters)
    page: Window = window(found, request, size=SIZE, key=found.key)
    views = views_of(member)
    counts = queries.counts(member, tuple(view for view in views if view != "all"), timezone.now())
    address = filters.address()
    query = "?" + urlencode(address)
    return {
        "window": page,
        "rows": rows_of(page.rows, query, current),
        "filters": filters,
        "address": address,
        "list_query": query,
        "views": [
            {
                "code": view, "label": VIEW_NAMES[view], "url": f"{reverse('desk:inbox')}?view={view}",
                "count": counts[view][0] if view in counts else None, "more": counts[view][1] if view in counts else False,
                "hot": view in ("late", "soon"), "current": view == filters.view and not filters.words,
            }
            for view in views
        ],
        "saved_views": queries.comfort.saved_views(member, timezone.now()),
        "may_bulk": member.may("desk.work"),
        "macros": queries.comfort.macros(member),
        "bulk_teams": Centre.choices,
        "bulk_priorities": Priority.choices,
        "chips": chips(filters),
        "choices": choices(member),
        "now": timezone.now(),
        "live": live_topics(member),
        "may_board": member.may("desk.board"),
    }  # fmt: skip


def chips(filters: Filters) -> list[dict[str, str]]:
    """The filters in force, each with the address without it."""
    kinds = {kind.code: kind.title for kind in catalog.kinds().values()}
    words = {
        "kind": kinds.get(filters.kind, filters.kind), "state": _label(CaseState.choices, filters.state),
        "team": _label(Centre.choices, filters.team), "priority": _label(Priority.choices, filters.priority),
        "channel": _label(CaseChannel.choices, filters.channel), "tag": filters.tag,
        "level": _("级别 %(rank)s") % {"rank": filters.level} if filters.level else "",
        "owner": _("没人接") if filters.owner == "nobody" else _member(filters.owner), "words": f"“{filters.words}”" if filters.words else "",
    }  # fmt: skip
    address = filters.address()
    found = []
    for name, label in words.items():
        if getattr(filters, name):
            rest = {k: v for k, v in address.items() if k != ("q" if name == "words" else name)}
            found.append({"label": str(label), "url": f"{reverse('desk:inbox')}?{urlencode(rest)}"})
    return found


def _label(choices: Any, value: str) -> str:
    return next((str(label) for key, label in choices if str(key) == value), "")


def _member(pk: str) -> str:
    found = Member.objects.filter(pk=int(pk)).first() if pk.isdigit() else None
    return found.title if found else ""


def choices(member: Member) -> dict[str, Any]:
    """What the filter form offers."""
    return {
        "kinds": [
            (k.code, k.title if k.active else _("%(kind)s（已停用）") % {"kind": k.title})
            for k in catalog.kinds().values()
        ],
        "states": [(v, label) for v, label in CaseState.choices if v != "merged"],
        "teams": [(v, label) for v, label in Centre.choices],
        "priorities": Priority.choices,
        "channels": CaseChannel.choices,
    }


def live_topics(member: Member) -> str:
    """What the list watches: the queue of one's centre, and oneself."""
    return f"desk-team-{member.centre}+member-{member.pk}"
