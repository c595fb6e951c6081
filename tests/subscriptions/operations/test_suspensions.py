from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from subscriptions.applications import operations as applications
from subscriptions.applications.availability import Obstacle, availability
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.lifecycle import NotAllowedNow
from subscriptions.operations import orders, suspensions
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture
def subscription(customer: Organisation, tenant: Tenant, owner: Person) -> Subscription:
    return orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON
    )


def test_what_was_agreed_to_during_a_suspension_works_once_it_is_over(
    subscription: Subscription,
    custom_application: Authorisation,
    owner: Person,
    app_manager: Person,
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=NOON)
    applications.confirm(custom_application, by=owner, at=NOON)
    granted = applications.grant(custom_application, by=app_manager, at=NOON)
    assert granted.status == AuthorisationStatus.DEACTIVATED

    suspensions.resume(subscription, by=app_manager, at=LATER)

    granted.refresh_from_db()
    assert granted.status == AuthorisationStatus.ACTIVE
    assert availability(granted, LATER).available
    assert availability(granted, NOON).obstacle is Obstacle.LICENCE_MISSING


def test_only_what_is_suspended_can_be_resumed(
    subscription: Subscription, app_manager: Person
) -> None:
    with pytest.raises(NotAllowedNow):
        suspensions.resume(subscription, by=app_manager, at=LATER)

    subscription.refresh_from_db()
    assert subscription.status == "active"


def test_a_clock_that_is_behind_does_not_resume_before_the_suspension(
    subscription: Subscription, app_manager: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=LATER)

    behind = LATER - dt.timedelta(milliseconds=300)
    suspensions.resume(subscription, by=app_manager, at=behind)

    only = subscription.suspensions.get()
    assert (only.suspended_at, only.resumed_at) == (LATER, LATER)
