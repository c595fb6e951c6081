"""The files of one invoice, from its frozen rows: no clock, no network, the same bytes always."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.documents.einvoice.cii import cii
from billing.documents.einvoice.ubl import ubl
from billing.documents.page import page
from billing.documents.pdf import pdf
from billing.documents.reading import invoice_data
from billing.documents.words import language_of

if TYPE_CHECKING:
    from billing.documents.einvoice.facts import InvoiceData
    from billing.documents.models import ExchangeRate
    from billing.models import Invoice


@dataclass(frozen=True)
class Rendered:
    """The three files of an invoice, and what they say."""

    data: InvoiceData
    language: str
    pdf: bytes
    ubl: bytes
    cii: bytes

    def content(self, kind: str) -> bytes:
        """`kind` is "pdf", "ubl" or "cii"."""
        return {"pdf": self.pdf, "ubl": self.ubl, "cii": self.cii}[kind]


def render(invoice: Invoice, *, exchange_rate: ExchangeRate | None) -> Rendered:
    """Raises NotTypeset, and ValueError for a draft or a missing exchange rate."""
    data = invoice_data(invoice, exchange_rate=exchange_rate)
    if invoice.issued_at is None:
        raise ValueError(f"invoice {invoice.pk} is not issued")
    language = language_of(invoice.language)
    embedded = cii(data)
    shown = page(
        data,
        language=language,
        month=invoice.month,
        customer_number=invoice.buyer_snapshot["customer_number"],
    )
    return Rendered(
        data=data,
        language=language,
        pdf=pdf(shown, embedded, at=invoice.issued_at),
        ubl=ubl(data),
        cii=embedded,
    )
