from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from billing.models import InvoiceVat
from billing.vat import Category, is_outside_scope

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "What is outside the scope of VAT shares no document with anything else."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    """What mixed them before documents were parted is not marked; nobody can end that."""
    outside_scope = Q(category=Category.OUTSIDE_SCOPE)
    others = InvoiceVat.objects.filter(~outside_scope, invoice=OuterRef("invoice"))
    amiss = InvoiceVat.objects.filter(
        ~outside_scope & Q(invoice__outside_scope=True)
        | outside_scope & Q(invoice__outside_scope=False) & ~Exists(others)
    )
    for row in amiss.select_related("invoice").order_by("pk"):
        yield f"{row.invoice}: {row}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    categories = {row.category for row in draft.vat_rows}
    if any(map(is_outside_scope, categories)) and len(categories) > 1:
        yield " ".join(sorted(categories))
