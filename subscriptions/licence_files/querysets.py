from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Tenant
    from subscriptions.licence_files.models import LicenceFile  # noqa: F401 - QuerySet["…"]


class LicenceFileQuerySet(models.QuerySet["LicenceFile"]):
    def of(self, tenant: Tenant) -> LicenceFileQuerySet:
        return self.filter(tenant=tenant)

    def present(self) -> LicenceFileQuerySet:
        """The newest of each tenant, unless it was found to need no successor."""
        return self.filter(followed_up_at__isnull=True)

    def followed_by_mail(self) -> LicenceFileQuerySet:
        """Without those that a program asked for."""
        return self.filter(by_mail=True)

    def to_follow_up(self, at: dt.datetime) -> LicenceFileQuerySet:
        return self.present().filter(warning_at__lte=at)

    def newest_first(self) -> LicenceFileQuerySet:
        return self.order_by("-number")
