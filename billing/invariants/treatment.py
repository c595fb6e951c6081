from __future__ import annotations

from typing import TYPE_CHECKING

from billing import vat
from billing.models import Invoice, InvoiceLine, sign_of
from customers.identity import vat_number_is_well_formed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from decimal import Decimal

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.models import Organisation

CORRECTION, SETTLEMENT = Invoice.Origin.CORRECTION, InvoiceLine.Kind.SETTLEMENT

RULE = "What is charged carries the VAT that the table says for this seller and buyer."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the table has its own dates
    """Credits repeat the VAT of what they correct, so only charges are judged here."""
    charges = InvoiceLine.objects.exclude(invoice__origin=CORRECTION).exclude(kind=SETTLEMENT)
    lines = charges.order_by("pk").values_list(
        "invoice__number",
        "invoice__kind",
        "invoice__seller_snapshot",
        "invoice__buyer_snapshot",
        "position",
        "quantity",
        "period_from",
        "vat_category",
        "vat_rate",
    )
    for number, kind, seller, buyer, position, quantity, day, *stated in lines.iterator():
        if quantity * sign_of(kind) > 0 and _deciding(seller, buyer)(day) != tuple(stated):
            yield f"{number}, line {position}: {stated[0]} {stated[1]} %"


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
