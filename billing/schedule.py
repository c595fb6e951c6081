"""Which months are to be invoiced: what is due and not done, never "today is the first"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Min, OuterRef, Q, Subquery

from billing.candidates import customers_of
from billing.metering.models import DailyTotal
from billing.models import BillingRun, RunItem
from customers.bulk import any_of
from customers.models import Tenant
from subscriptions.models import Subscription
from subscriptions.periods import Month, months

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from billing.querysets import RunItemQuerySet
    from catalog.models import Seller
    from customers.querysets import OrganisationQuerySet


def due_months(seller: Seller, at: dt.datetime) -> list[Month]:
    """Months without a run yet, up to the one of `at`, oldest first.

    They begin after the last run; before the first, after the month in which somebody started
    or used something: what starts within a month is on the next month's invoice, as is its use.
    """
    last = BillingRun.objects.of_seller(seller).newest_month_first().first()
    first_due = Month.of(last.month).next if last else _first_month(seller)
    if first_due is None:
        return []
    return list(months(first_due, Month.at(at, seller.zone)))


def months_to_come(
    organisation_ids: Collection[int], seller: Seller, at: dt.datetime
) -> dict[int, list[Month]]:
    """Those that have begun and whose run will yet come to each organisation, oldest first.

    Not what a run has left out: that is due with the next one, unless somebody tries it again.
    """
    return _months(organisation_ids, seller, at, RunItem.objects.pending())


def months_to_do(
    organisation_ids: Collection[int], seller: Seller, at: dt.datetime
) -> dict[int, list[Month]]:
    """Those that have begun and are not dealt with, for each organisation, oldest first.

    Whoever was held in an earlier month is invoiced for it with this one.
    """
    this_month = Month.at(at, seller.zone).first_day
    held_now = Q(outcome__in=["held", "failed"], run__month=this_month)
    return _months(
        organisation_ids, seller, at, RunItem.objects.filter(Q(outcome="pending") | held_now)
    )


def _months(
    organisation_ids: Collection[int], seller: Seller, at: dt.datetime, items: RunItemQuerySet
) -> dict[int, list[Month]]:
    """Those that are due, and those of `items`; one query more than the former, however many."""
    due = due_months(seller, at)
    found = {organisation_id: set(due) for organisation_id in organisation_ids}
    theirs = items.filter(any_of("organisation", organisation_ids))
    for organisation_id, month in theirs.values_list("organisation_id", "run__month"):
        found[organisation_id].add(Month.of(month))
    return {organisation_id: sorted(own) for organisation_id, own in found.items()}


def _first_month(seller: Seller) -> Month | None:
    customers = customers_of(seller)
    if not customers.exists():  # asked at every tick, where there is nobody to run
        return None
    days = [day for day in (_first_start(customers), _first_use(customers)) if day]
    return Month.of(min(days)).next if days else None


def _first_start(customers: OrganisationQuerySet) -> dt.date | None:
    return (
        Subscription.objects.filter(organisation__in=customers, charged_from__isnull=False)
        .order_by("charged_from")
        .values_list("charged_from", flat=True)
        .first()
    )


def _first_use(customers: OrganisationQuerySet) -> dt.date | None:
    """Each tenant's first day is a row of an index; the totals of all are never looked through."""
    own_days = DailyTotal.objects.filter(tenant=OuterRef("pk")).order_by("day").values("day")
    tenants = Tenant.objects.filter(organisation__in=customers)
    found: dt.date | None = tenants.aggregate(first=Min(Subquery(own_days[:1])))["first"]
    return found
