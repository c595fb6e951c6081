"""Where the demo's endpoints lead when the platform on this machine listens elsewhere."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import History
from portal.demo import webhooks
from portal.operation_center.hearing import BELOW
from portal.webhooks.signing import unseal
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from pytest_django import Settings

    from portal.operation_center.server import OperationCenter

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
ELSEWHERE = "http://127.0.0.1:9"


@pytest.fixture
def _on_this_machine(operation_center: OperationCenter, settings: Settings) -> None:
    settings.WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.0/8"]


@pytest.mark.usefixtures("_on_this_machine")
def test_they_follow_the_platform_to_another_port_and_nobody_elses_do() -> None:
    own = EndpointFactory(address=f"{ELSEWHERE}{BELOW}orders", secret="whsec_b3du")
    others = EndpointFactory(address="https://hooks.example/webhooks/orders")

    webhooks.move_to_platform(at=NOW)
    webhooks.move_to_platform(at=NOW)

    own.refresh_from_db()
    assert own.address == webhooks.address_of("orders")
    others.refresh_from_db()
    assert others.address == "https://hooks.example/webhooks/orders"
    assert History.objects.filter(verb="webhook.changed").count() == 1
    assert webhooks.secrets(at=NOW) == ["whsec_b3du"] == [unseal(own.secrets.get().sealed)]
