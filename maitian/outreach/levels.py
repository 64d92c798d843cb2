"""What outreach brings to the design of levels."""

from __future__ import annotations

from maitian.offerings import catalogue
from maitian.outreach.queries import topics


def topics_for_levels() -> list[catalogue.Item]:
    """Topics as what a level may contain; those that reach every client, whatever the level, are no choice."""
    return [
        catalogue.Item(topic.code, topic.name, topic.name_en)
        for topic in topics()
        if topic.active and topic.by_level
    ]
