from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "maitian.outreach"
    label = "outreach"

    def ready(self) -> None:
        from maitian.offerings import catalogue
        from maitian.outreach.levels import topics_for_levels

        catalogue.provide_topics(topics_for_levels)
