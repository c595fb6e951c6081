from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnsweredConfig(AppConfig):
    name = "portal.answered"
    label = "answered"
    verbose_name = _("Answered requests")
