"""Reading outreach, by subject: what was decided, how far a send is, why a client (not), the inbox."""

from maitian.outreach.queries.events import (
    deliveries,
    event,
    events,
    progress,
    waiting_for_a_person,
    withheld_reasons,
)
from maitian.outreach.queries.inbox import inbox, message_of, unread
from maitian.outreach.queries.path import explain, of_client
from maitian.outreach.queries.topics import (
    base_of,
    by_hand,
    changes_of,
    is_everybody,
    proposals,
    recent_events,
    state_of,
    topic,
    topic_list,
    topics,
    under_way,
    version,
    versions,
)
from maitian.outreach.queries.verdicts import bytes_of, verdicts
from maitian.outreach.words import CHANNEL_NAMES, GATES

__all__ = [
    "CHANNEL_NAMES", "GATES", "base_of", "by_hand", "bytes_of", "changes_of", "deliveries", "event", "events", "explain", "inbox",
    "is_everybody", "message_of", "of_client", "progress", "proposals", "recent_events", "state_of", "topic", "topic_list", "topics",
    "under_way", "unread", "verdicts", "version", "versions", "waiting_for_a_person", "withheld_reasons",
]  # fmt: skip
