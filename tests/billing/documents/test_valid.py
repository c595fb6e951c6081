"""Every way of taxing, as invoice and credit note, judged by the official rules: to the cent."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from lxml import etree

from billing.documents import accounting
from billing.documents.einvoice.cii import cii
from billing.documents.einvoice.facts import Identifier
from billing.documents.einvoice.parties import broken_by
from billing.documents.einvoice.ubl import ubl
from billing.documents.page import _Shown, page
from billing.documents.reading import invoice_data
from billing.documents.rendering import Rendered, render
from billing.documents.validation import Broken, broken_rules
from billing.invariants import can_be_made
from billing.models import Invoice
from billing.vat import STATED_AS_EXPORT, TABLE, Category, Treatment
from tests.factories.catalog import SellerFactory
from tests.factories.documents import (
    CASES,
    ISSUED,
    NET,
    Case,
    credit_note_of,
    euro_in_kroner,
    issued,
)

pytestmark = pytest.mark.django_db

UBL = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def embedded(pdf: bytes) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as document:
        assert list(document.attachments) == ["factur-x.xml"]
        return document.attachments["factur-x.xml"].get_file().read_bytes()


def texts(xml: bytes, name: str) -> list[str]:
    return [element.text or "" for element in etree.fromstring(xml).iter(name)]


@pytest.mark.parametrize("kind", list(Invoice.Kind))
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_row_of_the_vat_table(case: Case, kind: Invoice.Kind) -> None:
    """A credit note names the two invoices that it corrects (BG-3)."""
    is_credit_note = kind == Invoice.Kind.CREDIT_NOTE
    invoice = credit_note_of(case, originals=2) if is_credit_note else issued(case)
    euro_in_kroner()
    accounting.state(invoice)

    rendered = render(invoice)

    assert _broken(rendered) == []
    assert embedded(rendered.pdf) == rendered.cii
    gross = f"{NET + case.vat:.2f}"
    assert texts(rendered.ubl, f"{UBL}PayableAmount") == [gross]
    assert texts(rendered.cii, f"{RAM}DuePayableAmount") == [gross]
    originals = Invoice.objects.filter(kind=Invoice.Kind.INVOICE).exclude(pk=invoice.pk)
    assert named_by(rendered) == [*originals.values_list("number", flat=True)] * 2
    assert len(named_by(rendered)) == 4 * is_credit_note
    reference = [] if is_credit_note else [rendered.data.reference]
    assert texts(rendered.ubl, f"{UBL}PaymentID") == reference
    assert texts(rendered.cii, f"{RAM}PaymentReference") == reference
    taxes = [f"{case.vat:.2f}"] + ([f"{case.accounting[1]:.2f}"] if case.accounting else [])
    assert texts(rendered.cii, f"{RAM}TaxTotalAmount") == taxes
    assert texts(rendered.ubl, f"{UBL}LineExtensionAmount") == [
        "172.47",
        "75.00",
        "110.00",
        "-12.53",
    ]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_credit_note_of_one_invoice_names_it(case: Case) -> None:
    credit_note = credit_note_of(case, originals=1)
    euro_in_kroner()
    accounting.state(credit_note)

    data = invoice_data(credit_note, language="nl")

    assert [each.number for each in data.originals] == [Invoice.objects.get(kind="invoice").number]
    for kind, written in (("ubl", ubl(data)), ("cii", cii(data))):
        assert broken_rules(kind, written, is_german=data.is_german) == ()


def named_by(rendered: Rendered) -> list[str]:
    """The invoices that its files say they correct: first the UBL, then the CII."""
    return [
        element.text or ""
        for content, path in (
            (rendered.ubl, "{*}BillingReference/{*}InvoiceDocumentReference/{*}ID"),
            (rendered.cii, ".//{*}InvoiceReferencedDocument/{*}IssuerAssignedID"),
        )
        for element in etree.fromstring(content).iterfind(path)
    ]


def test_the_cases_are_every_way_of_taxing_that_the_table_knows() -> None:
    known = {(row.seller, row.treatment) for row in TABLE} | {("NL", STATED_AS_EXPORT)}

    assert {
        (case.seller.upper(), Treatment(Category(case.category), case.rate, case.note))
        for case in CASES.values()
    } == known


def _broken(rendered: Rendered) -> list[Broken]:
    german = rendered.data.is_german
    return [
        broken
        for kind in ("ubl", "cii")
        for broken in broken_rules(kind, rendered.content(kind), is_german=german)
    ]


def test_a_norwegian_export_to_a_business_in_the_eu_says_who_accounts_for_the_vat() -> None:
    invoice = issued(CASES["NO to DE"], language="en")

    rendered = render(invoice)

    said = "exempt under mval § 6-22. Reverse charge: VAT is to be accounted for by the customer."
    number = invoice.buyer_snapshot["vat_number"]
    for kind in ("ubl", "cii"):
        assert said in rendered.content(kind).decode()
        assert number in rendered.content(kind).decode()
    printed = page(rendered.data, language="en", month=invoice.month, customer_number="1")
    assert said in printed["sentences"][0]
    assert any(number in each for each in printed["buyer"]["numbers"])


def test_the_judge_is_asked_about_german_rules_for_german_buyers() -> None:
    rendered = render(issued(CASES["NL to DE"]))
    without_phone = rendered.ubl.replace(b"<cbc:Telephone>+31 20 1</cbc:Telephone>", b"")

    found = broken_rules("ubl", without_phone, is_german=True)

    assert [each.rule for each in found] == ["BR-DE-6"]
    assert broken_rules("ubl", without_phone, is_german=False) == ()


@pytest.mark.parametrize(
    ("rule", "seller", "case", "buyer"),
    [
        ("BR-DE-5", {"contact": ""}, "NL to DE", {}),
        ("BR-DE-6", {"phone": ""}, "NL to DE", {}),
        ("BR-DE-8", {}, "NL to DE", {"city": ""}),
        ("BR-DE-9", {}, "NL to DE", {"postal_code": ""}),
        ("PEPPOL-EN16931-R010", {}, "NO to DE", {"vat_number": ""}),
    ],
)
def test_what_is_not_known_is_missed_before_it_is_issued(
    rule: str, seller: dict[str, Any], case: str, buyer: dict[str, Any]
) -> None:
    """Of both parties, what the judge would refuse: the same rules, and nothing else."""
    SellerFactory(**seller)
    invoice = issued(CASES[case], **buyer)

    rendered = render(invoice)

    assert [each.rule for each in _broken(rendered)] == [rule, rule]
    assert list(broken_by(invoice.seller_snapshot, invoice.buyer_snapshot)) == [rule]
    assert list(can_be_made.check(at=ISSUED)) == [f"{invoice}: {rule}"]


def test_whatever_can_be_filled_in_is_valid() -> None:
    """What the forms take, at its longest and oddest: for the country with the most rules."""
    typed: dict[str, Any] = {
        "name": "<A & B>\x0b#1 #2 " + "Ü" * 180,
        "street": "'" * 200,
        "postal_code": "--",
        "city": "#",
        "registration_number": "HRB 1/2 (B) <&>",
        "buyer_reference": "#12 #13 " + "x" * 92,
        "order_number": "]]> " + "9" * 96,
        "endpoint_scheme": "0999",  # as it could be entered once
        "endpoint_id": "12345678",
    }
    for case in ("NL to DE", "NO to DE"):
        rendered = render(issued(CASES[case], **typed))

        assert _broken(rendered) == []
        assert rendered.data.buyer.endpoint == Identifier(scheme="9930", id="DE999999903")


BREAKS_OF_UBL = {
    "BR-CO-15": (
        b'<cbc:TaxInclusiveAmount currencyID="EUR">208.69',
        b'<cbc:TaxInclusiveAmount currencyID="EUR">208.70',
    ),
    "BR-CO-10": (
        b'<cbc:LineExtensionAmount currencyID="EUR">75.00',
        b'<cbc:LineExtensionAmount currencyID="EUR">75.01',
    ),
    "BR-S-10": (
        b"<cbc:Percent>21</cbc:Percent>",
        b"<cbc:Percent>21</cbc:Percent><cbc:TaxExemptionReason>x</cbc:TaxExemptionReason>",
    ),
    "BR-DEC-18": (
        b'PayableAmount currencyID="EUR">208.69',
        b'PayableAmount currencyID="EUR">208.690',
    ),
    "XSD": (b"<cbc:IssueDate>2026-11-01", b"<cbc:IssueDate>1 November"),
}


BREAKS_OF_CII = {
    "BR-CO-15": (
        b"<ram:GrandTotalAmount>208.69",
        b"<ram:GrandTotalAmount>208.70",
    ),
    "BR-CO-10": (
        b"<ram:LineTotalAmount>75.00",
        b"<ram:LineTotalAmount>75.01",
    ),
    "BR-S-09": (
        b"<ram:CalculatedAmount>36.22",
        b"<ram:CalculatedAmount>37.22",
    ),
    "BR-DEC-18": (
        b"<ram:DuePayableAmount>208.69",
        b"<ram:DuePayableAmount>208.690",
    ),
    "XSD": (
        b"<ram:GrandTotalAmount>208.69",
        b"<ram:GrandTotalAmount>much",
    ),
}


@pytest.mark.parametrize(
    ("kind", "rule", "right", "wrong"),
    [
        pytest.param(kind, rule, *change, id=f"{kind} {rule}")
        for kind, breaks in (("ubl", BREAKS_OF_UBL), ("cii", BREAKS_OF_CII))
        for rule, change in breaks.items()
    ],
)
def test_what_is_wrong_is_rejected_with_its_rule(
    kind: str, rule: str, right: bytes, wrong: bytes
) -> None:
    content = render(issued()).content(kind)
    assert right in content

    found = broken_rules(kind, content.replace(right, wrong, 1), is_german=False)

    assert rule in {each.rule for each in found}


def test_the_same_rows_give_the_same_bytes() -> None:
    invoice = issued()

    first, second = (render(invoice) for _time in range(2))

    assert first == second


@pytest.mark.parametrize("language", ["en", "nl", "no", "sv", "da", "de"])
def test_every_language(language: str) -> None:
    rendered = render(issued(CASES["NL to DE"], language=language))

    assert _broken(rendered) == []
    assert "Reverse charge" in texts(rendered.cii, f"{RAM}ExemptionReason")[0]


@pytest.mark.parametrize(
    "name", ["漢字 Ltd", '#panic("!") *bold* $x$ <label>', "Ångström & Søn Ωß"]
)
def test_any_name_is_printed_as_it_stands(name: str) -> None:
    rendered = render(issued(name=name))

    assert _broken(rendered) == []
    assert texts(rendered.cii, f"{RAM}Name")[-1] == name or name in texts(
        rendered.cii, f"{RAM}Name"
    )


def test_what_is_used_has_a_price_a_unit_and_what_is_subscribed_one_a_month() -> None:
    data = render(issued()).data
    line = replace(data.lines[0], unit_price=Decimal("0.004"))

    monthly, used = (
        _Shown(replace(data, lines=(replace(line, is_usage=is_usage),)), "nl").groups()[0]["lines"]
        for is_usage in (False, True)
    )

    assert monthly[0]["price"] == "€\xa00,004 per maand"
    assert used[0]["price"] == "€\xa00,004"


def test_an_invoice_of_nothing_asks_for_no_payment_and_is_valid() -> None:
    said = invoice_data(issued(times=0), language="nl")
    (line, *_others) = invoice_data(issued(), language="nl").lines
    back = replace(line, id="2", quantity=-line.quantity, net=-line.net)
    data = replace(said, lines=(line, back))

    printed = page(data, language="nl", month=data.issued_on, customer_number="1")

    assert printed["payment"][0] == ("", "U hoeft niets te doen.")
    assert "Vervaldatum" not in dict(printed["facts"])
    assert printed["qr"] == ""
    for kind, written in (("ubl", ubl(data)), ("cii", cii(data))):
        assert broken_rules(kind, written, is_german=False) == ()


def test_when_to_pay_is_asked_for_in_dutch_as_one_does() -> None:
    data = invoice_data(issued(), language="nl")

    assert data.terms == "Wij ontvangen uw betaling graag uiterlijk op 1 december 2026."
