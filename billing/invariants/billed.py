from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing import drafting
from billing.accounts import account_of, open_books
from billing.candidates import customers_of
from billing.settled import newest_finished, settled_until, unsettled_months
from catalog.models import Seller
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from customers.models import Organisation

RULE = "Every day due in a month that was run is billed, exactly once."

AT_ONCE = 500  # organisations whose books are open at a time


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was run is in the rows
    """Whoever was held or failed is still owed an invoice; their earlier months count."""
    unsettled = unsettled_months()
    for seller in Seller.objects.in_order():
        newest = newest_finished(seller)
        if newest is None:
            continue
        customers = list(customers_of(seller).order_by("pk"))
        for start in range(0, len(customers), AT_ONCE):
            yield from _check(
                customers[start : start + AT_ONCE], seller, Month.of(newest.month), unsettled
            )


def _check(
    organisations: list[Organisation],
    seller: Seller,
    newest: Month,
    unsettled: Mapping[int, list[Month]],
) -> Iterator[str]:
    books = open_books(organisations, from_the_start=True)
    for organisation in organisations:
        account = account_of(organisation, seller=seller, books=books)
        month = settled_until(account, newest, unsettled.get(organisation.pk, []))
        # What is used is the rule of `conserved`: what was counted late waits for the next run.
        for line in drafting.due_lines(replace(account, usage=()), month):
            yield (
                f"organisation {organisation.pk}: {line.quantity} × {line.component.code} of "
                f"subscription {line.subscription.id} from {line.period_from} "
                f"until {line.period_until}"
            )
