from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "maitian.knowledge"
    label = "knowledge"

    def ready(self) -> None:
        from maitian.knowledge import case_panel, merge_parts  # noqa: F401  (parts register themselves)

        case_panel.register()
