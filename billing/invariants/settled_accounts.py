"""The accounts that runs have dealt with, for the rules about what they owe no more."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, NamedTuple

from billing.accounts import Books, account_of, open_books
from billing.candidates import customers_of
from billing.settled import newest_finished, settled_until, unsettled_months
from catalog.models import Seller
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Q

    from billing.drafts import Account
    from billing.models import BillingRun
    from customers.models import Organisation

AT_ONCE = 500  # organisations whose books are open at a time


class Settled(NamedTuple):
    newest: BillingRun  # the last one of their seller that is finished
    books: Books
    # Each with the month before which nothing may be due: of whoever was held or failed, earlier.
    accounts: list[tuple[Organisation, Account, Month]]


def settled_accounts(*only: Q) -> Iterator[Settled]:
    """Of every seller who has finished a run; of the customers whom `only` leaves."""
    unsettled = unsettled_months()
    for seller in Seller.objects.in_order():
        newest = newest_finished(seller)
        if newest is None:
            continue
        customers = list(customers_of(seller).filter(*only).order_by("pk"))
        for together in batched(customers, AT_ONCE):
            books = open_books(together, from_the_start=True)
            accounts = []
            for each in together:
                account = account_of(each, seller=seller, books=books)
                months = unsettled.get(each.pk, [])
                until = settled_until(account, Month.of(newest.month), months)
                accounts.append((each, account, until))
            yield Settled(newest, books, accounts)
