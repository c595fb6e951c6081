from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.differences import ComparedLine, Reason, differences
from catalog.money import Currency

NOVEMBER, DECEMBER, JANUARY = dt.date(2026, 11, 1), dt.date(2026, 12, 1), dt.date(2027, 1, 1)


def line(
    net: str | Decimal,
    *,
    month: dt.date = DECEMBER,
    quantity: int = 1,
    days: int | None = None,
    kind: str = "recurring",
    subscription: int = 1,
    product: str = "Sandbox",
) -> ComparedLine:
    """A line of a whole month, or of its first so many days."""
    until = (month + dt.timedelta(days=31)).replace(day=1)
    month_days = (until - month).days
    return ComparedLine(
        subscription_id=subscription,
        product_names={"en": product},
        component="users",
        kind=kind,
        period_from=month,
        period_until=month + dt.timedelta(days=days or month_days),
        month_days=month_days,
        quantity=Decimal(quantity),
        net=Decimal(net),
    )


def before(net: str, **values: object) -> ComparedLine:
    return line(net, month=NOVEMBER, **values)  # type: ignore[arg-type]


def found(old: list[ComparedLine], new: list[ComparedLine]) -> list[tuple[Reason, str]]:
    return [
        (each.reason, str(each.amount))
        for each in differences(
            old, new, month=DECEMBER, last_month=NOVEMBER, currency=Currency.EUR
        )
    ]


@pytest.mark.parametrize(
    ("old", "new", "reasons"),
    [
        pytest.param([before("30.00")], [line("30.00")], [], id="the same"),
        pytest.param([], [line("30.00")], [(Reason.NEW, "30.00")], id="new"),
        pytest.param([before("30.00")], [], [(Reason.ENDED, "-30.00")], id="ended"),
        pytest.param(
            [],
            [line("30.00"), line("7.00", month=NOVEMBER, days=7)],
            [(Reason.NEW, "30.00"), (Reason.PRORATED, "7.00")],
            id="new, with the part of a month before",
        ),
        pytest.param(
            [before("30.00"), line("7.00", month=dt.date(2026, 10, 1), days=7)],
            [line("30.00")],
            [(Reason.PRORATED, "-7.00")],
            id="the part was last month's",
        ),
        pytest.param(
            [before("30.00", quantity=1)],
            [line("90.00", quantity=3)],
            [(Reason.QUANTITY, "60.00")],
            id="quantity",
        ),
        pytest.param(
            [before("30.00", quantity=1)],
            [line("33.00", quantity=1)],
            [(Reason.PRICE, "3.00")],
            id="price",
        ),
        pytest.param(
            [before("60.00", quantity=2)],
            [line("99.00", quantity=3)],
            [(Reason.QUANTITY, "30.00"), (Reason.PRICE, "9.00")],
            id="quantity at the old price, the rest is the price",
        ),
        pytest.param(
            [before("31.00")],
            [line("10.00", days=10)],
            [(Reason.PRORATED, "-21.00")],
            id="a month became a part",
        ),
        pytest.param(
            [before("30.00")],
            [line("30.00"), line("-12.00", month=NOVEMBER, days=12, kind="credit", quantity=-1)],
            [(Reason.CREDIT, "-12.00")],
            id="credit",
        ),
        pytest.param(
            [before("30.00")],
            [line("-12.00", month=NOVEMBER, days=12, kind="credit", quantity=-1)],
            [(Reason.ENDED, "-30.00"), (Reason.CREDIT, "-12.00")],
            id="ended, with a credit",
        ),
        pytest.param(
            [],
            [line("30.00"), line("30.00", month=NOVEMBER)],
            [(Reason.EARLIER_MONTH, "30.00"), (Reason.NEW, "30.00")],
            id="a month that was held",
        ),
        pytest.param(
            [before("4.00", kind="usage")],
            [line("30.00"), line("9.50", kind="usage")],
            [(Reason.NEW, "30.00"), (Reason.USAGE, "5.50")],
            id="usage",
        ),
        pytest.param(
            [before("30.00"), before("30.00", subscription=2)],
            [line("31.00"), line("31.00", subscription=2)],
            [(Reason.PRICE, "2.00")],
            id="of one product together",
        ),
        pytest.param(
            [before("30.00"), before("40.00", subscription=2, product="Tools")],
            [line("31.00"), line("42.00", subscription=2, product="Tools")],
            [(Reason.PRICE, "2.00"), (Reason.PRICE, "1.00")],
            id="of two products apart, the largest first",
        ),
    ],
)
def test_reasons(
    old: list[ComparedLine], new: list[ComparedLine], reasons: list[tuple[Reason, str]]
) -> None:
    assert found(old, new) == reasons


LINES = st.lists(
    st.builds(
        line,
        net=st.decimals(min_value=-1000, max_value=1000, places=2),
        month=st.sampled_from([dt.date(2026, 10, 1), NOVEMBER, DECEMBER]),
        quantity=st.integers(min_value=-5, max_value=5),
        days=st.sampled_from([None, 1, 10]),
        kind=st.sampled_from(["recurring", "adjustment", "credit", "usage"]),
        subscription=st.integers(min_value=1, max_value=3),
        product=st.sampled_from(["Sandbox", "Tools"]),
    ),
    max_size=8,
)


@given(old=LINES, new=LINES)
def test_reasons_sum_to_the_difference(old: list[ComparedLine], new: list[ComparedLine]) -> None:
    reasons = differences(old, new, month=DECEMBER, last_month=NOVEMBER, currency=Currency.EUR)

    assert sum((reason.amount for reason in reasons), Decimal(0)) == sum(
        (each.net for each in new), Decimal(0)
    ) - sum((each.net for each in old), Decimal(0))
    assert all(reason.amount for reason in reasons)
