from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History, Tenant, TenantState
from subscriptions.applications import operations as applications
from subscriptions.lifecycle import Status
from subscriptions.operations import orders, suspensions
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, next_version

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


@pytest.mark.parametrize("duty", ["operations", "billing"])
def test_suspending_and_resuming(
    client: Client, request: pytest.FixtureRequest, subscription: Subscription, duty: str
) -> None:
    person = request.getfixturevalue(duty)
    client.force_login(person)

    client.post(reverse("backoffice:suspend", args=[subscription.pk]), {"reason": "Not paid"})

    subscription.refresh_from_db()
    assert subscription.status == Status.SUSPENDED
    told = History.objects.about(subscription).get(verb="subscription.suspended")
    assert (told.actor, told.reason) == (person, "Not paid")

    client.post(reverse("backoffice:resume", args=[subscription.pk]), {"reason": "Paid"})

    subscription.refresh_from_db()
    assert subscription.status == Status.ACTIVE


def test_the_page_says_what_stops(
    client: Client,
    operations: Person,
    app_manager: Person,
    subscription: Subscription,
    consent: Authorisation,
) -> None:
    applications.grant(consent, by=app_manager, at=clock.now())
    client.force_login(operations)

    page = client.get(reverse("backoffice:subscription", args=[subscription.pk])).content.decode()

    assert "These applications stop at once" in page
    assert "Webshop sync" in page
    assert "goes on being charged" in page


def test_the_page_says_what_is_not_charged(
    client: Client, operations: Person, customer: Organisation, tenant: Tenant, owner: Person
) -> None:
    next_version(policies={"charged_while_suspended": False})
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=clock.now()
    )
    client.force_login(operations)

    page = client.get(reverse("backoffice:subscription", args=[subscription.pk])).content.decode()

    assert "whole days of it are not charged" in page
    assert "goes on being charged" not in page


def test_suspending_needs_a_reason(
    client: Client, operations: Person, subscription: Subscription
) -> None:
    client.force_login(operations)

    response = client.post(reverse("backoffice:suspend", args=[subscription.pk]), {"reason": ""})

    assert response.status_code == 422
    subscription.refresh_from_db()
    assert subscription.status == Status.ACTIVE


def test_of_two_at_once_the_second_is_told(
    client: Client, operations: Person, billing: Person, subscription: Subscription
) -> None:
    suspensions.suspend(subscription, reason="Quicker", by=billing, at=clock.now())
    client.force_login(operations)

    response = client.post(
        reverse("backoffice:suspend", args=[subscription.pk]), {"reason": "Slower"}, follow=True
    )

    assert "This is no longer possible" in response.content.decode()
    assert subscription.suspensions.get().reason == "Quicker"


def test_changing_the_state_of_a_tenant(client: Client, operations: Person, tenant: Tenant) -> None:
    client.force_login(operations)

    client.post(
        reverse("backoffice:change_tenant_state", args=[tenant.pk]),
        {"state": TenantState.OFFLINE_MAINTENANCE.value, "reason": "Moved to other hardware"},
    )

    tenant.refresh_from_db()
    assert tenant.state == TenantState.OFFLINE_MAINTENANCE
    told = History.objects.about(tenant).get(verb="tenant.state_changed")
    assert (told.actor, told.reason) == (operations, "Moved to other hardware")


def test_an_on_premise_tenant_has_no_state_to_change(
    client: Client, operations: Person, shop: None
) -> None:
    tenant = TenantFactory(on_premise=True)
    client.force_login(operations)

    page = client.get(reverse("backoffice:tenant", args=[tenant.pk])).content.decode()
    response = client.post(
        reverse("backoffice:change_tenant_state", args=[tenant.pk]),
        {"state": TenantState.SUSPENDED.value, "reason": "Try"},
        follow=True,
    )

    sentence = "The platform reports no state for an on-premise tenant."
    assert sentence in page
    assert sentence in response.content.decode()
    tenant.refresh_from_db()
    assert tenant.state == TenantState.RUNNING
