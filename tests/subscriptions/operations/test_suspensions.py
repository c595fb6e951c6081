from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import OutgoingMail
from subscriptions.applications import operations as applications
from subscriptions.applications.availability import availability
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.applications.verdicts import Obstacle
from subscriptions.lifecycle import NotAllowedNow
from subscriptions.operations import suspensions
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Person
    from subscriptions.models import Subscription

HOUR = dt.timedelta(hours=1)
LATER = NOON + HOUR


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
    assert "- Webshop sync" in OutgoingMail.objects.get(to=owner.email, created_at=LATER).body
    maker = OutgoingMail.objects.filter(to="developer@example.com").latest("pk")
    assert maker.subject == "Webshop sync works on a tenant from now on"


@pytest.mark.parametrize(
    ("hours", "capabilities", "why"),
    [
        pytest.param(1, [], "The consent from before does not count any more", id="time-over"),
        pytest.param(2, ["webhooks"], "can do more than was agreed to", id="wider"),
    ],
)
def test_whose_consent_does_not_stand_asks_all_who_can_give_it(
    subscription: Subscription,
    custom_application: Authorisation,
    owner: Person,
    administrator: Person,
    app_manager: Person,
    hours: int,
    capabilities: list[str],
    why: str,
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=NOON)
    until = NOON + hours * HOUR
    applications.confirm(custom_application, valid_until=until, by=owner, at=NOON)
    applications.grant(custom_application, by=app_manager, at=NOON)
    custom_application.application.versions.update(capabilities=capabilities)

    suspensions.resume(subscription, by=app_manager, at=LATER)

    now = OutgoingMail.objects.filter(created_at=LATER)
    asked = now.filter(subject="Webshop sync asks for your consent again")
    assert set(asked.values_list("to", flat=True)) == {owner.email, administrator.email}
    assert all(why in letter.body for letter in asked)
    resumed = now.get(subject="Development Tools works again")
    assert "- Webshop sync" in resumed.body


def test_consent_outlives_a_long_suspension_it_was_given_in(
    subscription: Subscription,
    custom_application: Authorisation,
    owner: Person,
    app_manager: Person,
) -> None:
    suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=NOON)
    applications.confirm(custom_application, by=owner, at=LATER)
    granted = applications.grant(custom_application, by=app_manager, at=LATER)
    late = LATER + dt.timedelta(days=31)
    with pytest.raises(applications.ConsentStillStands):
        applications.request(granted.application, tenant=granted.tenant, by=app_manager, at=late)

    suspensions.resume(subscription, by=app_manager, at=late)

    granted.refresh_from_db()
    assert (granted.status, granted.granted_by) == (AuthorisationStatus.ACTIVE, app_manager)


def test_what_waited_for_a_licence_before_the_suspension_has_its_days(
    subscription: Subscription,
    custom_application: Authorisation,
    owner: Person,
    app_manager: Person,
) -> None:
    applications.confirm(custom_application, by=owner, at=NOON)
    waiting = applications.grant(custom_application, by=app_manager, at=NOON)
    Authorisation.objects.filter(pk=waiting.pk).update(
        status=AuthorisationStatus.DEACTIVATED,
        deactivation="licence_missing",
        closed_at=NOON,
        restore_until=NOON + dt.timedelta(days=30),
    )
    suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=LATER)

    suspensions.resume(subscription, by=app_manager, at=LATER + dt.timedelta(days=31))

    waiting.refresh_from_db()
    assert waiting.status == AuthorisationStatus.REQUESTED


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
