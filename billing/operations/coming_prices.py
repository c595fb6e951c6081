"""Telling who uses a metered service, in time, that it will cost something else."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from billing.candidates import customers_of
from billing.metering.models import DailyTotal, UsageClass
from billing.queries.coming_prices import coming_prices
from catalog.models import PriceVersion
from catalog.money import Currency
from catalog.queries import sellers
from customers.actors import SCHEDULE
from customers.history import record
from customers.locks import lock_organisation
from customers.models import Environment, History, Membership, Organisation, TenantKind
from customers.operations.mail import queue_letter
from customers.turns import each_alone
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from billing.queries.coming_prices import ComingPrice
    from catalog.models import Seller
    from customers.querysets import OrganisationQuerySet

ANNOUNCED = "usage.price_announced"
LATELY = dt.timedelta(days=92)


def tell_coming(*, at: dt.datetime) -> int:
    """Write to who used a service in the last three months that its price will change.

    Whoever begins to use it before that month is told then. Once per customer and price; whom
    nobody hears for is told when somebody does. Returns how many customers were told. What is
    wrong with one is logged and stops nobody else.
    """
    return sum(
        _tell_of(seller, coming, at)
        for seller in sellers()
        for currency in Currency
        for coming in coming_prices(currency, after=local_day(at, seller.zone))
    )


def _tell_of(seller: Seller, coming: ComingPrice, at: dt.datetime) -> int:
    return each_alone(
        _untold(seller, coming, used_since=local_day(at, seller.zone) - LATELY),
        lambda organisation: _tell(organisation, coming, at=at),
        trouble="a coming price was not told",
        named=lambda organisation: {"organisation": organisation.pk},
    )


def _untold(seller: Seller, coming: ComingPrice, *, used_since: dt.date) -> OrganisationQuerySet:
    """Whose prices are in that currency. Use that costs nothing whatever the price is does not
    count.
    """
    using = DailyTotal.objects.filter(
        meter__code__in={rate.meter for rate in coming.rates},
        day__gte=used_since,
        events__gt=0,
        tenant__kind=TenantKind.PRODUCTION,
        tenant__environment=Environment.PRODUCTION,
    ).exclude(usage_class=UsageClass.INCLUDED_APPS)
    told = History.objects.about(coming.price).telling([ANNOUNCED])
    return (
        customers_of(seller)
        .filter(currency=coming.price.currency, pk__in=using.values("tenant__organisation"))
        .exclude(pk__in=told.values("organisation"))
        .order_by("pk")
    )


@transaction.atomic
def _tell(organisation: Organisation, coming: ComingPrice, *, at: dt.datetime) -> int:
    lock_organisation(organisation.pk)
    told = History.objects.about(coming.price).telling([ANNOUNCED]).of(organisation)
    readers = Membership.objects.of(organisation).hearing_of_money().order_by("pk")
    # Who withdraws the price waits, or has taken it away.
    stands = PriceVersion.objects.select_for_update(no_key=True).filter(pk=coming.price.pk)
    if told.exists() or not readers or not stands:
        return 0
    record(
        coming.price,
        ANNOUNCED,
        organisation=organisation,
        by=SCHEDULE,
        at=at,
        details={
            "product": coming.price.product.code,
            "effective_on": coming.effective_on,
        },
    )
    for member in readers:
        language = member.person.language
        queue_letter(
            to=member.person.email,
            language=language,
            template="billing/coming_price",
            context={
                "organisation": organisation,
                "service": coming.service_in(language),
                "effective_on": coming.effective_on,
                "rates": coming.rates_in(language),
                "currency": coming.price.currency,
                "is_example": coming.price.example,
            },
            at=at,
        )
    return 1
