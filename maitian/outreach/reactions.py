"""What outreach does because of ledger rows: topics that a row about one client triggers."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from maitian.core.models import LedgerEntry
from maitian.core.reactions import reaction
from maitian.outreach import events_of_advice, notices
from maitian.outreach.actions import event_for_report, go, in_force, make_event
from maitian.outreach.campaigns import reacting as campaigns
from maitian.outreach.errors import ReportNotPublished
from maitian.outreach.models import Topic, Trigger
from maitian.outreach.shares import actions as shares

ACTOR = "system:worker"


@reaction("outreach.ledger_topics")
def ledger_topics(rows: list[LedgerEntry]) -> None:
    """One event for the rows of a batch that concern different clients; a client's second row is an event of its own.

    A row whose facts say ``told`` makes none: the client heard it from the person who wrote the row.
    """
    for topic in in_force(Trigger.LEDGER):
        wanted = [
            row
            for row in rows
            if row.kind in topic.ledger_kinds and row.client_id is not None and not row.facts.get("told")
        ]
        for batch in rounds(_fresh(topic, wanted)):
            event = make_event(
                topic, object_kind="ledger", object_id=batch[0].number, title=topic.name, maker=ACTOR,
                facts={"text": "", "clients": {str(row.client_id): _own(row) for row in batch}},
            )  # fmt: skip
            go(event, actor=ACTOR)


def _own(row: LedgerEntry) -> dict[str, object]:
    """What an event keeps of a row for its client: the facts, and what the row is about, so that a message leads there."""
    return {**row.facts, "object": [row.object_kind, row.object_id]}


@reaction("outreach.reports", kinds={"report.published"})
def reports(rows: list[LedgerEntry]) -> None:
    """A published report goes out by itself by the topics that say so; the others wait for an editor."""
    for topic in in_force(Trigger.REPORT):
        if not topic.automatic:
            continue
        for row in rows:
            try:
                go(event_for_report(int(row.object_id), maker=ACTOR, topic=topic), actor=ACTOR)
            except ReportNotPublished:  # withdrawn meanwhile
                continue


@reaction("outreach.advice", kinds={"pick.signed", "pick.noted", "rating.signed"})
def advice(rows: list[LedgerEntry]) -> None:
    """What an adviser signed goes to those whom it suits; a follow-up to exactly those who got the pick."""
    makers = {
        "pick.signed": events_of_advice.for_pick,
        "pick.noted": events_of_advice.for_note,
        "rating.signed": events_of_advice.for_rating,
    }
    for row in rows:
        makers[row.kind](int(row.object_id), signer=row.actor)


@reaction("outreach.announcements", kinds={"announcements.arrived"})
def announcements(rows: list[LedgerEntry]) -> None:
    """Announcements that came in and matter go to those who hold the security."""
    for row in rows:
        notices.announce_run(int(row.object_id))


@reaction("outreach.money", kinds={"cash_flows.arrived"})
def money(rows: list[LedgerEntry]) -> None:
    """Money that came in is looked at at once: who has paid for an allotment is chased no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT account_number FROM clients_cashflow WHERE run_id = ANY(%s)",
            [[int(row.object_id) for row in rows]],
        )
        accounts = [account for (account,) in cursor.fetchall()]
    if accounts:
        shares.fund(accounts)


@reaction("outreach.campaigns", kinds=campaigns.KINDS)
def campaign_members(rows: list[LedgerEntry]) -> None:
    """Who did what a campaign hopes for is counted; who opted out or closed the account leaves it."""
    campaigns.look(rows)


def _fresh(topic: Topic, rows: list[LedgerEntry]) -> list[LedgerEntry]:
    """The rows that have not become messages of the topic yet; they are marked in the same transaction."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outreach_triggeredrow (topic_id, number) SELECT %s, unnest(%s::bigint[])"
            " ON CONFLICT DO NOTHING RETURNING number",
            [topic.pk, [row.number for row in rows]],
        )
        fresh = {number for (number,) in cursor.fetchall()}
    return [row for row in rows if row.number in fresh]


def rounds(rows: list[LedgerEntry]) -> Iterator[list[LedgerEntry]]:
    """Rows in batches in which no client occurs twice, in their order."""
    left = rows
    while left:
        batch: list[LedgerEntry] = []
        later: list[LedgerEntry] = []
        seen: set[int | None] = set()
        for row in left:
            (later if row.client_id in seen else batch).append(row)
            seen.add(row.client_id)
        yield batch
        left = later
