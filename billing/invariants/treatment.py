from __future__ import annotations

from typing import TYPE_CHECKING

from billing import vat
from billing.models import InvoiceLine
from customers.identity import vat_number_is_well_formed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

RULE = "What is charged carries the VAT that the table says for this seller and buyer."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the table has its own dates
    """Credits repeat the VAT of what they correct, so only charges are judged here."""
    decided: dict[int, tuple[str, Decimal] | None] = {}
    for line in InvoiceLine.objects.select_related("invoice").order_by("pk"):
        invoice = line.invoice
        if line.quantity * invoice.sign <= 0:
            continue
        if invoice.pk not in decided:
            decided[invoice.pk] = _decide(
                invoice.seller_snapshot, invoice.buyer_snapshot, on=invoice.month
            )
        if decided[invoice.pk] != (line.vat_category, line.vat_rate):
            yield f"{invoice}, line {line.position}: {line.vat_category} {line.vat_rate} %"


def _decide(
    seller: Mapping[str, str], buyer: Mapping[str, str], *, on: dt.date
) -> tuple[str, Decimal] | None:
    number = buyer["vat_number"]
    treatment = vat.decide(
        seller["country"],
        buyer["country"],
        buyer_vat_number_valid=bool(number) and vat_number_is_well_formed(buyer["country"], number),
        on=on,
        outside_eu=vat.Category(seller.get("outside_eu_category", vat.Category.OUTSIDE_SCOPE)),
    )
    if isinstance(treatment, vat.Hold):
        return None
    return treatment.category.value, treatment.rate
