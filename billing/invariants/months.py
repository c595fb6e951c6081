from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cache
from itertools import batched, groupby
from typing import TYPE_CHECKING

from billing.accounts import account_of, open_books
from billing.given_back import known_to_the_run
from billing.models import InvoiceLine, sign_of
from billing.proration import part_of_month
from catalog.pricing import charge
from catalog.queries import seller_for
from customers.bulk import any_of
from customers.models import Organisation
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator
    from zoneinfo import ZoneInfo

    from billing.rating import ChargedComponent
    from catalog.money import Currency

AT_ONCE = 500  # organisations at a time

RULE = "The lines of a month sum to what its days cost; nobody gets back more than they paid."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - amounts do not depend on time
    """Beside it stands what was given back by hand: that is the rule of `corrections`."""
    every = Organisation.objects.order_by("pk").iterator(AT_ONCE)
    for organisations in batched(every, AT_ONCE):
        yield from _check(organisations)


def _check(organisations: Collection[Organisation]) -> Iterator[str]:
    amounts: dict[tuple[int, str, Month], Decimal] = defaultdict(Decimal)
    days: dict[tuple[int, str, Month], list[int]] = {}
    these = any_of("invoice__organisation", (each.pk for each in organisations))
    # Without what is charged by use, not by the day.
    subscribed = InvoiceLine.objects.filter(these, subscription__isnull=False)
    lines = known_to_the_run(subscribed).order_by("pk")
    for kind, subscription_id, component, begins, until, quantity, net in lines.values_list(
        "invoice__kind",
        "subscription_id",
        "component",
        "period_from",
        "period_until",
        "quantity",
        "net",
    ):
        month = Month.of(begins)
        key = (subscription_id, component, month)
        sign = sign_of(kind)
        amounts[key] += sign * net
        counted = days.setdefault(key, [0] * month.days)
        first = (begins - month.first_day).days
        for offset in range(first, (until - month.first_day).days):
            counted[offset] += sign * quantity
    charged = _charged(organisations)
    for (subscription_id, component, month), amount in amounts.items():
        counted = days[subscription_id, component, month]
        where = f"subscription {subscription_id}, {component}, {month}"
        if min(counted) < 0:
            yield f"{where}: a day has {min(counted)}"
            continue
        expected = _cost(counted, month, *charged[subscription_id, component])
        if amount != expected:
            yield f"{where}: {amount} instead of {expected}"


def _cost(
    counted: list[int],
    month: Month,
    component: ChargedComponent,
    currency: Currency,
    zone: ZoneInfo,
) -> Decimal:
    total = Decimal(0)
    days = list(zip(component.rates_by_day(month, zone), counted, strict=True))
    for (rate, quantity), offsets in groupby(range(month.days), key=days.__getitem__):
        same = list(offsets)
        total += part_of_month(
            charge(rate, quantity),
            first=same[0],
            until=same[-1] + 1,
            days=month.days,
            currency=currency,
        )
    return total


def _charged(
    organisations: Collection[Organisation],
) -> dict[tuple[int, str], tuple[ChargedComponent, Currency, ZoneInfo]]:
    books = open_books(organisations)
    sellers = cache(seller_for)
    accounts = [
        account_of(each, seller=sellers(each.country), books=books) for each in organisations
    ]
    return {
        (subscription.id, component.code): (component, subscription.currency, account.zone)
        for account in accounts
        for subscription in account.subscriptions
        for component in subscription.components
    }
