from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "maitian.portal"
    label = "portal"
