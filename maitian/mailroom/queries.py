"""Every read of the mailroom, access checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from maitian.clients.models import Client
from maitian.clients.queries import visible_to
from maitian.core import rulebook
from maitian.core.errors import NotFound
from maitian.desk import queries as desk
from maitian.desk.models import ClockMail, Named
from maitian.mailroom.actions.taking import clients_of
from maitian.mailroom.models import Letter, Mail, Mailbox
from maitian.mailroom.rules import strangers
from maitian.mailroom.rules.strangers import Way
from maitian.staff.models import Member

VIEWS = ("waiting", "held", "taken", "dropped", "double")
OPEN = (Mail.State.WAITING, Mail.State.HELD)


@dataclass(frozen=True)
class Account:
    """What came in and what became of it. ``out`` are the mails by state; ``fetched`` is counted apart, when they are taken."""

    fetched: int
    out: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.out.values())

    @property
    def even(self) -> bool:
        return self.total == self.fetched


def account() -> Account:
    counted = dict(Mail.objects.values_list("state").annotate(n=Count("pk")).values_list("state", "n"))
    fetched = sum(Mailbox.objects.values_list("fetched", flat=True))
    return Account(fetched, {view: counted.get(view, 0) for view in VIEWS})


def open_counts() -> dict[str, int]:
    """How many wait and how many are held; at most 99 each are counted, so that the menu costs the same on a bad day."""
    one = "(SELECT count(*) FROM (SELECT 1 FROM mailroom_mail WHERE state = %s LIMIT 99) AS counted)"
    states = [state.value for state in OPEN]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([one] * len(states))}", states)
        return dict(zip(states, cursor.fetchone(), strict=True))


def listing(state: str) -> QuerySet[Mail]:
    return (
        Mail.objects.filter(state=state)
        .select_related("case", "about")
        .defer("words", "parts")
        .order_by("-pk")
    )


def get(member: Member, mail_id: int) -> Mail:
    """The mail, or :class:`NotFound`. One that went into a case is read by whoever may see the case."""
    mail = Mail.objects.select_related("case__kind", "about", "mailbox").filter(pk=mail_id).first()
    if mail is None:
        raise NotFound()
    if mail.case_id is not None:
        if not desk.can_see(member, mail.case_id):
            raise NotFound()
    elif not member.may("mailroom.view"):
        raise NotFound()
    return mail


def candidates(member: Member, mail: Mail) -> list[Client]:
    """Clients that the mail may be of, as far as the member may see them: by the address, by the case it speaks of."""
    ids = set(clients_of(mail.sender_token))
    if (
        mail.about is not None
        and mail.about.client_id is not None
        and desk.can_see(member, mail.about_id or 0)
    ):
        ids.add(mail.about.client_id)
    return (
        list(visible_to(member).filter(pk__in=ids).select_related("person", "manager").order_by("pk")[:5])
        if ids
        else []
    )


def files_of(mail: Mail) -> list[dict[str, Any]]:
    return list(json.loads(str(mail.parts))) if mail.parts else []


def of_case(case_ids: list[int]) -> list[Mail]:
    """Mails of a case and those merged into it, newest first."""
    return list(Mail.objects.filter(case_id__in=case_ids, state=Mail.State.TAKEN).order_by("-pk")[:8])


def letters_of(case_ids: list[int]) -> list[Letter]:
    return list(
        Letter.objects.filter(case_id__in=case_ids)
        .select_related("entry")
        .annotate(again=Count("resends"))
        .order_by("-pk")[:8]
    )


def not_sent() -> QuerySet[Letter]:
    """Answers that did not leave, newest first."""
    return (
        Letter.objects.filter(state__in=[Letter.State.REFUSED, Letter.State.UNKNOWN], case__isnull=False)
        .select_related("case", "entry")
        .annotate(again=Count("resends"))
        .order_by("-pk")
    )


def letter(member: Member, letter_id: int) -> Letter:
    """The letter of a case that the member may see, or :class:`NotFound`."""
    found = (
        Letter.objects.select_related("case")
        .annotate(again=Count("resends"))
        .filter(pk=letter_id, case__isnull=False)
        .first()
    )
    if found is None or not desk.can_see(member, found.case_id or 0):
        raise NotFound()
    return found


# Reminders of clocks to colleagues, by what became of them.
ALARMS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "waiting": (_("等着发"), (ClockMail.State.WAITING, ClockMail.State.SENDING)), "sent": (_("已发出"), (ClockMail.State.SENT,)),
    "doubt": (_("结果不明"), (ClockMail.State.UNKNOWN,)), "failed": (_("没有发到"), (ClockMail.State.REFUSED, ClockMail.State.NO_ADDRESS)),
    "needless": (_("不用再发"), (ClockMail.State.NEEDLESS,)),
}  # fmt: skip
MOST_COUNTED = 1000


def _alarms(member: Member, view: str) -> QuerySet[ClockMail]:
    """Reminders of a sort; none about a case that names the member."""
    named = Named.objects.filter(member=member).values("case")
    return ClockMail.objects.filter(state__in=ALARMS[view][1]).exclude(clock__case__in=named)


def alarms(member: Member, view: str) -> QuerySet[ClockMail]:
    """Reminders of clocks by mail that the member may see, the latest first."""
    return (
        _alarms(member, view)
        .select_related("member", "clock__case__kind")
        .annotate(again=Count("resends"))
        .order_by("-pk")
    )


def alarm_counts(member: Member) -> dict[str, int]:
    """How many of each sort the member's lists hold; more than a thousand are not counted."""
    return {view: _alarms(member, view)[:MOST_COUNTED].count() for view in ALARMS}


def alarm(member: Member, mail_id: int) -> ClockMail:
    """A reminder of a case that the member may see, or :class:`NotFound`."""
    found = (
        ClockMail.objects.select_related("member", "clock__case__kind")
        .annotate(again=Count("resends"))
        .filter(pk=mail_id)
        .first()
    )
    if found is None or not desk.can_see(member, found.clock.case_id):
        raise NotFound()
    return found


WAYS = {Way.WAIT: _("等人认领"), Way.LEAD: _("给潜在客户立个案"), Way.REJECT: _("退回并告知")}


def strangers_rule() -> list[tuple[str, str]]:
    """What becomes of mails of unknown senders: mailbox (empty: every other one) and what happens, in words."""
    rows = rulebook.at().get("mailroom.strangers")
    return [("" if box == strangers.EVERY else box, str(WAYS[Way(way)])) for box, way in rows]
