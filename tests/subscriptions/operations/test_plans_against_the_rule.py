"""What is asked in SQL of many applications is what the rule says of each."""

from __future__ import annotations

import datetime as dt
from itertools import product
from typing import TYPE_CHECKING

import pytest

from catalog.models import PriceVersion, ProductVersion
from subscriptions.applications.availability import FOR_APPLICATIONS, availability, needed_by
from subscriptions.applications.models import Authorisation
from subscriptions.licences import licences_of
from subscriptions.models import Subscription, Suspension
from subscriptions.operations import plans
from tests.factories.customers import LONG_AGO, PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, MIRRORING, include_in, sell_mirroring
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    SubscriptionFactory,
)
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Tenant

PLACES = (
    {"crm_suite_super": True},
    {"crm_suite_core": True},
    {"crm_suite_core": True, "on_premise": True},
    {"crm_suite_core": True, "developer": True},
)
KINDS: tuple[tuple[str, list[str]], ...] = (
    ("custom", []),
    ("custom", ["mirroring"]),
    ("standard", ["mirroring"]),
)
HELD = ("", "active", "suspended")


@pytest.fixture(autouse=True)
def _both_are_sold(shop: None) -> None:
    sell_mirroring()


def hold(tenant: Tenant, code: str, status: str) -> None:
    """As rows: not all of it can be ordered there."""
    version = ProductVersion.objects.of(code).current().get()
    subscription = SubscriptionFactory(
        organisation=tenant.organisation,
        tenant=tenant,
        product_version=version,
        price_version=PriceVersion.objects.get(product=version.product, currency="EUR"),
        status=status,
        starts_at=LONG_AGO,
        charged_from=LONG_AGO.date(),
    )
    if status == "suspended":
        Suspension.objects.create(subscription=subscription, suspended_at=LONG_AGO, reason="x")


def after(authorisation: Authorisation) -> str:
    """The status it should have by the rule for one."""
    tenant, needed = authorisation.tenant, needed_by(authorisation)
    licences = licences_of([tenant], NOON)[tenant.pk]
    missing = needed - {each.product_code for each in licences}
    if authorisation.status == "active":
        kept = Subscription.objects.live().serving(tenant).values_list("product__code", flat=True)
        return "deactivated" if missing - set(kept) else "active"
    by_plan = {each.product_code for each in licences if each.source == "plan"}
    return "active" if by_plan.intersection(FOR_APPLICATIONS) and not missing else "deactivated"


@pytest.mark.parametrize("includes", [True, False], ids=["in plans", "in none"])
def test_every_tenant_ends_as_the_rule_says(includes: bool) -> None:
    include_in(["core", "super"] if includes else ["super"])
    include_in(["super"] if includes else [], MIRRORING)
    applications = [
        ApplicationFactory(kind=kind, version__capabilities=agreed) for kind, agreed in KINDS * 2
    ]
    somebody = PersonFactory()
    let_in = []
    for place, tools, mirroring in product(PLACES, HELD, HELD):
        tenant = TenantFactory(**place)
        for code, status in ((DEVELOPMENT_TOOLS, tools), (MIRRORING, mirroring)):
            if status:
                hold(tenant, code, status)
        for index, application in enumerate(applications):
            _kind, agreed = KINDS[index % len(KINDS)]
            let_in.append(
                AuthorisationFactory(
                    active=True,
                    tenant=tenant,
                    application=application,
                    requested_by=somebody,
                    confirmed_by=somebody,
                    granted_by=somebody,
                    agreed_capabilities=agreed,
                    **({} if index < len(KINDS) else _stopped()),
                )
            )
    expected = {each.pk: after(each) for each in let_in}

    plans.follow_plans(at=NOON)

    assert dict(Authorisation.objects.values_list("pk", "status")) == expected
    told = {each.pk: each.told_stopped_at is not None for each in Authorisation.objects.all()}
    for each in Authorisation.objects.filter(status="active").select_related("application"):
        assert told[each.pk] == (not availability(each, NOON).available)
    assert plans.follow_plans(at=NOON) == 0


def _stopped() -> dict[str, object]:
    return {
        "status": "deactivated",
        "deactivation": "plan_changed",
        "closed_at": NOON - dt.timedelta(days=1),
        "restore_until": NOON + dt.timedelta(days=29),
    }
