"""Spreading, VAT over several credit notes, settling: for any amounts at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.crediting import (
    ByHand,
    Creditable,
    CreditLine,
    LineLeft,
    MoreThanIsLeft,
    RoundsToNothing,
    VatLeft,
    check,
    of_lines,
    part,
    settled,
    spread,
    vat_rows,
    whole,
)
from billing.vat import vat_of
from catalog.money import Currency

CENT = Decimal("0.01")
DUTCH, GERMAN = ("S", Decimal(21)), ("AE", Decimal(0))

cents = st.integers(1, 100_000).map(lambda number: number * CENT)
rates = st.sampled_from([Decimal(0), Decimal(9), Decimal(21), Decimal(25)])


def invoice(*nets: Decimal, vat: tuple[str, Decimal] = DUTCH, quantity: int = 3) -> Creditable:
    """Lines with one VAT rate; one with a negative net is a credit of the run."""
    lines = tuple(
        LineLeft(
            id=number,
            kind="recurring" if net > 0 else "credit",
            quantity=quantity if net > 0 else -1,
            net=net,
            left=net,
            vat=vat,
        )
        for number, net in enumerate(nets)
    )
    net = sum(nets, Decimal(0))
    return Creditable(
        currency=Currency.EUR,
        lines=lines,
        vat={vat: VatLeft(net, vat_of(net, vat[1], Currency.EUR))},
    )


def after(of: Creditable, credit: tuple[CreditLine, ...]) -> Creditable:
    """What is left once the credit note is issued."""
    given = {each.line_id: each.net for each in credit}
    quantities = {each.line_id: each.quantity or 0 for each in credit}
    rows = {(row.category, row.rate): row for row in vat_rows(of, credit)}
    return Creditable(
        currency=of.currency,
        lines=tuple(
            LineLeft(
                id=line.id,
                kind=line.kind,
                quantity=line.quantity,
                net=line.net,
                left=line.left - given.get(line.id, Decimal(0)),
                vat=line.vat,
                quantity_given=line.quantity_given + quantities.get(line.id, 0),
            )
            for line in of.lines
        ),
        vat={
            key: VatLeft(
                row.net,
                row.vat,
                row.credited_net + rows[key].net if key in rows else row.credited_net,
                row.credited_vat + rows[key].vat if key in rows else row.credited_vat,
            )
            for key, row in of.vat.items()
        },
    )


@given(st.lists(cents, min_size=1, max_size=8), st.data())
def test_shares_add_up_and_none_exceeds_its_weight(
    weights: list[Decimal], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, int(sum(weights) / CENT))) * CENT

    shares = spread(amount, weights)

    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def test_the_largest_remainders_get_the_odd_cents() -> None:
    shares = spread(Decimal("1.00"), [Decimal(30), Decimal(30), Decimal(30)])
    assert shares == [Decimal("0.34"), Decimal("0.33"), Decimal("0.33")]

    shares = spread(Decimal("0.05"), [Decimal("0.10"), Decimal("0.10"), Decimal("1.00")])
    assert shares == [Decimal("0.01"), Decimal("0.00"), Decimal("0.04")]


@given(
    st.lists(cents, min_size=1, max_size=5),
    rates,
    st.lists(st.floats(0.001, 1), max_size=6),
    st.booleans(),
)
def test_credit_notes_together_give_back_the_original(
    nets: list[Decimal], rate: Decimal, parts: list[float], with_credit: bool
) -> None:
    """However it is cut: never more than a line, a VAT row or the whole, and in the end all."""
    if with_credit:
        nets = [*nets, -(sum(nets, Decimal(0)) / 2).quantize(CENT)]
    of = original = invoice(*nets, vat=("S", rate))
    assume(original.left > 0)
    vat_given = Decimal(0)

    for share in [*parts, 1.0]:
        amount = (of.left * Decimal(share)).quantize(CENT)
        if amount <= 0:
            continue
        credit = part(of, amount) if share < 1 else whole(of)
        check(of, credit)
        [row] = vat_rows(of, credit)
        assert row.net == sum(each.net for each in credit)
        assert abs(row.vat - vat_of(row.net, rate, Currency.EUR)) <= CENT
        vat_given += row.vat
        of = after(of, credit)

    assert of.left == 0
    [row_left] = of.vat.values()
    assert (row_left.credited_net, row_left.credited_vat) == (row_left.net, row_left.vat)
    assert vat_given == row_left.vat


def test_the_whole_takes_back_a_credit_that_stands_on_the_invoice() -> None:
    of = invoice(Decimal(100), Decimal(-20))

    assert whole(of) == (CreditLine(0, Decimal(100), 3), CreditLine(1, Decimal(-20), -1))
    assert of.left == Decimal(80)
    with pytest.raises(MoreThanIsLeft):
        part(of, Decimal("80.01"))


def test_rows_of_vat_are_credited_apart() -> None:
    dutch, german = invoice(Decimal(60)), invoice(Decimal(40), vat=GERMAN)
    lines = (*dutch.lines, LineLeft(id=9, kind="recurring", quantity=1, net=Decimal(40),
                                    left=Decimal(40), vat=GERMAN))  # fmt: skip
    of = Creditable(currency=Currency.EUR, lines=lines, vat={**dutch.vat, **german.vat})

    rows = vat_rows(of, part(of, Decimal(10)))

    assert [(row.category, row.net, row.vat) for row in rows] == [
        ("AE", Decimal(4), Decimal(0)),
        ("S", Decimal(6), Decimal("1.26")),
    ]


@pytest.mark.parametrize("quantity", [0, 4, -1])
def test_no_more_of_a_quantity_than_there_is(quantity: int) -> None:
    with pytest.raises(MoreThanIsLeft):
        of_lines(invoice(Decimal(90)), quantities={0: quantity}, nets={})


def test_one_after_the_other_they_are_the_line() -> None:
    """200.00 for three users, and 100.00: the odd cent is where it falls, and never refused."""
    for net, expected in (
        ("200.00", ["66.67", "66.66", "66.67"]),
        ("100.00", ["33.33", "33.34", "33.33"]),
    ):
        of = invoice(Decimal(net))
        found = []
        for _user in range(3):
            (credit,) = of_lines(of, quantities={0: 1}, nets={})
            found.append(str(credit.net))
            of = after(of, (credit,))
        assert found == expected


def test_what_rounds_to_nothing_is_not_more_than_is_left() -> None:
    """A third of a cent is nothing; two of them are one, and beside it the third goes along."""
    of = invoice(CENT, Decimal(90))

    with pytest.raises(RoundsToNothing):
        of_lines(of, quantities={0: 1}, nets={})
    with pytest.raises(MoreThanIsLeft):
        of_lines(of, quantities={0: 4}, nets={})
    assert of_lines(of, quantities={0: 2}, nets={}) == (CreditLine(0, CENT, 2),)
    assert of_lines(of, quantities={0: 1, 1: 1}, nets={}) == (
        CreditLine(0, Decimal(0), 1),
        CreditLine(1, Decimal(30), 1),
    )


@given(st.integers(1, 40), cents, st.data())
def test_whatever_the_way_all_of_a_quantity_is_the_whole_line(
    quantity: int, net: Decimal, data: st.DataObject
) -> None:
    assume(net >= quantity * CENT)
    of = invoice(net, quantity=quantity)
    given_back = 0

    while given_back < quantity:
        number = data.draw(st.integers(1, quantity - given_back))
        (credit,) = of_lines(of, quantities={0: number}, nets={})
        assert abs(credit.net - net * number / quantity) <= CENT
        given_back += number
        of = after(of, (credit,))

    assert of.left == 0
    with pytest.raises(MoreThanIsLeft):
        of_lines(of, quantities={0: 1}, nets={})


def test_a_credit_of_the_run_is_no_line_to_choose() -> None:
    with pytest.raises(MoreThanIsLeft):
        of_lines(invoice(Decimal(90), Decimal(-10)), quantities={}, nets={1: Decimal(1)})


@given(cents, st.data())
def test_what_is_settled_never_exceeds_what_was_given_back_nor_the_credit(
    charged: Decimal, data: st.DataObject
) -> None:
    """Days go one part after the other; when all are gone, all is settled and nothing is left."""
    up_to = int(charged / CENT)
    pool = ByHand(charged, data.draw(st.integers(0, up_to)) * CENT)
    given_back = Decimal(0)

    for number in data.draw(st.lists(st.integers(1, up_to), max_size=6)):
        credited = min(number * CENT, pool.charged)
        net = settled(pool, credited, Currency.EUR)
        assert 0 <= net <= min(credited, pool.given_back)
        given_back += credited - net
        pool = ByHand(pool.charged - credited, pool.given_back - net)
        assert pool.paid >= 0

    rest = settled(pool, pool.charged, Currency.EUR)
    assert rest == (pool.given_back if pool.charged else 0)


def test_half_the_days_settle_half_of_what_was_given_back() -> None:
    assert settled(ByHand(Decimal(100), Decimal(30)), Decimal(50), Currency.EUR) == Decimal(15)
