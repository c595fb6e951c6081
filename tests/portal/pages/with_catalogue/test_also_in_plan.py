"""Pages of a subscription that the tenant's CRM Suite plan makes superfluous."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import CrmSuitePlan, Role
from subscriptions.operations import orders, plans, suspensions
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.with_catalogue.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Membership, Organisation, Person, Tenant
    from subscriptions.models import Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(
        customer, product_code="development-tools", tenant=tenant, by=owner, at=NOON
    )


@pytest.mark.usefixtures("signed_in")
def test_it_is_said_with_what_gets_smaller_and_the_way_to_cancel(
    show: Callable[..., str], own: Subscription, tenant: Tenant, owner: Person
) -> None:
    before = show("overview") + show("subscription_detail", own.pk)

    plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=owner, at=NOON)

    overview, page = show("overview"), show("subscription_detail", own.pk)
    cancel = reverse("pages:subscription_cancel", args=[own.organisation_id, own.pk])
    assert "in your plan" not in before
    assert "Development Tools is also in your plan, CRM Suite Growth" in overview
    assert cancel in overview
    assert "Also in your plan: CRM Suite Growth" in page
    assert "Extra tables: at most 15" in page
    assert "Cancel the subscription" in page


def test_who_may_not_cancel_reads_it_too(
    show: Callable[..., str],
    member: Callable[[Role], Membership],
    own: Subscription,
    tenant: Tenant,
    owner: Person,
) -> None:
    plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=owner, at=NOON)
    member(Role.READER)

    page = show("subscription_detail", own.pk)

    assert "Also in your plan" in page
    assert "Cancel the subscription" not in page
    assert "See the subscription" in show("overview")


@pytest.mark.usefixtures("signed_in")
def test_a_suspended_one_is_said_to_work_by_the_plan(
    show: Callable[..., str], own: Subscription, tenant: Tenant, owner: Person
) -> None:
    suspensions.suspend(own, reason="unpaid", by=owner, at=NOON)
    before = show("overview") + show("subscription_detail", own.pk)

    plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=owner, at=NOON)

    overview, page = show("overview"), show("subscription_detail", own.pk)
    assert "gives nothing" in before
    assert "Its applications do not work" in before
    assert "it still works, because CRM Suite Growth gives it too." in overview
    assert "Meanwhile it still works, because CRM Suite Growth gives it too." in page
    for html in (overview, page):
        assert "With the plan alone this is smaller meanwhile: Extra tables: at most 15." in html
        assert "gives nothing" not in html
        assert "do not work" not in html


@pytest.mark.usefixtures("signed_in")
def test_an_application_stops_with_no_subscription_that_the_plan_replaces(
    show: Callable[..., str], own: Subscription, tenant: Tenant, owner: Person
) -> None:
    let_in = AuthorisationFactory(active=True, tenant=tenant)
    before = show("authorisation_detail", let_in.pk)

    plans.change_suite_plan(tenant, CrmSuitePlan.GROWTH, by=owner, at=NOON)

    after = show("authorisation_detail", let_in.pk)
    assert "needs Development Tools on this tenant and stops when that" in before
    assert "It needs Development Tools on this tenant.<" in after


@pytest.mark.usefixtures("signed_in", "own")
def test_what_is_not_let_in_does_not_stop(show: Callable[..., str], tenant: Tenant) -> None:
    denied = AuthorisationFactory(tenant=tenant, status="denied", closed_at=NOON)

    assert "It needs Development Tools on this tenant.<" in show("authorisation_detail", denied.pk)
