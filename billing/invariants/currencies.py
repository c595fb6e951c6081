from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from billing.models import InvoiceLine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "A document has one currency: that of the price of every line."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    """What is charged by use has its price in the seller's currency, in which it is drafted."""
    subscribed = InvoiceLine.objects.filter(subscription__isnull=False)
    mixed = subscribed.exclude(subscription__price_version__currency=F("invoice__currency"))
    for line in mixed.select_related("invoice").order_by("pk"):
        yield f"{line.invoice}, line {line.position}: not {line.invoice.currency}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    for line in draft.lines:
        if line.subscription.currency != draft.currency:
            yield f"{line.component.code}: {line.subscription.currency}, not {draft.currency}"
