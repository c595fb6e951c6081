from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from billing.models import InvoiceLine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.drafting import Draft
    from catalog.models import Seller
    from customers.models import Organisation

RULE = "A document has one currency: that of the price of every line."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    mixed = InvoiceLine.objects.exclude(
        subscription__price_version__currency=F("invoice__currency")
    )
    for line in mixed.select_related("invoice").order_by("pk"):
        yield f"{line.invoice}, line {line.position}: not {line.invoice.currency}"


def check_draft(draft: Draft, *, seller: Seller, organisation: Organisation) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    for line in draft.lines:
        if line.subscription.currency != draft.currency:
            yield f"{line.component.code}: {line.subscription.currency}, not {draft.currency}"
