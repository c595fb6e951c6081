"""Metered services with round prices, and days of use as metering keeps them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pgtrigger

from billing.metering.models import DailyTotal, UsageClass
from billing.models import InvoiceLine
from catalog.models import Meter, PriceComponent, PriceVersion, Product, ProductVersion

if TYPE_CHECKING:
    from billing.models import Invoice
    from customers.models import Tenant

CALLS = "api-calls"
RECORDS = "databridge-records"
UNPRICED = "mirrored-rows"  # counted, and nothing asked for it


def open_metered_services() -> None:
    """API calls per tenant: 100 included per user, then tiers. Records: packs of 50,000."""
    meters = ((CALLS, "calls"), (RECORDS, "records"), (UNPRICED, "records"))
    for position, (code, unit) in enumerate(meters, start=1):
        Meter.objects.create(
            code=code,
            position=position,
            unit=unit,
            texts={"en": {"name": code}, "nl": {"name": code}},
            max_age_days=62,
            detail_months=25,
        )
    _service(
        "api-usage",
        scope="tenant",
        code="calls",
        meter_id=CALLS,
        model="graduated",
        included_per_user=100,
        tiers=[
            {"up_to": 1000, "unit_amount": "0.004"},
            {"up_to": None, "unit_amount": "0.003"},
        ],
    )
    _service(
        "databridge-records",
        scope="organisation",
        prerequisites=["scim"],
        code="records",
        meter_id=RECORDS,
        model="package",
        package_size=50_000,
        included=100_000,
        unit_amount=25,
    )


def price_of_calls(
    currency: str,
    unit_amount: str,
    *,
    since: dt.date = dt.date(2027, 1, 1),
    included_per_user: int = 100,
) -> None:
    """Another one, the same for each: no tiers."""
    price = PriceVersion.objects.create(
        product=Product.objects.get(code="api-usage"),
        currency=currency,
        valid_from=since,
    )
    PriceComponent.objects.create(
        price_version=price,
        code="calls",
        unit="usage",
        meter_id=CALLS,
        model="per_unit",
        unit_amount=unit_amount,
        included_per_user=included_per_user,
        texts={"en": {"label": "Calls"}, "nl": {"label": "Aanroepen"}},
    )


def price_of_records(*, valid_from: dt.date, **component: object) -> PriceVersion:
    """Another one in euros: what is not said of its packs is as in `open_metered_services`."""
    price = PriceVersion.objects.create(
        product=Product.objects.get(code="databridge-records"),
        currency="EUR",
        valid_from=valid_from,
    )
    packs = {"model": "package", "package_size": 50_000, "unit_amount": 25}
    PriceComponent.objects.create(
        price_version=price,
        code="records",
        unit="usage",
        meter_id=RECORDS,
        texts={"en": {"label": "Records"}, "nl": {"label": "Records"}},
        **packs | component,
    )
    return price


def count(
    tenant: Tenant,
    day: str,
    quantity: int,
    *,
    meter: str = CALLS,
    application: str = "crm-sync",
    usage_class: UsageClass = UsageClass.METERED_APPS,
    on: str = "",
) -> None:
    """Put so much more on that day, counted `on` a later one; the fingerprint changes with it."""
    key = {
        "tenant": tenant,
        "day": dt.date.fromisoformat(day),
        "meter": Meter.objects.get(code=meter),
        "application": application,
        "usage_class": usage_class,
    }
    total, _created = DailyTotal.objects.get_or_create(
        **key, defaults={"quantity": 0, "events": 0, "fingerprint": 0, "changed_on": day}
    )
    total.changed_on = dt.date.fromisoformat(on or day)
    total.quantity += quantity
    total.events += 1
    total.fingerprint += 1000 + quantity
    total.save()


def explained_line(invoice: Invoice) -> InvoiceLine:
    """A line that was charged by use, of an invoice that is issued already."""
    with pgtrigger.ignore("billing.InvoiceLine:issued_takes_no_more"):
        return InvoiceLine.objects.create(
            invoice=invoice,
            position=1,
            kind="usage",
            product_code="api-usage",
            component="calls",
            period_from=dt.date(2026, 10, 1),
            period_until=dt.date(2026, 11, 1),
            month_days=31,
            quantity=0,
            unit_price=0,
            net=0,
            vat_category="S",
            vat_rate=21,
            why={
                "code": "calls",
                "meter": CALLS,
                "used": [],
                "fingerprint": "0" * 16,
                "charged": 0,
                "users": 0,
                "allowance": 0,
                "sums": [],
                "already_billed": "0",
                "example": True,
            },
        )


def _service(
    product_code: str, *, scope: str, prerequisites: list[str] | None = None, **component: object
) -> None:
    product = Product.objects.create(
        code=product_code, kind="metered", position=50 + Product.objects.count()
    )
    ProductVersion.objects.create(
        product=product,
        number=1,
        content_hash="0" * 64,
        scope=scope,
        deployments=["online"],
        prerequisites=prerequisites or [],
        texts={"en": {"name": product_code}, "nl": {"name": product_code}},
    )
    for currency in ("EUR", "NOK"):
        price = PriceVersion.objects.create(
            product=product, currency=currency, valid_from=dt.date(2020, 1, 1), example=True
        )
        PriceComponent.objects.create(
            price_version=price,
            unit="usage",
            texts={"en": {"label": component["code"]}, "nl": {"label": component["code"]}},
            **component,
        )
