"""An endpoint fails since the first of the failures that follow each other."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import OutgoingMail
from portal.webhooks.models import Delivery
from portal.webhooks.operations import deliveries, endpoints
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Outcome
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.webhooks import EndpointFactory, answered, something_happens
from tests.letters import subjects

if TYPE_CHECKING:
    from portal.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
FIVE_DAYS, A_MONTH = dt.timedelta(days=5), dt.timedelta(days=30)
NO = Outcome(status=502, duration_ms=1)
YES = Outcome(status=200, duration_ms=1)


def told(endpoint: Endpoint, *, times: int) -> list[Delivery]:
    for _time in range(times):
        something_happens(endpoint.organisation)
    dispatch(at=AT)
    return list(endpoint.deliveries.order_by("pk"))


def test_a_failure_long_after_another_begins_anew() -> None:
    endpoint = EndpointFactory()
    [first, second, third] = told(endpoint, times=3)
    answered(first, NO, at=AT)

    answered(second, NO, at=AT + 2 * FIVE_DAYS)

    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    assert endpoint.failing_since == endpoint.failed_at == AT + 2 * FIVE_DAYS
    answered(third, NO, at=AT + 2 * FIVE_DAYS + deliveries.SILENCE)
    endpoint.refresh_from_db()
    assert endpoint.failing_since == AT + 2 * FIVE_DAYS


def test_the_last_pause_of_the_schedule_is_no_silence() -> None:
    endpoint = EndpointFactory()
    [delivery] = told(endpoint, times=1)
    at = AT

    for pause in (dt.timedelta(), *deliveries.RETRY_AFTER):
        at += pause * (1 + deliveries.JITTER)
        answered(delivery, NO, at=at)
        endpoint.refresh_from_db()
        assert endpoint.failing_since == AT


# --- An endpoint to which little is sent -------------------------------------------------------


def given_up(delivery: Delivery, *, begun_at: dt.datetime) -> dt.datetime:
    """All ten attempts fail, as late as they may be; when the last of them did."""
    at = begun_at
    for pause in (dt.timedelta(), *deliveries.RETRY_AFTER):
        at += pause * (1 + deliveries.JITTER)
        answered(delivery, NO, at=at)
    delivery.refresh_from_db()
    assert delivery.given_up_at == at
    return at


@pytest.fixture
def quiet() -> Endpoint:
    endpoint = EndpointFactory()
    MembershipFactory(organisation=endpoint.organisation)
    return endpoint


def test_the_second_message_of_a_quiet_endpoint_that_is_given_up_is_the_last(
    quiet: Endpoint,
) -> None:
    [first, second] = told(quiet, times=2)
    name = quiet.organisation.name

    at = given_up(first, begun_at=AT)

    assert subjects() == [f"A message to a webhook of {name} was given up"]
    assert "in 10 attempts over three days" in OutgoingMail.objects.get().body
    quiet.refresh_from_db()
    assert quiet.is_enabled

    given_up(second, begun_at=at + A_MONTH)

    assert subjects()[1:] == [f"A webhook of {name} was switched off"]
    quiet.refresh_from_db()
    assert quiet.disabled_because == "failing"


def test_what_is_given_up_soon_after_brings_neither_letter_nor_end(quiet: Endpoint) -> None:
    [first, second] = told(quiet, times=2)
    at = given_up(first, begun_at=AT)
    Delivery.objects.filter(pk=second.pk).update(tries=len(deliveries.RETRY_AFTER))

    answered(second, NO, at=at + FIVE_DAYS - dt.timedelta(seconds=1))

    quiet.refresh_from_db()
    assert quiet.is_enabled
    assert len(subjects()) == 1


def test_what_was_accepted_between_begins_a_new_spell(quiet: Endpoint) -> None:
    [first, second, third] = told(quiet, times=3)
    at = given_up(first, begun_at=AT)
    answered(second, YES, at=at + A_MONTH / 2)

    given_up(third, begun_at=at + A_MONTH)

    quiet.refresh_from_db()
    assert quiet.is_enabled
    assert [each.partition(" to a webhook")[0] for each in subjects()] == ["A message"] * 2


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        pytest.param(
            "en",
            "we switch the endpoint off, at the earliest on 30 November 2026 at 10:00 CET.",
            id="English",
        ),
        pytest.param(
            "nl",
            "schakelen we het endpoint uit, op zijn vroegst op 30 november 2026 om 10:00 CET.",
            id="Dutch",
        ),
    ],
)
def test_the_letter_names_when_an_endpoint_that_always_fails_is_switched_off(
    language: str, sentence: str
) -> None:
    endpoint = EndpointFactory()
    MembershipFactory(organisation=endpoint.organisation, person__language=language)
    [first, second] = told(endpoint, times=2)
    given_up(first, begun_at=AT)

    for before_it in (dt.timedelta(days=1), dt.timedelta(seconds=1)):
        answered(second, NO, at=AT + FIVE_DAYS - before_it)

    assert sentence in " ".join(OutgoingMail.objects.get().body.split())
    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    answered(second, NO, at=AT + FIVE_DAYS)
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == "failing"


def test_who_refuses_one_kind_of_event_hears_of_it_once_in_five_days(quiet: Endpoint) -> None:
    [first, second, third, accepted] = told(quiet, times=4)
    at = given_up(first, begun_at=AT)
    Delivery.objects.filter(pk__in=[second.pk, third.pk]).update(tries=len(deliveries.RETRY_AFTER))

    for refused, later in ((second, at + FIVE_DAYS / 2), (third, at + FIVE_DAYS)):
        answered(accepted, YES, at=later - dt.timedelta(minutes=1))
        answered(refused, NO, at=later)
        quiet.refresh_from_db()
        assert quiet.given_up_since == later

    assert list(OutgoingMail.objects.order_by("pk").values_list("created_at", flat=True)) == [
        at,
        at + FIVE_DAYS,
    ]


def test_what_was_accepted_after_it_in_the_same_turn_leaves_no_end_to_name(
    quiet: Endpoint,
) -> None:
    [refused, accepted] = told(quiet, times=2)
    Delivery.objects.filter(pk=refused.pk).update(tries=len(deliveries.RETRY_AFTER))

    outcomes = {refused.pk: NO, accepted.pk: YES}
    deliveries.write_down([deliveries.Sent(quiet.pk, quiet.address, outcomes)], at=AT)

    body = OutgoingMail.objects.get().body
    assert "at most once in 5 days" in " ".join(body.split())
    assert "at the earliest" not in body


def test_who_switches_it_on_again_hears_of_the_next_one(quiet: Endpoint) -> None:
    [first, second] = told(quiet, times=2)
    at = given_up(first, begun_at=AT)
    by = PersonFactory()
    endpoints.disable(quiet, by=by, at=at)
    endpoints.enable(quiet, by=by, at=at)
    Delivery.objects.filter(pk=second.pk).update(next_attempt_at=at, given_up_at=None)

    given_up(second, begun_at=at)

    quiet.refresh_from_db()
    assert quiet.is_enabled
    assert len(subjects()) == 2
