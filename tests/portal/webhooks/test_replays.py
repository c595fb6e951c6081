"""What was told is sent again, tried out and forgotten."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from customers.models import History
from portal.webhooks.models import Attempt, Delivery, Endpoint, Replay
from portal.webhooks.operations import deliveries, endpoints, replays
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Outcome
from tests.factories.customers import PersonFactory
from tests.factories.webhooks import (
    EndpointFactory,
    answered,
    something_happens,
    worked_off,
)
from tests.portal.webhooks.test_deliveries import AT, deliver, the_only, told

if TYPE_CHECKING:
    from tests.fakes.receiver import Receiver

pytestmark = pytest.mark.django_db


def test_what_was_told_long_ago_is_forgotten_and_the_numbers_go_on() -> None:
    endpoint = EndpointFactory()
    [over, waiting] = told(endpoint, times=2)
    answered(over, Outcome(status=200, duration_ms=1), at=AT)
    old = AT + dt.timedelta(days=90)

    assert deliveries.forget_old(at=old) == 0
    assert deliveries.forget_old(at=old + dt.timedelta(seconds=1)) == 1

    assert list(endpoint.deliveries.all()) == [waiting]
    assert not Attempt.objects.exists()
    assert told(endpoint)[-1].event.sequence == 3


def test_one_delivery_is_sent_once_more(receiver: Receiver) -> None:
    endpoint = EndpointFactory(address=receiver.address)
    delivery = the_only(endpoint)
    deliver()

    replays.replay(delivery, at=AT)
    with pytest.raises(replays.OnItsWay):
        replays.replay(delivery, at=AT)
    deliver()

    assert len(set(receiver.bodies)) == 1
    assert len(receiver.received) == 2
    assert delivery.attempts.count() == 2


def test_everything_since_a_moment_comes_again_in_order() -> None:
    endpoint = EndpointFactory(event_types=["partner_access.granted"])
    hour = dt.timedelta(hours=1)
    for hours in range(4):
        told(endpoint, at=AT + hours * hour)
    for delivery in endpoint.deliveries.all():
        answered(delivery, Outcome(status=200, duration_ms=1), at=AT)

    count = replays.replay_since(
        endpoint, since=AT + 2 * hour, by=PersonFactory(), at=AT + 9 * hour
    )
    worked_off()

    assert count == 2
    waiting = endpoint.deliveries.waiting().order_by("pk")
    assert [each.event.sequence for each in waiting] == [3, 4]
    assert History.objects.get(verb="webhook.replayed").details["count"] == 2


def test_a_replay_takes_what_waits_for_its_retry_with_it_in_order(receiver: Receiver) -> None:
    endpoint = EndpointFactory(address=receiver.address)
    [first, refused, last] = told(endpoint, times=3)
    for delivery in (first, last):
        answered(delivery, Outcome(status=200, duration_ms=1), at=AT)
    for _attempt in range(4):
        answered(refused, Outcome(status=502, duration_ms=1), at=AT)
    mended = AT + dt.timedelta(minutes=1)

    count = replays.replay_since(endpoint, since=AT, by=PersonFactory(), at=mended)
    worked_off()
    deliver(mended)

    assert count == len(receiver.received) == 3
    assert [json.loads(body)["sequence"] for body in receiver.bodies] == [1, 2, 3]
    refused.refresh_from_db()
    assert (refused.delivered_at, refused.tries) == (mended, 1)


def test_one_that_waits_is_brought_forward_with_all_its_attempts_ahead(receiver: Receiver) -> None:
    endpoint = EndpointFactory(address=receiver.address)
    delivery = the_only(endpoint)
    for _attempt in range(9):
        answered(delivery, Outcome(status=502, duration_ms=1), at=AT)
    receiver.answers = [502, 200]

    replays.replay(delivery, at=AT)
    deliver()

    delivery.refresh_from_db()
    assert (delivery.tries, delivery.given_up_at) == (1, None)
    deliver(AT + dt.timedelta(seconds=6))
    assert len(receiver.received) == 2


@pytest.mark.parametrize("everything", [False, True], ids=["one", "since"])
def test_days_of_failure_are_counted_from_the_first_however_often_one_sends_again(
    everything: bool,
) -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    delivery = the_only(endpoint)
    no = Outcome(status=502, duration_ms=1)

    for day in range(6):
        at = AT + dt.timedelta(days=day)
        answered(delivery, no, at=at)
        endpoint.refresh_from_db()
        assert endpoint.failing_since == AT
        assert endpoint.is_enabled == (day < 5)
        delivery.refresh_from_db()
        if not endpoint.is_enabled:
            break
        if everything:
            replays.replay_since(endpoint, since=AT, by=by, at=at)
            worked_off()
        else:
            replays.replay(delivery, at=at)

    assert endpoint.disabled_because == Endpoint.Disabled.FAILING


def test_replay_brings_what_was_missed_while_switched_off() -> None:
    endpoint, owner = EndpointFactory(), PersonFactory()
    endpoints.disable(endpoint, by=owner, at=AT)
    assert told(endpoint) == []
    with pytest.raises(endpoints.EndpointDisabled):
        replays.replay_since(endpoint, since=AT, by=owner, at=AT)

    endpoints.enable(endpoint, by=owner, at=AT)

    assert replays.replay_since(endpoint, since=AT, by=owner, at=AT) == 1
    worked_off()
    assert endpoint.deliveries.waiting().count() == 1


def test_a_replay_of_nothing_is_refused() -> None:
    endpoint = EndpointFactory()
    the_only(endpoint)

    with pytest.raises(replays.NothingToReplay):
        replays.replay_since(endpoint, since=AT + dt.timedelta(days=1), by=PersonFactory(), at=AT)

    assert not History.objects.filter(verb="webhook.replayed").exists()
    assert not Replay.objects.exists()


def test_one_replay_at_a_time() -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    the_only(endpoint)
    replays.replay_since(endpoint, since=AT, by=by, at=AT)

    with pytest.raises(replays.ReplayUnderWay):
        replays.replay_since(endpoint, since=AT, by=by, at=AT)
    assert History.objects.filter(verb="webhook.replayed").count() == 1

    worked_off()
    assert replays.replay_since(endpoint, since=AT, by=by, at=AT) == 1


def test_a_test_goes_to_its_endpoint_alone_and_takes_no_number(receiver: Receiver) -> None:
    endpoint = EndpointFactory(address=receiver.address, event_types=["invoice.issued"])
    EndpointFactory(organisation=endpoint.organisation)

    endpoints.send_test(endpoint, at=AT)
    deliver()

    [body] = receiver.bodies
    message = json.loads(body)
    assert (message["type"], message["sequence"]) == ("webhook.test", None)
    something_happens(endpoint.organisation)
    dispatch(at=AT)
    assert json.loads(Delivery.objects.latest("pk").event.body)["sequence"] == 1
