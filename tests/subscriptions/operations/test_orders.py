from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.eligibility import RefusalCode
from catalog.models import PriceVersion
from customers.actors import PLATFORM
from customers.models import History, Organisation, OutgoingMail, Person, Tenant, TenantState
from customers.operations.tenants import change_tenant_state
from subscriptions.licences import products_of
from subscriptions.lifecycle import NotAllowedNow, Status
from subscriptions.models import Quantity, Subscription
from subscriptions.operations import cancellations, orders, quantity_changes
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM
from tests.factories.subscriptions import confirm_set_up
from tests.subscriptions.conftest import NOON

LATER = NOON + dt.timedelta(hours=1)


def refusal_codes(refused: pytest.ExceptionInfo[orders.NotEligible]) -> set[RefusalCode]:
    return {refusal.code for refusal in refused.value.refusals}


@pytest.fixture
def order(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    """A sandbox for three users, which waits for the vendor's yes."""
    return orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 3},
        by=owner,
        at=NOON,
    )


def test_subscribe_starts_at_once(customer: Organisation, tenant: Tenant, owner: Person) -> None:
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )

    assert subscription.status == Status.ACTIVE
    assert subscription.starts_at == NOON
    assert subscription.charged_from == dt.date(2026, 11, 23)
    assert orders.quantities_at(subscription, NOON) == {"licence": 1}
    assert DEVELOPMENT_TOOLS in products_of(tenant, NOON)
    assert products_of(tenant, NOON - dt.timedelta(microseconds=1)) == frozenset()
    assert list(History.objects.about(subscription).values_list("verb", flat=True)) == [
        "subscription.requested",
        "subscription.started",
    ]
    assert OutgoingMail.objects.get().to == owner.email


def test_an_order_that_needs_confirmation_waits_and_gives_nothing(
    order: Subscription, tenant: Tenant, sales: Person
) -> None:
    assert order.status == Status.REQUESTED
    assert SANDBOX not in products_of(tenant, LATER)

    confirm_set_up(order, by=sales, at=LATER)

    order.refresh_from_db()
    assert order.status == Status.ACTIVE
    assert order.starts_at == LATER
    assert SANDBOX in products_of(tenant, LATER)
    assert orders.quantities_at(order, LATER) == {"sales-premium": 3, "service-premium": 0}


def test_a_rejected_order_frees_the_place(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    order: dict[str, Any] = {
        "product_code": SANDBOX,
        "tenant": tenant,
        "quantities": {"sales-premium": 1},
    }
    first = orders.subscribe(customer, **order, by=owner, at=NOON)

    orders.reject(first, reason="Your contract does not allow it yet.", by=sales, at=LATER)
    second = orders.subscribe(customer, **order, by=owner, at=LATER)

    first.refresh_from_db()
    assert first.status == Status.REJECTED
    assert second.status == Status.REQUESTED


def test_a_withdrawn_order_cannot_be_confirmed(
    customer: Organisation, tenant: Tenant, owner: Person, sales: Person
) -> None:
    subscription = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 1},
        by=owner,
        at=NOON,
    )
    orders.withdraw(subscription, by=owner, at=LATER)

    with pytest.raises(NotAllowedNow):
        confirm_set_up(subscription, by=sales, at=LATER)

    subscription.refresh_from_db()
    assert subscription.status == Status.WITHDRAWN


@pytest.mark.parametrize(
    ("traits", "product", "code"),
    [
        pytest.param({"on_premise": True}, SANDBOX, RefusalCode.WRONG_DEPLOYMENT, id="deployment"),
        pytest.param(
            {"suspended": True}, DEVELOPMENT_TOOLS, RefusalCode.TENANT_NOT_RUNNING, id="suspended"
        ),
        pytest.param(
            {"crm_suite_core": True},
            DEVELOPMENT_TOOLS,
            RefusalCode.INCLUDED_IN_PLAN,
            id="in-plan",
        ),
        pytest.param(
            {"developer": True},
            DEVELOPMENT_TOOLS,
            RefusalCode.NOT_A_PRODUCTION_TENANT,
            id="developer-tenant",
        ),
        pytest.param({}, SCIM, RefusalCode.NO_TENANT_NEEDED, id="organisation-licence"),
    ],
)
def test_what_is_not_eligible_is_refused_and_nothing_happens(
    customer: Organisation, owner: Person, traits: dict[str, bool], product: str, code: RefusalCode
) -> None:
    place = TenantFactory(organisation=customer, **traits)

    with pytest.raises(orders.NotEligible) as refused:
        orders.subscribe(
            customer,
            product_code=product,
            tenant=place,
            quantities={"sales-premium": 1} if product == SANDBOX else None,
            by=owner,
            at=NOON,
        )

    assert code in refusal_codes(refused)
    assert not Subscription.objects.exists()
    assert not History.objects.exists()


def test_nobody_orders_for_another_organisations_tenant(
    customer: Organisation, owner: Person
) -> None:
    with pytest.raises(orders.NotTheirTenant):
        orders.subscribe(
            customer, product_code=DEVELOPMENT_TOOLS, tenant=TenantFactory(), by=owner, at=NOON
        )

    assert not Subscription.objects.exists()


def test_the_second_of_two_people_is_told(
    customer: Organisation, tenant: Tenant, owner: Person, administrator: Person
) -> None:
    order: dict[str, Any] = {"product_code": DEVELOPMENT_TOOLS, "tenant": tenant, "at": NOON}
    orders.subscribe(customer, **order, by=owner)

    with pytest.raises(orders.NotEligible) as refused:
        orders.subscribe(customer, **order, by=administrator)

    assert refusal_codes(refused) == {RefusalCode.ALREADY_SUBSCRIBED}
    assert Subscription.objects.count() == 1


def test_the_database_refuses_a_second_live_licence_on_a_tenant(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    first = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )

    first.pk = None
    with (
        pytest.raises(IntegrityError, match="subscription_live_once_per_tenant"),
        transaction.atomic(),
    ):
        first.save(force_insert=True)


def test_the_database_refuses_a_second_live_licence_of_an_organisation(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    first = orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)

    first.pk = None
    with (
        pytest.raises(IntegrityError, match="subscription_live_once_per_organisation"),
        transaction.atomic(),
    ):
        first.save(force_insert=True)


def test_an_organisation_licence_serves_every_tenant(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)

    assert SCIM in products_of(tenant, NOON)
    assert SCIM in products_of(TenantFactory(organisation=customer), NOON)
    assert SCIM not in products_of(TenantFactory(), NOON)


@pytest.mark.parametrize(
    "what",
    [
        pytest.param({"environment": "sod", "kind": "developer"}, id="a developer's"),
        pytest.param({"environment": "stage"}, id="in stage"),
        pytest.param({"state": TenantState.DELETED}, id="deleted"),
    ],
)
def test_an_organisation_licence_that_would_serve_no_tenant_is_not_sold(
    customer: Organisation, owner: Person, what: dict[str, object]
) -> None:
    TenantFactory(organisation=customer, **what)

    with pytest.raises(orders.NotEligible):
        orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)


def test_a_price_that_changed_since_it_was_seen_is_refused(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    seen = PriceVersion.objects.get(product__code=DEVELOPMENT_TOOLS, currency="EUR")
    PriceVersion.objects.create(
        product=seen.product, currency="EUR", valid_from=dt.date(2026, 11, 23)
    )

    with pytest.raises(orders.OfferChanged):
        orders.subscribe(
            customer,
            product_code=DEVELOPMENT_TOOLS,
            tenant=tenant,
            agreed_price=seen.pk,
            by=owner,
            at=NOON,
        )

    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    "quantities",
    [
        pytest.param({}, id="none"),
        pytest.param({"sales-premium": 0}, id="zero"),
        pytest.param({"sales-premium": -1}, id="negative"),
        pytest.param({"gold-plan": 1}, id="unknown-component"),
    ],
)
def test_wrong_quantities_are_refused(
    customer: Organisation, tenant: Tenant, owner: Person, quantities: dict[str, int]
) -> None:
    with pytest.raises(orders.WrongQuantities):
        orders.subscribe(
            customer,
            product_code=SANDBOX,
            tenant=tenant,
            quantities=quantities,
            by=owner,
            at=NOON,
        )

    assert not Subscription.objects.exists()


def test_a_quantity_change_counts_from_its_instant(
    order: Subscription, owner: Person, sales: Person
) -> None:
    confirm_set_up(order, by=sales, at=NOON)

    quantity_changes.change(order, quantities={"service-premium": 2}, by=owner, at=LATER)

    just_before = LATER - dt.timedelta(microseconds=1)
    assert orders.quantities_at(order, just_before)["service-premium"] == 0
    assert orders.quantities_at(order, LATER) == {"sales-premium": 3, "service-premium": 2}


def test_no_change_and_no_users_are_refused(
    order: Subscription, owner: Person, sales: Person
) -> None:
    confirm_set_up(order, by=sales, at=NOON)
    rows = Quantity.objects.count()

    with pytest.raises(quantity_changes.NothingChanged):
        quantity_changes.change(order, quantities={"sales-premium": 3}, by=owner, at=LATER)
    with pytest.raises(orders.WrongQuantities):
        quantity_changes.change(order, quantities={"sales-premium": 0}, by=owner, at=LATER)

    assert Quantity.objects.count() == rows


def test_a_tenant_that_stopped_meanwhile_is_not_confirmed(
    order: Subscription, tenant: Tenant, sales: Person
) -> None:
    tenant.state = TenantState.SUSPENDED
    tenant.save()

    with pytest.raises(orders.NotEligible):
        confirm_set_up(order, by=sales, at=LATER)

    order.refresh_from_db()
    assert order.status == Status.REQUESTED


def test_subscribing_again_on_the_day_of_a_cancellation_does_not_charge_that_day_twice(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    order: dict[str, Any] = {"product_code": DEVELOPMENT_TOOLS, "tenant": tenant, "by": owner}
    first = orders.subscribe(customer, **order, at=NOON)
    now = cancellations.CancelWhen.NOW
    found = cancellations.consequences(first, when=now, at=LATER)
    cancellations.cancel(first, when=now, confirmed=found.fingerprint, by=owner, at=LATER)

    second = orders.subscribe(customer, **order, at=LATER + dt.timedelta(minutes=5))

    assert second.charged_from == dt.date(2026, 11, 24)
    assert DEVELOPMENT_TOOLS in products_of(tenant, LATER + dt.timedelta(minutes=5))


def test_an_end_that_nobody_wrote_down_yet_does_not_block_a_new_order(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    order: dict[str, Any] = {"product_code": DEVELOPMENT_TOOLS, "tenant": tenant, "by": owner}
    first = orders.subscribe(customer, **order, at=NOON)
    month_end = cancellations.CancelWhen.MONTH_END
    found = cancellations.consequences(first, when=month_end, at=LATER)
    cancellations.cancel(first, when=month_end, confirmed=found.fingerprint, by=owner, at=LATER)
    in_december = dt.datetime(2026, 12, 2, 9, 0, tzinfo=dt.UTC)

    second = orders.subscribe(customer, **order, at=in_december)

    first.refresh_from_db()
    assert first.status == Status.ENDED
    assert second.status == Status.ACTIVE
    assert second.charged_from == dt.date(2026, 12, 2)


def test_a_tenant_that_stopped_since_the_page_was_read_is_refused(
    customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    read = Tenant.objects.get(pk=tenant.pk)
    change_tenant_state(tenant, TenantState.SUSPENDED, by=PLATFORM, at=NOON)

    with pytest.raises(orders.NotEligible) as refused:
        orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=read, by=owner, at=NOON)

    assert refusal_codes(refused) == {RefusalCode.TENANT_NOT_RUNNING}
