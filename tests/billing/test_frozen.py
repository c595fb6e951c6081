"""Issued documents never change: whatever tries, the database refuses it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import Error, IntegrityError, connection, transaction

from billing.models import BillingRun, Invoice, InvoiceLine, InvoiceVat, RunItem
from billing.operations import runs
from customers.bulk import take_ids
from tests.factories.billing import local, subscriber

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")


@pytest.fixture
def invoice(seller: Seller) -> Invoice:
    subscriber(local("2026-11-23"))
    runs.run_due(at=local("2026-12-01"))
    return Invoice.objects.get()


def copy_of(row: InvoiceLine | InvoiceVat, **changes: object) -> None:
    row.pk, row._state.adding = None, True
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()


def add_among_others(invoice: Invoice) -> None:
    """In one statement, after one that may come: its invoice is not there yet."""
    may, may_not = (invoice.lines.get(position=1) for _each in range(2))
    for line, of in ((may, to_come()), (may_not, invoice)):
        line.pk, line.invoice, line.position, line.kind = None, of, 9, "adjustment"
    InvoiceLine.objects.bulk_create([may, may_not])


def move_in(invoice: Invoice) -> None:
    """A line of another, which is not there yet."""
    line = invoice.lines.get(position=1)
    copy_of(line, invoice=to_come(), kind="adjustment")
    InvoiceLine.objects.filter(pk=line.pk).update(invoice=invoice, position=9)


def to_come() -> Invoice:
    """Has its id already, as when its lines are written."""
    with connection.cursor() as cursor:
        return Invoice(pk=take_ids(cursor, Invoice, 1)[0])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda i: Invoice.objects.filter(pk=i.pk).update(net=0, gross=0), id="update"),
        pytest.param(lambda i: i.delete(), id="delete"),
        pytest.param(lambda i: i.lines.update(net=0), id="update line"),
        pytest.param(lambda i: i.lines.all().delete(), id="delete lines"),
        pytest.param(lambda i: copy_of(i.lines.first(), position=9, kind="adjustment"), id="add"),
        pytest.param(add_among_others, id="add among others"),
        pytest.param(move_in, id="move in"),
        pytest.param(lambda i: i.vat_rows.update(vat=0), id="update VAT"),
        pytest.param(lambda i: i.vat_rows.all().delete(), id="delete VAT"),
        pytest.param(lambda i: copy_of(i.vat_rows.first(), rate=9), id="add VAT"),
    ],
)
def test_the_database_refuses(invoice: Invoice, change: Callable[[Invoice], object]) -> None:
    before = list(InvoiceLine.objects.values()), list(InvoiceVat.objects.values())

    with pytest.raises(Error, match=r"never changes|[Cc]annot"), transaction.atomic():
        change(invoice)

    assert Invoice.objects.values().get() == {
        field.attname: getattr(invoice, field.attname) for field in Invoice._meta.concrete_fields
    }
    assert (list(InvoiceLine.objects.values()), list(InvoiceVat.objects.values())) == before


def another(invoice: Invoice, **changes: object) -> Invoice:
    values = {
        "organisation": invoice.organisation,
        "seller": invoice.seller,
        "kind": "invoice",
        "month": dt.date(2027, 1, 1),
        "currency": "EUR",
        "language": "en",
        "net": 0,
        "vat": 0,
        "gross": 0,
        "number": "NL-2027-000001",
        "series_year": 2027,
        "sequence": 1,
        "issued_at": local("2027-01-01"),
        "issued_on": dt.date(2027, 1, 1),
        "due_on": dt.date(2027, 1, 15),
    }
    return Invoice.objects.create(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        pytest.param({"month": dt.date(2026, 12, 1)}, "invoice_once", id="twice in a month"),
        pytest.param({"month": dt.date(2027, 1, 2)}, "month_is_first_day", id="no month"),
        pytest.param({"net": 1}, "gross_is_net_plus_vat", id="wrong sum"),
        pytest.param({"net": -1, "gross": -1}, "not_negative", id="negative"),
        pytest.param({"number": ""}, "invoice_numbered", id="no number"),
        pytest.param({"number": "NL-2026-000001"}, "number_unique", id="a number again"),
        pytest.param({"series_year": 2026}, "number_taken_once", id="a place in the series again"),
        pytest.param({"series_year": None}, '"series_year"', id="no series"),
        pytest.param({"sequence": None}, '"sequence"', id="no place in the series"),
        pytest.param({"issued_at": None}, '"issued_at"', id="no instant of issue"),
        pytest.param({"issued_on": None}, '"issued_on"', id="no invoice date"),
        pytest.param({"due_on": None}, '"due_on"', id="no due date"),
    ],
)
def test_rows_that_cannot_be(invoice: Invoice, changes: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        another(invoice, **changes)


def test_the_first_charge_of_a_day_exists_once(invoice: Invoice) -> None:
    line = invoice.lines.first()
    assert line is not None

    with pytest.raises(IntegrityError, match="charged_once"), transaction.atomic():
        copy_of(line, invoice=to_come())


def test_one_run_a_month_and_one_item_a_customer(invoice: Invoice) -> None:
    run = BillingRun.objects.get()

    with pytest.raises(IntegrityError, match="once_per_seller_month"), transaction.atomic():
        BillingRun.objects.create(seller=run.seller, month=run.month, started_at=run.started_at)
    with pytest.raises(IntegrityError, match="once_per_organisation"), transaction.atomic():
        RunItem.objects.create(run=run, organisation=invoice.organisation)
