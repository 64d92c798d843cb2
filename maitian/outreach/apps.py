from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "maitian.outreach"
    label = "outreach"
