"""What a clock tells colleagues by mail: written by the sweep, sent by the room that sends mail, settled here.

Each is written and handed over at most once. Whoever cannot be told by mail is told by the bell instead, and the case says so.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from maitian.core import ledger
from maitian.core import time as business_time
from maitian.core.errors import NotFound
from maitian.desk.actions.common import write as write_entry
from maitian.desk.errors import AlarmAddressMissing, AlarmDoubleNotAccepted, AlarmMoved, AlarmNeedless
from maitian.desk.models import ClockMail, ClockMailResend, Entry, Named
from maitian.desk.rules.clocks import ClockState
from maitian.staff.models import Member
from maitian.staff.notifications import notify_many

BATCH = 50  # mails over one connection
LOST_AFTER = timedelta(
    minutes=10
)  # what is still being sent after this was left behind by a process that died
NAMES = {
    "acknowledge": ("确认收到", "acknowledgement"), "first_answer": ("首次答复", "first answer"),
    "next_answer": ("再次答复", "next answer"), "accept": ("受理决定", "acceptance"), "plan": ("给出方案", "plan"),
    "resolution": ("办结", "resolution"), "ceiling": ("最长期限", "ceiling"), "letter": ("监管期限", "regulator's deadline"),
    "auto_close": ("自动结案", "closing"),
}  # fmt: skip

MISSED = (ClockMail.State.REFUSED, ClockMail.State.UNKNOWN, ClockMail.State.NO_ADDRESS)
Bell = tuple[str, Mapping[str, Any], str, datetime]


def bell(ref: str, clock: str, due: datetime, now: datetime) -> Bell:
    """What the bell says of a clock of a case: soon due, or late."""
    zh, en = NAMES[clock]
    facts = {"ref": ref, "name": zh, "name_en": en, "due": _minute(due)}
    return "desk.late" if due < now else "desk.due_soon", facts, f"/desk/{ref}/", now


@lru_cache(maxsize=4_096)  # deadlines in days end together
def _minute(due: datetime) -> str:
    return f"{business_time.shanghai(due):%m-%d %H:%M}"


# --- written ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alarm:
    """A mail to write. ``bell``: what is told to a member without an address; None when the step rings anyway."""

    clock_id: int
    step: int
    member_id: int
    case_id: int
    clock: str
    bell: Bell | None


MAILS = """
INSERT INTO desk_clockmail (clock_id, step, member_id, state, at, ended_at)
SELECT clock, step, member, state, %s, CASE WHEN state = 'waiting' THEN NULL ELSE %s END
  FROM json_to_recordset(%s) AS n(clock bigint, step int, member bigint, state text) ON CONFLICT DO NOTHING
"""
ENTRIES = """
INSERT INTO desk_entry (case_id, kind, actor, at, channel, net, body, facts, reference)
SELECT case_id, 'system', 'system:clock', %s, '', '', '', facts, '' FROM json_to_recordset(%s) AS n(case_id bigint, facts jsonb)
"""


def write(alarms: list[Alarm], now: datetime) -> list[tuple[int, *Bell]]:
    """The mails of a whole sweep, and what the cases say of them, in one statement each; returns whom the bell tells instead.

    In the transaction in which the steps fire, so a step that fired has its mails and one that did not has none.
    """
    if not alarms:
        return []
    members = Member.objects.filter(pk__in={alarm.member_id for alarm in alarms}).only("email")
    reached = {member.pk for member in members if str(member.email)}
    rows = [
        {"clock": a.clock_id, "step": a.step, "member": a.member_id, "state": "waiting" if a.member_id in reached else "no_address"}
        for a in alarms
    ]  # fmt: skip
    said: dict[tuple[int, int], dict[str, Any]] = {}
    for alarm in alarms:
        facts = said.setdefault(
            (alarm.case_id, alarm.clock_id),
            {"what": "clock_mail", "clock": alarm.clock, "members": [], "without": []},
        )
        facts["members" if alarm.member_id in reached else "without"].append(alarm.member_id)
    with connection.cursor() as cursor:
        cursor.execute(MAILS, [now, now, json.dumps(rows)])
        _say([(case_id, facts) for (case_id, _clock), facts in said.items()], now)
    return [(a.member_id, *a.bell) for a in alarms if a.bell is not None and a.member_id not in reached]


def _say(rows: list[tuple[int, dict[str, Any]]], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            ENTRIES, [now, json.dumps([{"case_id": case_id, "facts": facts} for case_id, facts in rows])]
        )


# --- sent ------------------------------------------------------------------------------------------------

NEEDLESS = """
UPDATE desk_clockmail m SET state = 'needless', ended_at = %s
  FROM desk_clock k, staff_member s
 WHERE m.state = 'waiting' AND k.id = m.clock_id AND s.id = m.member_id AND (k.stopped_at IS NOT NULL OR k.state = 'cancelled' OR NOT s.active
    OR EXISTS (SELECT 1 FROM desk_named n WHERE n.case_id = k.case_id AND n.member_id = m.member_id))
"""
CLAIM = """
UPDATE desk_clockmail SET state = 'sending', tried_at = %s
 WHERE id IN (SELECT id FROM desk_clockmail WHERE state = 'waiting' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id
"""


@transaction.atomic
def claim(now: datetime) -> list[ClockMail]:
    """The next mails, marked as being sent before anything goes out. What is no longer needed is put aside."""
    with connection.cursor() as cursor:
        cursor.execute(NEEDLESS, [now])
        cursor.execute(CLAIM, [now, BATCH])
        ids = [row[0] for row in cursor.fetchall()]
    found = ClockMail.objects.filter(pk__in=ids).select_related(
        "member", "clock__case__kind", "clock__case__client__person"
    )
    return list(found.order_by("pk"))


def left_behind(now: datetime) -> int:
    """What was being sent when a process died is in doubt from now on; returns how many."""
    lost = list(
        ClockMail.objects.filter(state=ClockMail.State.SENDING, tried_at__lt=now - LOST_AFTER)
        .select_related("clock__case")
        .order_by("pk")
    )
    settle([(mail, ClockMail.State.UNKNOWN) for mail in lost], now)
    return len(lost)


def _labels(state: str) -> tuple[str, str]:
    """What a state is called in Chinese and in English."""
    found = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            found.append(str(ClockMail.State(state).label))
    return found[0], found[1]


@transaction.atomic
def send_again(
    *, mail_id: int, by: Member, resends: int, double_accepted: bool = False, at: datetime | None = None
) -> ClockMail:
    """Let a mail go out again that is in doubt or did not arrive, under its own Message-ID, to the address on record then.

    ``resends``: how often it had been sent again when the member looked, so that a button pressed twice sends once.
    ``double_accepted``: the member knows that one in doubt may arrive twice. Raises :class:`AlarmMoved`,
    :class:`AlarmNeedless`, :class:`AlarmAddressMissing`, :class:`AlarmDoubleNotAccepted`.
    """
    mail = ClockMail.objects.select_for_update(of=("self",)).select_related("member", "clock__case").filter(pk=mail_id).first()  # fmt: skip
    if mail is None:
        raise NotFound()
    clock, before, now = mail.clock, mail.state, at or timezone.now()
    if before not in MISSED or mail.resends.count() != resends:
        raise AlarmMoved(state=_labels(before))
    name = (mail.member.name, mail.member.name_en or mail.member.name)
    avoids = Named.objects.filter(case_id=clock.case_id, member=mail.member).exists()
    if (
        clock.stopped_at is not None
        or clock.state == ClockState.CANCELLED
        or not mail.member.active
        or avoids
    ):
        raise AlarmNeedless(name=name)
    if not str(mail.member.email):
        raise AlarmAddressMissing(name=name)
    if before == ClockMail.State.UNKNOWN and not double_accepted:
        raise AlarmDoubleNotAccepted()
    ClockMailResend.objects.create(mail=mail, member=by, at=now, state_before=before)
    mail.state, mail.tried_at, mail.ended_at = ClockMail.State.WAITING, None, None
    mail.save(update_fields=["state", "tried_at", "ended_at"])
    write_entry(
        clock.case, Entry.Kind.SYSTEM, actor=by.actor, at=now,
        facts={"what": "clock_mail_again", "clock": clock.kind, "members": [mail.member_id], "state": before},
    )  # fmt: skip
    ledger.record(
        "clock.mail_again", actor=by.actor, client_id=clock.case.client_id, object_kind="case", object_id=clock.case_id, at=now,
        facts={"ref": clock.case.ref, "clock": clock.kind, "name": NAMES[clock.kind][0], "name_en": NAMES[clock.kind][1],
               "member": mail.member_id, "state": before},
    )  # fmt: skip
    return mail


@transaction.atomic
def settle(ended: Iterable[tuple[ClockMail, str]], now: datetime) -> None:
    """What became of mails that were claimed. ``waiting``: nothing went out, the next minute tries again.

    Whoever was not reached for certain is told by the bell, and the case says so. Settling twice does nothing.
    """
    given = {mail.pk: (mail, str(state)) for mail, state in ended}
    if not given:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE desk_clockmail m SET state = n.state, ended_at = CASE WHEN n.state = 'waiting' THEN NULL ELSE %s END"
            " FROM json_to_recordset(%s) AS n(id bigint, state text) WHERE m.id = n.id AND m.state = 'sending' RETURNING m.id",
            [now, json.dumps([{"id": pk, "state": state} for pk, (_mail, state) in given.items()])],
        )
        moved = [given[row[0]] for row in cursor.fetchall()]
    missed = [(mail, state) for mail, state in moved if state in MISSED]
    notify_many(
        (mail.member_id, *bell(mail.clock.case.ref, mail.clock.kind, mail.clock.due_at, now))
        for mail, _state in missed
    )
    said: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for mail, state in missed:
        said[mail.clock.case_id, mail.clock_id, state].append(mail.member_id)
    kinds = {mail.clock_id: mail.clock.kind for mail, _state in missed}
    if said:
        _say(
            [
                (
                    case_id,
                    {
                        "what": "clock_mail_failed",
                        "clock": kinds[clock_id],
                        "state": state,
                        "members": members,
                    },
                )
                for (case_id, clock_id, state), members in said.items()
            ],
            now,
        )
    ledger.record_many(
        {"kind": "clock.mailed" if state == "sent" else "clock.not_mailed", "actor": "system:clock", "client_id": mail.clock.case.client_id,
         "object_kind": "case", "object_id": mail.clock.case_id, "at": now,
         "facts": {"ref": mail.clock.case.ref, "clock": mail.clock.kind, "name": NAMES[mail.clock.kind][0],
                   "name_en": NAMES[mail.clock.kind][1], "member": mail.member_id, "state": state}}
        for mail, state in moved if state != "waiting"
    )  # fmt: skip
