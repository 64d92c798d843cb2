from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "maitian.clients"
    label = "clients"

    def ready(self) -> None:
        from maitian.clients import import_kinds  # noqa: F401  (registers the kinds)
