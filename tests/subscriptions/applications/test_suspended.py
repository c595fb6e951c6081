"""Who built an application hears once when a suspension stops it, and once when it works again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import History, OutgoingMail, TenantState
from subscriptions.applications import operations
from subscriptions.operations import orders, suspensions
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.operations.endings import end_due
from subscriptions.operations.tenants import change_state
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import AuthorisationFactory, cancel_as_read
from tests.letters import subjects
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

ERRORS = "errors@example.com"
HOUR = dt.timedelta(hours=1)
STOPPED = "Webshop sync has stopped on a tenant for now"
WORKS = "Webshop sync works on a tenant from now on"


@pytest.fixture
def authorisation(tenant: Tenant, subscription: Subscription) -> Authorisation:
    return AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__name="Webshop sync",
        application__error_mails=[ERRORS],
        application__owner__language="en",
    )


def test_a_suspended_subscription_is_told_and_so_is_its_return(
    authorisation: Authorisation, subscription: Subscription, sales: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON + HOUR)

    assert subjects(ERRORS) == subjects("developer@example.com") == [STOPPED]
    assert (
        "the subscription it needs there is suspended" in OutgoingMail.objects.get(to=ERRORS).body
    )

    suspensions.resume(subscription, by=sales, at=NOON + 2 * HOUR)

    assert subjects(ERRORS) == subjects("developer@example.com") == [STOPPED, WORKS]
    verbs = History.objects.about(authorisation).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["authorisation.suspended", "authorisation.resumed"]


def test_a_suspended_tenant_is_told_once_however_it_comes_back(
    authorisation: Authorisation, tenant: Tenant
) -> None:
    states = (
        TenantState.SUSPENDED,
        TenantState.OFFLINE_MAINTENANCE,
        TenantState.SUSPENDED,
        TenantState.OFFLINE_MAINTENANCE,
    )
    for hours, state in enumerate(states, start=1):
        change_state(tenant, state, by=PLATFORM, at=NOON + hours * HOUR)
    assert subjects(ERRORS) == [STOPPED]
    assert "the tenant is suspended" in OutgoingMail.objects.get(to=ERRORS).body

    change_state(tenant, TenantState.RUNNING, by=PLATFORM, at=NOON + 5 * HOUR)
    change_state(tenant, TenantState.ONLINE_MAINTENANCE, by=PLATFORM, at=NOON + 6 * HOUR)

    assert subjects(ERRORS) == [STOPPED, WORKS]


def test_the_letter_names_the_subscription_also_while_the_tenant_is_in_maintenance(
    authorisation: Authorisation, subscription: Subscription, tenant: Tenant, sales: Person
) -> None:
    change_state(tenant, TenantState.OFFLINE_MAINTENANCE, by=PLATFORM, at=NOON + HOUR)

    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON + 2 * HOUR)

    letter = OutgoingMail.objects.get(to=ERRORS)
    assert "the subscription it needs there is suspended" in letter.body


def test_a_maintenance_is_nobody_s_error(authorisation: Authorisation, tenant: Tenant) -> None:
    change_state(tenant, TenantState.OFFLINE_MAINTENANCE, by=PLATFORM, at=NOON + HOUR)
    change_state(tenant, TenantState.RUNNING, by=PLATFORM, at=NOON + 2 * HOUR)

    assert subjects(ERRORS) == []


def test_of_two_suspensions_the_end_of_both_is_told(
    authorisation: Authorisation, subscription: Subscription, tenant: Tenant, sales: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON + HOUR)
    change_state(tenant, TenantState.SUSPENDED, by=PLATFORM, at=NOON + 2 * HOUR)
    suspensions.resume(subscription, by=sales, at=NOON + 3 * HOUR)
    assert subjects(ERRORS) == [STOPPED]

    change_state(tenant, TenantState.RUNNING, by=PLATFORM, at=NOON + 4 * HOUR)

    assert subjects(ERRORS) == [STOPPED, WORKS]


def test_what_an_end_has_stopped_is_told_when_a_new_subscription_brings_it_back(
    authorisation: Authorisation, subscription: Subscription, owner: Person, tenant: Tenant
) -> None:
    cancel_as_read(subscription, CancelWhen.NOW, by=owner, at=NOON + HOUR)
    end_due(at=NOON + HOUR)

    orders.subscribe(
        subscription.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=tenant,
        by=owner,
        at=NOON + 2 * HOUR,
    )

    assert subjects(ERRORS) == ["Webshop sync has stopped on a tenant", WORKS]


def test_what_was_revoked_meanwhile_does_not_work_again(
    authorisation: Authorisation, subscription: Subscription, owner: Person, sales: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON + HOUR)
    operations.revoke(authorisation, reason="Enough", by=owner, at=NOON + 2 * HOUR)

    suspensions.resume(subscription, by=sales, at=NOON + 3 * HOUR)

    assert subjects(ERRORS) == [STOPPED]
