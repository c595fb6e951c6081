"""A tenant that staff delete: what it had ends with it, and they read that before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History, Tenant, TenantState
from portal.backoffice.forms_tenants import TenantStateForm
from subscriptions.applications import operations as applications
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription
from subscriptions.operations import tenants
from subscriptions.provisioning.models import Fact
from tests.factories.customers import TenantFactory
from tests.factories.subscriptions import AuthorisationFactory, confirm_set_up

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person
    from subscriptions.applications.models import Authorisation


def page_of(client: Client, tenant: Tenant) -> tuple[str, str]:
    """The page, and the fingerprint in it."""
    response = client.get(reverse("backoffice:delete_tenant", args=[tenant.pk]), follow=True)
    page = response.content.decode()
    found = re.search(r'name="confirmed" value="(\w+)"', page)
    return page, found[1] if found else ""


def delete(client: Client, tenant: Tenant, confirmed: str, reason: str = "Asked by mail") -> str:
    response = client.post(
        reverse("backoffice:delete_tenant", args=[tenant.pk]),
        {"confirmed": confirmed, "reason": reason},
        follow=True,
    )
    tenant.refresh_from_db()
    return response.content.decode()


@pytest.fixture
def signed_in(client: Client, operations: Person) -> Client:
    client.force_login(operations)
    return client


def test_what_it_has_is_read_before_and_ends_with_it(
    signed_in: Client,
    operations: Person,
    app_manager: Person,
    tenant: Tenant,
    subscription: Subscription,
    order: Subscription,
    consent: Authorisation,
) -> None:
    applications.grant(consent, by=app_manager, at=clock.now())
    AuthorisationFactory(tenant=tenant, application__name="Route planner")

    page, confirmed = page_of(signed_in, tenant)
    answer = delete(signed_in, tenant, confirmed)

    for words in (
        "Development Tools",
        "per month) ends",
        "is rejected",
        "Webshop sync",
        "Route planner",
    ):
        assert words in page
    assert "One last invoice" in page
    assert "what it had has ended" in answer
    assert tenant.state == TenantState.DELETED
    statuses = Subscription.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == [Status.ENDED, Status.REJECTED]
    assert tenants.deletion(tenant, at=clock.now()).ends_nothing
    told = History.objects.about(tenant).get(verb="tenant.state_changed")
    assert (told.actor, told.reason) == (operations, "Asked by mail")
    last = Fact.objects.of(tenant).filter(subject__startswith="licence:").latest("sequence")
    assert last.type == "licence.revoked"


def test_without_a_reason_nothing_happens(
    signed_in: Client, tenant: Tenant, subscription: Subscription
) -> None:
    _page, confirmed = page_of(signed_in, tenant)

    delete(signed_in, tenant, confirmed, reason="")

    subscription.refresh_from_db()
    assert (tenant.state, subscription.status) == (TenantState.RUNNING, Status.ACTIVE)


def test_what_was_ordered_since_it_was_read_is_read_again(
    signed_in: Client, tenant: Tenant, request: pytest.FixtureRequest
) -> None:
    _page, confirmed = page_of(signed_in, tenant)
    subscription = request.getfixturevalue("subscription")

    answer = delete(signed_in, tenant, confirmed)

    assert "Something has changed since you opened this page" in answer
    subscription.refresh_from_db()
    assert (tenant.state, subscription.status) == (TenantState.RUNNING, Status.ACTIVE)


def test_what_a_deleted_tenant_still_has_can_be_ended(
    signed_in: Client, tenant: Tenant, subscription: Subscription
) -> None:
    Tenant.objects.update(state=TenantState.DELETED)
    tenant_page = signed_in.get(reverse("backoffice:tenant", args=[tenant.pk])).content.decode()

    delete(signed_in, tenant, page_of(signed_in, tenant)[1])

    assert "some of what it has goes on" in tenant_page
    subscription.refresh_from_db()
    assert subscription.status == Status.ENDED
    assert "does not come back" in page_of(signed_in, tenant)[0]


def test_an_on_premise_tenant_is_not_deleted(signed_in: Client, shop: None) -> None:
    tenant = TenantFactory(on_premise=True)

    answer = delete(signed_in, tenant, tenants.deletion(tenant, at=clock.now()).fingerprint)

    assert "The platform reports no state for an on-premise tenant." in answer
    assert tenant.state == TenantState.RUNNING


def test_deleted_is_no_state_to_choose(tenant: Tenant) -> None:
    form = TenantStateForm(
        {"state": str(TenantState.DELETED.value), "reason": "Quick"}, tenant=tenant
    )

    assert not form.is_valid()
    assert list(form.errors) == ["state"]


def test_a_sandbox_takes_what_it_came_with_with_it(
    signed_in: Client, operations: Person, order: Subscription
) -> None:
    sandbox = confirm_set_up(order, by=operations, at=clock.now()).delivered_tenant
    assert sandbox is not None

    page, confirmed = page_of(signed_in, sandbox)
    delete(signed_in, sandbox, confirmed)

    assert "Sandbox" in page
    assert "per month) ends" in page
    order.refresh_from_db()
    assert order.status == Status.ENDED
    assert sandbox.state == TenantState.DELETED
