"""Issued documents never change: whatever tries, the database refuses it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import Error, IntegrityError, transaction

from billing.models import BillingRun, Invoice, InvoiceLine, InvoiceVat, RunItem
from billing.operations import runs
from tests.factories.billing import local, subscriber

if TYPE_CHECKING:
    from collections.abc import Callable

    from catalog.models import Seller


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


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda i: Invoice.objects.filter(pk=i.pk).update(net=0, gross=0), id="update"),
        pytest.param(lambda i: Invoice.objects.filter(pk=i.pk).update(status="draft"), id="thaw"),
        pytest.param(lambda i: i.delete(), id="delete"),
        pytest.param(lambda i: i.lines.update(net=0), id="update line"),
        pytest.param(lambda i: i.lines.all().delete(), id="delete lines"),
        pytest.param(lambda i: copy_of(i.lines.first(), position=9, kind="adjustment"), id="add"),
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


def draft_of(invoice: Invoice, **changes: object) -> Invoice:
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
    }
    return Invoice.objects.create(**(values | changes))


def test_a_line_cannot_move_to_an_issued_invoice(invoice: Invoice) -> None:
    line = invoice.lines.first()
    assert line is not None
    draft = draft_of(invoice)
    copy_of(line, invoice=draft, kind="adjustment", position=1)

    with pytest.raises(Error, match="never changes"), transaction.atomic():
        draft.lines.update(invoice=invoice, position=9)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        pytest.param({"month": dt.date(2026, 12, 1)}, "invoice_once", id="twice in a month"),
        pytest.param({"month": dt.date(2027, 1, 2)}, "month_is_first_day", id="no month"),
        pytest.param({"net": 1}, "gross_is_net_plus_vat", id="wrong sum"),
        pytest.param({"net": -1, "gross": -1}, "not_negative", id="negative"),
        pytest.param({"status": "issued"}, "numbered_when_issued", id="issued without number"),
        pytest.param({"number": "NL-1"}, "numbered_when_issued", id="numbered draft"),
    ],
)
def test_rows_that_cannot_be(invoice: Invoice, changes: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        draft_of(invoice, **changes)


def test_the_first_charge_of_a_day_exists_once(invoice: Invoice) -> None:
    line = invoice.lines.first()
    assert line is not None

    with pytest.raises(IntegrityError, match="charged_once"), transaction.atomic():
        copy_of(line, invoice=draft_of(invoice))


def test_one_run_a_month_and_one_item_a_customer(invoice: Invoice) -> None:
    run = BillingRun.objects.get()

    with pytest.raises(IntegrityError, match="once_per_seller_month"), transaction.atomic():
        BillingRun.objects.create(seller=run.seller, month=run.month, started_at=run.started_at)
    with pytest.raises(IntegrityError, match="once_per_organisation"), transaction.atomic():
        RunItem.objects.create(run=run, organisation=invoice.organisation)
