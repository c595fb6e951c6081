"""The whole way with a real scheduler and worker: something happens, and a server hears of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from tests.factories.webhooks import SECRET, EndpointFactory, something_happens

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.receiver import Receiver
    from tests.fixtures.worker import CeleryProcess


@pytest.mark.worker
def test_a_server_hears_within_seconds_and_once_more_after_a_failure(
    receiver: Receiver,
    start_worker: Callable[..., CeleryProcess],
    start_beat: Callable[..., CeleryProcess],
) -> None:
    receiver.answers = [503, 200]
    endpoint = EndpointFactory(address=receiver.address)
    start_worker(WEBHOOKS_INTERNAL_NETWORKS="127.0.0.0/8")
    start_beat()

    something_happens(endpoint.organisation)

    until = time.monotonic() + 30
    while not endpoint.deliveries.filter(delivered_at__isnull=False).exists():
        assert time.monotonic() < until, "nothing was delivered"
        time.sleep(0.1)
    first, second = receiver.received
    assert first.body == second.body
    assert Webhook(SECRET).verify(second.body, dict(second.headers))["sequence"] == 1
