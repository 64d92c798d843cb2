from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "maitian.clients"
    label = "clients"

    def ready(self) -> None:
        from maitian.clients import account_imports, condition_kinds, import_kinds, merge_parts, rule_checks  # noqa: F401  (they register themselves)

        rule_checks.register()
