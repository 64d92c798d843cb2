from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "maitian.clients"
    label = "clients"

    def ready(self) -> None:
        from maitian.clients import condition_kinds, import_kinds  # noqa: F401  (they register themselves)
