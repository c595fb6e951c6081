from __future__ import annotations

from typing import TYPE_CHECKING

from billing import vat
from billing.drafts import is_charge
from billing.models import Invoice, InvoiceLine, sign_of
from customers.identity import has_number_of_a_business, vat_number_is_well_formed

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "What is charged carries the VAT that the table says for this seller and buyer."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - the table has its own dates
    """Credits repeat the VAT of what they correct, so only charges are judged here."""
    issued = InvoiceLine.objects.exclude(invoice__origin=Invoice.Origin.CORRECTION)
    lines = issued.order_by("pk").values_list(
        "invoice__number",
        "invoice__kind",
        "invoice__seller_snapshot",
        "invoice__buyer_snapshot",
        "position",
        "kind",
        "quantity",
        "net",
        "period_from",
        "vat_category",
        "vat_rate",
    )
    for (
        number,
        document,
        seller,
        buyer,
        position,
        kind,
        quantity,
        net,
        day,
        *stated,
    ) in lines.iterator():
        sign = sign_of(document)
        if is_charge(kind, quantity * sign, net * sign) and _deciding(
            seller["country"],
            seller.get("outside_eu_category", vat.Category.OUTSIDE_SCOPE),
            buyer["country"],
            buyer["vat_number"],
            buyer["registration_number"],
        )(day) != tuple(stated):
            yield f"{number}, line {position}: {stated[0]} {stated[1]} %"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:
    due = _deciding(
        seller.country,
        seller.outside_eu_category,
        organisation.country,
        organisation.vat_number,
        organisation.registration_number,
    )
    for line in draft.lines:
        stated = (line.vat_category, line.vat_rate)
        charged = is_charge(line.kind, line.quantity, line.net)
        if charged and due(line.period_from) != stated:
            yield f"{line.component.code}: {line.vat_category} {line.vat_rate} %"


def _deciding(
    seller_country: str,
    outside_eu: str,
    buyer_country: str,
    vat_number: str,
    registration_number: str,
) -> Callable[[dt.date], tuple[str, Decimal] | None]:
    """What the table says of a day, between these two."""
    abroad = seller_country != buyer_country  # at home nobody asks for it
    # What the register said then is evidence; by its form a number is valid or not for ever.
    proven = abroad and bool(vat_number) and vat_number_is_well_formed(buyer_country, vat_number)
    number = vat.VatNumber.VALID if proven else vat.VatNumber.MISSING
    is_business = abroad and has_number_of_a_business(
        buyer_country, vat_number=vat_number, registration_number=registration_number
    )
    category = vat.Category(outside_eu)

    def decide(on: dt.date) -> tuple[str, Decimal] | None:
        treatment = vat.decide(
            seller_country,
            buyer_country,
            buyer_vat_number=number,
            buyer_is_business=is_business,
            on=on,
            outside_eu=category,
        )
        return None if isinstance(treatment, vat.Hold) else (treatment.category, treatment.rate)

    return decide
