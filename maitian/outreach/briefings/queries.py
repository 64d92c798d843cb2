"""Reading briefings: lists, the guests that a member may see, figures, and what a client sees."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from maitian.clients.models import Client, FundAccount, PersonalData
from maitian.clients.queries import record_ids, visible_to
from maitian.core.errors import NotFound
from maitian.outreach.actions import money
from maitian.outreach.briefings import actions
from maitian.outreach.briefings.audiences import meant_by
from maitian.outreach.briefings.errors import ClientNotFound
from maitian.outreach.briefings.models import Briefing, Guest
from maitian.outreach.models import CallTask, Event
from maitian.staff.models import Member

State = Briefing.State


def briefings(state: str = "") -> QuerySet[Briefing]:
    """The latest beginning first, each with how many are seated, waiting and came."""
    found = Briefing.objects.order_by("-starts_at", "-pk")
    if state in State.values:
        found = found.filter(state=state)
    return found.annotate(
        seated=Count("guests", filter=Q(guests__state="seated")),
        waiting=Count("guests", filter=Q(guests__state="waiting")),
        came=Count("guests", filter=Q(guests__came_at__isnull=False)),
    )


def proposals() -> QuerySet[Briefing]:
    """What waits for a checker, the oldest first."""
    return Briefing.objects.filter(state=State.PROPOSED).order_by("proposed_at")


def briefing(briefing_id: int) -> Briefing:
    found = briefings().filter(pk=briefing_id).first()
    if found is None:
        raise NotFound()
    return found


def sees_all(member: Member) -> bool:
    """Who makes briefings sees every guest, with the name masked; others see the clients that are theirs to see."""
    return member.may("briefings.write") or member.may("briefings.approve")


def guests(item: Briefing, member: Member, state: str = "") -> QuerySet[Guest]:
    """Guests, those who are seated first, in the order of signing up."""
    found = Guest.objects.filter(briefing=item).order_by("state", "signed_at", "pk")
    if state in Guest.State.values:
        found = found.filter(state=state)
    elif state == "came":
        found = found.filter(came_at__isnull=False)
    elif state == "missed":
        found = found.filter(state=Guest.State.SEATED, came_at=None)
    else:
        found = found.exclude(state=Guest.State.GONE)
    if not sees_all(member):
        found = found.filter(client_id__in=visible_to(member).values("pk"))
    return found


def at_the_door(item: Briefing) -> QuerySet[Guest]:
    """For the door: who has a seat, those who are still to come first; everybody's guests, since one colleague stands there."""
    return Guest.objects.filter(briefing=item, state=Guest.State.SEATED).order_by(
        F("came_at").asc(nulls_first=True), "signed_at", "pk"
    )


def dressed(rows: list[Guest], member: Member) -> list[dict[str, Any]]:
    """Rows with the masked name, the client's manager, and whether the member may open the record."""
    ids = [guest.client_id for guest in rows]
    names = {person.pk: person.masked_name for person in PersonalData.objects.filter(pk__in=ids)}
    managers = dict(Client.objects.filter(pk__in=ids).values_list("pk", "manager__name"))
    open_to = set(visible_to(member).filter(pk__in=ids).values_list("pk", flat=True))
    may_open = member.may("clients.view")
    return [
        {
            "guest": guest, "name": names.get(guest.client_id, "–"), "manager": managers.get(guest.client_id) or "",
            "opens": may_open and guest.client_id in open_to,
        }
        for guest in rows
    ]  # fmt: skip


def client_of_account(member: Member, number: str) -> int:
    """The client of a fund account, if the member may see him."""
    found = FundAccount.objects.filter(number=number.strip(), client__in=visible_to(member)).first()
    if found is None:
        raise ClientNotFound()
    return found.client_id


@dataclass(frozen=True)
class Figures:
    """What came of a briefing. ``sent``: clients whom the invitation reached by any channel; cost in CNY of SMS."""

    meant: int
    invited: int
    sent: int
    seated: int
    waiting: int
    gone: int
    came: int
    missed: int
    calls_open: int
    calls_done: int
    cost: Decimal

    @property
    def stages(self) -> list[tuple[str, int]]:
        from django.utils.translation import gettext as _

        return [
            (_("邀请"), self.invited),
            (_("发出"), self.sent),
            (_("报名"), self.seated + self.waiting + self.gone),
            (_("到场"), self.came),
        ]

    @property
    def cost_per_guest(self) -> Decimal | None:
        return self.cost / self.came if self.came else None


def figures(item: Briefing) -> Figures:
    """The figures of one briefing, by a handful of statements."""
    sql, values = meant_by(item)
    events = list(Event.objects.filter(topic__trigger="briefing", facts__briefing=item.pk))
    invitation = next((event for event in events if event.object_kind == actions.KIND), None)
    counts = invitation.counts if invitation is not None else {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM clients_client c WHERE {sql}", values)
        meant = int(cursor.fetchone()[0])
        cursor.execute(
            "SELECT coalesce(sum(cost), 0) FROM outreach_delivery WHERE event_id = ANY(%s)",
            [[event.pk for event in events]],
        )
        cost = Decimal(int(cursor.fetchone()[0])) / money.UNIT
    states = dict(Guest.objects.filter(briefing=item).values_list("state").annotate(n=Count("pk")).order_by())
    came = Guest.objects.filter(briefing=item, came_at__isnull=False).count()
    calls = dict(
        CallTask.objects.filter(event__in=events).values_list("state").annotate(n=Count("pk")).order_by()
    )
    return Figures(
        meant, sum(int(n) for n in counts.values()), sum(int(n) for byte, n in counts.items() if int(byte) & 15 and invitation and invitation.sent_at),
        states.get("seated", 0), states.get("waiting", 0), states.get("gone", 0), came, states.get("seated", 0) - came,
        calls.get("open", 0), calls.get("done", 0), cost,
    )  # fmt: skip


def follow_ups(item: Briefing) -> dict[str, Event]:
    """Group → the event of its follow-up calls."""
    found = Event.objects.filter(
        object_kind="briefing_call",
        object_id__gte=item.pk * 10,
        object_id__lt=item.pk * 10 + len(actions.GROUPS),
    )
    return {actions.GROUPS[event.object_id - item.pk * 10]: event for event in found}


# --- what a client sees --------------------------------------------------------------------------------------


def is_meant(item: Briefing, client_id: int) -> bool:
    """Whether a briefing is for this client."""
    sql, values = meant_by(item)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT 1 FROM clients_client c WHERE c.id = %(one)s AND {sql})",
            {**values, "one": client_id},
        )
        return bool(cursor.fetchone()[0])


def of_client(client_id: int, past: int = 20) -> list[dict[str, Any]]:
    """The briefings that a client may come to or signed up for: those to come first, then the latest past ones."""
    now = timezone.now()
    own = {
        guest.briefing_id: guest
        for guest in Guest.objects.filter(client_id__in=record_ids(client_id)).exclude(state=Guest.State.GONE)
    }
    coming = Briefing.objects.filter(state=State.OPEN, ends_at__gt=now).order_by("starts_at")[:50]
    found: list[dict[str, Any]] = [
        {"briefing": item, "guest": own.get(item.pk)}
        for item in coming
        if item.pk in own or (item.sign_up_by > now and is_meant(item, client_id))
    ]
    shown = [row["briefing"].pk for row in found]
    over = Briefing.objects.filter(pk__in=own).exclude(pk__in=shown)
    found += [{"briefing": item, "guest": own[item.pk]} for item in over.order_by("-starts_at")[:past]]
    return found


def for_client(client_id: int, briefing_id: int) -> tuple[Briefing, Guest | None]:
    """One briefing as a client may read it: meant for him and open, or signed up for. Else it is not there."""
    item = Briefing.objects.filter(pk=briefing_id).exclude(state__in=[State.DRAFT, State.PROPOSED]).first()
    if item is None:
        raise NotFound()
    guest = Guest.objects.filter(briefing=item, client_id__in=record_ids(client_id)).first()
    if guest is None and (item.state != State.OPEN or not is_meant(item, client_id)):
        raise NotFound()
    return item, guest


def free_seats(item: Briefing) -> int:
    return max(0, item.seats - item.guests.filter(state=Guest.State.SEATED).count())
