"""What pages say of a custom application that needs Database Mirroring as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils.html import escape

from subscriptions.operations import orders, suspensions
from tests.factories.customers import PersonFactory
from tests.factories.shop import MIRRORING, sell_mirroring
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

    type Address = Callable[..., str]

NEEDS_BOTH = (
    "It needs Development Tools and Database Mirroring on this tenant and stops when either "
    "subscription ends."
)


@pytest.fixture
def mirroring(subscription: Subscription, tenant: Tenant, owner: Person) -> Subscription:
    sell_mirroring()
    return orders.subscribe(
        tenant.organisation, product_code=MIRRORING, tenant=tenant, by=owner, at=NOON
    )


def let_in(tenant: Tenant, **how: object) -> Authorisation:
    return AuthorisationFactory(
        tenant=tenant,
        application__name="BI copy",
        application__version__capabilities=["mirroring"],
        **how,
    )


@pytest.fixture
def copy(tenant: Tenant) -> Authorisation:
    return let_in(tenant, active=True, agreed_capabilities=["mirroring"])


def test_cancelling_mirroring_names_what_stops(
    signed_in: Client,
    page: Address,
    mirroring: Subscription,
    copy: Authorisation,
    application: Authorisation,
) -> None:
    html = signed_in.get(page("subscription_cancel", mirroring.pk)).content.decode()

    assert "1 application is deactivated" in html
    assert "I understand that BI copy will stop working." in html
    assert "Webshop sync" not in html


def test_the_subscription_lists_what_needs_it(
    signed_in: Client,
    page: Address,
    mirroring: Subscription,
    copy: Authorisation,
    application: Authorisation,
) -> None:
    html = signed_in.get(page("subscription_detail", mirroring.pk)).content.decode()

    assert "Applications that need it" in html
    assert "BI copy" in html
    assert "Webshop sync" not in html


@pytest.mark.usefixtures("mirroring")
def test_what_a_version_does_without_is_needed_until_it_is_asked_for_again(
    signed_in: Client, page: Address, copy: Authorisation
) -> None:
    spared = "The version that is published now does without Database Mirroring."
    address = page("authorisation_detail", copy.pk)
    before = signed_in.get(address).text
    copy.application.versions.update(capabilities=[])

    after = signed_in.get(address).text

    assert (NEEDS_BOTH in before, spared in before) == (True, False)
    assert (NEEDS_BOTH in after, spared in after) == (True, True)


@pytest.mark.usefixtures("subscription")
def test_before_the_yes_one_reads_what_it_will_need(
    signed_in: Client, page: Address, tenant: Tenant
) -> None:
    asked = let_in(tenant)

    html = signed_in.get(page("authorisation_detail", asked.pk)).content.decode()

    assert NEEDS_BOTH in html


def test_suspended_mirroring_is_named(
    signed_in: Client, page: Address, mirroring: Subscription, copy: Authorisation
) -> None:
    suspensions.suspend(mirroring, reason="Unpaid", by=PersonFactory(staff=True), at=NOON)

    html = signed_in.get(page("authorisation_detail", copy.pk)).content.decode()

    assert NEEDS_BOTH in html
    assert "but Database Mirroring gives nothing on this tenant now." in html


def test_what_never_worked_says_with_what_it_starts(
    signed_in: Client, page: Address, tenant: Tenant, customer: Organisation
) -> None:
    waiting = let_in(
        tenant,
        active=True,
        agreed_capabilities=["mirroring"],
        status="deactivated",
        deactivation="licence_missing",
        closed_at=NOON,
    )

    html = signed_in.get(page("authorisation_detail", waiting.pk)).content.decode()

    starts = "It starts working by itself with Development Tools and Database Mirroring."
    assert escape(starts) in html


@pytest.mark.usefixtures("subscription")
def test_the_app_manager_reads_which_licence_is_missing(
    browser_of: Callable[[Person], Client], app_manager: Person, tenant: Tenant
) -> None:
    consent = let_in(tenant, confirmed=True, agreed_capabilities=["mirroring"])

    address = reverse("backoffice:authorisation", args=[consent.pk])
    html = browser_of(app_manager).get(address).content.decode()

    assert "The tenant has no licence of Database Mirroring" in html
