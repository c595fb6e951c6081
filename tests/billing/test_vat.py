from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import vat
from billing.vat import Category, Hold, HoldReason, Note, Treatment, VatNumber
from catalog.money import Currency

TODAY = dt.date(2026, 12, 1)
KNOWN = {True: VatNumber.VALID, False: VatNumber.MISSING}


@pytest.mark.parametrize(
    ("seller", "buyer", "valid", "expected"),
    [
        pytest.param("NL", "NL", True, Treatment(Category.STANDARD, Decimal(21)), id="NL to NL"),
        pytest.param(
            "NL", "NL", False, Treatment(Category.STANDARD, Decimal(21)), id="NL to NL, no number"
        ),
        pytest.param(
            "NL",
            "DE",
            True,
            Treatment(Category.REVERSE_CHARGE, Decimal(0), Note.REVERSE_CHARGE),
            id="NL to the EU",
        ),
        pytest.param(
            "NL", "DE", False, Hold(HoldReason.VAT_NUMBER_MISSING), id="NL to the EU, no number"
        ),
        pytest.param(
            "NL",
            "GR",
            True,
            Treatment(Category.REVERSE_CHARGE, Decimal(0), Note.REVERSE_CHARGE),
            id="NL to Greece, whose VAT prefix differs",
        ),
        pytest.param(
            "NL",
            "GB",
            True,
            Treatment(Category.OUTSIDE_SCOPE, Decimal(0), Note.OUTSIDE_EU),
            id="NL to Great Britain",
        ),
        pytest.param(
            "NL", "NO", False, Hold(HoldReason.BUSINESS_UNPROVEN), id="NL to Norway, no number"
        ),
        pytest.param(
            "NO",
            "GB",
            False,
            Treatment(Category.EXPORT, Decimal(0), Note.NORWEGIAN_EXPORT),
            id="NO outside the EU, no number",
        ),
        pytest.param("NO", "NO", True, Treatment(Category.STANDARD, Decimal(25)), id="NO to NO"),
        pytest.param(
            "NO",
            "SE",
            False,
            Treatment(Category.EXPORT, Decimal(0), Note.NORWEGIAN_EXPORT),
            id="NO to the EU, no number",
        ),
        pytest.param(
            "NO",
            "SE",
            True,
            Treatment(Category.EXPORT, Decimal(0), Note.NORWEGIAN_EXPORT_EU),
            id="NO to a business in the EU, who accounts for the VAT",
        ),
        pytest.param(
            "NO",
            "GB",
            True,
            Treatment(Category.EXPORT, Decimal(0), Note.NORWEGIAN_EXPORT),
            id="NO outside the EU",
        ),
        pytest.param("NL", "MC", True, Hold(HoldReason.TERRITORY_UNCLEAR), id="Monaco"),
        pytest.param("NL", "XX", True, Hold(HoldReason.COUNTRY_UNKNOWN), id="unknown country"),
        pytest.param("SE", "SE", True, Hold(HoldReason.NO_RULE), id="seller without a row"),
        pytest.param("SE", "NL", False, Hold(HoldReason.NO_RULE), id="nor abroad"),
    ],
)
def test_decide(seller: str, buyer: str, valid: bool, expected: Treatment | Hold) -> None:
    assert vat.decide(seller, buyer, buyer_vat_number=KNOWN[valid], on=TODAY) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        pytest.param(dt.date(2020, 12, 31), Category.REVERSE_CHARGE, id="the last day in"),
        pytest.param(dt.date(2021, 1, 1), Category.OUTSIDE_SCOPE, id="the first day out"),
    ],
)
def test_great_britain_left(on: dt.date, expected: Category) -> None:
    decided = vat.decide("NL", "GB", buyer_vat_number=VatNumber.VALID, on=on)

    assert isinstance(decided, Treatment)
    assert decided.category is expected


@pytest.mark.parametrize("valid", KNOWN.values())
def test_another_number_proves_a_business_outside_the_union_alone(valid: VatNumber) -> None:
    abroad, in_the_union = (
        vat.decide("NL", buyer, buyer_vat_number=valid, buyer_is_business=True, on=TODAY)
        for buyer in ("NO", "DE")
    )

    assert abroad == Treatment(Category.OUTSIDE_SCOPE, Decimal(0), Note.OUTSIDE_EU)
    assert isinstance(in_the_union, Hold) == (valid is VatNumber.MISSING)


@pytest.mark.parametrize("category", [Category.OUTSIDE_SCOPE, Category.EXPORT])
@pytest.mark.parametrize(
    ("on", "held"),
    [
        pytest.param(dt.date(2026, 11, 30), False, id="the last day without"),
        pytest.param(dt.date(2026, 12, 1), True, id="the first day on which it is asked for"),
    ],
)
def test_since_when_a_business_outside_the_union_is_to_be_proven(
    on: dt.date, held: bool, category: Category
) -> None:
    decided = vat.decide("NL", "US", buyer_vat_number=VatNumber.MISSING, on=on, outside_eu=category)

    assert isinstance(decided, Hold) == held


@pytest.mark.parametrize(
    ("seller", "buyer", "valid", "category", "expected"),
    [
        ("NO", "DE", True, "G", Note.NORWEGIAN_EXPORT_EU),
        ("NO", "DE", False, "G", Note.NORWEGIAN_EXPORT),
        ("NO", "GB", True, "G", Note.NORWEGIAN_EXPORT),
        ("NO", "NO", True, "G", Note.NORWEGIAN_EXPORT),  # a credit: the buyer moved home since
        ("NL", "GB", True, "G", Note.EXPORT),
        ("NL", "NL", True, "AE", Note.REVERSE_CHARGE),
        ("NL", "DE", True, "S", Note.NONE),
    ],
)
def test_what_a_credit_repeats_has_the_sentence_of_its_category(
    seller: str, buyer: str, valid: bool, category: str, expected: Note
) -> None:
    found = vat.note_of(seller, buyer, category, buyer_vat_number=KNOWN[valid], on=TODAY)

    assert found is expected


def test_before_the_table_begins_nothing_is_guessed() -> None:
    decided = vat.decide("NL", "NL", buyer_vat_number=VatNumber.VALID, on=dt.date(2012, 9, 30))

    assert decided == Hold(HoldReason.NO_RULE)


@given(
    seller=st.sampled_from(["NL", "NO"]),
    buyer=st.sampled_from(sorted(vat.COUNTRIES)),
    valid=st.booleans(),
    on=st.dates(dt.date(2005, 1, 1), dt.date(2040, 1, 1)),
)
def test_at_most_one_row_fits(seller: str, buyer: str, valid: bool, on: dt.date) -> None:
    place = vat._place(seller, buyer, proven=valid, on=on)

    assert sum(row.fits(seller, place, on) for row in vat.TABLE) <= 1


@given(buyer=st.sampled_from(sorted(vat.COUNTRIES - vat.UNCLEAR)), valid=st.booleans())
def test_only_an_unproven_buyer_abroad_is_held(buyer: str, valid: bool) -> None:
    decided = vat.decide("NL", buyer, buyer_vat_number=KNOWN[valid], on=TODAY)

    assert isinstance(decided, Hold) == (buyer != "NL" and not valid)


@pytest.mark.parametrize(
    ("net", "rate", "expected"),
    [
        pytest.param("62.07", "21", "13.03", id="half-up"),
        pytest.param("4.95", "21", "1.04", id="once on the sum of 99 times 0.05"),
        pytest.param("0.50", "25", "0.13", id="an exact half"),
        pytest.param("-0.50", "25", "-0.13", id="mirrored"),
        pytest.param("100", "0", "0.00", id="none"),
    ],
)
def test_vat_of(net: str, rate: str, expected: str) -> None:
    assert str(vat.vat_of(Decimal(net), Decimal(rate), Currency.EUR)) == expected
