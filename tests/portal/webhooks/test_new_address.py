"""An endpoint that is given another address is judged by what comes of that one alone."""

from __future__ import annotations

import datetime as dt

import pytest

from customers.models import OutgoingMail
from portal.webhooks.models import Attempt, Delivery, Endpoint
from portal.webhooks.operations import deliveries, endpoints
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Outcome
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.webhooks import EndpointFactory, answered, something_happens

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_inside")]

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
HERE = "http://127.0.0.1:9000/"
FIVE_DAYS = dt.timedelta(days=5)
UNAVAILABLE = Outcome(status=503, duration_ms=1)
GONE = Outcome(status=410, duration_ms=1)
YES = Outcome(status=200, duration_ms=1)


def told(endpoint: Endpoint) -> Delivery:
    something_happens(endpoint.organisation)
    dispatch(at=AT)
    delivery: Delivery = endpoint.deliveries.get()
    return delivery


def changed(endpoint: Endpoint, *, address: str = HERE) -> None:
    endpoints.change(
        endpoint,
        address=address,
        description="Orders",
        event_types=endpoint.event_types,
        by=PersonFactory(),
        at=AT,
    )
    endpoint.refresh_from_db()


@pytest.fixture
def failing() -> Endpoint:
    endpoint: Endpoint = EndpointFactory(
        address=f"{HERE}before",
        failing_since=AT - FIVE_DAYS,
        failed_at=AT - dt.timedelta(hours=1),
        given_up_since=AT - FIVE_DAYS,
        given_up_told_at=AT - FIVE_DAYS,
    )
    MembershipFactory(organisation=endpoint.organisation)
    return endpoint


def test_another_address_has_never_failed(failing: Endpoint) -> None:
    changed(failing)

    assert {getattr(failing, name) for name in endpoints.HOW_IT_GOES} == {None}
    answered(told(failing), UNAVAILABLE, at=AT)
    failing.refresh_from_db()
    assert failing.is_enabled
    assert failing.failing_since == AT


def test_the_same_address_goes_on_failing(failing: Endpoint) -> None:
    before = deliveries._how_it_goes(failing)

    changed(failing, address=failing.address)

    assert deliveries._how_it_goes(failing) == before
    answered(told(failing), UNAVAILABLE, at=AT)
    failing.refresh_from_db()
    assert failing.disabled_because == Endpoint.Disabled.FAILING


def test_what_waits_goes_to_another_address_at_once_with_all_attempts_ahead() -> None:
    endpoint = EndpointFactory()
    waiting = told(endpoint)
    answered(waiting, UNAVAILABLE, at=AT - dt.timedelta(seconds=1))

    changed(endpoint)

    waiting.refresh_from_db()
    assert (waiting.tries, waiting.next_attempt_at) == (0, AT)


@pytest.mark.parametrize("outcome", [GONE, UNAVAILABLE], ids=["gone", "a failure"])
def test_what_the_address_before_refuses_is_not_held_against_the_next(outcome: Outcome) -> None:
    endpoint = EndpointFactory()
    MembershipFactory(organisation=endpoint.organisation)
    delivery = told(endpoint)
    [lane] = deliveries.claim(at=AT)
    changed(endpoint)
    letters = OutgoingMail.objects.count()

    sent = deliveries.Sent(lane.endpoint_id, lane.address, {delivery.pk: outcome})
    deliveries.write_down([sent], at=AT)

    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.failing_since, endpoint.failed_at) == (True, None, None)
    assert OutgoingMail.objects.count() == letters
    assert Attempt.objects.get().status == outcome.status
    [lane] = deliveries.claim(at=AT)
    assert (lane.address, list(lane.messages)) == (HERE, [delivery.pk])
    delivery.refresh_from_db()
    assert delivery.tries == 0


def test_what_the_address_before_accepts_is_delivered_and_says_nothing_of_the_next() -> None:
    endpoint = EndpointFactory()
    delivery = told(endpoint)
    [lane] = deliveries.claim(at=AT)
    changed(endpoint)
    Endpoint.objects.update(failing_since=AT, failed_at=AT)

    sent = deliveries.Sent(lane.endpoint_id, lane.address, {delivery.pk: YES})
    deliveries.write_down([sent], at=AT)

    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert (delivery.delivered_at, endpoint.failing_since) == (AT, AT)


def test_an_address_that_changes_while_it_is_judged_is_not_switched_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = EndpointFactory()
    delivery = told(endpoint)
    real = deliveries._switch_off

    def after_a_change(*args: object, **how: object) -> None:
        changed(Endpoint.objects.get())
        real(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries, "_switch_off", after_a_change)
    answered(delivery, GONE, at=AT)

    endpoint.refresh_from_db()
    assert (endpoint.address, endpoint.is_enabled) == (HERE, True)
