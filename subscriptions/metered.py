"""What a subscription is charged by use besides its price: on the invoices after it was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.queries import measured, seller_for
from customers.models import Environment, TenantKind
from subscriptions.periods import Month, last_day_before

if TYPE_CHECKING:
    import datetime as dt

    from subscriptions.models import Subscription


def is_free_at(kind: str, environment: str) -> bool:
    """Whether use at such a tenant costs nothing, whatever its price is: it is for trying out."""
    return kind != TenantKind.PRODUCTION or environment != Environment.PRODUCTION


def last_use_invoiced_on(subscription: Subscription, *, ends_at: dt.datetime) -> dt.date | None:
    """The day of the invoice that holds the last use when it ends at `ends_at`.

    None where use is not charged: by what the product is, for want of a price, or on a sandbox
    or a development tenant.
    """
    version, tenant = subscription.product_version, subscription.tenant
    if not version.charges:
        return None
    if tenant and is_free_at(tenant.kind, tenant.environment):
        return None
    zone = seller_for(subscription.organisation.country).zone
    last_day = last_day_before(ends_at, zone)
    currency = subscription.price_version.currency
    if not measured(version, "en", currency=currency, on=last_day):
        return None
    return Month.of(last_day).next.first_day
