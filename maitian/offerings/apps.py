from django.apps import AppConfig


class OfferingsConfig(AppConfig):
    name = "maitian.offerings"
    label = "offerings"

    def ready(self) -> None:
        from maitian.clients import conditions
        from maitian.offerings import merge_parts, rule_checks  # noqa: F401  (parts register themselves)
        from maitian.offerings.queries import level_options

        conditions.give_options("level", conditions.Choices(level_options))
        rule_checks.register()
