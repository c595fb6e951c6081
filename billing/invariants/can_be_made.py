from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from billing.documents.einvoice.parties import broken_by
from billing.models import Invoice
from billing.operations.issuing import buyer_snapshot, seller_snapshot
from customers.addresses import XRECHNUNG

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "Whatever is issued says of seller and buyer what its documents need: they can be made."

# What need not be read has all that may be wanted: nearly everything.
LACKING = (
    Q(seller_snapshot__contact="")
    | Q(seller_snapshot__phone="")
    | Q(buyer_snapshot__city="")
    | Q(buyer_snapshot__postal_code="")
    | Q(buyer_snapshot__vat_number="")
)


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the rows say it
    """What was cancelled and issued anew is mended, although its documents never come."""
    reissue = Invoice.Origin.REISSUE
    asked = Invoice.objects.filter(LACKING, buyer_snapshot__country__in=sorted(XRECHNUNG))
    asked = asked.exclude(corrections__origin=reissue).exclude(
        kind=Invoice.Kind.CREDIT_NOTE, corrects__corrections__origin=reissue
    )
    for invoice in asked.order_by("pk"):
        if broken := ", ".join(broken_by(invoice.seller_snapshot, invoice.buyer_snapshot)):
            yield f"{invoice}: {broken}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:
    country = draft.buyer["country"] if draft.buyer else organisation.country
    if country in XRECHNUNG:  # the others need not be read, and are nearly all
        yield from broken_by(seller_snapshot(seller), draft.buyer or buyer_snapshot(organisation))
