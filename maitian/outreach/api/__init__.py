"""API of outreach, one file a subject: events and messages, topics, operations, calls and replies."""

from ninja import Router

from maitian.outreach.api import calls, events, operations, topics

router = Router(tags=["outreach"])
for _part in (events.router, topics.router, operations.router, calls.router):
    router.add_router("", _part)

__all__ = ["router"]
