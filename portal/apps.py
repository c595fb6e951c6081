from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        # `shared_task` needs an application, and Django its checks, in every process.
        from portal import celery, checks  # noqa: F401
