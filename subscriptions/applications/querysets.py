from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from customers.models import Organisation
from subscriptions.applications.lifecycle import Wanted
from subscriptions.applications.verdicts import GIVEN

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Person, Tenant
    from subscriptions.applications.models import (  # noqa: F401 - QuerySet["…"]
        Application,
        Authorisation,
        ClientSecret,
        Publication,
    )


class ApplicationQuerySet(models.QuerySet["Application"]):
    def on_offer(self) -> ApplicationQuerySet:
        """Standard ones that the app manager has published in production, and not blocked."""
        published = Q(publications__status="published", publications__environment="production")
        return self.filter(published, kind="standard", blocked_at__isnull=True)

    def telling_of(self, text: str) -> ApplicationQuerySet:
        """In name, summary or who built it: what a customer reads; all when it is empty."""
        if not text:
            return self
        return self.filter(
            Q(name__icontains=text) | Q(summary__icontains=text) | Q(owner__name__icontains=text)
        )

    def visible_to(self, person: Person) -> ApplicationQuerySet:
        """One's own, and those that asked for or work on a tenant one may see."""
        seen = Organisation.objects.visible_to(person)
        return self.filter(
            Q(owner__in=seen) | Q(authorisations__tenant__organisation__in=seen)
        ).distinct()

    def blocked(self) -> ApplicationQuerySet:
        return self.filter(blocked_at__isnull=False)

    def called(self, text: str) -> ApplicationQuerySet:
        """By name or client id, whoever built it."""
        return self.filter(Q(name__icontains=text) | Q(credentials__client=text)).distinct()

    def matching(self, text: str) -> ApplicationQuerySet:
        """By name, owner, technical contact or client id; all when it is empty."""
        if not text:
            return self
        return self.filter(
            Q(name__icontains=text)
            | Q(owner__name__icontains=text)
            | Q(technical_contact__iexact=text)
            | Q(credentials__client=text)
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

    def waiting_for_grant(self) -> AuthorisationQuerySet:
        """The customer said yes to a custom application; the app manager has not answered."""
        return self.filter(status="confirmed")

    def longest_waiting_first(self) -> AuthorisationQuerySet:
        return self.order_by("confirmed_at", "pk")

    def expiring_by(self, at: dt.datetime) -> AuthorisationQuerySet:
        """Given for a time that is over, and not yet written down as such."""
        return self.filter(status__in=GIVEN, valid_until__lte=at)

    def in_status(self, status: str) -> AuthorisationQuerySet:
        """Every one when it is empty."""
        return self.filter(status=status) if status else self

    def narrowed(
        self, *, tenant_id: int | None, application_id: int | None
    ) -> AuthorisationQuerySet:
        """On that tenant, of that application; any where nothing is said."""
        found = self.filter(tenant=tenant_id) if tenant_id else self
        return found.filter(application=application_id) if application_id else found

    def matching(self, text: str) -> AuthorisationQuerySet:
        """By application, its owner, the tenant or its organisation; all when it is empty."""
        if not text:
            return self
        return self.filter(
            Q(application__name__icontains=text)
            | Q(application__owner__name__icontains=text)
            | Q(tenant__name__icontains=text)
            | Q(tenant__identifier__iexact=text)
            | Q(tenant__serial_number__iexact=text)
            | Q(tenant__organisation__name__icontains=text)
            | Q(tenant__organisation__customer_number__iexact=text)
        )


class PublicationQuerySet(models.QuerySet["Publication"]):
    def published(self) -> PublicationQuerySet:
        return self.filter(status="published")

    def published_in(self, environment: str, application: Application) -> PublicationQuerySet:
        return self.published().filter(environment=environment, application=application)

    def wanted_in(self, environment: str, *, applications: Iterable[int]) -> dict[int, Wanted]:
        """What each application asks for there, by its id; nothing where it is not published."""
        wanted = self.filter(environment=environment).wanted(applications)
        return {key: wanted.get((key, environment), Wanted([], [])) for key in applications}

    def wanted(self, applications: Iterable[int]) -> dict[tuple[int, str], Wanted]:
        """What each asks for, by its id and the environment that it is published in; one query."""
        found = self.published().filter(application__in=applications)
        rows = found.values_list(
            "application", "environment", "version__capabilities", "version__scopes"
        )
        return {(key, where): Wanted(codes, scopes) for key, where, codes, scopes in rows}

    def pending(self) -> PublicationQuerySet:
        return self.filter(status="pending")

    def with_names(self) -> PublicationQuerySet:
        return self.select_related("version", "application__owner", "requested_by", "decided_by")


class ClientSecretQuerySet(models.QuerySet["ClientSecret"]):
    def good_at(self, at: dt.datetime) -> ClientSecretQuerySet:
        return self.filter(
            Q(ends_at__isnull=True) | Q(ends_at__gt=at), credential__revoked_at__isnull=True
        )

    def made_by(self, person: Person, *, owner: Organisation) -> ClientSecretQuerySet:
        """Of applications of this owner."""
        return self.filter(created_by=person, credential__application__owner=owner)

    def to_warn_of(self, at: dt.datetime, *, until: dt.datetime) -> ClientSecretQuerySet:
        """Good at `at` and over by `until`, and nobody was told of that."""
        return self.good_at(at).filter(warned_at__isnull=True, ends_at__lte=until)
