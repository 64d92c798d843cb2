from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "maitian.console"
    label = "console"

    def ready(self) -> None:
        from maitian.console import frame

        frame.register()
