"""How many of what is counted a licence is for, and on which tenant they are counted.

A sandbox is ordered and charged for the tenant that it copies, and its users sign in to the copy:
so the copy is told the licence with its users, and the source that it has a sandbox, without.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from catalog.models import PriceComponent
from subscriptions.entitlement_facts import contents_of
from subscriptions.entitlements import Licence, Source
from subscriptions.licences import term_of
from subscriptions.models import Quantity, Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from customers.models import Tenant


@dataclass(frozen=True)
class Counted:
    """By subscription: how many of each counted component, and the tenant that came with it."""

    quantities: Mapping[int, Mapping[str, int]]
    delivered: Mapping[int, int]

    @classmethod
    def of(cls, licences: Iterable[Licence], at: dt.datetime) -> Self:
        """As it is at `at`; in one query, in three where there is something to count."""
        products = {
            each.subscription_id: each.product_code for each in licences if each.subscription_id
        }
        components = set(
            PriceComponent.objects.filter(price_version__product__code__in=products.values())
            .exclude(unit=PriceComponent.Unit.MONTH)
            .values_list("price_version__product__code", "code")
        )
        counted = {product for product, _component in components}
        ids = [pk for pk, product in products.items() if product in counted]
        if not ids:
            return cls({}, {})
        quantities: dict[int, dict[str, int]] = defaultdict(dict)
        rows = Quantity.objects.filter(subscription__in=ids, effective_at__lte=at)
        rows = rows.order_by("effective_at", "pk")
        for pk, component, number in rows.values_list("subscription", "component", "quantity"):
            if (products[pk], component) in components:
                quantities[pk][component] = number  # the last one counts
        delivered = Subscription.objects.filter(pk__in=ids, delivered_tenant__isnull=False)
        return cls(quantities, dict(delivered.values_list("pk", "delivered_tenant")))

    def on(self, tenant: Tenant, licences: Iterable[Licence]) -> dict[str, dict[str, int]]:
        """`quantities` of what these licences are for on this tenant; nothing without any."""
        total: Counter[str] = Counter()
        for licence in licences:
            pk = licence.subscription_id
            if pk is not None and self.delivered.get(pk, tenant.pk) == tenant.pk:
                total.update(self.quantities.get(pk, {}))
        there = {code: number for code, number in sorted(total.items()) if number}
        return {"quantities": there} if there else {}


def licences_that_came_with(
    tenants: Iterable[Tenant], at: dt.datetime
) -> dict[int, tuple[Licence, ...]]:
    """Of what each tenant came with, by its id; what that unlocks, it unlocks on the source."""
    ids = [tenant.pk for tenant in tenants if tenant.source_id and not tenant.is_gone]
    if not ids:
        return {}
    found = (
        Subscription.objects.in_force_at(at)
        .filter(delivered_tenant__in=ids)
        .order_by("pk")
        .prefetch_related("suspensions")
    )
    came_with: dict[int, tuple[Licence, ...]] = {}
    for each in found:
        term = term_of(each, each.suspensions.all())
        if each.delivered_tenant_id and term.gives_access(at):
            [content] = contents_of([each.product_version_id])
            licence = Licence(
                replace(content, capabilities=()),
                Source.SUBSCRIPTION,
                each.starts_at,
                each.ends_at,
                each.pk,
            )
            came_with[each.delivered_tenant_id] = (licence,)
    return came_with
