from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.receiver import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from tests.fakes.receiver import Receiver


@pytest.fixture
def _inside(settings: Settings) -> None:
    """This machine may be sent to, as in a demo."""
    settings.WEBHOOKS_INTERNAL_NETWORKS = ["127.0.0.0/8", "::1/128"]


@pytest.fixture
def receiver(_inside: None) -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver
