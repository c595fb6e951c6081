from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from pytest_django.asserts import assertRedirects

from customers import clock
from customers.models import History, OutgoingMail, TenantState
from customers.operations.tenants import change_tenant_state
from subscriptions.lifecycle import Status
from subscriptions.operations import orders
from tests.factories.customers import TenantFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person, Tenant
    from subscriptions.models import Subscription


MADE = {"identifier": "Cust34506", "crm_version": "10.4.1"}


def test_the_list_says_who_asked_what_for_how_much(
    client: Client, sales: Person, order: Subscription
) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:orders")).content.decode()

    for text in ("Voorbeeld B.V.", "Sandbox", "Production (Cust70707)", "sales-premium × 3"):
        assert text in html
    assert "€170.00" in html
    assert "Example price" in html


def test_the_list_as_csv(client: Client, sales: Person, order: Subscription) -> None:
    client.force_login(sales)

    response = client.get(reverse("backoffice:orders"), {"format": "csv"})

    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Customer number,Customer,Product,Tenant,Per month,Currency,Ordered"
    assert lines[1].startswith("70001,Voorbeeld B.V.,Sandbox,Production (Cust70707),170")


def test_nothing_waits(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:orders")).content.decode()

    assert "No order waits" in html


def test_confirming_starts_the_subscription_and_tells_it(
    client: Client, sales: Person, order: Subscription
) -> None:
    client.force_login(sales)

    page = client.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    response = client.post(reverse("backoffice:confirm_order", args=[order.pk]), MADE)

    assert 'value="10.3"' in page  # that of the tenant it is copied from
    assert response.status_code == 302
    assert order.organisation.tenants.get(kind="sandbox").identifier == "Cust34506"
    order.refresh_from_db()
    assert order.status == Status.ACTIVE
    told = History.objects.about(order).get(verb="subscription.started")
    assert told.actor == sales
    assert told.actor_kind == History.ActorKind.STAFF


@pytest.mark.parametrize(
    ("made", "status", "sentence"),
    [
        pytest.param({}, 422, "This field is required.", id="nothing"),
        pytest.param(MADE | {"identifier": "Cust"}, 422, "such as Cust12345", id="no identifier"),
        pytest.param(MADE | {"identifier": "cust70707"}, 409, "is registered already", id="taken"),
    ],
)
def test_a_sandbox_that_is_not_known_is_not_confirmed(
    client: Client,
    sales: Person,
    order: Subscription,
    made: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    client.force_login(sales)

    response = client.post(reverse("backoffice:confirm_order", args=[order.pk]), made)

    assert response.status_code == status
    assert sentence in response.content.decode()
    order.refresh_from_db()
    assert order.status == Status.REQUESTED


def test_the_sandbox_that_is_there_is_named_and_not_asked_for(
    client: Client, sales: Person, tenant: Tenant, order: Subscription
) -> None:
    TenantFactory(
        organisation=tenant.organisation,
        sandbox=True,
        source=tenant,
        name="Copy",
        identifier="Cust34506",
    )
    client.force_login(sales)

    page = client.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    response = client.post(reverse("backoffice:confirm_order", args=[order.pk]))

    assert "Copy (Cust34506)</a> is there already and is used again." in page
    assert 'name="identifier"' not in page
    assert response.status_code == 302
    order.refresh_from_db()
    assert order.status == Status.ACTIVE


def test_rejecting_needs_a_reason(client: Client, sales: Person, order: Subscription) -> None:
    client.force_login(sales)

    response = client.post(reverse("backoffice:reject_order", args=[order.pk]), {"reason": " "})

    assert response.status_code == 422
    assert "This field is required" in response.content.decode()
    order.refresh_from_db()
    assert order.status == Status.REQUESTED


def test_rejecting_tells_the_customer_why(
    client: Client, sales: Person, order: Subscription
) -> None:
    client.force_login(sales)

    client.post(
        reverse("backoffice:reject_order", args=[order.pk]), {"reason": "No capacity this month"}
    )

    order.refresh_from_db()
    assert order.status == Status.REJECTED
    assert History.objects.about(order).get(verb="subscription.rejected").reason == (
        "No capacity this month"
    )
    assert "No capacity this month" in OutgoingMail.objects.latest("pk").body


def test_what_stands_in_the_way_is_said_in_words(
    client: Client, sales: Person, operations: Person, tenant: Tenant, order: Subscription
) -> None:
    change_tenant_state(tenant, TenantState.SUSPENDED, by=operations, at=clock.now())
    client.force_login(sales)

    page = client.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    response = client.post(reverse("backoffice:confirm_order", args=[order.pk]), follow=True)

    sentence = "The tenant is not running. Its state: Suspended."
    assert sentence in page
    assert sentence in response.content.decode()
    order.refresh_from_db()
    assert order.status == Status.REQUESTED


def test_what_was_typed_of_the_sandbox_stays_while_something_stands_in_the_way(
    client: Client, sales: Person, operations: Person, tenant: Tenant, order: Subscription
) -> None:
    change_tenant_state(tenant, TenantState.SUSPENDED, by=operations, at=clock.now())
    client.force_login(sales)

    response = client.post(
        reverse("backoffice:confirm_order", args=[order.pk]),
        {"identifier": "Cust99887", "crm_version": "10.9.8"},
    )

    html = response.content.decode()
    assert response.status_code == 409
    assert 'value="Cust99887"' in html
    assert 'value="10.9.8"' in html
    assert "The tenant is not running. Its state: Suspended." in html


def test_of_two_at_once_the_second_is_told(
    client: Client, sales: Person, order: Subscription
) -> None:
    client.force_login(sales)
    orders.reject(order, reason="Somebody was quicker", by=sales, at=clock.now())

    response = client.post(reverse("backoffice:confirm_order", args=[order.pk]), follow=True)

    assert "This is no longer possible" in response.content.decode()
    order.refresh_from_db()
    assert order.status == Status.REJECTED


def test_an_order_that_was_decided_shows_as_a_subscription(
    client: Client, sales: Person, subscription: Subscription
) -> None:
    client.force_login(sales)

    response = client.get(reverse("backoffice:order", args=[subscription.pk]))

    assertRedirects(response, reverse("backoffice:subscription", args=[subscription.pk]))


@pytest.mark.parametrize("name", ["confirm_order", "reject_order"])
def test_others_of_the_staff_read_and_do_nothing(
    client: Client, billing: Person, order: Subscription, name: str
) -> None:
    client.force_login(billing)

    page = client.get(reverse("backoffice:order", args=[order.pk])).content.decode()
    response = client.post(reverse(f"backoffice:{name}", args=[order.pk]), {"reason": "No"})

    assert "This is a task of: Sales." in page
    assert "Confirm the order" not in page
    assert response.status_code == 403
    order.refresh_from_db()
    assert order.status == Status.REQUESTED
