from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.posting import Document, Sold, Taxed, Unbalanced, postings_of

DUTCH = ("S", Decimal(21))
REVERSED = ("AE", Decimal(0))


def sold(product: str, net: str, vat: tuple[str, Decimal] = DUTCH) -> Sold:
    return Sold(product, *vat, Decimal(net))


def document(*lines: Sold, vat: str, gross: str, rate: tuple[str, Decimal] = DUTCH) -> Document:
    return Document(sold=lines, taxed=[Taxed(*rate, Decimal(vat))], gross=Decimal(gross))


INVOICE = document(sold("tools", "49.00"), vat="10.29", gross="59.29")
TWO_PRODUCTS = document(
    sold("tools", "49.00"),
    sold("scim", "99.00"),
    sold("tools", "1.00"),
    vat="31.29",
    gross="180.29",
)
WITH_A_CREDIT = document(sold("scim", "99.00"), sold("tools", "-20.00"), vat="16.59", gross="95.59")
CREDIT_NOTE = document(sold("tools", "-20.00"), vat="-4.20", gross="-24.20")
WITHOUT_VAT = document(sold("tools", "49.00", REVERSED), vat="0.00", gross="49.00", rate=REVERSED)
NOTHING = document(sold("tools", "49.00"), sold("tools", "-49.00"), vat="0.00", gross="0.00")


@pytest.mark.parametrize(
    ("given_document", "expected"),
    [
        pytest.param(
            INVOICE,
            [("receivables", "59.29"), ("revenue tools S", "-49.00"), ("vat_payable S", "-10.29")],
            id="invoice",
        ),
        pytest.param(
            TWO_PRODUCTS,
            [
                ("receivables", "180.29"),
                ("revenue tools S", "-50.00"),
                ("revenue scim S", "-99.00"),
                ("vat_payable S", "-31.29"),
            ],
            id="revenue per product",
        ),
        pytest.param(
            WITH_A_CREDIT,
            [
                ("receivables", "95.59"),
                ("revenue scim S", "-99.00"),
                ("revenue tools S", "20.00"),
                ("vat_payable S", "-16.59"),
            ],
            id="a line given back",
        ),
        pytest.param(
            CREDIT_NOTE,
            [("receivables", "-24.20"), ("revenue tools S", "20.00"), ("vat_payable S", "4.20")],
            id="credit note",
        ),
        pytest.param(
            WITHOUT_VAT,
            [("receivables", "49.00"), ("revenue tools AE", "-49.00")],
            id="no VAT, no posting of it",
        ),
        pytest.param(NOTHING, [], id="nothing is owed"),
    ],
)
def test_postings(given_document: Document, expected: list[tuple[str, str]]) -> None:
    found = [
        (
            " ".join(filter(None, (posting.account, posting.product_code, posting.vat_category))),
            str(posting.amount),
        )
        for posting in postings_of(given_document)
    ]

    assert found == expected


def test_what_does_not_add_up_is_refused() -> None:
    with pytest.raises(Unbalanced):
        postings_of(document(sold("tools", "49.00"), vat="10.29", gross="59.30"))


CENTS = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))


@given(nets=st.lists(st.tuples(st.sampled_from(["tools", "scim"]), CENTS), max_size=6), vat=CENTS)
def test_debits_equal_credits(nets: list[tuple[str, Decimal]], vat: Decimal) -> None:
    lines = [Sold(product, *DUTCH, net) for product, net in nets]
    gross = sum((net for _product, net in nets), vat)

    postings = postings_of(Document(sold=lines, taxed=[Taxed(*DUTCH, vat)], gross=gross))

    assert sum(posting.amount for posting in postings) == 0
    assert all(posting.amount for posting in postings)
