from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "maitian.desk"
    label = "desk"

    def ready(self) -> None:
        from maitian.desk import catalog, live, merge_parts  # noqa: F401  (parts register themselves)

        catalog.register()
        live.register()
