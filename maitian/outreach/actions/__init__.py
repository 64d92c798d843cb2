"""Every write of outreach. One file a subject: events, deciding, sending, topics, texts that come in, reading."""

from maitian.outreach.actions.deciding import decide
from maitian.outreach.actions.events import (
    LONGEST_TEXT,
    event_by_hand,
    event_for_report,
    in_force,
    make_event,
)
from maitian.outreach.actions.gateways import see_quarantined, switch_gateway
from maitian.outreach.actions.messaging import (
    TO_ONE,
    message_client,
    refuse_advice,
    write_and_decide,
)
from maitian.outreach.actions.money import spent, spent_this_month
from maitian.outreach.actions.reading import mark_read
from maitian.outreach.actions.replies import answer_reply
from maitian.outreach.actions.sending import (
    MOVES,
    control,
    decide_and_send,
    go,
    pause_topic,
    queue,
    send,
    sending_count,
)
from maitian.outreach.actions.topics import (
    approve_topic,
    check_definition,
    check_template,
    definition_of,
    propose_topic,
    refuse_topic,
)

__all__ = [
    "LONGEST_TEXT", "MOVES", "TO_ONE", "answer_reply", "approve_topic", "check_definition", "check_template", "control", "decide", "decide_and_send", "definition_of", "event_by_hand", "event_for_report",
    "go", "in_force",
    "make_event", "mark_read", "message_client", "pause_topic", "propose_topic", "queue", "refuse_advice", "refuse_topic", "see_quarantined", "send", "sending_count", "spent",
    "spent_this_month", "switch_gateway", "write_and_decide",
]  # fmt: skip
