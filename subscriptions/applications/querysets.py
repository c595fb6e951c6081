from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from customers.models import Organisation

if TYPE_CHECKING:
    from customers.models import Person, Tenant
    from subscriptions.applications.models import Application, Authorisation


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, person: Person) -> ApplicationQuerySet:
        """One's own, and those that asked for or work on a tenant one may see."""
        seen = Organisation.objects.visible_to(person)
        return self.filter(
            Q(owner__in=seen) | Q(authorisations__tenant__organisation__in=seen)
        ).distinct()


class AuthorisationQuerySet(models.QuerySet["Authorisation"]):
    def visible_to(self, person: Person) -> AuthorisationQuerySet:
        """Of tenants one may see, and of applications one's organisation owns."""
        seen = Organisation.objects.visible_to(person)
        return self.filter(Q(tenant__organisation__in=seen) | Q(application__owner__in=seen))

    def of(self, organisation: Organisation) -> AuthorisationQuerySet:
        return self.filter(tenant__organisation=organisation)

    def on(self, tenant: Tenant) -> AuthorisationQuerySet:
        return self.filter(tenant=tenant)

    def with_names(self) -> AuthorisationQuerySet:
        return self.select_related(
            "application__owner", "tenant__organisation", "confirmed_by", "granted_by"
        )
