from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "maitian.demo"
    label = "demo"
