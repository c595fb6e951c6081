"""What an organisation's tenants used in a month, as sums that a program can go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.metering.queries import usage_by_month
from billing.usage_accounts import free_because
from customers.models import Tenant

if TYPE_CHECKING:
    from billing.metering.queries import Usage
    from billing.usage import Free
    from customers.models import Organisation
    from subscriptions.periods import Month


@dataclass(frozen=True)
class TotalOfMonth:
    """Of one meter, by one application in one class, on one tenant; `free`: why at no cost."""

    usage: Usage
    free: Free | None


def totals_of_month(
    organisation: Organisation, month: Month, *, not_subscribed: frozenset[str]
) -> list[TotalOfMonth]:
    """By tenant, meter, class and application; reads daily totals, never events.

    `not_subscribed` is what `usage_of` says of the month.
    """
    tenants = {tenant.pk: tenant for tenant in Tenant.objects.of(organisation)}
    return [
        TotalOfMonth(
            each,
            free_because(
                tenants[each.tenant_id],
                each.usage_class,
                is_live=each.meter not in not_subscribed,
            ),
        )
        for each in usage_by_month(tenants, month)
    ]
