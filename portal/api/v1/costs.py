"""What something will cost, before it is done: the pages' own estimates as data."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ninja import Schema

from catalog import money
from portal.api.v1.invoices import ChargedLine
from portal.api.v1.shapes import Money

if TYPE_CHECKING:
    from billing import queries as billing
    from billing.queries import Document, NextInvoice
    from subscriptions.operations.orders import Orderable


class ExpectedCharge(Schema):
    """Its lines on the invoice of `on`, excl. VAT; what is given back is below zero."""

    on: dt.date
    lines: list[ChargedLine]
    net: Money

    @classmethod
    def of(cls, invoice: NextInvoice, subscription_id: int) -> ExpectedCharge | None:
        """None when the invoice holds nothing for it."""
        lines = invoice.lines_of(subscription_id)
        if not lines:
            return None
        net = money.Money.total((line.net for line in lines), lines[0].net.currency)
        return cls(on=invoice.on, lines=[ChargedLine.of(line) for line in lines], net=Money.of(net))


class FirstInvoice(ExpectedCharge):
    """What an order adds to its first invoice: the part-month and the month ahead.

    `vat` and `gross` are null while the VAT is not known.
    """

    vat: Money | None
    gross: Money | None

    @classmethod
    def with_vat(cls, document: Document, on: dt.date) -> FirstInvoice:
        return cls(
            on=on,
            lines=[ChargedLine.of(line) for line in document.lines],
            net=Money.of(document.net),
            vat=Money.of(document.vat) if document.vat is not None else None,
            gross=Money.of(document.gross) if document.gross is not None else None,
        )


class QuantitiesPreview(Schema):
    """What a change costs: a full month now and then, excl. VAT, and the next invoice.

    `next_charge` holds this subscription's lines alone, with the change in them; null when it
    is not on that invoice. A day is charged at the highest quantity it saw.
    """

    subscription_id: int
    quantities_now: dict[str, int]
    quantities: dict[str, int]
    per_month_now: Money
    per_month: Money
    is_example_price: bool
    next_charge: ExpectedCharge | None


class OrderPreview(Schema):
    """What an order costs and when. Agree to it by ordering at `price_id`.

    `today` is always nothing: the first charge comes with the invoice. `per_month` is a full
    month, excl. VAT; `per_month_gross` is null while the VAT is not known. `first_invoice` is
    null when the order costs nothing. `held` says why invoices wait until the vendor has
    reviewed the organisation's details.
    """

    product_code: str
    price_id: int
    is_example_price: bool
    organisation_id: int
    tenant_id: int | None
    quantities: dict[str, int]
    needs_confirmation: bool
    today: Money
    charged_from: dt.date
    per_month: Money
    per_month_gross: Money | None
    first_invoice: FirstInvoice | None
    held: str | None

    @classmethod
    def of(
        cls,
        found: billing.OrderPreview,
        order: Orderable,
        *,
        organisation_id: int,
        tenant_id: int | None,
    ) -> OrderPreview:
        gross, document = found.per_month_gross, found.first_invoice
        return cls(
            product_code=order.version.product.code,
            price_id=order.price.pk,
            is_example_price=order.price.example,
            organisation_id=organisation_id,
            tenant_id=tenant_id,
            quantities=order.quantities,
            needs_confirmation=order.version.policy.needs_confirmation,
            today=Money.of(found.today),
            charged_from=found.charged_from,
            per_month=Money.of(found.per_month),
            per_month_gross=Money.of(gross) if gross is not None else None,
            first_invoice=FirstInvoice.with_vat(document, found.first_invoice_on)
            if document
            else None,
            held=found.held,
        )
