"""VAT in the seller's currency goes back at the rate at which it was charged, to the øre."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.documents.conversion import Charged, Line, converted, given_back, parts
from billing.vat import vat_of
from catalog.money import Currency

CENT = Decimal("0.01")
NORWEGIAN = ("S", Decimal(25))

cents = st.integers(1, 10_000_000).map(lambda number: number * CENT)
rates = st.decimals("0.000001", "99", places=6)


@given(cents, rates, st.lists(st.floats(0, 1), max_size=8), st.integers(0, 2))
def test_however_it_is_credited_all_of_it_is_what_the_invoice_stated(
    vat: Decimal, rate: Decimal, cuts: list[float], more: int
) -> None:
    """Part by part it never comes to more, and once everything is given back to the same.

    `more` hundredths were stated of the first row where all were converted at once.
    """
    stated, before, back = converted(vat, rate) + more * CENT, Decimal(0), Decimal(0)
    marks = sorted((vat * Decimal(cut)).quantize(CENT) for cut in cuts)

    for mark in [*marks, vat]:
        amount = given_back(
            mark - before, rate, before=before, stated=back, charged=Charged(vat, stated)
        )
        assert abs(amount - (mark - before) * rate) <= (1 + more) * CENT
        before, back = mark, back + amount
        assert 0 <= back <= stated

    assert back == stated


def test_what_was_credited_at_another_rate_before_is_made_good_by_the_last() -> None:
    """Of 43.12 at 11.76 a half was given back at 12.00 once."""
    half = Decimal("21.56")
    last = given_back(
        half,
        Decimal("11.76"),
        before=half,
        stated=Decimal("258.72"),
        charged=Charged(2 * half, Decimal("507.09")),
    )

    assert Decimal("258.72") + last == Decimal("507.09")


def test_what_no_row_charged_is_converted() -> None:
    """As where a line that nobody charged goes along with the newest invoice."""
    amount = given_back(
        Decimal("2.50"), Decimal("11.76"), before=Decimal(0), stated=Decimal(0), charged=None
    )

    assert amount == Decimal("29.40")


def line(day: int, net: str, *, until: int = 31, original: int = 0, whose: int = 1) -> Line:
    first, last = dt.date(2026, 12, day), dt.date(2026, 12, until)
    return Line((whose,), "users", *NORWEGIAN, first, last, Decimal(net), original)


def shares(lines: list[Line], charges: list[Line]) -> list[tuple[int, str]]:
    net = sum((each.net for each in lines), Decimal(0))
    vat = vat_of(net, NORWEGIAN[1], Currency.EUR)
    found = parts(lines, charges, {NORWEGIAN: vat}, Currency.EUR)
    return [(each.original, str(each.vat)) for each in found]


def test_each_line_is_of_the_newest_invoice_that_charged_its_days() -> None:
    charges = [
        line(1, "90", original=7),
        line(10, "40", until=20, original=8),
        line(1, "50", original=9, whose=2),
    ]

    assert shares([line(21, "30")], charges) == [(7, "7.50")]
    assert shares([line(15, "10", until=16)], charges) == [(8, "2.50")]
    assert shares([line(15, "10", until=16), line(21, "30.02")], charges) == [
        (8, "2.50"),
        (7, "7.51"),
    ]


def test_what_nobody_charged_goes_along_with_the_newest() -> None:
    charges = [line(1, "90", original=7), line(1, "50", original=9, whose=2)]

    assert shares([line(1, "30"), line(1, "-5", whose=3)], charges) == [
        (7, "7.50"),
        (9, "-1.25"),
    ]
    assert shares([line(1, "30")], []) == []


@given(st.lists(st.tuples(st.integers(1, 4), cents), min_size=1, max_size=6))
def test_the_parts_are_the_vat_of_the_document(credited: list[tuple[int, Decimal]]) -> None:
    charges = [line(1, "1", original=whose, whose=whose) for whose in range(1, 5)]
    lines = [line(1, str(net), whose=whose) for whose, net in credited]

    found = shares(lines, charges)

    total = sum((net for _whose, net in credited), Decimal(0))
    assert sum(Decimal(vat) for _original, vat in found) == vat_of(
        total, NORWEGIAN[1], Currency.EUR
    )
    assert {original for original, _vat in found} == {whose for whose, _net in credited}


def test_a_charge_for_all_tenants_is_one_of_each() -> None:
    used = line(1, "5")._replace(whose=(None, "databridge", 3))
    of_all = line(1, "9", original=4)._replace(whose=(None, "databridge", None))
    of_another = line(1, "9", original=5)._replace(whose=(None, "databridge", 6))

    assert used.is_charged_by(of_all)
    assert not used.is_charged_by(of_another)
    assert not line(1, "5").is_charged_by(of_all)
