"""One of each thing about use in the document, as `examples.py` has them."""

from __future__ import annotations

from typing import Any

USAGE: dict[str, Any] = {
    "UsagePage": {
        "month": "2026-11",
        "is_over": False,
        "totals": [
            {
                "tenant_id": 7,
                "meter": "api-calls",
                "application": "shop-1",
                "usage_class": "MeteredApps",
                "quantity": 120400,
                "events": 301,
                "free": None,
            }
        ],
        "services": [
            {
                "tenant_id": 7,
                "tenant": "Productie (Cust12345)",
                "product": "API usage",
                "component": "Calls",
                "meter": "api-calls",
                "charged": 120400,
                "free": 0,
                "included": 100000,
                "percent": 120,
                "expected_quantity": 157043,
                "cost": {"amount": "81.60", "currency": "EUR"},
                "expected_cost": {"amount": "106.43", "currency": "EUR"},
                "is_example_price": False,
            }
        ],
        "next_cursor": None,
    },
    "UsageDaysPage": {
        "month": "2026-11",
        "is_over": False,
        "items": [
            {
                "day": "2026-11-05",
                "tenant_id": 7,
                "meter": "api-calls",
                "application": "shop-1",
                "usage_class": "MeteredApps",
                "quantity": 5210,
                "events": 13,
                "fingerprint": "9c1185a5c5e9fc54",
                "free": None,
            }
        ],
        "next_cursor": None,
    },
    "EventBatch": {
        "events": [
            {
                "id": "0199a1b2-3c4d-7e5f-8a6b-7c8d9e0f1a2b",
                "source": "gateway-1",
                "tenant": "Cust12345",
                "class": "MeteredApps",
                "meter": "api-calls",
                "quantity": 12,
                "time": "2026-11-18T10:00:00+01:00",
            }
        ]
    },
    "Counted": {"accepted": 1, "duplicate": 0, "rejected": 0, "rejections": []},
}
