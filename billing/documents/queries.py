"""What pages about documents read."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.documents.delivery import file_name
from billing.documents.models import (
    AccountingVat,
    Document,
    ExchangeRate,
    Rendering,
    Transmission,
    VatEvidence,
)
from billing.documents.rendering import render, translate
from billing.documents.words import TRANSLATION
from billing.vat import Category, Note
from customers.bulk import any_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from billing.documents.querysets import RenderingQuerySet, TransmissionQuerySet
    from billing.models import Invoice


@dataclass(frozen=True, kw_only=True)
class DocumentFile:
    """A file to download."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class StatedVat:
    """VAT of a document in its seller's currency (BT-111), by category and rate, in the direction
    of its VAT.

    `exchange_rate` is None where a credit note gives back of invoices with several.
    """

    exchange_rate: Decimal | None
    amounts: Mapping[tuple[str, Decimal | None], Decimal]


def documents_of(invoice: Invoice) -> list[Document]:
    """Of what is ready, PDF first, without their bytes."""
    return list(Document.objects.of(invoice).without_content())


def pdfs_of(invoices: Iterable[Invoice]) -> dict[int, int]:
    """By invoice the PDF that is ready, both by id; one query."""
    found = Document.objects.ready_of([invoice.pk for invoice in invoices]).pdf()
    return dict(found.values_list("rendering__invoice", "pk"))


def document_file(invoice: Invoice, document_id: int) -> DocumentFile | None:
    """None for a document of another invoice, or of none."""
    document = Document.objects.of(invoice).filter(pk=document_id).first()
    if document is None:
        return None
    return DocumentFile(
        name=file_name(invoice, document),
        content_type=document.content_type,
        content=bytes(document.content),
    )


def translations_of(invoice: Invoice) -> list[str]:
    """Into which languages the PDF can be had beside its own; none before it is ready."""
    original = _original(invoice)
    if original is None:
        return []
    return [language for language in TRANSLATION if language != original.language]


def translation_file(invoice: Invoice, language: str) -> DocumentFile | None:
    """The PDF in one of `translations_of`, made anew from the frozen row; None for another.

    It is kept nowhere: the original is the document, and the same row gives the same bytes.
    """
    original = _original(invoice)
    if original is None or language not in translations_of(invoice):
        return None
    return DocumentFile(
        name=f"{invoice.number}-translation-{language}.pdf",
        content_type=original.content_type,
        content=translate(
            invoice,
            into=language,
            original=original.language,
            edition=original.rendering.edition,
        ),
    )


def _original(invoice: Invoice) -> Document | None:
    pdfs = Document.objects.of(invoice).without_content().filter(kind=Document.Kind.PDF)
    return pdfs.select_related("rendering").first()


def evidence_of(invoice: Invoice) -> list[VatEvidence]:
    """Why no VAT was charged; empty where it was, or where no number decided about that."""
    without_vat = invoice.vat_rows.exclude(category=Category.STANDARD)
    if not without_vat.exclude(note_code=Note.NORWEGIAN_EXPORT).exists():
        return []  # what Norway exports bears no VAT, whoever buys it
    return list(VatEvidence.objects.filter(invoice=invoice).order_by("pk"))


def stated_vat(invoice_ids: Iterable[int]) -> dict[int, StatedVat]:
    """By invoice, of those that state their VAT in another currency and have done so; one query."""
    rates: dict[int, set[Decimal]] = defaultdict(set)
    sums: dict[int, dict[tuple[str, Decimal], tuple[Decimal, Decimal]]] = defaultdict(dict)
    rows = AccountingVat.objects.filter(any_of("invoice", invoice_ids)).values_list(
        "invoice", "vat_category", "vat_rate", "exchange_rate__rate", "vat", "amount"
    )
    for invoice_id, category, vat_rate, rate, vat, amount in rows:
        rates[invoice_id].add(rate)
        of_rows = sums[invoice_id]
        vat_so_far, so_far = of_rows.get((category, vat_rate), (Decimal(0), Decimal(0)))
        of_rows[category, vat_rate] = vat_so_far + vat, so_far + amount
    return {
        invoice_id: StatedVat(
            rates[invoice_id].pop() if len(rates[invoice_id]) == 1 else None,
            {key: amount if vat > 0 else -amount for key, (vat, amount) in of_rows.items()},
        )
        for invoice_id, of_rows in sums.items()
    }


def every_rendering() -> RenderingQuerySet:
    return Rendering.objects.with_names().oldest_first()


def renderings_needing_attention() -> RenderingQuerySet:
    """Held or failed, the oldest first."""
    return every_rendering().needing_attention()


def renderings_untold() -> RenderingQuerySet:
    """Invoices that nobody could be sent, the oldest first."""
    return every_rendering().untold()


def every_transmission() -> TransmissionQuerySet:
    return Transmission.objects.with_names().oldest_first()


def transmissions_given_up() -> TransmissionQuerySet:
    """E-invoices that the access point did not take, the oldest first."""
    return every_transmission().given_up()


def transmission_of(invoice: Invoice) -> Transmission | None:
    """How its e-invoice fares over Peppol; None for one that does not go there."""
    return every_transmission().of(invoice).first()


def exchange_rates() -> QuerySet[ExchangeRate]:
    """The newest day first."""
    return ExchangeRate.objects.select_related("entered_by").order_by("-on", "-pk")


def changed_when_rendered_again(rendering: Rendering) -> list[str]:
    """The kinds that come out with other bytes than were kept; none, always."""
    rendered = render(rendering.invoice, edition=rendering.edition)
    return [
        document.kind
        for document in rendering.documents.order_by("pk")
        if bytes(document.content) != rendered.content(document.kind)
        or hashlib.sha256(document.content).hexdigest() != document.sha256
    ]
