"""When the demo can be loaded, and when it is refused."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.invariants import every
from customers.models import Organisation
from portal.demo.demo import load_demo
from portal.webhooks.models import Delivery, Endpoint
from subscriptions.models import Subscription
from tests.factories.customers import OrganisationFactory

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC), id="a month's first moment"),
        pytest.param(dt.datetime(2027, 3, 31, 21, 59, tzinfo=dt.UTC), id="a month's last minute"),
        pytest.param(dt.datetime(2028, 2, 29, 12, 0, tzinfo=dt.UTC), id="29 February"),
    ],
)
def test_it_can_be_loaded_on_any_day(at: dt.datetime, settings: Settings) -> None:
    """And anywhere: without a platform on this machine nobody is told by webhook."""
    settings.OPERATION_CENTER_URL = "https://platform.example"

    load_demo(at=at)

    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()
    assert Subscription.objects.live().filter(ends_at__gt=at).count() == 1
    assert every.check_all(at=at) == []


def test_never_beside_real_customers() -> None:
    OrganisationFactory()

    with pytest.raises(CommandError, match="customers in this portal already"):
        call_command("load_demo")

    assert Organisation.objects.count() == 1
