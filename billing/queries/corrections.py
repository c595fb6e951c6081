"""What a credit note takes back: the invoices that charged the days it credits (art. 219)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from billing.models import Invoice, InvoiceLine

if TYPE_CHECKING:
    from billing.querysets import InvoiceQuerySet


def corrected_by(credit_note: Invoice) -> InvoiceQuerySet:
    """The earlier invoices of which `credit_note` gives days back; none for an invoice."""
    credited = credit_note.lines.filter(
        subscription=OuterRef("subscription"),
        component=OuterRef("component"),
        period_from__lt=OuterRef("period_until"),
        period_until__gt=OuterRef("period_from"),
    )
    charging = InvoiceLine.objects.filter(Exists(credited), invoice=OuterRef("pk"), net__gt=0)
    earlier = Invoice.objects.issued().filter(
        Exists(charging),
        organisation=credit_note.organisation_id,
        kind=Invoice.Kind.INVOICE,
        issued_at__lte=credit_note.issued_at,
    )
    is_credit_note = credit_note.kind == Invoice.Kind.CREDIT_NOTE
    return earlier.order_by("issued_on", "sequence") if is_credit_note else earlier.none()
