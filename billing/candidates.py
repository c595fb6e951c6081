"""Whom a run asks: every organisation of the seller that could owe something."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, F, OuterRef, Q

from billing.given_back import TAKEN_BACK
from billing.metering.models import DailyTotal
from billing.models import BillingRun, InvoiceLine, RunItem
from catalog.models import Seller
from customers.bulk import any_of
from customers.models import Organisation, Tenant
from subscriptions.models import Subscription
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from django.db.models import QuerySet

    from customers.querysets import OrganisationQuerySet

# Who cancelled just before midnight may have waited for a lock that the month's run held: the
# run did not know of it and charged the month.
MIGHT_WAIT = dt.timedelta(hours=1)


def customers_of(seller: Seller) -> OrganisationQuerySet:
    """The same choice as `catalog.queries.seller_for`, asked the other way round."""
    if not seller.is_default:
        return Organisation.objects.filter(country__in=seller.serves_countries)
    others = Seller.objects.exclude(pk=seller.pk)
    served = {country for other in others for country in other.serves_countries}
    return Organisation.objects.exclude(country__in=served)


def organisations_due(
    seller: Seller, month: Month, *, among: Iterable[int] | None = None
) -> list[int]:
    """Ids of those who used something, or had a subscription before `month` that was not long over.

    What ended before the month before was settled by an earlier run, unless that one could not:
    whoever was held or failed then is asked again, and who cancelled while it was at work. And
    whose invoice was cancelled since with a credit on it, which is to be given again. Only those
    of `among`, where that is given.
    """
    starts_at = month.starts_at(seller.zone)
    settled_before = month.previous.starts_at(seller.zone)
    own = Subscription.objects.filter(organisation=OuterRef("pk"), starts_at__lt=starts_at)
    alive = own.filter(
        Q(ends_at__isnull=True)
        | Q(ends_at__gt=settled_before)
        | Q(cancelled_at__gt=settled_before - MIGHT_WAIT)
    )
    unsettled = RunItem.objects.needing_attention().filter(
        organisation=OuterRef("pk"), run__month__lt=month.first_day
    )
    since = _since(seller, month)
    theirs = Tenant.objects.filter(Exists(_used(month, since)), organisation=OuterRef("pk"))
    asked = customers_of(seller)
    if among is not None:
        asked = asked.filter(any_of("pk", among))
    due = asked.filter(
        Exists(alive)
        | Exists(unsettled)
        | Exists(theirs)
        | Q(pk__in=_taken_back(since, seller.zone))
    )
    return list(due.order_by("pk").values_list("pk", flat=True))


def _used(month: Month, since: Month | None) -> QuerySet[DailyTotal]:
    """Totals of a tenant that the seller's last run cannot have known of.

    What was there when that run was opened was its business: see docs/decisions/0040.
    """
    used = DailyTotal.objects.filter(tenant=OuterRef("pk"), day__lt=month.first_day)
    if since is None:
        return used
    late = Q(changed_on__gt=F("day"), changed_on__gte=since.first_day)
    return used.filter(Q(day__gte=since.first_day) | late)


def _taken_back(since: Month | None, zone: ZoneInfo) -> QuerySet[InvoiceLine, Any]:
    """By organisation; a handful, found by the index of documents that no run made."""
    lines = InvoiceLine.objects.filter(TAKEN_BACK)
    if since is not None:
        lines = lines.filter(invoice__issued_at__gte=since.starts_at(zone))
    return lines.order_by().values("invoice__organisation")


def _since(seller: Seller, month: Month) -> Month | None:
    """The month before that of the seller's last run, which cannot have missed anything earlier."""
    earlier = BillingRun.objects.of_seller(seller).filter(month__lt=month.first_day)
    last = earlier.newest_month_first().first()
    return Month.of(last.month).previous if last else None
