"""Where the broker's host has vanished, who rings goes on within seconds."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import pytest
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 15  # seconds


@pytest.fixture
def listening() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def silent_server(stack: ExitStack, *, queue: int) -> int:
    """The port of one that takes connections and says nothing, up to `queue` of them."""
    server = stack.enter_context(socket.socket())
    server.bind(("127.0.0.1", 0))
    server.listen(queue)
    port: int = server.getsockname()[1]
    return port


def vanished_server(stack: ExitStack) -> int:
    """The port of one to which nobody gets through: the system drops what comes."""
    port = silent_server(stack, queue=0)
    for _place in range(4):
        caller = stack.enter_context(socket.socket())
        caller.setblocking(False)  # noqa: FBT003 - positional only
        with suppress(BlockingIOError):
            caller.connect(("127.0.0.1", port))
    return port


@pytest.mark.parametrize("vanished", [True, False], ids=["nobody gets through", "says nothing"])
def test_a_request_that_rings_goes_on_without_a_broker(
    listening: ExitStack, *, vanished: bool
) -> None:
    port = vanished_server(listening) if vanished else silent_server(listening, queue=100)
    app = Celery("ringing", broker=f"redis://127.0.0.1:{port}/0", set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    app.conf.task_publish_retry_policy = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
    began = time.monotonic()

    with pytest.raises(OperationalError):
        app.send_task("anything")

    assert time.monotonic() - began < PATIENCE
