from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "maitian.library"
    label = "library"

    def ready(self) -> None:
        from maitian.library import importers

        importers.register()
