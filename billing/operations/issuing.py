"""From drafts to issued documents: rows, then numbers, then history and letters."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from billing import numbering
from billing.models import Invoice, InvoiceLine, InvoiceVat
from customers.history import Entry, record_many
from customers.models import Membership, Role
from customers.operations.mail import queue_letter
from subscriptions.periods import local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from billing.drafting import Draft, DraftLine
    from catalog.models import Seller
    from customers.actors import Actor
    from customers.models import Organisation

# Who hears that an invoice is ready.
READERS = (Role.OWNER, Role.BILLING_CONTACT)


@dataclass(frozen=True)
class Drafted:
    """What is due from, or to, one organisation in a month."""

    organisation: Organisation
    drafts: tuple[Draft, ...]


@transaction.atomic
def issue(
    drafted: Sequence[Drafted], *, seller: Seller, by: Actor, at: dt.datetime
) -> list[Invoice]:
    """Write and issue the documents of a number of organisations: all of them, or none.

    The caller holds the organisations' locks. The numbers come last of all that can fail, so
    that others wait for the series no longer than they must.
    """
    invoices = _write(drafted, seller)
    connection.check_constraints()  # now, not at commit, when it would be everybody's failure
    _number(invoices, seller=seller, at=at)
    record_many(_told(invoice, by=by, at=at) for invoice in invoices)
    _write_to_readers(invoices, at=at)
    return invoices


def _write(drafted: Sequence[Drafted], seller: Seller) -> list[Invoice]:
    """One statement per table, however many documents."""
    pairs = [
        (draft, _invoice(draft, each.organisation, seller))
        for each in drafted
        for draft in each.drafts
    ]
    invoices = Invoice.objects.bulk_create([invoice for _draft, invoice in pairs])
    InvoiceLine.objects.bulk_create(
        _line(line, position, invoice)
        for draft, invoice in pairs
        for position, line in enumerate(draft.lines, start=1)
    )
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            invoice=invoice,
            category=row.category,
            rate=row.rate,
            net=row.net * invoice.sign,
            vat=row.vat * invoice.sign,
            note_code=row.note,
        )
        for draft, invoice in pairs
        for row in draft.vat_rows
    )
    return invoices


def _invoice(draft: Draft, organisation: Organisation, seller: Seller) -> Invoice:
    invoice = Invoice(
        kind=draft.kind.value,
        organisation=organisation,
        seller=seller,
        month=draft.month.first_day,
        currency=draft.currency.value,
        language=organisation.language,
        seller_snapshot=seller_snapshot(seller),
        buyer_snapshot=buyer_snapshot(organisation),
    )
    invoice.net = draft.net * invoice.sign
    invoice.vat = draft.vat * invoice.sign
    invoice.gross = draft.gross * invoice.sign
    return invoice


def _line(line: DraftLine, position: int, invoice: Invoice) -> InvoiceLine:
    subscription = line.subscription
    return InvoiceLine(
        invoice=invoice,
        position=position,
        kind=line.kind.value,
        subscription_id=subscription.id,
        tenant_id=subscription.tenant_id,
        tenant_label=subscription.tenant_label,
        product_code=subscription.product_code,
        product_names=dict(subscription.product_names),
        component=line.component.code,
        component_names=dict(line.component.names),
        period_from=line.period_from,
        period_until=line.period_until,
        month_days=line.month_days,
        quantity=line.quantity * invoice.sign,
        unit_price=line.unit_price,
        net=line.net * invoice.sign,
        vat_category=line.vat_category,
        vat_rate=line.vat_rate,
        why=line.why,
    )


def seller_snapshot(seller: Seller) -> dict[str, str]:
    """The seller as it is named on the document from now on, whatever becomes of it."""
    return {
        "name": seller.legal_name,
        "street": seller.street,
        "postal_code": seller.postal_code,
        "city": seller.city,
        "country": seller.country,
        "vat_number": seller.vat_number,
        "registration_number": seller.registration_number,
        "registration_label": seller.registration_label,
        "iban": seller.iban,
        "bic": seller.bic,
        "email": seller.email,
    }


def buyer_snapshot(organisation: Organisation) -> dict[str, str]:
    return {
        "name": organisation.name,
        "customer_number": organisation.customer_number,
        "street": organisation.street,
        "postal_code": organisation.postal_code,
        "city": organisation.city,
        "country": organisation.country,
        "vat_number": organisation.vat_number,
        "registration_number": organisation.registration_number,
    }


def _number(invoices: Iterable[Invoice], *, seller: Seller, at: dt.datetime) -> None:
    """Give every draft its number and freeze it; the year is that of the invoice date."""
    issued_on = local_day(at, seller.zone)
    by_kind: dict[str, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        by_kind[invoice.kind].append(invoice)
    # Always in this order: two workers that want both series cannot wait for each other.
    for kind in sorted(by_kind, reverse=True):
        same = by_kind[kind]
        numbers = numbering.take(seller, kind, year=issued_on.year, count=len(same))
        for invoice, sequence in zip(same, numbers, strict=True):
            invoice.status = Invoice.Status.ISSUED
            invoice.series_year = issued_on.year
            invoice.sequence = sequence
            invoice.number = numbering.written(seller, kind, year=issued_on.year, sequence=sequence)
            invoice.issued_at = at
            invoice.issued_on = issued_on
            invoice.due_on = issued_on + dt.timedelta(days=seller.payment_term_days)
        Invoice.objects.bulk_update(
            same,
            ["status", "series_year", "sequence", "number", "issued_at", "issued_on", "due_on"],
        )


def _told(invoice: Invoice, *, by: Actor, at: dt.datetime) -> Entry:
    return Entry(
        subject=invoice,
        verb="invoice.issued",
        organisation=invoice.organisation,
        by=by,
        at=at,
        details={
            "number": invoice.number,
            "kind": invoice.kind,
            "month": invoice.month,
            "gross": invoice.gross,
            "currency": invoice.currency,
        },
    )


def _write_to_readers(invoices: Sequence[Invoice], *, at: dt.datetime) -> None:
    """A letter to every owner and billing contact, in the buyer's language."""
    readers: dict[int, list[Membership]] = defaultdict(list)
    members = Membership.objects.reachable().filter(
        organisation__in={invoice.organisation_id for invoice in invoices}, role__in=READERS
    )
    for member in members.select_related("person").order_by("pk"):
        readers[member.organisation_id].append(member)
    for invoice, member in _each_reader(invoices, readers):
        queue_letter(
            to=member.person.email,
            language=invoice.language,
            template="billing/invoice_issued",
            context={
                "person": member.person,
                "invoice": invoice,
                "is_credit_note": invoice.kind == Invoice.Kind.CREDIT_NOTE,
            },
            at=at,
        )


def _each_reader(
    invoices: Iterable[Invoice], readers: dict[int, list[Membership]]
) -> Iterator[tuple[Invoice, Membership]]:
    for invoice in invoices:
        for member in readers[invoice.organisation_id]:
            yield invoice, member
