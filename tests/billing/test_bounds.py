from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.bounds import Bounds, Seen, bounds_in, broken_bounds, seen
from billing.drafts import Draft, DraftKind, DraftLine, HoldCause, LineKind
from billing.vat import vat_of
from catalog.money import Currency
from subscriptions.periods import Month
from tests.factories.billing import charged_subscription, local

MONTH = Month(2026, 12)
BOUNDS = Bounds(floor=Decimal(1000), most_at_first=Decimal(25000))
SUBSCRIPTION = charged_subscription(local("2026-01-01"))
LINE = DraftLine(
    kind=LineKind.RECURRING,
    subscription=SUBSCRIPTION,
    component=SUBSCRIPTION.components[0],
    period_from=MONTH.first_day,
    period_until=MONTH.next.first_day,
    month_days=31,
    quantity=1,
    unit_price=Decimal(1),
    net=Decimal(1),
)

CENTS = st.decimals(min_value=-100_000, max_value=100_000, places=2)
DUTCH, REVERSE_CHARGE = Decimal(21), Decimal(0)  # per cent


def document(net: Decimal | str, *, lines: int = 1) -> Draft:
    return mixed((net, DUTCH), lines=lines)


def mixed(*nets: tuple[Decimal | str, Decimal], lines: int = 1) -> Draft:
    """Nets with the rate of their VAT."""
    amounts = [(Decimal(net), rate) for net, rate in nets]
    net = sum([amount for amount, _rate in amounts], Decimal(0))
    vat = sum([vat_of(amount, rate, Currency.EUR) for amount, rate in amounts], Decimal(0))
    return Draft(
        kind=DraftKind.INVOICE if net + vat >= 0 else DraftKind.CREDIT_NOTE,
        month=MONTH,
        currency=Currency.EUR,
        lines=(LINE,) * lines,
        vat_rows=(),
        net=net,
        vat=vat,
        gross=net + vat,
    )


def looked_at(net: Decimal | str, *, lines: int = 1) -> Seen:
    return seen([document(net, lines=lines)])


SEEN = st.lists(st.tuples(CENTS, st.sampled_from([DUTCH, REVERSE_CHARGE])), min_size=1).map(
    lambda nets: seen([mixed(*nets)])
)


@pytest.mark.parametrize(
    ("net", "last", "lines", "causes"),
    [
        pytest.param("300.00", "290.00", 3, (), id="as ever"),
        pytest.param("1500.00", "300.00", 3, (), id="exactly five times"),
        pytest.param("1500.01", "300.00", 3, (HoldCause.FAR_MORE_THAN_LAST_MONTH,), id="more"),
        pytest.param("1000.00", "1.00", 3, (), id="under the floor nothing is compared"),
        pytest.param("1000.01", "1.00", 3, (HoldCause.FAR_MORE_THAN_LAST_MONTH,), id="over it"),
        pytest.param("25000.00", None, 3, (), id="a first document"),
        pytest.param("25000.01", None, 3, (HoldCause.LARGE_FIRST_DOCUMENT,), id="a large one"),
        pytest.param("25000.01", "9000.00", 3, (), id="as large, and not the first"),
        pytest.param(
            "2000.00", "-50.00", 3, (HoldCause.FAR_MORE_THAN_LAST_MONTH,), id="after a credit note"
        ),
        pytest.param("0.00", "1500.00", 3, (), id="nothing, on balance"),
        pytest.param("-0.01", "1500.00", 3, (HoldCause.GIVES_BACK_TOO_MUCH,), id="below nothing"),
        pytest.param("-1500.00", None, 3, (HoldCause.GIVES_BACK_TOO_MUCH,), id="without a last"),
        pytest.param("300.00", "300.00", 500, (), id="as many lines as allowed"),
        pytest.param("300.00", "300.00", 501, (HoldCause.TOO_MANY_LINES,), id="one too many"),
        pytest.param(
            "9000.00",
            "300.00",
            501,
            (HoldCause.TOO_MANY_LINES, HoldCause.FAR_MORE_THAN_LAST_MONTH),
            id="two at once",
        ),
    ],
)
def test_what_is_unusual(
    net: str, last: str | None, lines: int, causes: tuple[HoldCause, ...]
) -> None:
    before = None if last is None else Decimal(last)

    assert broken_bounds(looked_at(net, lines=lines), before, BOUNDS) == causes


def test_money_that_goes_out_is_held_though_the_net_is_owed() -> None:
    """Two licences with Dutch VAT, one of them given back; the other one with reverse charge."""
    now = seen([mixed(("-550.06", DUTCH), ("588.00", REVERSE_CHARGE))])

    assert (now.net, now.gross) == (Decimal("37.94"), Decimal("-77.57"))
    assert broken_bounds(now, Decimal("1176.00"), BOUNDS) == (HoldCause.GIVES_BACK_TOO_MUCH,)


def test_a_net_that_goes_out_is_held_though_a_total_is_owed() -> None:
    now = seen([mixed(("-550.06", REVERSE_CHARGE), ("500.00", DUTCH))])

    assert (now.net, now.gross) == (Decimal("-50.06"), Decimal("54.94"))
    assert broken_bounds(now, Decimal("1176.00"), BOUNDS) == (HoldCause.GIVES_BACK_TOO_MUCH,)


@given(now=SEEN, last=st.none() | CENTS, most=CENTS.map(abs))
def test_it_gives_back_what_is_below_zero_with_or_without_vat(
    now: Seen, last: Decimal | None, most: Decimal
) -> None:
    found = broken_bounds(now, last, replace(BOUNDS, most_given_back=most))

    assert (HoldCause.GIVES_BACK_TOO_MUCH in found) is (now.net < -most or now.gross < -most)


@given(now=SEEN, last=st.none() | CENTS)
def test_wider_bounds_never_hold_more(now: Seen, last: Decimal | None) -> None:
    wider = replace(
        BOUNDS,
        floor=BOUNDS.floor * 2,
        most_at_first=BOUNDS.most_at_first * 2,
        most_given_back=BOUNDS.most_given_back + 1,
        most_lines=BOUNDS.most_lines * 2,
    )

    assert set(broken_bounds(now, last, wider)) <= set(broken_bounds(now, last, BOUNDS))


@given(last=CENTS)
def test_the_same_as_last_month_is_never_far_more(last: Decimal) -> None:
    found = broken_bounds(looked_at(abs(last)), abs(last), BOUNDS)

    assert found == ()


@given(net=CENTS, last=st.none() | CENTS)
def test_at_one_rate_nobody_is_both_far_more_and_giving_back(
    net: Decimal, last: Decimal | None
) -> None:
    assert len(broken_bounds(looked_at(net), last, BOUNDS)) <= 1


@pytest.mark.parametrize(
    ("net", "causes"),
    [
        pytest.param("-50.00", (), id="as much as may go"),
        pytest.param("-50.01", (HoldCause.GIVES_BACK_TOO_MUCH,), id="more"),
    ],
)
def test_a_seller_may_let_small_credits_go(net: str, causes: tuple[HoldCause, ...]) -> None:
    bounds = replace(BOUNDS, most_given_back=Decimal("60.50"))  # VAT included

    assert broken_bounds(looked_at(net), Decimal(100), bounds) == causes


def test_all_documents_of_a_month_are_looked_at_together() -> None:
    assert seen([document("300.00", lines=2), document("-50.00", lines=7)]) == Seen(
        Decimal("250.00"), Decimal("302.50"), 7
    )


@pytest.mark.parametrize(
    ("cause", "net", "lines", "covered"),
    [
        pytest.param(HoldCause.FAR_MORE_THAN_LAST_MONTH, "900.00", 3, True, id="as it was"),
        pytest.param(HoldCause.FAR_MORE_THAN_LAST_MONTH, "899.99", 9, True, id="less"),
        pytest.param(HoldCause.FAR_MORE_THAN_LAST_MONTH, "900.01", 1, False, id="more"),
        pytest.param(HoldCause.TOO_MANY_LINES, "9999.00", 3, True, id="as many lines"),
        pytest.param(HoldCause.TOO_MANY_LINES, "1.00", 4, False, id="more lines"),
    ],
)
def test_what_was_seen_covers_no_more(
    cause: HoldCause, net: str, lines: int, covered: bool
) -> None:
    assert looked_at("900.00", lines=3).covers(looked_at(net, lines=lines), cause) is covered


@pytest.mark.parametrize(
    ("net", "covered"),
    [
        pytest.param("-900.00", True, id="as it was"),
        pytest.param("-899.99", True, id="less given back"),
        pytest.param("-900.01", False, id="more given back"),
    ],
)
def test_what_was_seen_given_back_covers_no_more(net: str, covered: bool) -> None:
    before, now = looked_at("-900.00", lines=3), looked_at(net, lines=3)

    assert before.covers(now, HoldCause.GIVES_BACK_TOO_MUCH) is covered


def test_what_was_seen_covers_no_more_vat_that_goes_back() -> None:
    before = seen([mixed(("-550.06", DUTCH), ("588.00", REVERSE_CHARGE))])
    now = seen([mixed(("-560.00", DUTCH), ("600.00", REVERSE_CHARGE))])

    assert now.net > before.net
    assert not before.covers(now, HoldCause.GIVES_BACK_TOO_MUCH)


@pytest.mark.parametrize(
    ("seller", "document", "net", "held"),
    [
        pytest.param("EUR", "EUR", "15000", False, id="the seller's own, as staff set it"),
        pytest.param("EUR", "EUR", "20001", True, id="the seller's own, above it"),
        pytest.param("EUR", "NOK", "250000", False, id="kroner of a seller in euro"),
        pytest.param("EUR", "NOK", "250001", True, id="too many kroner of a seller in euro"),
        pytest.param("NOK", "EUR", "25000", False, id="euro of a seller in kroner"),
        pytest.param("NOK", "EUR", "25001", True, id="too many euro of a seller in kroner"),
    ],
)
def test_a_bound_is_in_the_currency_of_what_it_holds(
    seller: str, document: str, net: str, held: bool
) -> None:
    set_by_staff = Bounds(floor=Decimal(5000), most_at_first=Decimal(20000))
    bounds = bounds_in(Currency(document), set_by_staff, of=Currency(seller))

    found = broken_bounds(looked_at(net), None, bounds)

    assert (HoldCause.LARGE_FIRST_DOCUMENT in found) is held


def test_what_staff_let_go_by_itself_is_in_the_sellers_currency() -> None:
    lenient = Bounds(
        floor=Decimal(1000),
        most_at_first=Decimal(25000),
        most_given_back=Decimal(5000),
        most_lines=10,
        times_last_month=3,
    )

    kroner = bounds_in(Currency.NOK, lenient, of=Currency.EUR)

    assert kroner == Bounds(
        floor=Decimal(10000),
        most_at_first=Decimal(250000),
        most_given_back=Decimal(0),
        most_lines=10,
        times_last_month=3,
    )
