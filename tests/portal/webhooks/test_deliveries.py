"""Deliveries: signed, tried again by rows, given up; and what is switched off for it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from customers import clock
from customers.models import History, OutgoingMail, Role
from portal.webhooks.models import Attempt, Delivery, Endpoint
from portal.webhooks.operations import deliveries, endpoints
from portal.webhooks.operations.deliveries import JITTER
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Lines, Outcome
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.webhooks import (
    SECRET,
    EndpointFactory,
    answered,
    something_happens,
    worked_off,
)

if TYPE_CHECKING:
    from tests.fakes.receiver import Receiver

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
FIVE_DAYS = dt.timedelta(days=5)


def deliver(at: dt.datetime = AT) -> int:
    return deliveries.deliver_due(at=at, signed_at=clock.real_now())


def told(endpoint: Endpoint, *, times: int = 1, at: dt.datetime = AT) -> list[Delivery]:
    """Something happened so many times, and waits to be sent."""
    for _time in range(times):
        something_happens(endpoint.organisation)
    dispatch(at=at)
    return list(endpoint.deliveries.order_by("pk"))


def the_only(endpoint: Endpoint) -> Delivery:
    [delivery] = told(endpoint)
    return delivery


# --- What is sent -----------------------------------------------------------------------------


def test_a_message_is_delivered_and_verifies(receiver: Receiver) -> None:
    endpoint = EndpointFactory(address=receiver.address)
    delivery = the_only(endpoint)

    assert deliver() == 1
    assert deliver() == 0

    [received] = receiver.received
    message = Webhook(SECRET).verify(received.body, dict(received.headers))
    assert message["type"] == "partner_access.granted"
    assert message["data"] == {"tenant": None, "reason": "", "partner": "Example Partners"}
    assert received.headers["webhook-id"] == message["id"] == f"evt_{endpoint.organisation_id}_1"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.headers["content-type"] == "application/json"
    delivery.refresh_from_db()
    assert (delivery.delivered_at, delivery.next_attempt_at) == (AT, None)
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.answer, attempt.trouble) == (200, "thank you", "")


def test_another_secret_or_another_body_does_not_verify(receiver: Receiver) -> None:
    the_only(EndpointFactory(address=receiver.address))
    deliver()

    [received] = receiver.received
    other = Webhook("whsec_" + "A" * 32)

    with pytest.raises(WebhookVerificationError):
        other.verify(received.body, dict(received.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(received.body.replace("Partners", "Robbers"), dict(received.headers))


def test_both_secrets_sign_while_one_replaces_the_other(receiver: Receiver) -> None:
    endpoint = EndpointFactory(address=receiver.address)
    owner = PersonFactory()
    day = dt.timedelta(days=1)

    issued = endpoints.rotate_secret(endpoint, overlap=day, by=owner, at=AT)
    told(endpoint, times=2)
    deliver()
    told(endpoint, at=AT + day)
    deliver(AT + day)

    during, after = receiver.received[0], receiver.received[-1]
    for secret in (SECRET, issued.secret):
        assert Webhook(secret).verify(during.body, dict(during.headers))
    assert Webhook(issued.secret).verify(after.body, dict(after.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(after.body, dict(after.headers))


def test_an_attempt_says_the_same_as_the_one_before(receiver: Receiver) -> None:
    receiver.answers = [503, 200]
    the_only(EndpointFactory(address=receiver.address))

    deliver()
    deliver(AT + dt.timedelta(seconds=6))

    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


# --- What is an answer ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_only_the_two_hundreds_are_a_yes(receiver: Receiver, status: int) -> None:
    receiver.answers, receiver.answer_body = [status], b""
    delivery = the_only(EndpointFactory(address=receiver.address))

    deliver()

    delivery.refresh_from_db()
    assert delivery.delivered_at == AT


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_a_no_and_nothing_is_followed(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    receiver.answer_headers = {"Location": f"http://127.0.0.1:{receiver.port}/elsewhere"}
    endpoint = EndpointFactory(address=receiver.address)
    delivery = the_only(endpoint)

    deliver()

    assert [each.path for each in receiver.received] == ["/hooks"]
    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert delivery.delivered_at is None
    assert delivery.next_attempt_at is not None
    assert endpoint.failing_since == AT
    assert Attempt.objects.get().status == status


def test_only_the_first_bytes_of_an_answer_are_kept(receiver: Receiver) -> None:
    receiver.answer_body = b"\x00\xff" + b"x" * 100_000
    the_only(EndpointFactory(address=receiver.address))

    deliver()

    answer = Attempt.objects.get().answer
    assert answer.startswith("�xxx")
    assert len(answer) < 1100


def test_nobody_listens(receiver: Receiver) -> None:
    the_only(EndpointFactory(address="http://127.0.0.1:9/"))

    deliver()

    assert Attempt.objects.get().trouble == Attempt.Trouble.CONNECTION


# --- When it is tried again -------------------------------------------------------------------


SCHEDULE = [
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=24),
]


def test_the_schedule_and_its_end() -> None:
    endpoint = EndpointFactory()
    delivery = the_only(endpoint)
    no, at = Outcome(status=500, duration_ms=1), AT

    for wait in SCHEDULE:
        [lane] = deliveries.claim(at=at)
        assert list(lane.messages) == [delivery.pk]
        answered(delivery, no, at=at)
        delivery.refresh_from_db()
        assert delivery.next_attempt_at is not None
        assert wait <= delivery.next_attempt_at - at <= wait * (1 + JITTER)
        assert deliveries.claim(at=delivery.next_attempt_at - dt.timedelta(milliseconds=1)) == []
        at = delivery.next_attempt_at
    answered(delivery, no, at=at)

    delivery.refresh_from_db()
    assert (delivery.next_attempt_at, delivery.given_up_at) == (None, at)
    assert (delivery.tries, Attempt.objects.count()) == (10, 10)


def test_a_killed_worker_loses_nothing(receiver: Receiver) -> None:
    delivery = the_only(EndpointFactory(address=receiver.address))

    assert len(deliveries.claim(at=AT)) == 1  # and here it is killed

    assert deliver() == 0
    assert deliver(AT + deliveries.CLAIMED_FOR) == 1
    delivery.refresh_from_db()
    assert delivery.delivered_at == AT + deliveries.CLAIMED_FOR


def test_what_was_told_first_is_sent_first_over_one_connection(receiver: Receiver) -> None:
    told(EndpointFactory(address=receiver.address), times=30)

    assert deliver() == 30

    assert [json.loads(body)["sequence"] for body in receiver.bodies] == list(range(1, 31))
    assert receiver.connections == 1


def test_a_connection_that_the_receiver_closed_is_made_anew(receiver: Receiver) -> None:
    receiver.hangs_up_after = 2
    endpoint = EndpointFactory(address=receiver.address)
    told(endpoint, times=7)

    assert deliver() == 7

    assert [json.loads(body)["sequence"] for body in receiver.bodies] == list(range(1, 8))
    assert set(Attempt.objects.values_list("status", flat=True)) == {200}
    assert receiver.connections == 4


def test_nobody_else_sends_to_an_endpoint_meanwhile() -> None:
    busy, quiet = EndpointFactory(), EndpointFactory()
    told(busy, times=2)
    [first] = deliveries.claim(at=AT)
    told(busy)
    told(quiet)

    [second] = deliveries.claim(at=AT)

    assert (first.address, len(first.messages)) == (busy.address, 2)
    assert (second.address, len(second.messages)) == (quiet.address, 1)


def test_an_endpoint_gets_so_many_and_then_waits_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliveries, "PLACES", 1)
    busy, quiet = EndpointFactory(), EndpointFactory()
    told(busy, times=deliveries.OF_ONE_ENDPOINT + 1)
    told(quiet)

    [lane] = deliveries.claim(at=AT)
    assert (lane.address, len(lane.messages)) == (busy.address, deliveries.OF_ONE_ENDPOINT)
    accepted = dict.fromkeys(lane.messages, Outcome(status=200, duration_ms=1))
    deliveries.write_down([deliveries.Sent(lane.endpoint_id, lane.address, accepted)], at=AT)

    [lane] = deliveries.claim(at=AT)
    assert lane.address == quiet.address


def test_those_that_fail_leave_half_of_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "PLACES", 4)
    monkeypatch.setattr(deliveries, "PLACES_OF_FAILING", 2)
    for _each in range(5):
        told(EndpointFactory(failing_since=AT))

    running = deliveries.claim(at=AT)
    assert [lane.is_failing for lane in running] == [True, True]
    assert deliveries.claim(at=AT, beside=running) == []

    fine = EndpointFactory()
    told(fine)
    [lane] = deliveries.claim(at=AT, beside=running)
    assert lane.address == fine.address


def test_a_receiver_that_takes_long_gets_the_rest_in_its_next_turn(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "LANE_SECONDS", 0)
    endpoint = EndpointFactory(address=receiver.address)
    told(endpoint, times=3)

    [lane] = deliveries.claim(at=AT)
    with Lines() as lines:
        sent = deliveries._send(lane, lines, clock.real_now())
    deliveries.write_down([sent], at=AT)

    assert len(receiver.received) == 1
    assert endpoint.deliveries.waiting().count() == 2
    [lane] = deliveries.claim(at=AT)
    assert len(lane.messages) == 2


# --- Switched off -----------------------------------------------------------------------------


def test_gone_switches_off_at_once_and_the_owners_hear(receiver: Receiver) -> None:
    receiver.answers = [410]
    endpoint = EndpointFactory(address=receiver.address)
    owner = MembershipFactory(organisation=endpoint.organisation).person
    MembershipFactory(organisation=endpoint.organisation, role=Role.READER)
    told(endpoint, times=6)

    deliver()

    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_because) == (AT, "gone")
    assert endpoint.deliveries.waiting().count() == 0
    letter = OutgoingMail.objects.get()
    assert letter.to == owner.email
    assert "answered that it is gone (410)" in letter.body
    assert f"/organisations/{endpoint.organisation_id}/webhooks/{endpoint.pk}/" in letter.body
    assert History.objects.filter(verb="webhook.disabled").count() == 1


def test_days_of_nothing_but_failures_switch_off() -> None:
    since = AT - FIVE_DAYS + dt.timedelta(seconds=1)
    endpoint = EndpointFactory(failing_since=since, failed_at=AT - dt.timedelta(hours=24))
    MembershipFactory(organisation=endpoint.organisation, person__language="nl")
    [first, second] = told(endpoint, times=2)
    no = Outcome(trouble="timed_out", duration_ms=10_000)

    answered(first, no, at=AT)
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    answered(second, no, at=AT + dt.timedelta(seconds=1))

    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "failing"
    assert "5 dagen" in OutgoingMail.objects.get().body


def test_one_success_is_enough_to_stay() -> None:
    endpoint = EndpointFactory(failing_since=AT - 2 * FIVE_DAYS)
    [first, second] = told(endpoint, times=2)

    answered(first, Outcome(status=200, duration_ms=1), at=AT)
    answered(second, Outcome(status=500, duration_ms=1), at=AT)

    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    assert endpoint.failing_since == AT


def test_an_answer_that_comes_after_switching_off_changes_only_its_own_delivery() -> None:
    endpoint = EndpointFactory()
    [first, second] = told(endpoint, times=2)
    deliveries.claim(at=AT)
    endpoints.disable(endpoint, by=PersonFactory(), at=AT)

    answered(first, Outcome(status=200, duration_ms=1), at=AT)
    answered(second, Outcome(status=500, duration_ms=1), at=AT)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.delivered_at, first.given_up_at) == (AT, None)
    assert (second.delivered_at, second.given_up_at) == (None, AT)


def test_an_answer_that_comes_after_removal_is_nobodys() -> None:
    endpoint = EndpointFactory()
    delivery = the_only(endpoint)
    endpoints.remove(endpoint, by=PersonFactory(), at=AT)
    worked_off()

    answered(delivery, Outcome(status=200, duration_ms=1), at=AT)

    assert not Attempt.objects.exists()


def test_a_secret_that_cannot_be_read_fails_its_own_deliveries_alone(receiver: Receiver) -> None:
    lost = EndpointFactory(address=receiver.address)
    lost.secrets.update(sealed="sealed with another key")
    told(lost)
    told(EndpointFactory(address=receiver.address + "/2"))

    assert deliver() == 2

    assert [each.path for each in receiver.received] == ["/hooks/2"]
    assert Attempt.objects.get(delivery__endpoint=lost).trouble == Attempt.Trouble.SECRET_LOST
