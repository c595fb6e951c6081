"""What runs did, read back: outcomes by customer, documents, lines."""

from __future__ import annotations

from billing.models import BillingRun, Invoice, InvoiceLine


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
