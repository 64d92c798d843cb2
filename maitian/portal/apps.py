from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "maitian.portal"
    label = "portal"

    def ready(self) -> None:
        from maitian.portal import frame

        frame.register()
