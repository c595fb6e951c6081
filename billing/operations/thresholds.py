"""Telling customers in time that what is included in a month is being used up."""

from __future__ import annotations

import datetime as dt
from itertools import batched
from typing import TYPE_CHECKING, Any

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
from customers.passes import go_through
from customers.turns import each_alone
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.models import QuerySet

    from billing.usage import MonthlyUse
    from catalog.models import Seller

AT_A_TIME = 500  # organisations whose books are open at once
REACHED = "billing.thresholds"
# What was used on the last day comes when the month is over.
LOOKING_BACK = dt.timedelta(days=7)


def tell_reached(*, at: dt.datetime) -> int:
    """Note every threshold of the running month that was reached and not told; returns how many.

    In the first week of a month, those of the month before as well.
    Owners and billing contacts get one letter per service and place, about the highest of them.
    Told once a month, whatever comes later or is taken back. What is wrong with one customer is
    logged and stops nobody else.
    """
    return sum(_tell_those(chunk, at) for chunk in _chunks_after(0, at))


def tell_more(*, at: dt.datetime) -> int:
    """The same for one turn, from where the turn before ended."""

    def chunks_after(organisation_id: int) -> Iterable[tuple[int, ...]]:
        return _chunks_after(organisation_id, at)

    chunks: Iterator[tuple[int, ...]] = go_through(REACHED, chunks_after, last=max)
    return sum(_tell_those(chunk, at) for chunk in chunks)


def _chunks_after(organisation_id: int, at: dt.datetime) -> Iterable[tuple[int, ...]]:
    """Whoever used something in a month that their seller looks at."""
    looked_at = [month for seller in sellers() for month in _months(seller, at)]
    using = Organisation.objects.filter(pk__gt=organisation_id, pk__in=_used_in(looked_at))
    return batched(using.order_by("pk").values_list("pk", flat=True), AT_A_TIME)


def _tell_those(organisation_ids: Collection[int], at: dt.datetime) -> int:
    return sum(_tell_of(seller, organisation_ids, at) for seller in sellers())


def _months(seller: Seller, at: dt.datetime) -> list[Month]:
    return sorted({Month.at(at - LOOKING_BACK, seller.zone), Month.at(at, seller.zone)})


def _tell_of(seller: Seller, organisation_ids: Collection[int], at: dt.datetime) -> int:
    months = _months(seller, at)

    def tell(using: tuple[Organisation, Books]) -> int:
        organisation, books = using
        reached = _reached(organisation, seller, months, books)
        return sum(_tell(organisation, use, at=at) for use in reached)

    return each_alone(
        _using(seller, organisation_ids, months),
        tell,
        trouble="thresholds were not told",
        named=lambda using: {"organisation": using[0].pk},
    )


def _using(
    seller: Seller, organisation_ids: Collection[int], months: list[Month]
) -> Iterator[tuple[Organisation, Books]]:
    theirs = customers_of(seller).filter(pk__in=organisation_ids)
    organisations = list(theirs.filter(pk__in=_used_in(months)).order_by("pk"))
    if organisations:
        books = open_books(organisations)
        yield from ((organisation, books) for organisation in organisations)


def _used_in(months: Collection[Month]) -> QuerySet[DailyTotal, Any]:
    """Ids of organisations, as a query; nobody's without a month, where there is no seller."""
    if not months:
        return DailyTotal.objects.none().values("tenant__organisation")
    first, last = min(months), max(months)
    return DailyTotal.objects.filter(
        day__gte=first.first_day, day__lt=last.next.first_day, events__gt=0
    ).values("tenant__organisation")


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
            "meter": use.meter,
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
