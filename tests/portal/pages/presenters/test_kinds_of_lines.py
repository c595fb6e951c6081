"""A line is called on the page what it is called on its document."""

from __future__ import annotations

import pytest
from django.utils import translation

from billing.documents.words import WORDS
from billing.drafts import LineKind
from portal.pages.presenters.invoices import KINDS


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
