"""Reads that speak the subscriptions' language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Q, Value, When

from customers.models import Organisation
from subscriptions.lifecycle import LIVE, Status

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Person, Tenant
    from subscriptions.models import PriceChange, Subscription  # noqa: F401 - named below

_ORDER = (
    Status.ACTIVE,
    Status.SUSPENDED,
    Status.REQUESTED,
    Status.ENDED,
    Status.REJECTED,
    Status.WITHDRAWN,
)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def visible_to(self, person: Person) -> SubscriptionQuerySet:
        return self.filter(organisation__in=Organisation.objects.visible_to(person))

    def reached_by(self, organisation: Organisation) -> SubscriptionQuerySet:
        return self.filter(organisation__in=Organisation.objects.reached_by(organisation))

    def of(self, organisation: Organisation) -> SubscriptionQuerySet:
        return self.filter(organisation=organisation)

    def serving(self, tenant: Tenant) -> SubscriptionQuerySet:
        """Of the tenant itself, and those of its organisation as a whole."""
        return self.filter(
            Q(tenant=tenant) | Q(tenant__isnull=True, organisation=tenant.organisation_id)
        )

    def serving_any(self, tenants: Iterable[Tenant]) -> SubscriptionQuerySet:
        tenants = list(tenants)
        return self.filter(
            Q(tenant__in=[tenant.pk for tenant in tenants])
            | Q(
                tenant__isnull=True,
                organisation__in={tenant.organisation_id for tenant in tenants},
            )
        )

    def gone_with(self, tenant: Tenant) -> SubscriptionQuerySet:
        """Of the tenant itself, and what is paid for nothing but that tenant."""
        return self.filter(Q(tenant=tenant) | Q(delivered_tenant=tenant))

    def same_place_as(self, subscription: Subscription) -> SubscriptionQuerySet:
        """Of the same product on the same tenant, or for the same organisation as a whole."""
        return self.filter(
            product=subscription.product,
            tenant=subscription.tenant,
            organisation=subscription.organisation,
        )

    def live(self) -> SubscriptionQuerySet:
        return self.filter(status__in=LIVE)

    def live_at(self, at: dt.datetime) -> SubscriptionQuerySet:
        """As `live`, without those whose end has come and was not yet carried out."""
        return self.live().exclude(ends_at__lte=at)

    def in_force_at(self, at: dt.datetime) -> SubscriptionQuerySet:
        """Started and not ended at `at`, by their times alone; suspended ones included."""
        return self.filter(starts_at__lte=at).filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))

    def ending_by(self, at: dt.datetime) -> SubscriptionQuerySet:
        """Whose end has come but was not yet carried out."""
        return self.filter(status__in=[Status.ACTIVE, Status.SUSPENDED], ends_at__lte=at)

    def with_status_at(self, at: dt.datetime) -> SubscriptionQuerySet:
        """`status_then`: the status by their times, as `orders.status_at` says it of one."""
        over = Q(ends_at__lte=at, status__in=[Status.ACTIVE, Status.SUSPENDED])
        return self.annotate(
            status_then=Case(When(over, then=Value(Status.ENDED)), default=F("status"))
        )

    def in_status_at(self, status: Status, at: dt.datetime) -> SubscriptionQuerySet:
        """By their times: what has ended by `at` is ENDED, even before that is written."""
        return self.with_status_at(at).filter(Q(status_then=status))

    def ending_at(self, at: dt.datetime) -> SubscriptionQuerySet:
        """Cancelled, and still there."""
        return self.live_at(at).filter(ends_at__isnull=False)

    def to_attend_to(self) -> SubscriptionQuerySet:
        """Of what is live, all but what simply works: that waits, is suspended, or has an end."""
        waits = [Status.REQUESTED, Status.SUSPENDED]
        return self.filter(Q(status__in=waits) | Q(ends_at__isnull=False))

    def beside_a_plan(self) -> SubscriptionQuerySet:
        """Without an end, of tenants with a CRM Suite plan, which may give the same."""
        going_on = self.filter(status__in=[Status.ACTIVE, Status.SUSPENDED], ends_at=None)
        return going_on.filter(tenant__isnull=False).exclude(tenant__crm_suite_plan="")

    def what_works_first(self, at: dt.datetime) -> SubscriptionQuerySet:
        """Then what waits, then what is over; in the catalogue's order, and by tenant."""
        first = Case(
            *(When(status_then=status, then=Value(place)) for place, status in enumerate(_ORDER)),
            output_field=models.IntegerField(),
        )
        return self.with_status_at(at).order_by(
            first, "product__position", F("tenant__name").asc(nulls_first=True), "-pk"
        )

    def narrowed(self, *, tenant_id: int | None, product_code: str) -> SubscriptionQuerySet:
        """On that tenant, of that product; any where nothing is said."""
        found = self.filter(tenant=tenant_id) if tenant_id else self
        return found.filter(product__code=product_code) if product_code else found

    def requested(self) -> SubscriptionQuerySet:
        return self.filter(status=Status.REQUESTED)

    def longest_waiting_first(self) -> SubscriptionQuerySet:
        return self.order_by("requested_at", "pk")

    def with_price(self) -> SubscriptionQuerySet:
        """With its prices, what they are made of and how many of each; see `prices.priced`."""
        return self.prefetch_related(
            "quantities",
            "price_version__components",
            "price_changes__announcement__price_version__components",
        )

    def with_names(self) -> SubscriptionQuerySet:
        return self.select_related(
            "organisation", "tenant", "product", "product_version", "price_version"
        )

    def with_terms(self) -> SubscriptionQuerySet:
        """With the supplementary terms that were accepted, where any were."""
        return self.select_related("accepted_terms")


class PriceChangeQuerySet(models.QuerySet["PriceChange"]):
    def standing(self) -> PriceChangeQuerySet:
        """Those whose announcement was not withdrawn, the earliest first."""
        return self.filter(announcement__withdrawn_at__isnull=True).order_by("effective_at", "pk")
