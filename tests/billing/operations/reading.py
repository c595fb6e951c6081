"""What runs did, read back: outcomes by customer, documents, lines, and which rules it breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.invariants import every, metered
from billing.models import BillingRun, Invoice, InvoiceLine

if TYPE_CHECKING:
    import datetime as dt


def outcomes(run: BillingRun) -> dict[str, str]:
    return {item.organisation.name: item.outcome for item in run.items.with_names()}


def documents() -> list[tuple[str, str, str, str]]:
    return [
        (invoice.number, str(invoice.net), str(invoice.vat), str(invoice.gross))
        for invoice in Invoice.objects.order_by("pk")
    ]


def lines() -> list[tuple[str, str, str, str, int, str]]:
    return [
        (
            line.invoice.organisation.name,
            line.kind,
            f"{line.period_from:%Y-%m-%d}",
            f"{line.period_until:%Y-%m-%d}",
            line.quantity,
            str(line.net),
        )
        for line in InvoiceLine.objects.select_related("invoice__organisation").order_by(
            "invoice__organisation__name", "invoice__month", "position"
        )
    ]


def breaches_but_of_use(*, at: dt.datetime) -> list[every.Breach]:
    """Of every rule but one: days of use that a test counts have no events behind them."""
    return [each for each in every.check_all(at=at) if each.rule != metered.RULE]
