from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "maitian.clients"
    label = "clients"
