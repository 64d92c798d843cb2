from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "maitian.desk"
    label = "desk"

    def ready(self) -> None:
        from maitian.desk import catalog, live

        catalog.register()
        live.register()
