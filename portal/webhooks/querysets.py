from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from customers.models import History, Membership

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Organisation, Person
    from portal.webhooks.models import (  # noqa: F401 - the classes below name them as text
        Delivery,
        Endpoint,
        EndpointSecret,
        Event,
    )


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    def of(self, organisation: Organisation) -> EndpointQuerySet:
        return self.filter(organisation=organisation)

    def present(self) -> EndpointQuerySet:
        """Without those that were removed and are still being emptied."""
        return self.filter(removed_at__isnull=True)

    def removed(self) -> EndpointQuerySet:
        return self.filter(removed_at__isnull=False)

    def enabled(self) -> EndpointQuerySet:
        return self.filter(disabled_at__isnull=True)

    def within(self, event_types: Iterable[str]) -> EndpointQuerySet:
        """Those that want nothing else than these."""
        return self.filter(event_types__contained_by=list(event_types))

    def made_by(self, person: Person) -> EndpointQuerySet:
        """Added by them, or changed, or its secret made: they know it, or led it somewhere."""
        theirs = History.objects.filter(
            subject_type="endpoint",
            subject_id=OuterRef("pk"),
            verb__in=("webhook.changed", "webhook.secret_rotated"),
            actor=person,
        )
        return self.filter(Q(created_by=person) | Exists(theirs))

    def with_maker(self) -> EndpointQuerySet:
        """And `maker_is_here`: who made its newest secret is a member whose account was not shut.

        The first secret is made by whoever adds the endpoint.
        """
        newest = History.objects.filter(
            subject_type="endpoint", subject_id=OuterRef("pk"), verb="webhook.secret_rotated"
        ).order_by("-at", "-pk")
        here = Membership.objects.reachable().filter(
            organisation=OuterRef("organisation"), person=OuterRef("maker")
        )
        found = self.select_related("created_by").alias(
            maker=Coalesce(newest.values("actor")[:1], "created_by")
        )
        return found.annotate(maker_is_here=Exists(here))  # type: ignore[no-redef]

    def in_state(self, state: str) -> EndpointQuerySet:
        """One of EndpointState; every one when it is empty."""
        failing = Q(disabled_at__isnull=True, failing_since__isnull=False)
        match state:
            case "in_trouble":
                return self.filter(failing | Q(disabled_because__in=["gone", "failing"]))
            case "on":
                return self.filter(disabled_at__isnull=True, failing_since__isnull=True)
            case "failing":
                return self.filter(failing)
            case "off":
                return self.filter(disabled_at__isnull=False)
            case _:
                return self

    def of_anybody_called(self, text: str) -> EndpointQuerySet:
        """By the organisation's name or its customer number; all when it is empty."""
        if not text:
            return self
        return self.filter(
            Q(organisation__name__icontains=text) | Q(organisation__customer_number__iexact=text)
        )

    def with_something_due(self, at: dt.datetime) -> EndpointQuerySet:
        """Enabled, nobody sending there, and a delivery due."""
        from portal.webhooks.models import Delivery

        due = Delivery.objects.due_at(at).filter(endpoint=OuterRef("pk"))
        is_free = Q(free_at__isnull=True) | Q(free_at__lte=at)
        return self.enabled().filter(is_free, Exists(due))

    def in_turn(self) -> EndpointQuerySet:
        """Those that accept what they get before those that fail, then who waited longest."""
        return self.alias(is_failing=Q(failing_since__isnull=False)).order_by(
            "is_failing", F("free_at").asc(nulls_first=True), "pk"
        )

    def longest_failing_first(self) -> EndpointQuerySet:
        """The others after them, by organisation."""
        failing = F("failing_since").asc(nulls_last=True)
        return self.order_by(failing, "organisation__name", "address", "pk")


class SecretQuerySet(models.QuerySet["EndpointSecret"]):
    def signing_at(self, at: dt.datetime) -> SecretQuerySet:
        """The newest first; with it those that it is replacing."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).order_by("-created_at")


class EventQuerySet(models.QuerySet["Event"]):
    def of(self, organisation: Organisation) -> EventQuerySet:
        return self.filter(organisation=organisation)

    def numbered(self) -> EventQuerySet:
        """Without tests."""
        return self.filter(sequence__isnull=False)

    def without_details(self) -> EventQuerySet:
        """Those whose details did not fit; the newest first."""
        found = self.exclude(left_out="").select_related("organisation")
        return found.order_by("-created_at", "-pk")

    def since(self, at: dt.datetime) -> EventQuerySet:
        """Told from then on, whenever it took effect."""
        return self.filter(created_at__gte=at)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due_at(self, at: dt.datetime) -> DeliveryQuerySet:
        return self.filter(next_attempt_at__lte=at)

    def waiting(self) -> DeliveryQuerySet:
        return self.filter(next_attempt_at__isnull=False)

    def given_up(self) -> DeliveryQuerySet:
        return self.filter(given_up_at__isnull=False)

    def newest_first(self) -> DeliveryQuerySet:
        """With their events, and how many attempts were made in all."""
        return (
            self.select_related("event")
            .annotate(attempts_made=models.Count("attempts"))
            .order_by("-pk")
        )
