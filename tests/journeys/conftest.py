from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures.worker import CeleryProcess


@pytest.fixture
def shop(transactional_db: None) -> None:
    """Both sellers and three products, with round prices, for everybody to see."""
    open_shop()


@pytest.fixture
def lights_on(
    start_worker: Callable[..., CeleryProcess], start_beat: Callable[..., CeleryProcess]
) -> Callable[[], list[CeleryProcess]]:
    """Start a real worker and a real scheduler: from then on what is due is done by itself."""

    def start() -> list[CeleryProcess]:
        both = [start_worker(ready=False), start_beat(ready=False)]
        return [process.wait_until_ready() for process in both]

    return start


@pytest.fixture
def portal_runs(shop: None, lights_on: Callable[[], list[CeleryProcess]]) -> None:
    """Both run from the first moment of the story."""
    lights_on()
