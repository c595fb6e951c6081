"""Reads that speak the metering's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from billing.metering.models import (  # noqa: F401 - QuerySet["…"]
        ApiCredential,
        DailyTotal,
        MeterPolicy,
        RefusedUsage,
    )
    from customers.models import Organisation
    from subscriptions.applications.models import Application
    from subscriptions.periods import Month


class DailyTotalQuerySet(models.QuerySet["DailyTotal"]):
    def used_by(self, organisation: Organisation, month: Month) -> DailyTotalQuerySet:
        """Days of the month on which something counts."""
        return self.filter(
            tenant__organisation=organisation,
            day__gte=month.first_day,
            day__lt=month.next.first_day,
            events__gt=0,
        )

    def used_through(
        self, application: Application, clients: Iterable[str], month: Month
    ) -> DailyTotalQuerySet:
        """The same, for whoever built it: where it was ever let in or asked for, and only what is
        counted under one of its client ids.
        """
        return self.filter(
            tenant__in=application.authorisations.values("tenant"),
            application__in=clients,
            day__gte=month.first_day,
            day__lt=month.next.first_day,
            events__gt=0,
        )


class MeterPolicyQuerySet(models.QuerySet["MeterPolicy"]):
    def in_force(self) -> MeterPolicyQuerySet:
        """The newest of each meter."""
        return self.order_by("meter_id", "-pk").distinct("meter_id")

    def newest_first(self) -> MeterPolicyQuerySet:
        return self.select_related("meter", "decided_by").order_by("-pk")


class ApiCredentialQuerySet(models.QuerySet["ApiCredential"]):
    def live(self) -> ApiCredentialQuerySet:
        return self.filter(revoked_at__isnull=True)

    def of_others(self, application: Application) -> ApiCredentialQuerySet:
        """Of other applications, revoked ones as well: what they reported stays theirs."""
        return self.filter(application__isnull=False).exclude(application=application)

    def of_applications_on(self, organisation: Organisation) -> ApiCredentialQuerySet:
        """Of those that asked for, work on or worked on its tenants, revoked ones as well."""
        return self.filter(application__authorisations__tenant__organisation=organisation)

    def newest_first(self) -> ApiCredentialQuerySet:
        """Those that work before those that do not."""
        return self.select_related("application", "created_by", "revoked_by").order_by(
            models.F("revoked_at").desc(nulls_first=True), "-pk"
        )


class RefusedUsageQuerySet(models.QuerySet["RefusedUsage"]):
    def before(self, day: dt.date) -> RefusedUsageQuerySet:
        return self.filter(day__lt=day)
