from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "maitian.library"
    label = "library"

    def ready(self) -> None:
        from maitian.library import importers, queries
        from maitian.library.advice import importers as ratings
        from maitian.offerings import catalogue

        importers.register()
        ratings.register()
        catalogue.provide_report_kinds(queries.kinds_for_levels)
