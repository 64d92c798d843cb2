from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "maitian.staff"
    label = "staff"

    def ready(self) -> None:
        from maitian.core import live

        live.topic(r"member-\d{1,18}", lambda member, topic: topic == f"member-{member.pk}")
