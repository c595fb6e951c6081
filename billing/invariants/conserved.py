from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from billing.accounts import account_of, open_books
from billing.candidates import customers_of
from billing.conservation import Fault, changed_since, faults
from billing.given_back import taken_back
from billing.metering.models import DailyTotal
from billing.metering.queries import last_changes
from billing.settled import looked_at, newest_finished, settled_until, unsettled_months
from catalog.models import Seller
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from billing.models import BillingRun
    from customers.models import Organisation

RULE = "Each event accepted for an invoiced month is billed, or free for a reason, exactly once."

AT_ONCE = 500  # organisations whose books are open at a time


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - what was run is in the rows
    """What came after the run had looked is open until the next one, which bills the month."""
    unsettled = unsettled_months()
    for seller in Seller.objects.in_order():
        newest = newest_finished(seller)
        if newest is None:
            continue
        using = DailyTotal.objects.order_by().values("tenant__organisation")
        customers = list(customers_of(seller).filter(pk__in=using).order_by("pk"))
        for start in range(0, len(customers), AT_ONCE):
            yield from _check(customers[start : start + AT_ONCE], seller, newest, unsettled)


def _check(
    organisations: list[Organisation],
    seller: Seller,
    newest: BillingRun,
    unsettled: Mapping[int, list[Month]],
) -> Iterator[str]:
    books = open_books(organisations, from_the_start=True)
    found: dict[int, tuple[Month, list[Fault]]] = {}
    for organisation in organisations:
        account = account_of(organisation, seller=seller, books=books)
        until = settled_until(account, Month.of(newest.month), unsettled.get(organisation.pk, []))
        rows = [
            row for row in books.usage.used.get(organisation.pk, ()) if Month.of(row.month) < until
        ]
        uses = [use for use in account.usage if use.month < until]
        without_price = {
            (Month.of(row.month), row.meter)
            for row in rows
            if not books.usage.has_price(
                row.meter, books.usage.currency_of(organisation, row.month), row.month
            )
        }
        own = list(faults(rows, uses, account.billed_usage, without_price=without_price))
        if own:
            found[organisation.pk] = (until, own)
    yield from _not_open(
        found, newest, {pk: place.organisation_id for pk, place in books.usage.places.items()}
    )


def _not_open(
    found: Mapping[int, tuple[Month, list[Fault]]],
    newest: BillingRun,
    organisation_of: Mapping[int, int],
) -> Iterator[str]:
    """Without what changed since: mostly all of it, for those who are late. And without credits
    that were taken back with their invoice since.
    """
    if not found:
        return
    looked = looked_at(found)
    last = {pk: looked.get((pk, until), newest.started_at) for pk, (until, _) in found.items()}
    due_again = taken_back(last)
    months = [fault.month for _until, own in found.values() for fault in own]
    theirs: dict[int, list[int]] = defaultdict(list)
    for tenant_id, organisation_id in organisation_of.items():
        theirs[organisation_id].append(tenant_id)
    late = [pk for organisation_id in found for pk in theirs[organisation_id]]
    changes = last_changes(late, min(months), max(months))
    for organisation_id, (_until, own) in found.items():
        for fault in own:
            if fault.month in due_again.get(organisation_id, ()):
                continue
            there = theirs[organisation_id] if fault.tenant_id is None else [fault.tenant_id]
            if not changed_since(
                last[organisation_id],
                changes,
                tenant_ids=there,
                meter=fault.meter,
                month=fault.month,
            ):
                yield f"organisation {organisation_id}, {fault.month}, {fault.meter}: {fault.what}"
