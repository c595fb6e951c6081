from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LicenceFilesConfig(AppConfig):
    name = "subscriptions.licence_files"
    label = "licence_files"
    verbose_name = _("Licence files")
