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
    from customers.querysets import OrganisationQuerySet
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

    def without_maker(self) -> ApiCredentialQuerySet:
        """Whoever made it, and knows its secret, comes into the back office no more."""
        return self.exclude(created_by__is_staff=True, created_by__is_active=True)

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

    def untold(self) -> RefusedUsageQuerySet:
        """Of applications, whose developers have not been told of it."""
        return self.filter(application__isnull=False, told_at__isnull=True)

    def to_look_at(self) -> RefusedUsageQuerySet:
        """Of the platform, that none of the vendor's staff has looked at."""
        return self.filter(application__isnull=True, looked_at__isnull=True)

    def of_month(self, organisation: Organisation, month: Month) -> RefusedUsageQuerySet:
        return self.filter(organisation=organisation, month=month.first_day)

    def of_those(self, organisations: OrganisationQuerySet) -> RefusedUsageQuerySet:
        return self.filter(organisation__in=organisations)

    def because_of(self, code: str) -> RefusedUsageQuerySet:
        """For whatever reason when it is empty."""
        return self.filter(code=code) if code else self

    def between(self, first: dt.date | None, last: dt.date | None) -> RefusedUsageQuerySet:
        """Days, both included; with no end where none is given."""
        found = self.filter(day__gte=first) if first else self
        return found.filter(day__lte=last) if last else found

    def newest_first(self) -> RefusedUsageQuerySet:
        named = self.select_related("credential", "application", "organisation", "looked_by")
        return named.order_by("-day", "-last_at", "-pk")
