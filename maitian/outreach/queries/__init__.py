"""Reading outreach, by subject: what was decided, how far a send is, why a client (not), the inbox."""

from maitian.outreach.queries.events import deliveries, event, events, progress, topics
from maitian.outreach.queries.inbox import inbox, message_of, unread
from maitian.outreach.queries.path import explain, of_client
from maitian.outreach.queries.verdicts import bytes_of, verdicts
from maitian.outreach.queries.words import CHANNEL_NAMES, GATES

__all__ = [
    "CHANNEL_NAMES", "GATES", "bytes_of", "deliveries", "event", "events", "explain", "inbox", "message_of", "of_client",
    "progress", "topics", "unread", "verdicts",
]  # fmt: skip
