"""What is delivered verifies with `standardwebhooks` for Node, too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from customers import clock
from portal.webhooks.operations import deliveries, endpoints
from portal.webhooks.operations.dispatching import dispatch
from tests.factories.customers import LONG_AGO, PersonFactory
from tests.factories.webhooks import SECRET, EndpointFactory, something_happens

if TYPE_CHECKING:
    from tests.fakes.receiver import Received, Receiver

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def node() -> str:
    """Where there is none the test skips and says so; `.ci/run` brings it and lets nothing skip."""
    found = shutil.which("node")
    if found is None:
        assert not os.environ.get("NODE_REQUIRED"), "Node is not installed."
        pytest.skip("Node is not installed.")
    return found


def verified(node: str, received: Received, secret: str) -> dict[str, Any] | None:
    """The message, as Node read it; None when it did not verify."""
    told = {"secret": secret, "headers": dict(received.headers), "body": received.body}
    verdict = subprocess.run(
        [node, HERE / "verify.js"],
        input=json.dumps(told),
        env={"NODE_PATH": str(HERE / "vendor")},
        capture_output=True,
        text=True,
        check=False,
    )
    if verdict.returncode:
        assert "WebhookVerificationError" in verdict.stderr, verdict.stderr
        return None
    message: dict[str, Any] = json.loads(verdict.stdout)
    return message


def test_node_verifies_what_is_delivered_while_a_secret_is_replaced(
    node: str, receiver: Receiver
) -> None:
    endpoint = EndpointFactory(address=receiver.address)
    issued = endpoints.rotate_secret(
        endpoint, overlap=deliveries.CLAIMED_FOR, by=PersonFactory(), at=LONG_AGO
    )
    something_happens(endpoint.organisation)
    dispatch(at=LONG_AGO)

    deliveries.deliver_due(at=LONG_AGO, signed_at=clock.real_now())

    [received] = receiver.received
    for secret in (SECRET, issued.secret):
        message = verified(node, received, secret)
        assert message is not None
        assert message["type"] == "partner_access.granted"
    assert verified(node, received, "whsec_" + "A" * 32) is None
