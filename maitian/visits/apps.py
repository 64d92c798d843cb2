from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "maitian.visits"
    label = "visits"

    def ready(self) -> None:
        from maitian.visits import case_panel, merge_parts  # noqa: F401  (parts register themselves)

        case_panel.register()
