"""The files of one invoice, from its frozen rows: no clock, no network, the same bytes always."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from billing.documents.editions import NEWEST
from billing.documents.einvoice.cii import cii
from billing.documents.einvoice.ubl import ubl
from billing.documents.page import page, translated
from billing.documents.pdf import pdf
from billing.documents.reading import invoice_data
from billing.documents.words import language_of

if TYPE_CHECKING:
    from billing.documents.einvoice.facts import InvoiceData
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


def render(invoice: Invoice, *, edition: int = NEWEST) -> Rendered:
    """As documents of that edition are. Raises NotTypeset, and ValueError as `invoice_data`."""
    language = language_of(invoice.language)
    data = invoice_data(invoice, language=language, edition=edition)
    embedded = cii(data)
    return Rendered(
        data=data,
        language=language,
        pdf=pdf(_page(invoice, data, language, edition), embedded, at=invoice.issued_at),
        ubl=ubl(data),
        cii=embedded,
    )


def translate(invoice: Invoice, *, into: str, original: str, edition: int = NEWEST) -> bytes:
    """The PDF in another language than that of the `original`, which it names.

    `into` is one of TRANSLATION's. There is no electronic invoice inside: that of the original is
    the only one. Raises NotTypeset, and ValueError as `render` does.
    """
    data = invoice_data(invoice, language=into, edition=edition)
    shown = translated(
        _page(invoice, data, into, edition), data.number, into=into, original=original
    )
    return pdf(shown, None, at=invoice.issued_at)


def _page(invoice: Invoice, data: InvoiceData, language: str, edition: int) -> dict[str, Any]:
    return page(
        data,
        language=language,
        month=invoice.month,
        customer_number=invoice.buyer_snapshot["customer_number"],
        edition=edition,
    )
