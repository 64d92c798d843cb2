from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "maitian.ui"
    label = "ui"
