from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "maitian.api"
    label = "api"
