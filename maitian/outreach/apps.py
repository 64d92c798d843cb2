from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "maitian.outreach"
    label = "outreach"

    def ready(self) -> None:
        from maitian.core import live
        from maitian.offerings import catalogue
        from maitian.outreach import merge_parts  # noqa: F401  (parts register themselves)
        from maitian.outreach.briefings import audiences as _briefings  # noqa: F401  (audiences register themselves)
        from maitian.outreach.campaigns import audiences as _campaigns  # noqa: F401  (audiences register themselves)
        from maitian.outreach.levels import topics_for_levels
        from maitian.outreach.shares import audiences, importers  # noqa: F401  (audiences register themselves)

        catalogue.provide_topics(topics_for_levels)
        live.topic("outreach-board", lambda member, topic: bool(member.may("outreach.view")))
        live.topic(r"event-\d{1,18}", lambda member, topic: bool(member.may("outreach.view")))
        live.topic("outreach-board", lambda member, topic: bool(member.may("outreach.view")))
        live.topic(r"campaign-\d{1,18}", lambda member, topic: bool(member.may("campaigns.view")))
        live.topic(r"briefing-\d{1,18}", lambda member, topic: bool(member.may("briefings.view")))
        live.topic("chase", lambda member, topic: bool(member.may("shares.view")))
        importers.register()
