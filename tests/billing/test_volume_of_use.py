"""What comes late at a volume price: so many units, or one amount where a tier moved."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.rating import Charged
from billing.usage import BilledUse, MonthlyUse, Used, charges
from catalog.money import Currency
from catalog.pricing import PriceModel, Rate, Tier
from subscriptions.periods import Month
from tests.factories.billing import component

OCTOBER = Month(2026, 10)
# All of it costs EUR 1.00 each up to 100, and EUR 0.80 each beyond.
VOLUME = Rate(PriceModel.VOLUME, tiers=(Tier(100, Decimal(1)), Tier(None, Decimal("0.8"))))
TINY = Rate(PriceModel.VOLUME, tiers=(Tier(100, Decimal("0.005")), Tier(None, Decimal("0.004"))))

SERVICE = Charged(
    id=None,
    product_code="service",
    product_names={"en": "Service"},
    product_position=1,
    tenant_id=1,
    tenant_label="Tenant",
    currency=Currency.EUR,
)


def used(quantity: int, rate: Rate) -> MonthlyUse:
    return MonthlyUse(
        service=SERVICE,
        component=component(rate=rate, code="calls"),
        meter="calls",
        month=OCTOBER,
        users=1,
        used=(
            Used(
                application="app",
                usage_class="MeteredApps",
                quantity=quantity,
                events=1,
                fingerprint=f"{quantity:016x}",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("rate", "counted", "expected"),
    [
        pytest.param(
            VOLUME,
            [50, 60, 90],
            [(50, "1", "50.00"), (10, "1", "10.00"), (30, "1", "30.00")],
            id="within a tier",
        ),
        pytest.param(
            VOLUME,
            [100, 120, 130],
            [(100, "1", "100.00"), (-1, "4.000000", "-4.00"), (1, "8.000000", "8.00")],
            id="a cheaper tier, and more in it",
        ),
        pytest.param(
            VOLUME,
            [120, 90, 80],
            [(120, "0.8", "96.00"), (-1, "6.000000", "-6.00"), (-1, "10.000000", "-10.00")],
            id="back into the dearer tier, and less in it",
        ),
        pytest.param(
            TINY,
            [100, 110, 200],
            [(100, "0.005", "0.50"), (-1, "0.060000", "-0.06"), (1, "0.360000", "0.36")],
            id="one unit more or less makes no cent",
        ),
    ],
)
def test_no_number_of_units_that_were_not_used(
    rate: Rate, counted: list[int], expected: list[tuple[int, str, str]]
) -> None:
    place = ("service", 1, "calls", dt.date(2026, 10, 1))
    billed: tuple[BilledUse, ...] = ()
    found = []
    for quantity in counted:
        [due] = charges(used(quantity, rate), {place: billed} if billed else {})
        line = BilledUse(quantity=due.quantity, net=due.net, vat_category="S", vat_rate=Decimal(21))
        billed = (*billed, line)
        found.append((due.quantity, str(due.unit_price), str(due.net)))

    assert found == expected
