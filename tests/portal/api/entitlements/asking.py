"""How programs ask what may be used, and whom they ask about."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.test import Client

from billing.metering.models import ApiCredential
from catalog.models import Product, ProductVersion
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM

if TYPE_CHECKING:
    from customers.models import Person, Tenant
    from subscriptions.models import Subscription

SCOPE = ApiCredential.Scope.ENTITLEMENTS_READ
NOON = dt.datetime(2026, 11, 18, 11, 0, tzinfo=dt.UTC)
A_MINUTE = dt.timedelta(minutes=1)
MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)  # midnight in Amsterdam
TOOLS = [
    "crmscript",
    "triggers",
    "screen-designer",
    "custom-screens",
    "extra-tables",
    "apis",
    "sod",
    "custom-applications",
]


def sell_all_the_tools() -> None:
    """As the catalogue's own file has it."""
    ProductVersion.objects.create(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS),
        number=2,
        content_hash="1" * 64,
        scope="site",
        deployments=["online", "on_premise"],
        included_in_plans=["core", "growth", "plus", "super"],
        capabilities=TOOLS,
        inside=[
            {"code": code, "minimum_crm_version": "10.0" if code == "screen-designer" else ""}
            for code in TOOLS
        ],
        texts={"en": {"name": "Development Tools"}},
    )


def subscribe(
    tenant: Tenant, owner: Person, product: str = DEVELOPMENT_TOOLS, at: dt.datetime = NOON
) -> Subscription:
    place = None if product == SCIM else tenant
    return orders.subscribe(
        tenant.organisation, product_code=product, tenant=place, by=owner, at=at
    )


def cancel_at_month_end(subscription: Subscription, owner: Person) -> None:
    when = CancelWhen.MONTH_END
    shown = consequences(subscription, when=when, at=NOON)
    cancel(subscription, when=when, confirmed=shown.fingerprint, by=owner, at=NOON)


def ask(secret: str | None, tenant: object, path: str = "entitlements", **headers: str) -> Any:
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    return Client().get(f"/api/v1/tenants/{tenant}/{path}", headers=headers)


def capabilities(secret: str, tenant: Tenant) -> dict[str, dict[str, Any]]:
    answer = ask(secret, tenant.pk)
    assert answer.status_code == 200
    return {each["code"]: each for each in answer.json()["capabilities"]}
