"""VAT in the seller's currency goes back at the rate at which it was charged, to the øre."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.documents.conversion import Charged, converted, given_back, parts
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


def shares(nets: dict[int, str]) -> list[tuple[int, str]]:
    net = sum(map(Decimal, nets.values()), Decimal(0))
    vat = vat_of(net, NORWEGIAN[1], Currency.EUR)
    of_row = {original: Decimal(part) for original, part in nets.items()}
    found = parts({NORWEGIAN: of_row}, {NORWEGIAN: vat}, Currency.EUR)
    return [(each.original, str(each.vat)) for each in found]


def test_vat_is_parted_as_the_nets_are_and_the_last_part_is_the_rest() -> None:
    assert shares({8: "10", 7: "30.02"}) == [(8, "2.50"), (7, "7.51")]
    assert shares({7: "30", 9: "-5"}) == [(7, "7.50"), (9, "-1.25")]
    assert shares({}) == []


signed = st.one_of(cents, cents.map(lambda net: -net))


@given(st.dictionaries(st.integers(1, 4), signed, min_size=1))
def test_the_parts_are_the_vat_of_the_document(nets: dict[int, Decimal]) -> None:
    found = shares({original: str(net) for original, net in nets.items()})

    assert [original for original, _vat in found] == list(nets)
    assert sum(Decimal(vat) for _original, vat in found) == vat_of(
        sum(nets.values(), Decimal(0)), NORWEGIAN[1], Currency.EUR
    )
