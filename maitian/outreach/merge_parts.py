"""What happens to messages, calls and allotments when two records of one person become one.

What was decided and handed over stays where it was and is read by all records of the person: it proves whom a text reached.
"""

from __future__ import annotations

from maitian.clients import merging
from maitian.clients.merging import Part, Step, run


def _defaults_to(step: Step, client_id: int) -> None:
    run(
        "UPDATE outreach_default d SET client_id = %(client)s FROM outreach_allotment a"
        " WHERE a.id = d.allotment_id AND a.account_number = ANY(%(accounts)s) AND d.client_id <> %(client)s",
        {**step.parameters, "client": client_id},
    )


def _add_counts(step: Step) -> None:
    """The caps on commercial texts are a person's: what both records got today and this month counts together."""
    run(
        "INSERT INTO outreach_contactcount AS n (client_id, day, day_count, month_count)"
        " SELECT %(survivor)s, day, day_count, month_count FROM outreach_contactcount WHERE client_id = %(absorbed)s"
        " ON CONFLICT (client_id) DO UPDATE SET"
        " day_count = CASE WHEN excluded.day = n.day THEN least(n.day_count + excluded.day_count, 30000)"
        "   WHEN excluded.day > n.day THEN excluded.day_count ELSE n.day_count END,"
        " month_count = CASE WHEN date_trunc('month', excluded.day) = date_trunc('month', n.day)"
        "   THEN least(n.month_count + excluded.month_count, 30000)"
        "   WHEN excluded.day > n.day THEN excluded.month_count ELSE n.month_count END,"
        " day = greatest(n.day, excluded.day)",
        step.parameters,
    )


merging.register(merging.by_account("outreach.allotments", ("中签", "allotments"), "outreach_allotment"))
merging.register(
    Part(
        "outreach.defaults", ("放弃认购的次数（按人合计）", "defaults (counted for the person)"), ("outreach_default",),
        merging.counter("outreach_default"), lambda step: _defaults_to(step, step.survivor),
        lambda step, _journal: _defaults_to(step, step.absorbed),
    )
)  # fmt: skip
merging.register(
    merging.rows(
        "outreach.calls", ("电话任务", "calls to make"), "outreach_calltask",
        unless="EXISTS (SELECT 1 FROM outreach_calltask y WHERE y.client_id = %(survivor)s AND y.event_id = x.event_id)",
    )
)  # fmt: skip
# Whose two records are both in one campaign goes on with the survivor's; the absorbed record is closed and so leaves it.
merging.register(
    merging.rows(
        "outreach.campaigns", ("活动", "campaigns"), "outreach_campaignmember", key="campaign_id",
        unless="EXISTS (SELECT 1 FROM outreach_campaignmember y WHERE y.client_id = %(survivor)s AND y.campaign_id = x.campaign_id)",
    )
)  # fmt: skip
merging.register(
    merging.rows(
        "outreach.briefings", ("报告会的座位", "seats at briefings"), "outreach_guest",
        unless="EXISTS (SELECT 1 FROM outreach_guest y WHERE y.client_id = %(survivor)s AND y.briefing_id = x.briefing_id)",
    )
)  # fmt: skip
merging.register(
    Part(
        "outreach.counts",
        ("营销短信的次数", "commercial texts counted"),
        ("outreach_contactcount",),
        move=_add_counts,
    )
)
merging.register(
    merging.stay(
        "outreach.messages", ("消息（留在原处，一起读）", "messages (they stay and are read together)"),
        "outreach_message", "outreach_attempt", "outreach_messagepart", "outreach_personalfact", "outreach_verdictblock", "outreach_handing",
    )
)  # fmt: skip
