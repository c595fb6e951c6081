from __future__ import annotations

from typing import TYPE_CHECKING

from billing import vat
from billing.models import InvoiceLine
from customers.identity import vat_number_is_well_formed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.models import Organisation
SETTLEMENT = InvoiceLine.Kind.SETTLEMENT

RULE = "What is charged carries the VAT that the table says for this seller and buyer."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the table has its own dates
    """Credits repeat the VAT of what they correct, so only charges are judged here."""
    decided: dict[tuple[int, dt.date], tuple[str, Decimal] | None] = {}
    for line in InvoiceLine.objects.select_related("invoice").order_by("pk"):
        invoice = line.invoice
        is_charge = invoice.origin != invoice.Origin.CORRECTION and line.kind != SETTLEMENT
        if not is_charge or line.quantity * invoice.sign <= 0:
            continue
        case = (invoice.pk, line.period_from)
        if case not in decided:
            due = _deciding(invoice.seller_snapshot, invoice.buyer_snapshot)
            decided[case] = due(line.period_from)
        if decided[case] != (line.vat_category, line.vat_rate):
            yield f"{invoice}, line {line.position}: {line.vat_category} {line.vat_rate} %"


def check_draft(draft: Draft, *, seller: Seller, organisation: Organisation) -> Iterator[str]:
    due = _deciding(
        {"country": seller.country, "outside_eu_category": seller.outside_eu_category},
        {"country": organisation.country, "vat_number": organisation.vat_number},
    )
    for line in draft.lines:
        if line.quantity > 0 and due(line.period_from) != (line.vat_category, line.vat_rate):
            yield f"{line.component.code}: {line.vat_category} {line.vat_rate} %"


def _deciding(
    seller: Mapping[str, str], buyer: Mapping[str, str]
) -> Callable[[dt.date], tuple[str, Decimal] | None]:
    """What the table says of a day, between these two."""
    number = buyer["vat_number"]
    abroad = seller["country"] != buyer["country"]  # at home nobody asks for it
    # What the register said then is evidence; by its form a number is valid or not for ever.
    well_formed = abroad and bool(number) and vat_number_is_well_formed(buyer["country"], number)
    outside_eu = vat.Category(seller.get("outside_eu_category", vat.Category.OUTSIDE_SCOPE))

    def decide(on: dt.date) -> tuple[str, Decimal] | None:
        treatment = vat.decide(
            seller["country"],
            buyer["country"],
            buyer_vat_number=vat.VatNumber.VALID if well_formed else vat.VatNumber.MISSING,
            on=on,
            outside_eu=outside_eu,
        )
        return None if isinstance(treatment, vat.Hold) else (treatment.category, treatment.rate)

    return decide
