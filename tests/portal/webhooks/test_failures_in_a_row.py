"""An endpoint fails since the first of the failures that follow each other."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from portal.webhooks.operations import deliveries
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.sending import Outcome
from tests.factories.webhooks import EndpointFactory, answered, something_happens

if TYPE_CHECKING:
    from portal.webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)
FIVE_DAYS = dt.timedelta(days=5)


def told(endpoint: Endpoint, *, times: int) -> list[Delivery]:
    for _time in range(times):
        something_happens(endpoint.organisation)
    dispatch(at=AT)
    return list(endpoint.deliveries.order_by("pk"))


def test_a_failure_long_after_another_begins_anew() -> None:
    endpoint = EndpointFactory()
    [first, second, third] = told(endpoint, times=3)
    no = Outcome(status=502, duration_ms=1)
    answered(first, no, at=AT)

    answered(second, no, at=AT + 2 * FIVE_DAYS)

    endpoint.refresh_from_db()
    assert endpoint.is_enabled
    assert endpoint.failing_since == endpoint.failed_at == AT + 2 * FIVE_DAYS
    answered(third, no, at=AT + 2 * FIVE_DAYS + deliveries.SILENCE)
    endpoint.refresh_from_db()
    assert endpoint.failing_since == AT + 2 * FIVE_DAYS


def test_the_last_pause_of_the_schedule_is_no_silence() -> None:
    endpoint = EndpointFactory()
    [delivery] = told(endpoint, times=1)
    at = AT

    for pause in (dt.timedelta(), *deliveries.RETRY_AFTER):
        at += pause * (1 + deliveries.JITTER)
        answered(delivery, Outcome(status=502, duration_ms=1), at=at)
        endpoint.refresh_from_db()
        assert endpoint.failing_since == AT
