from django.apps import AppConfig


class MailroomConfig(AppConfig):
    name = "maitian.mailroom"
    label = "mailroom"

    def ready(self) -> None:
        from maitian.mailroom import case_panel, rule_checks

        case_panel.register()
        rule_checks.register()
