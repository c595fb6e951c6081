from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command

from customers import clock
from tests.factories.shop import open_shop

if TYPE_CHECKING:
    from collections.abc import Callable

# Later than any real day on which these tests will run: the clock only moves forward.
ORDERED = dt.datetime(2098, 11, 22, 13, 0, tzinfo=dt.UTC)


@pytest.fixture
def run(db: None) -> Callable[..., str]:
    """Run a command and return what it printed."""

    def call(name: str, *arguments: str) -> str:
        printed = StringIO()
        call_command(name, *arguments, stdout=printed, no_color=True)
        return printed.getvalue()

    return call


@pytest.fixture
def shop(db: None) -> None:
    """Open, and the clock stands at `ORDERED`."""
    open_shop()
    clock.move_to(ORDERED)
