"""What a PDF says of VAT where no rate of the seller's applies: in words, as a person reads it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from billing.documents import editions, operations, queries
from billing.documents.models import Rendering
from billing.documents.page import page
from billing.documents.reading import invoice_data
from billing.documents.words import LANGUAGES, WORDS
from tests.factories.documents import CASES, issued

if TYPE_CHECKING:
    from billing.models import Invoice

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 5, tzinfo=dt.UTC)


def shown(invoice: Invoice, language: str = "en") -> dict[str, Any]:
    data = invoice_data(invoice, language=language)
    return page(data, language=language, month=invoice.month, customer_number="1")


def columns(of: dict[str, Any]) -> list[str]:
    return [line["vat"] for group in of["groups"] for line in group["lines"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_outside_the_scope_has_no_rate_and_says_so(language: str) -> None:
    found = shown(issued(CASES["NL to GB, O"], language=language), language)

    said = WORDS[language].no_vat
    assert [name for name, _amount in found["totals"]] == [WORDS[language].net, said]
    assert columns(found) == ["–"] * 3
    assert not any(character.isdigit() for character in said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_reversed_has_no_rate_of_the_sellers(language: str) -> None:
    found = shown(issued(CASES["NL to DE"], language=language), language)

    (said, _nothing) = found["totals"][1]
    assert said.startswith(WORDS[language].reversed_of.format(""))
    assert "172" in said
    assert "%" not in said
    assert columns(found) == ["–"] * 3


def test_beside_what_was_charged_at_a_rate_each_is_said() -> None:
    found = shown(issued(CASES["NL to DE, formerly NL"]))

    assert found["totals"] == [
        ("Total, excl. VAT", "€172.47"),
        ("VAT 21% of -€12.53", "-€2.63"),
        ("VAT reverse charge on €185.00", "€0.00"),
    ]
    assert columns(found) == ["–", "–", "21%"]


@pytest.mark.parametrize("case", ["NL to GB, G", "NO to CH, in kroner"])
def test_an_export_is_at_nothing_per_cent_by_a_law_that_is_named(case: str) -> None:
    found = shown(issued(CASES[case]))

    assert found["totals"][1][0].startswith("VAT 0% of ")
    assert columns(found) == ["0%"] * 3
    assert found["sentences"] != [""]


@pytest.mark.parametrize("case", ["NL to GB, O", "NL to DE"])
def test_what_stated_a_rate_still_does(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = issued(CASES[case])
    with monkeypatch.context() as before:
        before.setattr(editions, "NEWEST", editions.NUMBERS_WHOLE)
        operations.make_due(AT)

    rendering = Rendering.objects.get()

    assert queries.changed_when_rendered_again(rendering) == []
    kept = page(
        invoice_data(invoice, language="nl"),
        language="nl",
        month=invoice.month,
        customer_number="1",
        edition=rendering.edition,
    )
    assert kept["totals"][1][0].startswith("Btw 0% over ")
    assert columns(kept) == (["O"] * 3 if case.endswith("O") else ["0%"] * 3)
    rendering.edition = editions.NEWEST
    assert queries.changed_when_rendered_again(rendering) == ["pdf"]
