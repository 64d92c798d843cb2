from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "maitian.core"
    label = "core"
