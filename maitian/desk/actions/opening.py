"""Opening a case: form, routing, number, clocks, words and ledger row in a handful of statements."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from maitian.clients.models import Client
from maitian.core import fresh, ledger, live, rulebook
from maitian.core import time as business_time
from maitian.core.privacy import encrypt
from maitian.core.search import document
from maitian.core.sql import prepared
from maitian.core.time import shanghai
from maitian.desk import catalog
from maitian.desk.actions import clocks
from maitian.desk.actions.common import refuse_known, text_of
from maitian.desk.errors import FieldsWrong, TooManyCases, TooManyWords
from maitian.desk.models import Case, CaseChannel, CaseKind, Entry, Tag
from maitian.desk.rules import fields as form
from maitian.desk.rules import routing
from maitian.desk.rules.clocks import NEVER, SHOWN
from maitian.desk.rules.states import net_of
from maitian.staff.models import Branch, Member
from maitian.staff.notifications import notify

SUBJECT = 120
CLIENT = ("level_rank", "manager__active")  # what an opening looks at
FAULTS = {
    "missing": ("{label}还没填", "{label} is missing"),
    "choice": ("{label}要从选项里选", "choose one of the options for {label}"),
    "date": ("{label}要写成 2026-11-24", "write {label} like 2026-11-24"),
    "time": ("{label}要写成 2026-11-24T10:30", "write {label} like 2026-11-24T10:30"),
    "amount": ("{label}是金额，最多两位小数", "{label} is an amount with at most two decimals"),
    "number": ("{label}是整数", "{label} is a whole number"),
    "long": ("{label}太长", "{label} is too long"),
    "security": ("{label}是六位证券代码", "{label} is a code of six digits"),
    "phone": ("{label}是 5 到 15 位的号码", "{label} is a number of 5 to 15 digits"),
    "member": ("{label}要选一位同事", "choose a colleague for {label}"),
    "unknown": ("没有“{label}”这一项", "there is no field {label}"),
}


def refuse_fields(faults: Sequence[form.Wrong]) -> None:
    """Raise what is wrong with the answers of a form, each by name; nothing for no faults."""
    if not faults:
        return
    told = [
        (
            f.key,
            FAULTS[f.what][0].format(label=f.label),
            FAULTS[f.what][1].format(label=f.label_en or f.label),
        )
        for f in faults
    ]
    raise FieldsWrong(
        field=f"field_{told[0][0]}", count=len(told), faults=told, list="；".join(zh for _key, zh, _en in told),
        list_en="; ".join(en for _key, _zh, en in told),
    )  # fmt: skip


def split_answers(
    fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any], *, complete: bool = True
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The checked answers to a form: (plain ones, personal ones). Raises :class:`FieldsWrong`."""
    answers, faults = form.check(fields, given, complete=complete)
    refuse_fields(faults)
    personal = {str(entry["key"]) for entry in fields if entry.get("personal")}
    return (
        {key: value for key, value in answers.items() if key not in personal},
        {key: value for key, value in answers.items() if key in personal},
    )


@dataclass
class Opened:
    """A case just written. ``case`` is read from the database only when it is asked for."""

    pk: int
    ref: str
    entry_id: int
    routed: routing.Routed
    due: dict[str, datetime]
    row: dict[str, Any] = field(default_factory=dict)

    def as_row(self) -> dict[str, Any]:
        """What was written, for an answer that need not read it again."""
        return self.row

    @property
    def case(self) -> Case:
        return Case.objects.select_related("kind", "client").get(pk=self.pk)


@transaction.atomic
def open_case(
    *,
    kind: str,
    branch: Branch,
    client: Client | None,
    body: str,
    channel: str,
    actor: str,
    by: Member | None = None,
    subject: str = "",
    answers: Mapping[str, Any] | None = None,
    contact: Mapping[str, str] | None = None,
    priority: int | None = None,
    tags: Iterable[str] = (),
    parent: Case | None = None,
    severity: str = "",
    complaint_kind: str = "",
    named: Iterable[int] = (),
    reference: str = "",
    complete: bool = True,
    said_by_client: bool = True,
    inside: bool = True,
    at: datetime | None = None,
) -> Opened:
    """Open a case and set it on its way: who gets it, by which rule, and what is due when.

    ``by``: the member who opens it for the client; he answers for it until the client has a definite result (G16),
    unless a complaint names him. A client who opens one himself leaves that open until somebody takes it.
    ``client`` empty: ``contact`` says who it is (name, phone, email, identity), stored encrypted.
    ``reference``: the outside's own number of the message (a Message-ID, a text's number); the same one twice is
    refused by the database. ``complete`` false accepts a form that is not filled in yet. ``said_by_client`` false:
    ``body`` is our own note (a visit that a manager arranged), not words of the client. ``inside`` false: a client
    filled in the form himself and was not asked what only members are asked. Raises :class:`KindRetired` and others.
    """
    now = at or timezone.now()
    CaseChannel(channel)
    refuse_known(channel, reference)
    with fresh.once():
        chosen = catalog.kind(kind)
        values, calendars = rulebook.at(now, book=chosen.book), business_time.calendars()
        routes = catalog.routes(chosen.book)
    body = text_of(body, values if chosen.book == "brokerage" else None)
    subject = subject.strip().replace("\n", " ")[:SUBJECT] or body.split("\n", 1)[0][:40]
    fields = [entry for entry in chosen.fields if inside or not entry.get("inside")]
    plain, personal = split_answers(fields, answers or {}, complete=complete)
    level = client.level_rank if client else 0
    tag_names = [name.strip()[:30] for name in tags if name.strip()]
    named_ids = set(named)
    manager = client.manager if client and client.manager and client.manager.active else None
    routed = routing.route(
        routing.CaseFacts(
            kind=chosen.code, channel=channel, level=level, tags=frozenset(tag_names),
            complaint_kind=complaint_kind, severity=severity, text=f"{subject}\n{body}",
            manager=manager.pk if manager and manager.pk not in named_ids else None,
        ),
        routes, default_team=chosen.team,
    )  # fmt: skip
    owner_id = routed.owner if routed.owner not in named_ids else None
    responsible_id = by.pk if by and by.pk not in named_ids else None
    if owner_id is None and by and responsible_id and by.centre == routed.team:
        owner_id = by.pk
    begun = [
        clocks.begun(policy, now, calendars)
        for clock, policy in catalog.policies(values, chosen.policy, level, severity).items()
        if clock in clocks.FROM_START
    ]
    net = net_of(channel, by.role if by else "")
    private = {k: v for k, v in (("answers", personal), ("contact", dict(contact or {}))) if v}
    chosen_priority = priority if priority is not None else int(routed.priority or chosen.priority)
    case_id, ref, entry_id = _store(
        chosen, branch.pk, client.pk if client else None, chosen_priority, routed, owner_id, responsible_id, level,
        channel, net, subject, plain, json.dumps(private, ensure_ascii=False) if private else "", actor, now,
        client_wrote=said_by_client, body=body, begun=begun, parent_id=parent.pk if parent else None,
        reference=reference,
    )  # fmt: skip
    _belongings(case_id, tag_names, named_ids, actor, now)
    if owner_id is not None and (by is None or owner_id != by.pk):
        notify([owner_id], "desk.assigned", facts={"ref": ref, "kind": chosen.name, "kind_en": chosen.name_en},
               url=f"/desk/{ref}/", at=now)  # fmt: skip
    ledger.record(
        "case.opened", actor=actor, client_id=client.pk if client else None, object_kind="case", object_id=case_id, at=now,
        facts={"ref": ref, "kind": chosen.name, "kind_en": chosen.name_en, "net": net, "channel": channel,
               "team": routed.team, "book": chosen.book, "entry": entry_id},
    )  # fmt: skip
    due = {b.policy.clock: b.laid.due for b in begun}
    row = {
        "ref": ref, "kind": chosen.code, "state": "open", "subject": subject, "client_id": client.pk if client else None,
        "team": routed.team, "owner_id": owner_id, "responsible_id": responsible_id, "priority": chosen_priority,
        "channel": channel, "net": net, "opened_at": now.isoformat(), "last_entry_at": now.isoformat(), "merged_into": None,
        "next_due_at": min((at.isoformat() for clock, at in due.items() if clock in SHOWN), default=None),
    }  # fmt: skip
    return Opened(case_id, ref, entry_id, routed, due, row)


STORE = """
WITH number AS (
  INSERT INTO desk_casenumber AS n (day, last) VALUES (%(day)s, 1)
  ON CONFLICT (day) DO UPDATE SET last = n.last + 1 RETURNING last),
made AS (
  INSERT INTO desk_case (ref, book, branch_id, client_id, kind_id, state, priority, team, owner_id, responsible_id,
      level_rank, channel, net, subject, form_version, answers, private, opened_by, opened_at, last_entry_at, last_client_at,
      next_due_at, result, reopened, parent_id)
  SELECT 'C-' || to_char(%(day)s::date, 'YYYYMMDD') || '-' || lpad(last::text, greatest(4, length(last::text)), '0'),
      %(book)s, %(branch)s, %(client)s, %(kind)s, 'open', %(priority)s, %(team)s, %(owner)s, %(responsible)s,
      %(level)s, %(channel)s, %(net)s, %(subject)s, %(form_version)s, %(answers)s::jsonb, %(private)s, %(actor)s, %(at)s, %(at)s,
      %(client_at)s, %(next_due)s, '', 0, %(parent)s
    FROM number RETURNING id, ref),
said AS (
  INSERT INTO desk_entry (case_id, kind, actor, at, channel, net, body, facts, reference)
  SELECT id, %(entry_kind)s, %(actor)s, %(at)s, %(channel)s, %(net)s, %(body)s, '{}', %(reference)s FROM made RETURNING id),
routed AS (
  INSERT INTO desk_entry (case_id, kind, actor, at, channel, net, body, facts, reference)
  SELECT id, 'system', %(actor)s, %(at)s, '', '', '', %(routed)s::jsonb, '' FROM made),
words AS (
  INSERT INTO desk_casetext (case_id, block, search)
  SELECT id, id >> 16, array_to_tsvector(string_to_array(%(words)s, ' ')) FROM made),
timed AS (
  INSERT INTO desk_clock (case_id, kind, state, policy_id, started_at, counted_from, minutes, due_at, next_at, fired, extra)
  SELECT made.id, c.kind, 'running', c.policy, %(at)s, c.base, c.minutes, c.due, c.next, 0, 0 FROM made,
    unnest(%(kinds)s::text[], %(policies)s::bigint[], %(bases)s::timestamptz[], %(minutes)s::float8[],
           %(dues)s::timestamptz[], %(nexts)s::timestamptz[]) AS c(kind, policy, base, minutes, due, next))
SELECT made.id, made.ref, said.id, (SELECT count(pg_notify(%(live)s, topic)) FROM unnest(%(topics)s::text[]) AS topic)
  FROM made, said
"""


def _store(
    kind: CaseKind, branch_id: int, client_id: int | None, priority: int, routed: routing.Routed, owner_id: int | None,
    responsible_id: int | None, level: int, channel: str, net: str, subject: str, answers: Mapping[str, Any],
    private: str, actor: str, now: datetime, *, client_wrote: bool, body: str, begun: Sequence[clocks.Begun],
    parent_id: int | None, reference: str,
) -> tuple[int, str, int]:  # fmt: skip
    """Case, first entry, explanation of the route, words, clocks and word to the lists as one statement; the number is taken in it."""
    kept = clocks.keep_policies([b.policy for b in begun]) if begun else {}
    dues = [b.laid.due for b in begun if b.policy.clock in SHOWN]
    explained = {
        "what": "routed", "team": routed.team, "owner": owner_id, "rule": routed.rule, "rule_name": routed.rule_name,
        "why": [list(pair) for pair in routed.why],
    }  # fmt: skip
    found = prepared(
        STORE,
        {
            "day": shanghai(now).date(), "book": kind.book, "branch": branch_id, "client": client_id, "kind": kind.pk,
            "priority": priority, "team": routed.team, "owner": owner_id, "responsible": responsible_id, "level": level,
            "channel": channel, "net": net, "subject": subject, "form_version": kind.version, "answers": json.dumps(answers, ensure_ascii=False),
            "private": encrypt(private), "actor": actor, "at": now, "client_at": now if client_wrote else None,
            "next_due": min(dues, default=NEVER), "parent": parent_id, "body": body, "reference": reference[:80],
            "entry_kind": Entry.Kind.CLIENT if client_wrote else Entry.Kind.NOTE,
            "routed": json.dumps(explained, ensure_ascii=False), "words": document([subject, body]),
            "kinds": [b.policy.clock for b in begun], "policies": [kept[b.policy.digest] for b in begun],
            "bases": [b.laid.base for b in begun], "minutes": [b.laid.minutes for b in begun],
            "dues": [b.laid.due for b in begun], "nexts": [b.next_at for b in begun],
            "live": live.CHANNEL, "topics": live.payloads([f"desk-team-{routed.team}", *([f"member-{owner_id}"] if owner_id else [])], "case"),
        },
    )[0]  # fmt: skip
    return int(found[0]), str(found[1]), int(found[2])


def _belongings(case_id: int, tags: Sequence[str], named: Iterable[int], actor: str, now: datetime) -> None:
    from maitian.desk.models import CaseTag, Named

    for name in tags:
        tag, _new = Tag.objects.get_or_create(name=name)
        CaseTag.objects.get_or_create(case_id=case_id, tag=tag, defaults={"actor": actor, "at": now})
    Named.objects.bulk_create(
        [Named(case_id=case_id, member_id=member, actor=actor, at=now) for member in named],
        ignore_conflicts=True,
    )


def check_not_too_many(client_id: int, *, now: datetime) -> None:
    """A client may open so many cases a day himself (rulebook); more is an accident or abuse."""
    most = rulebook.at(now).desk.cases_a_day
    midnight = shanghai(now).replace(hour=0, minute=0, second=0, microsecond=0)
    given = Case.objects.filter(
        client_id=client_id, opened_at__gte=midnight, opened_by=f"client:{client_id}"
    ).count()
    if given >= most:
        raise TooManyCases(given=given)


def check_not_too_many_words(client_id: int, *, now: datetime) -> None:
    """As :func:`check_not_too_many`, for what he writes in cases that are there."""
    most = rulebook.at(now).desk.words_a_day
    midnight = shanghai(now).replace(hour=0, minute=0, second=0, microsecond=0)
    given = Entry.objects.filter(
        case__client_id=client_id, case__last_entry_at__gte=midnight, actor=f"client:{client_id}", kind=Entry.Kind.CLIENT,
        at__gte=midnight,
    ).count()  # fmt: skip
    if given >= most:
        raise TooManyWords(given=given)
