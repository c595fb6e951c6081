"""What is kept with a usage line, for ever: its JSON is read by pages, exports and checks."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

from msgspec.structs import replace

from billing.metering.models import UsageClass
from billing.rating import Charged, ChargedComponent
from billing.usage import Free, MonthlyUse, Stretch, Used, charges
from catalog.money import Currency
from catalog.pricing import PriceModel, Rate, Tier
from customers.bulk import json_text
from subscriptions.periods import Month

RATE = Rate(
    PriceModel.GRADUATED,
    tiers=(Tier(100, Decimal("0.40")), Tier(None, Decimal("0.300000"))),
    included=10,
    included_per_user=5,
)
USE = MonthlyUse(
    service=Charged(
        id=None,
        product_code="api-usage",
        product_names={},
        product_position=1,
        tenant_id=1,
        tenant_label="Tenant 1",
        currency=Currency.EUR,
        is_example=True,
    ),
    component=ChargedComponent(code="calls", names={}, rate=RATE, position=1, quantities=()),
    meter="api-calls",
    month=Month.of(dt.date(2026, 9, 1)),
    users=2,
    used=(
        Used(
            application="erp",
            usage_class=UsageClass.METERED_APPS,
            quantity=30,
            events=3,
            fingerprint="00000000000000fe",
        ),
        Used(
            application="",
            usage_class=UsageClass.INCLUDED_APPS,
            quantity=7,
            events=1,
            fingerprint="0000000000000003",
            free=Free.INCLUDED_APPLICATION,
        ),
    ),
)


def test_a_line_keeps_everything_its_amount_follows_from() -> None:
    (due,) = charges(USE, {})

    kept = json.loads(json_text(due.why))

    assert kept == {
        "code": "calls.1",
        "meter": "api-calls",
        "month": "2026-09-01",
        "used": [
            {
                "application": "erp",
                "class": "MeteredApps",
                "quantity": 30,
                "events": 3,
                "fingerprint": "00000000000000fe",
                "free": None,
            },
            {
                "application": "",
                "class": "IncludedApps",
                "quantity": 7,
                "events": 1,
                "fingerprint": "0000000000000003",
                "free": "included_application",
            },
        ],
        "fingerprint": "0000000000000101",
        "charged": 30,
        "users": 2,
        "included": 10,
        "included_per_user": 5,
        "allowance": 20,
        "model": "graduated",
        "package_size": None,
        "minimum": "0",
        "tiers": [
            {"up_to": 100, "unit_amount": "0.40"},
            {"up_to": None, "unit_amount": "0.300000"},
        ],
        "sums": [{"code": "calls.1", "quantity": 10, "unit_amount": "0.40", "net": "4.00"}],
        "already_billed": "0",
        "stretches": [],
        "example": True,
    }


def test_a_cut_month_keeps_what_was_used_on_either_side() -> None:
    begins, changes, ends = dt.date(2026, 9, 1), dt.date(2026, 9, 16), dt.date(2026, 10, 1)
    cut = replace(USE, cut=(Stretch(begins, changes, 12), Stretch(changes, ends, 18)))
    first, _second = charges(cut, {})

    kept = json.loads(json_text(first.why))

    assert kept["stretches"] == [
        {"from": "2026-09-01", "until": "2026-09-16", "charged": 12},
        {"from": "2026-09-16", "until": "2026-10-01", "charged": 18},
    ]
