"""A document in Dutch and English beside the buyer's language: marked, and no second original."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest

from billing.documents import operations, queries
from billing.documents.models import Document
from billing.documents.page import page, translated
from billing.documents.reading import invoice_data
from billing.documents.rendering import translate
from billing.documents.words import language_of
from billing.models import Invoice
from tests.factories.documents import CASES, NOVEMBER, euro_in_kroner, issued

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("code", "language"),
    [("nl", "nl"), ("nl-be", "nl"), ("nb", "no"), ("de", "de"), ("en", "en"), ("fr", "en")],
)
def test_an_invoice_with_another_code_is_in_one_of_the_six(code: str, language: str) -> None:
    assert language_of(code) == language


@pytest.mark.parametrize(
    ("original", "offered"),
    [("nl", ["en"]), ("en", ["nl"]), ("de", ["nl", "en"]), ("no", ["nl", "en"])],
)
def test_both_languages_of_the_portal_but_its_own(original: str, offered: list[str]) -> None:
    invoice = issued(CASES["NL to DE"], language=original)
    assert queries.translations_of(invoice) == []

    operations.make_due(AT)

    assert queries.translations_of(invoice) == offered
    for language in ("nl", "en", "de", "xx"):
        found = queries.translation_file(invoice, language)
        assert (found is not None) == (language in offered)


def test_it_is_a_pdf_in_its_language_without_an_electronic_invoice() -> None:
    invoice = issued(CASES["NL to DE"], language="de")
    operations.make_due(AT)

    found = queries.translation_file(invoice, "en")

    assert found is not None
    assert found.name == f"{invoice.number}-translation-en.pdf"
    assert found.content_type == "application/pdf"
    with pikepdf.open(BytesIO(found.content)) as document:
        assert str(document.Root.Lang) == "en"
        assert document.docinfo["/Title"] == f"Invoice {invoice.number} · Translation"
        assert list(document.attachments) == []
        assert b"factur-x" not in document.Root.Metadata.read_bytes()


def test_asked_twice_it_is_the_same_bytes_and_kept_nowhere() -> None:
    invoice = issued(language="nl")
    operations.make_due(AT)
    before = list(Document.objects.values_list("pk", "sha256"))

    first, second = (queries.translation_file(invoice, "en") for _turn in range(2))

    assert first == second
    assert first is not None
    assert list(Document.objects.values_list("pk", "sha256")) == before
    assert queries.changed_when_rendered_again(invoice.rendering) == []


@pytest.mark.parametrize("kind", list(Invoice.Kind))
def test_it_says_what_it_is_and_keeps_number_and_amounts(kind: Invoice.Kind) -> None:
    invoice = issued(CASES["NL to DE"], kind, language="de")
    shown = {
        language: page(
            invoice_data(invoice, language=language),
            language=language,
            month=NOVEMBER,
            customer_number="K1",
        )
        for language in ("de", "nl")
    }

    dutch = translated(shown["nl"], invoice.number, into="nl", original="de")

    name = "Factuur" if kind == Invoice.Kind.INVOICE else "Creditnota"
    assert dutch["title"] == f"{name} {invoice.number} · Vertaling"
    assert dutch["translation_of"] == (
        "Dit is een vertaling. Het document dat telt, is het origineel"
        f" van {invoice.number} (Duits)."
    )
    assert dutch["footer"].endswith(f"{invoice.number} · Vertaling")
    assert "translation_of" not in shown["de"]
    assert dutch["sentences"][0].startswith("Btw verlegd.")
    assert dutch["qr"] == shown["de"]["qr"]


def test_vat_in_kroner_is_that_of_the_original() -> None:
    euro_in_kroner(on=dt.date(2026, 10, 30))
    invoice = issued(CASES["NO to NO, in euros"], language="no")
    operations.make_due(AT)
    euro_in_kroner("12.00")

    found = queries.translation_file(invoice, "en")

    assert found is not None
    assert found.content == translate(invoice, into="en", original="no")
    assert invoice_data(invoice, language="en").accounting_vat == Decimal("507.09")
