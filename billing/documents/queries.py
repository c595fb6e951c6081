"""What pages about documents read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.documents.delivery import file_name
from billing.documents.models import Document, ExchangeRate, Rendering, VatEvidence
from billing.documents.rendering import render, translate
from billing.documents.words import TRANSLATION
from billing.vat import Category

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from billing.documents.querysets import RenderingQuerySet
    from billing.models import Invoice


@dataclass(frozen=True, kw_only=True)
class DocumentFile:
    """A file to download."""

    name: str
    content_type: str
    content: bytes


def documents_of(invoice: Invoice) -> list[Document]:
    """Of what is ready, PDF first, without their bytes."""
    return list(Document.objects.of(invoice).without_content())


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
            exchange_rate=original.rendering.exchange_rate,
        ),
    )


def _original(invoice: Invoice) -> Document | None:
    pdfs = Document.objects.of(invoice).without_content().filter(kind=Document.Kind.PDF)
    return pdfs.select_related("rendering__exchange_rate").first()


def evidence_of(invoice: Invoice) -> list[VatEvidence]:
    """Why the customer is left to account for the VAT; empty for what has no reverse charge."""
    if not invoice.vat_rows.filter(category=Category.REVERSE_CHARGE).exists():
        return []
    return list(VatEvidence.objects.filter(invoice=invoice).order_by("pk"))


def every_rendering() -> RenderingQuerySet:
    return Rendering.objects.with_names().oldest_first()


def renderings_needing_attention() -> RenderingQuerySet:
    """Held or failed, the oldest first."""
    return every_rendering().needing_attention()


def renderings_untold() -> RenderingQuerySet:
    """Invoices that nobody could be sent, the oldest first."""
    return every_rendering().untold()


def exchange_rates() -> QuerySet[ExchangeRate]:
    """The newest day first."""
    return ExchangeRate.objects.select_related("entered_by").order_by("-on", "-pk")


def changed_when_rendered_again(rendering: Rendering) -> list[str]:
    """The kinds that come out with other bytes than were kept; none, always."""
    rendered = render(rendering.invoice, exchange_rate=rendering.exchange_rate)
    return [
        document.kind
        for document in rendering.documents.order_by("pk")
        if bytes(document.content) != rendered.content(document.kind)
        or hashlib.sha256(document.content).hexdigest() != document.sha256
    ]
