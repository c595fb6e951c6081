"""What documents say changes by edition: those that were kept come out as they were made."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from billing.documents import editions, operations, queries
from billing.documents.models import Document, Rendering
from billing.documents.rendering import render
from billing.invariants import documents as kept
from billing.models import Invoice
from tests.factories.customers import PersonFactory
from tests.factories.documents import CASES, issued

if TYPE_CHECKING:
    from billing.documents.rendering import Rendered

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 5, tzinfo=dt.UTC)
CREDIT_NOTE = Invoice.Kind.CREDIT_NOTE
BELGIAN: dict[str, Any] = {"country": "BE", "vat_number": "BE0403019261"}


def references(rendered: Rendered) -> set[str]:
    """Those of both electronic invoices."""
    return {
        element.text or ""
        for content in (rendered.ubl, rendered.cii)
        for element in etree.fromstring(content).iter("{*}PaymentID", "{*}PaymentReference")
    }


@pytest.mark.parametrize("case", ["NL to NL", "NL to DE", "NO to NO", "NO to DE"])
def test_a_credit_note_has_no_reference_that_an_invoice_could_have(case: str) -> None:
    """The first of both series, of the Dutch and of the Norwegian seller, whoever buys."""
    for buyer in ({}, BELGIAN):
        invoice = issued(CASES[case], **buyer)
        credit_note = issued(CASES[case], CREDIT_NOTE, **buyer)

        assert len(references(render(invoice))) == 1
        assert references(render(credit_note)) == set()


def test_an_invoice_of_nothing_asks_for_no_reference() -> None:
    assert references(render(issued(times=0))) == set()


def reasons(rendered: Rendered) -> set[str]:
    """Why there is no VAT, as both electronic invoices have it."""
    return {
        element.text or ""
        for content in (rendered.ubl, rendered.cii)
        for element in etree.fromstring(content).iter("{*}TaxExemptionReason", "{*}ExemptionReason")
    }


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Btw verlegd. Reverse charge: "),
        ("nl", "Btw verlegd. Reverse charge: "),
        ("sv", "Btw verlegd. Omvänd betalningsskyldighet. Reverse charge: "),
    ],
)
def test_reverse_charge_is_said_in_the_sellers_words_too(language: str, said: str) -> None:
    said += "VAT is to be accounted for by the customer."

    rendered = render(issued(CASES["NL to DE"], language=language))

    assert reasons(rendered) == {said}
    assert [row.reason for row in rendered.data.vat_rows] == [said]  # what the PDF prints


@pytest.mark.parametrize("language", ["en", "nl", "sv"])
def test_what_said_it_without_them_still_does(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = issued(CASES["NL to DE"], language=language)
    with monkeypatch.context() as before:
        before.setattr(editions, "NEWEST", editions.REFERENCE_WHERE_PAID)
        operations.make_due(AT)

    rendering = Rendering.objects.get()

    assert rendering.edition == editions.REFERENCE_WHERE_PAID
    assert queries.changed_when_rendered_again(rendering) == []
    now = reasons(render(invoice))
    assert (now == reasons(render(invoice, edition=rendering.edition))) is (language == "nl")


def test_no_other_sentence_names_it() -> None:
    """What a Norwegian exports, and what a German pays no VAT for at all."""
    for case in ("NL to NL", "NL to GB, O", "NL to GB, G", "NO to DE", "NO to GB"):
        rendered = render(issued(CASES[case], language="en"))

        assert not any("verlegd" in reason for reason in reasons(rendered))


def test_what_was_made_before_is_rendered_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Belgian credit note with the reference that the invoice of its place has too."""
    invoice = issued(CASES["NL to DE"], CREDIT_NOTE, **BELGIAN)
    with monkeypatch.context() as before:
        before.setattr(editions, "NEWEST", editions.FIRST)
        operations.make_due(AT)
    assert b"<cbc:PaymentID>026000000137</cbc:PaymentID>" in bytes(
        Document.objects.get(kind="ubl").content
    )

    rendering = Rendering.objects.get()

    assert rendering.edition == editions.FIRST
    assert queries.changed_when_rendered_again(rendering) == []
    assert list(kept.check(at=AT)) == []
    assert references(render(invoice)) == set()


def test_what_is_made_now_says_so() -> None:
    issued(kind=CREDIT_NOTE)

    operations.make_due(AT)

    rendering = Rendering.objects.get()
    assert rendering.edition == editions.NEWEST
    assert queries.changed_when_rendered_again(rendering) == []
    rendering.edition = editions.FIRST
    assert queries.changed_when_rendered_again(rendering) == ["pdf", "ubl", "cii"]


ORDERED: dict[str, Any] = {"order_number": "PO-7"}


def buyer_references(rendered: Rendered) -> set[str]:
    """Those of both electronic invoices."""
    return {
        element.text or ""
        for content in (rendered.ubl, rendered.cii)
        for element in etree.fromstring(content).iter("{*}BuyerReference")
    }


@pytest.mark.parametrize("kind", list(Invoice.Kind))
def test_a_german_who_names_an_order_is_named_by_its_customer_number_too(
    kind: Invoice.Kind,
) -> None:
    """XRechnung, BR-DE-15: one that was held for it is made when it is tried again."""
    invoice = issued(CASES["NL to DE"], kind, **ORDERED)
    with pytest.MonkeyPatch.context() as before:
        before.setattr(editions, "NEWEST", editions.SELLERS_PHRASE)
        operations.make_due(AT)
    rendering = Rendering.objects.get()
    assert (rendering.status, rendering.cause) == ("held", "BR-DE-15")

    operations.retry(rendering, by=PersonFactory(staff=True), at=AT)
    operations.make_due(AT)

    rendering.refresh_from_db()
    assert rendering.status == Rendering.Status.READY
    rendered = render(invoice)
    assert buyer_references(rendered) == {invoice.buyer_snapshot["customer_number"]}
    assert rendered.data.order_number == "PO-7"


def test_others_who_name_an_order_and_germans_with_a_reference_are_named_as_they_were() -> None:
    dutch = issued(CASES["NL to NL"], **ORDERED)
    german = issued(CASES["NL to DE"], **ORDERED, buyer_reference="04011000-12345-34")

    for invoice, named in ((dutch, set()), (german, {"04011000-12345-34"})):
        before = render(invoice, edition=editions.SELLERS_PHRASE)
        assert buyer_references(render(invoice)) == buyer_references(before) == named


def test_who_was_addressed_by_part_of_a_number_still_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An RSIN has nine digits; the first eight are a trade register number of somebody else."""
    invoice = issued(registration_number="853746222")
    with monkeypatch.context() as before:
        before.setattr(editions, "NEWEST", editions.AS_RULES_WANT)
        operations.make_due(AT)
    cut = b'schemeID="0106">85374622<'
    rendering = Rendering.objects.get()
    kept_ones = [bytes(each.content) for each in rendering.documents.exclude(kind="pdf")]
    assert [each.count(cut) for each in kept_ones] == [2, 2]

    assert queries.changed_when_rendered_again(rendering) == []
    now = render(invoice)
    assert (cut in now.ubl, cut in now.cii) == (False, False)
    assert b'schemeID="9944">NL' in now.ubl
