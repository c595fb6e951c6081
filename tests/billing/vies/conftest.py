from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.vies import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import Settings

    from tests.fakes.vies import FakeVies


@pytest.fixture
def vies(settings: Settings) -> Iterator[FakeVies]:
    """The register, switched on."""
    with answering() as register:
        settings.VIES_URL = register.address
        yield register
