"""A line is called on the page what it is called on its document."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from billing.documents.words import WORDS
from billing.drafts import LineKind
from billing.queries.shown import VatShown
from catalog.money import Currency, Money
from portal.pages.presenters.invoices import KINDS, _rate_text, _vat_line
from portal.pages.presenters.subscriptions import money


@pytest.mark.parametrize("language", ["nl", "en"])
def test_page_and_document_have_the_same_word(language: str) -> None:
    words = WORDS[language]

    with translation.override(language):
        on_the_page = {kind: str(word) for kind, word in KINDS.items()}

    assert on_the_page == {
        LineKind.ADJUSTMENT: words.adjustment,
        LineKind.CREDIT: words.credit,
        LineKind.SETTLEMENT: words.settlement,
    }


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("category", ["S", "G", "AE", "O"])
def test_vat_is_called_what_it_is_called_there(language: str, category: str) -> None:
    words = WORDS[language]
    row = VatShown(
        category=category,
        rate=Decimal(21 if category == "S" else 0),
        net=Money(Decimal(49), Currency.EUR),
        vat=Money(Decimal(0), Currency.EUR),
        note="",
    )

    with translation.override(language):
        label, rate, net = _vat_line(row).label, _rate_text(row), money(row.net)

    assert (
        label
        == {
            "S": words.vat_of.format("21%", net),
            "G": words.vat_of.format("0%", net),
            "AE": words.reversed_of.format(net),
            "O": words.no_vat,
        }[category]
    )
    assert ("%" in rate) == (category in {"S", "G"})
