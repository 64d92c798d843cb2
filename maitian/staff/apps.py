from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "maitian.staff"
    label = "staff"
