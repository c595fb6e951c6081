"""Sends documents on: by mail to who reads invoices, and over Peppol where that is switched on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.documents import peppol
from billing.documents.models import Document
from billing.models import Invoice
from customers.models import MailAttachment, Membership
from customers.operations.mail import queue_letter

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from billing.documents.einvoice.facts import InvoiceData
    from billing.documents.models import Rendering

# The CII is inside the PDF already.
ATTACHED = (Document.Kind.PDF, Document.Kind.UBL)


def send(
    rendering: Rendering, documents: Iterable[Document], data: InvoiceData, *, at: dt.datetime
) -> None:
    """Write the letters and queue the electronic invoice; both leave after the commit."""
    documents = list(documents)
    tell(rendering, documents, at=at)
    peppol.queue(documents, data, at=at)


def file_name(invoice: Invoice, document: Document) -> str:
    """ "NL-2026-000001.pdf"; the two kinds of XML say which they are."""
    if document.kind == Document.Kind.PDF:
        return f"{invoice.number}.pdf"
    return f"{invoice.number}-{document.kind}.xml"


def tell(rendering: Rendering, documents: Iterable[Document], *, at: dt.datetime) -> None:
    """A letter to every owner and billing contact, each in their own language; what is attached
    is in that of the invoice.

    Where there is nobody it stays untold: `tell_untold` writes once there is somebody.
    """
    invoice = rendering.invoice
    readers = Membership.objects.hearing_of_money().filter(organisation=invoice.organisation_id)
    members = list(readers.select_related("person").order_by("pk"))
    if not members:
        return
    rendering.told_at = at
    attachments = MailAttachment.objects.bulk_create(
        MailAttachment(
            name=file_name(invoice, document),
            content_type=document.content_type,
            content=document.content,
        )
        for document in documents
        if document.kind in ATTACHED
    )
    for member in members:
        queue_letter(
            to=member.person.email,
            language=member.person.language,
            template="billing/invoice_issued",
            context={
                "person": member.person,
                "invoice": invoice,
                "is_credit_note": invoice.kind == Invoice.Kind.CREDIT_NOTE,
            },
            attachments=attachments,
            at=at,
        )
