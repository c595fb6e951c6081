from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.documents import operations as documents
from billing.documents.models import ExchangeRate
from billing.documents.reading import invoice_data
from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, reissues, runs
from billing.operations.credit_notes import Choice
from billing.payments import ledger
from billing.payments.ledger import Entered
from billing.payments.posting import Document, Sold, Taxed
from customers import clock
from customers.operations.organisations import BillingDetails, change_billing_details
from subscriptions.operations import orders
from tests.factories.billing import AMSTERDAM, local, subscriber
from tests.factories.documents import CASES, ISSUED
from tests.factories.documents import issued as issued_document
from tests.factories.shop import SCIM
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.usefixtures("credits_go")

BRITISH = BillingDetails(
    name="Moved Ltd",
    street="1 Example Road",
    postal_code="AB1 2CD",
    city="London",
    country="GB",
    vat_number="GB999999973",
    registration_number="",
    invoice_language="en",
)
ADDRESS = reverse("backoffice:journal", query={"seller": "nl", "month": "2030-11"})


def rows_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture
def issued(shop: None) -> None:
    """November 2030, one invoice of EUR 59.29 and the part of October."""
    subscriber(dt.datetime(2030, 10, 16, 12, 0, tzinfo=AMSTERDAM), name="Alfa B.V.")
    clock.move_to(dt.datetime(2030, 11, 4, 12, 0, tzinfo=AMSTERDAM))
    runs.run_due(at=clock.now())


def test_a_month_is_shown_per_account(client: Client, billing: Person, issued: None) -> None:
    client.force_login(billing)

    page = client.get(ADDRESS).content.decode()

    assert "Journal of November 2030" in page
    assert "1 document, per account" in page
    for shown in ("1300", "1500-S-21", "8000-development-tools", "€89.89", "€74.29", "€15.60"):
        assert shown in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "Revenue: Development Tools" in page
    assert "VAT payable: VAT charged, 21%" in page
    total = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
    assert total.count("€89.89") == 2  # in debit and in credit
    documents = reverse("backoffice:invoices", query={"seller": "nl", "month": "2030-11"})
    assert documents.replace("&", "&amp;") in page


def test_a_month_without_documents_says_so(client: Client, billing: Person, shop: None) -> None:
    client.force_login(billing)

    assert "Nothing was issued in this month" in client.get(ADDRESS).content.decode()


def test_which_month_is_asked_first(client: Client, billing: Person, shop: None) -> None:
    """The one that is over, an hour before it is in UTC."""
    clock.move_to(local("2030-12-01", "00:30"))
    client.force_login(billing)

    response = client.get(reverse("backoffice:journal"))

    assert response.context["form"].initial == {"month": "2030-11"}
    assert "Download" not in response.content.decode()


@pytest.mark.parametrize("name", ["journal", "preview_month"])
@pytest.mark.parametrize("month", ["9999-12", "0001-01"])
def test_a_month_of_another_century_is_none(
    client: Client, billing: Person, shop: None, name: str, month: str
) -> None:
    client.force_login(billing)

    page = client.get(reverse(f"backoffice:{name}", query={"seller": "nl", "month": month}))

    assert "Write the month as year and number, such as 2026-11." in page.content.decode()


def test_as_csv(client: Client, billing: Person, issued: None) -> None:
    client.force_login(billing)

    response = client.get(f"{ADDRESS}&format=csv")

    rows = rows_of(response)
    assert [[row["Debit"], row["Credit"]] for row in rows] == [
        ["89.89", ""],
        ["", "74.29"],
        ["", "15.60"],
    ]
    assert {
        (row["Number"], row["Kind"], row["Due date"], row["Corrects"], row["Exchange rate"])
        for row in rows
    } == {("NL-2030-000001", "Invoice", "2030-11-18", "", "")}


def test_a_credit_note_names_its_original_and_the_customers_vat_number(
    client: Client, billing: Person, issued: None
) -> None:
    client.force_login(billing)
    invoice = Invoice.objects.get()
    credit_notes.request_credit(
        invoice,
        Choice(CreditProposal.Scope.PART, net=Decimal("10.00")),
        reason="Two days down",
        confirmed=Decimal("12.10"),
        by=billing,
        at=clock.now(),
    )

    rows = [row for row in rows_of(client.get(f"{ADDRESS}&format=csv")) if "C" in row["Number"]]

    assert [(row["Kind"], row["Due date"], row["Corrects"]) for row in rows] == 3 * [
        ("Credit note", "", invoice.number)
    ]
    assert {row["VAT number"] for row in rows} == {invoice.buyer_snapshot["vat_number"]}


def test_what_a_run_credits_names_the_invoices_that_charged_it(
    client: Client, billing: Person, shop: None
) -> None:
    client.force_login(billing)
    of_alfa, of_beta = (
        subscriber(dt.datetime(2030, 10, 16, 12, 0, tzinfo=AMSTERDAM), name=name)[1]
        for name in ("Alfa B.V.", "Beta B.V.")
    )
    clock.move_to(dt.datetime(2030, 11, 1, 12, 0, tzinfo=AMSTERDAM))
    runs.run_due(at=clock.now())
    invoices = dict(Invoice.objects.values_list("organisation__name", "number"))
    for subscription in (of_alfa, of_beta):
        cancel_as_read(subscription, at=dt.datetime(2030, 11, 10, 12, 0, tzinfo=AMSTERDAM))
    clock.move_to(dt.datetime(2030, 12, 1, 12, 0, tzinfo=AMSTERDAM))
    runs.run_due(at=clock.now())

    december = ADDRESS.replace("2030-11", "2030-12")
    with CaptureQueriesContext(connection) as asked:
        rows = rows_of(client.get(f"{december}&format=csv"))

    assert {row["Customer"]: row["Corrects"] for row in rows} == invoices
    assert len([each for each in asked if "ARRAY(" in each["sql"]]) == 1
    assert len([each for each in asked if '"billing_invoiceline"' in each["sql"]]) == 1


def test_what_a_reissue_credits_names_what_its_document_names(
    client: Client, billing: Person, shop: None
) -> None:
    """It gives back of October's invoice, and not of the one that was issued anew."""
    customer, subscription = subscriber(dt.datetime(2030, 9, 16, 12, 0, tzinfo=AMSTERDAM))
    runs.run_due(at=dt.datetime(2030, 10, 1, 12, 0, tzinfo=AMSTERDAM))
    orders.subscribe(
        customer,
        product_code=SCIM,
        tenant=None,
        by=billing,
        at=dt.datetime(2030, 10, 2, 12, 0, tzinfo=AMSTERDAM),
    )
    cancel_as_read(subscription, at=dt.datetime(2030, 10, 16, 12, 0, tzinfo=AMSTERDAM))
    clock.move_to(dt.datetime(2030, 11, 1, 12, 0, tzinfo=AMSTERDAM))
    runs.run_due(at=clock.now())
    change_billing_details(customer, BRITISH, by=billing, at=clock.now())
    october, november = Invoice.objects.with_names().order_by("month")
    credit_notes.request_reissue(
        november,
        reason="Moved",
        confirmed=reissues.preview(november, at=clock.now()).owed,
        by=billing,
        at=clock.now(),
    )
    client.force_login(billing)

    rows = rows_of(client.get(f"{ADDRESS}&format=csv"))

    apart = Invoice.objects.with_names().get(kind="credit_note", origin="reissue")
    named = [each.number for each in invoice_data(apart, language="en").originals]
    said = {row["Number"]: row["Corrects"] for row in rows}
    assert named == [october.number]
    assert said[apart.number] == october.number
    assert {said[each.number] for each in november.corrections.exclude(pk=apart.pk)} == {
        november.number
    }


def test_vat_that_is_stated_in_kroner_too_stands_with_its_rate(
    client: Client, billing: Person
) -> None:
    client.force_login(billing)
    invoice = issued_document(CASES["NO to NO, in euros"])
    document = Document(
        sold=[Sold("sandbox", "S", Decimal(25), invoice.net)],
        taxed=[Taxed("S", Decimal(25), invoice.vat)],
        gross=invoice.gross,
    )
    entered = Entered(invoice.pk, invoice.organisation_id, invoice.currency, document)
    with transaction.atomic():
        ledger.enter([entered], seller=invoice.seller, entered_on=invoice.issued_on, at=ISSUED)
    ExchangeRate.objects.create(
        currency="EUR",
        in_currency="NOK",
        on=invoice.issued_on,
        rate=Decimal("11.76"),
        source="Norges Bank",
    )
    documents.make_due(ISSUED)

    address = reverse("backoffice:journal", query={"seller": "no", "month": "2026-11"})
    rows = rows_of(client.get(f"{address}&format=csv"))

    assert {row["Exchange rate"] for row in rows} == {"11.760000"}
    assert [row["VAT in the seller's currency"] for row in rows] == ["", "", "507.09"]


def test_as_audit_file(client: Client, billing: Person, issued: None) -> None:
    client.force_login(billing)

    response = client.get(f"{ADDRESS}&format=xaf")

    assert response["Content-Disposition"] == 'attachment; filename="journal-nl-2030-11.xaf"'
    assert ET.fromstring(response.content).tag == "{http://www.auditfiles.nl/XAF/3.2}auditfile"


@pytest.mark.parametrize("ending", ["csv", "xaf"])
def test_by_command(issued: None, tmp_path: Path, ending: str) -> None:
    printed = StringIO()

    call_command(
        "export_journal",
        *("--seller", "nl", "--month", "2030-11", "--format", ending, "--folder", str(tmp_path)),
        stdout=printed,
    )

    written = tmp_path / f"journal-nl-2030-11.{ending}"
    assert b"8000-development-tools" in written.read_bytes()
    assert "1 documents" in printed.getvalue()


@pytest.mark.parametrize(
    "wrong", [("--seller", "xx", "--month", "2030-11"), ("--seller", "nl", "--month", "november")]
)
def test_a_wrong_command_writes_nothing(issued: None, tmp_path: Path, wrong: tuple[str]) -> None:
    with pytest.raises(CommandError):
        call_command("export_journal", *wrong, "--folder", str(tmp_path))

    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def two_currencies(issued: None) -> None:
    """An invoice in kroner beside the one in euros."""
    invoice = issued_document(replace(CASES["NL to NL"], currency="NOK"))
    document = Document(
        sold=[Sold("sandbox", "S", Decimal(21), invoice.net)],
        taxed=[Taxed("S", Decimal(21), invoice.vat)],
        gross=invoice.gross,
    )
    entered = Entered(invoice.pk, invoice.organisation_id, invoice.currency, document)
    with transaction.atomic():
        ledger.enter(
            [entered], seller=invoice.seller, entered_on=dt.date(2030, 11, 5), at=clock.now()
        )


def test_a_month_in_two_currencies_has_two_audit_files(
    client: Client, billing: Person, two_currencies: None
) -> None:
    client.force_login(billing)

    page = client.get(ADDRESS).content.decode()
    response = client.get(f"{ADDRESS}&format=xaf&currency=NOK")
    unnamed = client.get(f"{ADDRESS}&format=xaf")

    assert "Audit file in EUR" in page
    assert "Audit file in NOK" in page
    assert "Download as audit file" not in page
    assert response["Content-Disposition"] == 'attachment; filename="journal-nl-2030-11-NOK.xaf"'
    assert b"<curCode>NOK</curCode>" in response.content
    assert b"<totalDebit>208.69</totalDebit>" in response.content
    assert b"89.89" not in response.content
    assert unnamed["Content-Type"] == "text/html; charset=utf-8"
    assert "take an audit file of each" in unnamed.content.decode()


def test_the_command_writes_one_a_currency(two_currencies: None, tmp_path: Path) -> None:
    export = ("export_journal", "--seller", "nl", "--month", "2030-11", "--format", "xaf")

    with pytest.raises(CommandError, match="an audit file of each"):
        call_command(*export, "--folder", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    call_command(*export, "--currency", "EUR", "--folder", str(tmp_path))

    (written,) = tmp_path.iterdir()
    assert written.name == "journal-nl-2030-11-EUR.xaf"
    assert b"<totalDebit>89.89</totalDebit>" in written.read_bytes()
