"""Issued invoices as rows, one for every way of taxing: for tests of what is made from them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle, repeat
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from billing.documents.models import Document, ExchangeRate, Rendering
from billing.documents.words import LANGUAGES
from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.operations.issuing import buyer_snapshot, seller_snapshot
from billing.vat import Note, vat_of
from catalog.money import Currency
from customers.bulk import take_ids
from subscriptions.periods import Month
from tests.factories.catalog import SellerFactory
from tests.factories.customers import OrganisationFactory
from tests.factories.subscriptions import SubscriptionFactory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from customers.models import Organisation
    from subscriptions.models import Subscription

ISSUED = dt.datetime(2026, 11, 1, 6, 0, 0, 123456, tzinfo=dt.UTC)
NOVEMBER = dt.date(2026, 11, 1)


@dataclass(frozen=True)
class Case:
    """A row of the VAT table: who sells to whom, and what becomes of 172.47 net.

    `given_back` has another treatment where the buyer moved: what days that are credited (12.53
    of 185.00 charged) were charged with. `vat` is that of all together.
    """

    seller: str
    buyer: str
    category: str
    rate: Decimal
    note: Note
    vat: Decimal
    currency: str = "EUR"
    accounting: tuple[str, Decimal] | None = None
    given_back: tuple[str, Decimal, Note] | None = None

    def treatment(self, quantity: int) -> tuple[str, Decimal, Note]:
        if self.given_back and quantity < 0:
            return self.given_back
        return self.category, self.rate, self.note

    @property
    def nets(self) -> dict[tuple[str, Decimal, Note], Decimal]:
        if self.given_back is None:
            return {self.treatment(1): NET}
        return {self.treatment(1): NET + GIVEN_BACK, self.treatment(-1): -GIVEN_BACK}


NET = Decimal("172.47")
GIVEN_BACK = Decimal("12.53")
NOTHING = Decimal("0.00")
DUTCH_VAT = ("S", Decimal(21), Note.NONE)
CASES = {
    "NL to NL": Case("nl", "dutch", "S", Decimal(21), Note.NONE, Decimal("36.22")),
    "NL to DE": Case("nl", "german", "AE", Decimal(0), Note.REVERSE_CHARGE, NOTHING),
    "NL to DE, formerly NL": Case(
        "nl",
        "german",
        "AE",
        Decimal(0),
        Note.REVERSE_CHARGE,
        Decimal("-2.63"),
        given_back=DUTCH_VAT,
    ),
    "NL to GB, O": Case("nl", "british", "O", Decimal(0), Note.OUTSIDE_EU, NOTHING),
    "NL to GB, G": Case("nl", "british", "G", Decimal(0), Note.EXPORT, NOTHING),
    "NO to NO": Case("no", "norwegian", "S", Decimal(25), Note.NONE, Decimal("43.12"), "NOK"),
    "NO to NO, in euros": Case(
        "no",
        "norwegian",
        "S",
        Decimal(25),
        Note.NONE,
        Decimal("43.12"),
        accounting=("NOK", Decimal("507.09")),
    ),
    "NO to DE": Case(
        "no",
        "german",
        "G",
        Decimal(0),
        Note.NORWEGIAN_EXPORT_EU,
        NOTHING,
        accounting=("NOK", NOTHING),
    ),
    "NO to SE, without a number": Case(
        "no",
        "unregistered",
        "G",
        Decimal(0),
        Note.NORWEGIAN_EXPORT,
        NOTHING,
        accounting=("NOK", NOTHING),
    ),
    "NO to GB": Case(
        "no",
        "british",
        "G",
        Decimal(0),
        Note.NORWEGIAN_EXPORT,
        NOTHING,
        accounting=("NOK", NOTHING),
    ),
    "NO to CH, in kroner": Case(
        "no", "swiss", "G", Decimal(0), Note.NORWEGIAN_EXPORT, NOTHING, "NOK"
    ),
}


@transaction.atomic
def issued(
    case: Case = CASES["NL to NL"],
    kind: Invoice.Kind = Invoice.Kind.INVOICE,
    *,
    language: str = "nl",
    times: int = 1,
    at: dt.datetime = ISSUED,
    month: dt.date = NOVEMBER,
    of: Sequence[Invoice] = (),
    organisation: Organisation | None = None,
    **buyer: Any,
) -> Invoice:
    """One for three lines: a whole month, 11 of 30 days of ten users, and days given back.

    `times` says how often it has them. `of` are invoices for the same lines, which they take back
    in turn: those of a credit note.
    """
    assert language in LANGUAGES
    seller = SellerFactory(**({"norwegian": True} if case.seller == "no" else {}))
    organisation = organisation or OrganisationFactory(**{case.buyer: True}, **buyer)
    sequence = Invoice.objects.count() + 1
    series = "NL" if case.seller == "nl" else "NO"
    rows = {
        key: (net * times, vat_of(net * times, key[1], Currency(case.currency)))
        for key, net in case.nets.items()
    }
    net = NET * times
    vat = sum((each for _net, each in rows.values()), Decimal(0))
    assert times != 1 or vat == case.vat
    with connection.cursor() as cursor:
        (pk,) = take_ids(cursor, Invoice, 1)
    invoice = Invoice(
        pk=pk,
        kind=kind,
        organisation=organisation,
        seller=seller,
        month=month,
        currency=case.currency,
        outside_scope=case.category == "O",
        language=language,
        seller_snapshot=seller_snapshot(seller),
        buyer_snapshot=buyer_snapshot(organisation),
        net=net,
        vat=vat,
        gross=net + vat,
        number=f"{series}-2026-{sequence:06}",
        series_year=2026,
        sequence=sequence,
        issued_at=at,
        issued_on=at.date(),
        due_on=dt.date(2026, 12, 1),
    )
    taken_back = cycle([InvoiceLine.objects.filter(invoice=each)[0].subscription for each in of])
    for turn in range(times):
        own = repeat(SubscriptionFactory(organisation=organisation)) if not of else None
        _lines(invoice, own or taken_back, case, first=3 * turn + 1)
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            invoice=invoice, category=category, rate=rate, net=of_row, vat=its_vat, note_code=note
        )
        for (category, rate, note), (of_row, its_vat) in rows.items()
    )
    invoice.save(force_insert=True)  # last: once it is there, the database lets no line in
    return invoice


def euro_in_kroner(rate: str = "11.76", *, on: dt.date = NOVEMBER) -> ExchangeRate:
    return ExchangeRate.objects.get_or_create(
        currency="EUR",
        in_currency="NOK",
        on=on,
        defaults={"rate": Decimal(rate), "source": "Norges Bank"},
    )[0]


def kept_document(invoice: Invoice) -> Document:
    """A file of an invoice that is ready, for whoever only wants to get at it."""
    rendering = Rendering.objects.create(invoice=invoice, status="ready", validated_at=ISSUED)
    return Document.objects.create(
        rendering=rendering,
        kind=Document.Kind.PDF,
        language="en",
        content=b"%PDF-1.7",
        sha256="0" * 64,
        made_at=ISSUED,
    )


def credit_note_of(case: Case, *, originals: int, days_apart: int = 0) -> Invoice:
    """One of a run, that names so many invoices: each is of the month and days after the one
    before.
    """
    invoices: list[Invoice] = []
    month = Month.of(NOVEMBER)
    for number in range(originals + 1):
        is_last = number == originals
        invoices.append(
            issued(
                case,
                Invoice.Kind.CREDIT_NOTE if is_last else Invoice.Kind.INVOICE,
                at=ISSUED + dt.timedelta(days=number * days_apart),
                month=month.first_day,
                of=invoices if is_last else (),
                organisation=invoices[0].organisation if invoices else None,
            )
        )
        month = month.next
    return invoices[-1]


def _lines(
    invoice: Invoice, subscriptions: Iterator[Subscription | None], case: Case, *, first: int
) -> None:
    months = [
        ("Development Tools", "", 1, "75", "75.00", dt.date(2026, 11, 1), dt.date(2026, 12, 1)),
        ("Sandbox", "Tenant 1", 10, "30", "110.00", dt.date(2026, 11, 20), dt.date(2026, 12, 1)),
        (
            "Sandbox",
            "Tenant 1",
            -1,
            "31.333333",
            str(-GIVEN_BACK),
            dt.date(2026, 11, 1),
            dt.date(2026, 11, 13),
        ),
    ]
    is_given_back = invoice.kind == Invoice.Kind.CREDIT_NOTE
    kinds = ("adjustment", "credit") if is_given_back else ("credit", "recurring")
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            kind=kinds[quantity > 0],
            subscription=next(subscriptions),
            tenant_label=tenant,
            product_code="product",
            product_names={"en": name, "nl": f"{name} (nl)"},
            component="licence",
            component_names={"en": name},
            period_from=begin,
            period_until=until,
            month_days=30,
            quantity=quantity,
            unit_price=Decimal(price),
            net=Decimal(net),
            vat_category=case.treatment(quantity)[0],
            vat_rate=case.treatment(quantity)[1],
        )
        for position, (name, tenant, quantity, price, net, begin, until) in enumerate(months, first)
    )
