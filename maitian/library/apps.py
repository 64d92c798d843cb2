from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "maitian.library"
    label = "library"
