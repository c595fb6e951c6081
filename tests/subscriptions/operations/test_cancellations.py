from __future__ import annotations

import datetime as dt

import pytest

from customers.models import History, Organisation, OutgoingMail, Person, Tenant
from subscriptions.applications import operations as applications
from subscriptions.applications.availability import availability
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.applications.verdicts import Obstacle
from subscriptions.licences import products_of
from subscriptions.lifecycle import NotAllowedNow, Status
from subscriptions.models import Subscription
from subscriptions.operations import endings, orders, suspensions
from subscriptions.operations.cancellations import (
    AlreadyCancelled,
    CancelWhen,
    ConsequencesChanged,
    NotCancelled,
    cancel,
    consequences,
    withdraw_cancellation,
)
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import AuthorisationFactory
from tests.subscriptions.conftest import NOON

LATER = NOON + dt.timedelta(hours=1)
MONTH_END = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)  # midnight in Amsterdam
A_SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def application(
    subscription: Subscription,
    custom_application: Authorisation,
    owner: Person,
    app_manager: Person,
) -> Authorisation:
    """A custom application that works on the tenant."""
    applications.confirm(custom_application, by=owner, at=NOON)
    return applications.grant(custom_application, by=app_manager, at=NOON)


def cancel_as_read(
    subscription: Subscription, when: CancelWhen, by: Person, at: dt.datetime
) -> Subscription:
    found = consequences(subscription, when=when, at=at)
    return cancel(subscription, when=when, confirmed=found.fingerprint, by=by, at=at)


def test_the_list_names_what_stops_and_when(
    subscription: Subscription, application: Authorisation, tenant: Tenant
) -> None:
    AuthorisationFactory(tenant=tenant, active=True, application__standard=True)

    found = consequences(subscription, when=CancelWhen.MONTH_END, at=LATER)

    assert found.ends_at == MONTH_END
    assert found.first_free_day == dt.date(2026, 12, 1)
    assert found.applications == (application,)
    assert found.capabilities == ("crmscript", "custom-applications")
    assert found.restore_days == 30


def test_what_is_shut_out_is_on_the_list_apart_and_in_both_letters(
    subscription: Subscription, application: Authorisation, tenant: Tenant, owner: Person
) -> None:
    wide = AuthorisationFactory(active=True, tenant=tenant, application__name="Wide")
    before = consequences(subscription, when=CancelWhen.MONTH_END, at=NOON)
    Authorisation.objects.filter(pk=wide.pk).update(status="needs_reapproval")

    with pytest.raises(ConsequencesChanged) as refused:
        cancel(
            subscription,
            when=CancelWhen.MONTH_END,
            confirmed=before.fingerprint,
            by=owner,
            at=NOON,
        )
    cancel_as_read(subscription, CancelWhen.MONTH_END, by=owner, at=NOON)
    endings.end_due(at=MONTH_END)

    found = refused.value.consequences
    assert (before.applications, before.shut_out) == ((application, wide), ())
    assert (found.applications, found.shut_out) == ((application,), (wide,))
    assert found.stopping == (application,)
    wide.refresh_from_db()
    assert wide.status == AuthorisationStatus.DEACTIVATED
    cancelled, ended = (
        OutgoingMail.objects.get(to=owner.email, subject__contains=subject).body
        for subject in ("is cancelled", "has ended")
    )
    assert "shut out already, and will be deactivated then as well:\n- Wide\n" in cancelled
    assert "shut out already, and were deactivated as well:\n- Wide\n" in ended
    assert "Approving what was added to them waits for a new subscription." in ended


def test_on_premise_every_application_is_on_the_list(
    customer: Organisation, on_premise: Tenant, owner: Person
) -> None:
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=on_premise, by=owner, at=NOON
    )
    custom = AuthorisationFactory(tenant=on_premise, active=True, application__name="A")
    standard = AuthorisationFactory(
        tenant=on_premise, active=True, application__standard=True, application__name="B"
    )

    found = consequences(subscription, when=CancelWhen.NOW, at=LATER)

    assert found.applications == (custom, standard)


def test_until_the_month_ends_everything_works_and_then_nothing_without_any_job(
    subscription: Subscription, application: Authorisation, tenant: Tenant, owner: Person
) -> None:
    cancel_as_read(subscription, CancelWhen.MONTH_END, owner, LATER)

    assert DEVELOPMENT_TOOLS in products_of(tenant, MONTH_END - A_SECOND)
    assert availability(application, MONTH_END - A_SECOND).available
    assert products_of(tenant, MONTH_END) == frozenset()
    assert availability(application, MONTH_END).obstacle == Obstacle.LICENCE_MISSING


def test_the_end_deactivates_applications_with_reason_and_time(
    subscription: Subscription, application: Authorisation, owner: Person
) -> None:
    cancel_as_read(subscription, CancelWhen.MONTH_END, owner, LATER)
    noticed_at = MONTH_END + dt.timedelta(minutes=4)

    ended = endings.end_due(at=noticed_at)

    assert ended == 1
    subscription.refresh_from_db()
    application.refresh_from_db()
    assert subscription.status == Status.ENDED
    assert application.status == AuthorisationStatus.DEACTIVATED
    assert application.deactivation == Authorisation.Deactivation.LICENCE_ENDED
    assert application.closed_at == MONTH_END
    told = History.objects.about(application).get(verb="authorisation.deactivated")
    assert (told.at, told.recorded_at) == (MONTH_END, noticed_at)
    assert endings.end_due(at=noticed_at) == 0


def test_now_ends_everything_in_the_same_transaction(
    subscription: Subscription, application: Authorisation, tenant: Tenant, owner: Person
) -> None:
    cancel_as_read(subscription, CancelWhen.NOW, owner, LATER)

    subscription.refresh_from_db()
    application.refresh_from_db()
    assert subscription.status == Status.ENDED
    assert subscription.ends_at == LATER
    assert application.status == AuthorisationStatus.DEACTIVATED
    assert products_of(tenant, LATER) == frozenset()


def test_a_list_that_changed_is_shown_again_and_nothing_happens(
    subscription: Subscription, application: Authorisation, tenant: Tenant, owner: Person
) -> None:
    read = consequences(subscription, when=CancelWhen.NOW, at=LATER)
    AuthorisationFactory(tenant=tenant, active=True, application__name="New one")

    with pytest.raises(ConsequencesChanged) as refused:
        cancel(subscription, when=CancelWhen.NOW, confirmed=read.fingerprint, by=owner, at=LATER)

    names = [a.application.name for a in refused.value.consequences.applications]
    assert names == ["New one", "Webshop sync"]
    subscription.refresh_from_db()
    application.refresh_from_db()
    assert subscription.status == Status.ACTIVE
    assert application.status == AuthorisationStatus.ACTIVE


def test_the_same_list_a_minute_later_is_still_the_same(subscription: Subscription) -> None:
    first = consequences(subscription, when=CancelWhen.NOW, at=LATER)
    second = consequences(subscription, when=CancelWhen.NOW, at=LATER + dt.timedelta(minutes=1))

    assert first.fingerprint == second.fingerprint


def test_a_list_read_before_midnight_is_not_the_list_after(subscription: Subscription) -> None:
    before = consequences(subscription, when=CancelWhen.MONTH_END, at=MONTH_END - A_SECOND)
    after = consequences(subscription, when=CancelWhen.MONTH_END, at=MONTH_END)

    assert before.fingerprint != after.fingerprint


def test_withdrawn_one_second_before_the_end_it_goes_on_without_a_gap(
    subscription: Subscription, application: Authorisation, tenant: Tenant, owner: Person
) -> None:
    cancel_as_read(subscription, CancelWhen.MONTH_END, owner, LATER)

    withdraw_cancellation(subscription, by=owner, at=MONTH_END - A_SECOND)

    assert endings.end_due(at=MONTH_END) == 0
    assert DEVELOPMENT_TOOLS in products_of(tenant, MONTH_END)
    assert availability(application, MONTH_END).available


def test_at_the_instant_of_the_end_it_is_too_late(
    subscription: Subscription, owner: Person
) -> None:
    cancel_as_read(subscription, CancelWhen.MONTH_END, owner, LATER)

    with pytest.raises(NotAllowedNow):
        withdraw_cancellation(subscription, by=owner, at=MONTH_END)

    subscription.refresh_from_db()
    assert subscription.ends_at == MONTH_END


def test_cancelling_twice_and_withdrawing_nothing_are_refused(
    subscription: Subscription, owner: Person
) -> None:
    with pytest.raises(NotCancelled):
        withdraw_cancellation(subscription, by=owner, at=LATER)
    cancel_as_read(subscription, CancelWhen.MONTH_END, owner, LATER)

    with pytest.raises(AlreadyCancelled):
        consequences(
            Subscription.objects.get(pk=subscription.pk), when=CancelWhen.MONTH_END, at=LATER
        )


def test_a_planned_end_can_be_brought_forward(subscription: Subscription, owner: Person) -> None:
    cancelled = cancel_as_read(subscription, CancelWhen.MONTH_END, owner, LATER)

    ended = cancel_as_read(cancelled, CancelWhen.NOW, owner, LATER + A_SECOND)

    assert ended.status == Status.ENDED
    assert ended.ends_at == LATER + A_SECOND


@pytest.mark.parametrize(
    ("days", "status"),
    [
        pytest.param(30, AuthorisationStatus.ACTIVE, id="last-day-of-the-window"),
        pytest.param(31, AuthorisationStatus.REQUESTED, id="after-the-window"),
    ],
)
def test_subscribing_again_restores_or_asks_again(
    subscription: Subscription,
    application: Authorisation,
    customer: Organisation,
    tenant: Tenant,
    owner: Person,
    days: int,
    status: AuthorisationStatus,
) -> None:
    cancel_as_read(subscription, CancelWhen.NOW, owner, LATER)
    again_at = LATER + dt.timedelta(days=days)

    orders.subscribe(customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=again_at)

    application.refresh_from_db()
    assert application.status == status
    assert availability(application, again_at).available == (status == AuthorisationStatus.ACTIVE)
    if status == AuthorisationStatus.REQUESTED:
        assert application.confirmed_by is None
        assert application.granted_by is None


def test_a_suspension_keeps_everything_and_gives_nothing(
    subscription: Subscription,
    application: Authorisation,
    tenant: Tenant,
    app_manager: Person,
) -> None:
    suspensions.suspend(subscription, reason="Unpaid invoice", by=app_manager, at=LATER)

    application.refresh_from_db()
    assert application.status == AuthorisationStatus.ACTIVE
    assert products_of(tenant, LATER) == frozenset()
    assert not availability(application, LATER).available
    assert availability(application, LATER - A_SECOND).available

    suspensions.resume(subscription, by=app_manager, at=LATER + A_SECOND)

    assert availability(application, LATER + A_SECOND).available


def test_a_subscription_that_is_suspended_cannot_be_suspended_again(
    subscription: Subscription, app_manager: Person
) -> None:
    suspensions.suspend(subscription, reason="Unpaid invoice", by=app_manager, at=LATER)

    with pytest.raises(NotAllowedNow):
        suspensions.suspend(subscription, reason="Again", by=app_manager, at=LATER)

    assert subscription.suspensions.count() == 1


def test_a_clock_that_is_behind_does_not_end_it_before_its_start(
    subscription: Subscription, owner: Person
) -> None:
    read = consequences(subscription, when=CancelWhen.NOW, at=NOON)
    behind = NOON - dt.timedelta(milliseconds=300)

    ended = cancel(
        subscription, when=CancelWhen.NOW, confirmed=read.fingerprint, by=owner, at=behind
    )

    assert (ended.status, ended.ends_at) == (Status.ENDED, NOON)
