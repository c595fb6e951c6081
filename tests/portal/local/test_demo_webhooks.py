"""What signs the demo's webhooks is kept where only its owner reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal.local import demo_webhooks
from portal.local.kept import Kept
from tests.factories.webhooks import SECRET, EndpointFactory

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db


def test_the_platform_is_told_the_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "webhook-secrets"
    monkeypatch.setattr(demo_webhooks, "KEPT", Kept(kept))
    assert demo_webhooks.known() == ""
    EndpointFactory(address="http://127.0.0.1:9/webhooks/orders")

    demo_webhooks.follow()

    assert demo_webhooks.known() == SECRET
    assert kept.stat().st_mode & 0o777 == 0o600
