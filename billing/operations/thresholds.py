"""Telling customers in time that what is included in a month is being used up."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from billing import thresholds
from billing.accounts import Books, account_of, open_books
from billing.candidates import customers_of
from billing.metering.models import DailyTotal
from billing.models import ReachedThreshold
from billing.queries.shown import name_in
from catalog.queries import sellers
from customers.actors import SCHEDULE
from customers.history import record
from customers.locks import lock_organisation
from customers.models import Membership, Organisation, Tenant
from customers.operations.mail import queue_letter
from customers.turns import each_alone
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from billing.usage import MonthlyUse
    from catalog.models import Seller

AT_A_TIME = 500  # organisations whose books are open at once
# What was used on the last day comes when the month is over.
LOOKING_BACK = dt.timedelta(days=7)


def tell_reached(*, at: dt.datetime) -> int:
    """Note every threshold of the running month that was reached and not told; returns how many.

    In the first week of a month, those of the month before as well.
    Owners and billing contacts get one letter per service and place, about the highest of them.
    Told once a month, whatever comes later or is taken back. What is wrong with one customer is
    logged and stops nobody else.
    """
    return sum(_tell_of(seller, at) for seller in sellers())


def _tell_of(seller: Seller, at: dt.datetime) -> int:
    months = sorted({Month.at(at - LOOKING_BACK, seller.zone), Month.at(at, seller.zone)})

    def tell(using: tuple[Organisation, Books]) -> int:
        organisation, books = using
        reached = _reached(organisation, seller, months, books)
        return sum(_tell(organisation, use, at=at) for use in reached)

    return each_alone(
        _using(seller, months),
        tell,
        trouble="thresholds were not told",
        named=lambda using: {"organisation": using[0].pk},
    )


def _using(seller: Seller, months: list[Month]) -> Iterator[tuple[Organisation, Books]]:
    using = DailyTotal.objects.filter(
        day__gte=months[0].first_day, day__lt=months[-1].next.first_day, events__gt=0
    ).values("tenant__organisation")
    found = list(customers_of(seller).filter(pk__in=using).order_by("pk"))
    for first in range(0, len(found), AT_A_TIME):
        organisations = found[first : first + AT_A_TIME]
        books = open_books(organisations)
        yield from ((organisation, books) for organisation in organisations)


def _reached(
    organisation: Organisation, seller: Seller, months: list[Month], books: Books
) -> list[MonthlyUse]:
    """What has reached a threshold in those months, told or not, the earlier month first."""
    return [
        use
        for use in account_of(organisation, seller=seller, books=books).usage
        if use.month in months
        and thresholds.reached(use.charged, use.component.rate.allowance(use.users))
    ]


@transaction.atomic
def _tell(organisation: Organisation, use: MonthlyUse, *, at: dt.datetime) -> int:
    lock_organisation(organisation.pk)
    included = use.component.rate.allowance(use.users)
    tenant_id = use.service.tenant_id
    place = {
        "organisation": organisation,
        "tenant_id": tenant_id,
        "product_code": use.service.product_code,
        "component": use.component.code,
        "month": use.month.first_day,
    }
    told = set(ReachedThreshold.objects.filter(**place).values_list("percent", flat=True))
    new = [percent for percent in thresholds.reached(use.charged, included) if percent not in told]
    if not new:
        return 0
    rows = ReachedThreshold.objects.bulk_create(
        ReachedThreshold(**place, percent=percent, reached_at=at) for percent in new
    )
    record(
        rows[-1],
        "usage.threshold_reached",
        organisation=organisation,
        tenant=Tenant.objects.get(pk=tenant_id) if tenant_id else None,
        by=SCHEDULE,
        at=at,
        details={
            "product": use.service.product_code,
            "percent": new[-1],
            "used": use.charged,
            "included": included,
            "month": use.month.first_day,
        },
    )
    _write(organisation, use, percent=new[-1], included=included, at=at)
    return len(new)


def _write(
    organisation: Organisation, use: MonthlyUse, *, percent: int, included: int, at: dt.datetime
) -> None:
    readers = Membership.objects.of(organisation).hearing_of_money()
    for member in readers.order_by("pk"):
        language = member.person.language
        queue_letter(
            to=member.person.email,
            language=language,
            template="billing/threshold_reached",
            context={
                "organisation": organisation,
                "place": use.service.tenant_label or organisation.name,
                "service": name_in(use.component.names, language),
                "percent": percent,
                "used": use.charged,
                "included": included,
                "is_over": percent >= 100,
                "month": use.month.first_day,
            },
            at=at,
        )
