from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import InvoiceVat
from billing.vat import Category, lacks_number

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "Reverse charge, also where it is given back, names a number of the buyer."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    """EN 16931, BR-AE-02: without one the documents can never be made."""
    nameless = InvoiceVat.objects.filter(
        category=Category.REVERSE_CHARGE,
        invoice__buyer_snapshot__vat_number="",
        invoice__buyer_snapshot__registration_number="",
    )
    for row in nameless.select_related("invoice").order_by("pk"):
        yield f"{row.invoice}: {row}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    named = draft.buyer or {
        "vat_number": organisation.vat_number,
        "registration_number": organisation.registration_number,
    }
    for row in draft.vat_rows:
        if lacks_number([row.category], named):
            yield f"{row.category} {row.net}"
