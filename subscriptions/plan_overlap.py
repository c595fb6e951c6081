"""Subscriptions to what the tenant's CRM Suite plan gives as well: charged, and not needed.

A plan that comes ends nobody's subscription: a plan may limit what the subscription does not
(D2.8), so it is the customer who decides. They are told, and shown what would get smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import get_language

from catalog.models import ProductVersion, in_language
from customers.models import CrmSuitePlan, TenantState
from subscriptions.entitlement_facts import contents_of
from subscriptions.entitlements import NONE_OF_IT, limit_of
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.telling import write_to_owners

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from typing import Any

    from customers.models import Tenant
    from subscriptions.entitlements import Content
    from subscriptions.querysets import SubscriptionQuerySet


@dataclass(frozen=True)
class Smaller:
    """What the subscription gives without limit and the plan does not."""

    code: str
    texts: Mapping[str, Any]  # per language
    limit: int  # how many the plan allows; 0: none of it

    @property
    def name(self) -> str:
        """In the language that is spoken just now, of a page or of a letter."""
        return str(in_language(dict(self.texts), get_language() or "en").get("name", ""))


@dataclass(frozen=True)
class AlsoInPlan:
    """Whoever cancels such a subscription keeps its licence, within the limits of the plan."""

    plan: str  # its code
    smaller: tuple[Smaller, ...]

    @property
    def plan_name(self) -> str:
        return str(CrmSuitePlan(self.plan).label)


def also_in_plan(subscription: Subscription) -> AlsoInPlan | None:
    return also_in_plans([subscription]).get(subscription.pk)


def left_in_plan(subscription: Subscription) -> AlsoInPlan | None:
    """The same of one that may have an end by now: what its tenant keeps without it."""
    return left_in_plans([subscription]).get(subscription.pk)


def left_in_plans(subscriptions: Iterable[Subscription]) -> dict[int, AlsoInPlan]:
    return _in_plans([each for each in subscriptions if _is_beside_a_plan(each)])


def also_in_plans(subscriptions: Iterable[Subscription]) -> dict[int, AlsoInPlan]:
    """By id, those that go on and that the plan makes superfluous; one query. Load names."""
    return _in_plans(
        [each for each in subscriptions if _is_beside_a_plan(each) and each.ends_at is None]
    )


def _in_plans(live: list[Subscription]) -> dict[int, AlsoInPlan]:
    if not live:
        return {}
    current = contents_of(ProductVersion.objects.current().values_list("pk", flat=True))
    by_code = {content.product_code: content for content in current}
    return {
        each.pk: AlsoInPlan(each.tenant.crm_suite_plan, _smaller(each, content))
        for each in live
        if (content := by_code.get(each.product.code))
        and each.tenant
        and _includes(content, each.tenant)
    }


def overlaps(live: Iterable[Subscription]) -> list[tuple[Subscription, AlsoInPlan]]:
    """Those of `live` that are also in a plan; at most one query. Load names."""
    found = [each for each in live if each.tenant and each.tenant.crm_suite_plan]
    also = also_in_plans(found)
    return [(each, also[each.pk]) for each in found if each.pk in also]


def tell_what_the_plan_gives(tenant_id: int, *, at: dt.datetime) -> int:
    """Write to the owners about what it has that is also in its plan; returns of how many.

    Once for as long as the plan gives it, whether the plan or the catalogue has changed. The
    caller holds the organisation's lock.
    """
    own = Subscription.objects.live().filter(tenant=tenant_id)
    own.filter(in_plan_told_at__isnull=False).exclude(_given()).update(in_plan_told_at=None)
    untold = own.filter(in_plan_told_at=None).with_names().order_by("pk")
    found = overlaps(untold.beside_a_plan())
    for each, also in found:
        write_to_owners(each, "also_in_plan", context={"also": also}, at=at)
        each.in_plan_told_at = at
        each.save(update_fields=["in_plan_told_at"])
    return len(found)


def with_news_of_their_plan() -> SubscriptionQuerySet:
    """Those of which `tell_what_the_plan_gives` would say or note something."""
    given = _given()
    gone_on = Subscription.objects.live().beside_a_plan()
    news = gone_on.exclude(tenant__state=TenantState.DELETED).filter(given, in_plan_told_at=None)
    over = Subscription.objects.live().filter(in_plan_told_at__isnull=False).exclude(given)
    return Subscription.objects.filter(Q(pk__in=news.values("pk")) | Q(pk__in=over.values("pk")))


def _given() -> Q:
    """That the plan of a subscription's tenant includes its product, as it is sold today."""
    given = Q(pk__in=[])
    for version in ProductVersion.objects.current():
        given |= Q(
            product=version.product_id,
            tenant__crm_suite_plan__in=version.included_in_plans,
            tenant__deployment__in=version.deployments,
        )
    return given


def _is_beside_a_plan(subscription: Subscription) -> bool:
    tenant = subscription.tenant
    return (
        tenant is not None
        and bool(tenant.crm_suite_plan)
        and tenant.state != TenantState.DELETED
        and subscription.status in (Status.ACTIVE, Status.SUSPENDED)
    )


def _includes(content: Content, tenant: Tenant) -> bool:
    return (
        tenant.crm_suite_plan in content.included_in_plans
        and tenant.deployment in content.deployments
    )


def _smaller(subscription: Subscription, content: Content) -> tuple[Smaller, ...]:
    """Also what the plan's version of the product does not have at all."""
    assert subscription.tenant, "else no plan gives it"
    plan = subscription.tenant.crm_suite_plan
    return tuple(
        Smaller(tool["code"], tool["texts"], NONE_OF_IT if limit is None else limit)
        for tool in subscription.product_version.inside
        if (limit := limit_of(tool["code"], plan)) is not None
        or tool["code"] not in content.capabilities
    )
