from django.apps import AppConfig


class ViesConfig(AppConfig):
    name = "billing.vies"
    label = "vies"
    verbose_name = "VIES"
