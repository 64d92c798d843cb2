from django.apps import AppConfig


class OfferingsConfig(AppConfig):
    name = "maitian.offerings"
    label = "offerings"
