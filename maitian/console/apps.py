from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "maitian.console"
    label = "console"
