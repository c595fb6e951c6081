"""Which months are to be invoiced: what is due and not done, never "today is the first"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.candidates import customers_of
from billing.models import BillingRun
from subscriptions.models import Subscription
from subscriptions.periods import Month, months

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller


def due_months(seller: Seller, at: dt.datetime) -> list[Month]:
    """Months without a run yet, up to the one of `at`, oldest first.

    They begin after the last run; before the first, after the month in which somebody started:
    what starts within a month is on the next month's invoice.
    """
    last = BillingRun.objects.of_seller(seller).newest_month_first().first()
    first_due = Month.of(last.month).next if last else _first_month(seller)
    if first_due is None:
        return []
    return list(months(first_due, Month.at(at, seller.zone)))


def _first_month(seller: Seller) -> Month | None:
    earliest = (
        Subscription.objects.filter(
            organisation__in=customers_of(seller), charged_from__isnull=False
        )
        .order_by("charged_from")
        .values_list("charged_from", flat=True)
        .first()
    )
    return Month.of(earliest).next if earliest else None
