"""What every test can lean on: services, a real worker, a real browser, a moved clock."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING

import pytest

from portal.local import translations
from tests.services import Services

if TYPE_CHECKING:
    from collections.abc import Iterator

# Settings are read once, when Django is set up below; by then the addresses of the services
# have to stand in the environment. What is set from outside is respected.
SERVICES = Services()
SERVICES.start()
SERVICES.divide(os.environ.get("PYTEST_XDIST_WORKER"))
atexit.register(SERVICES.stop)
translations.compile_all()
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"

import django  # noqa: E402

django.setup()

pytest_plugins = ["tests.fixtures.worker", "tests.fixtures.browser"]


@pytest.fixture(scope="session")
def services() -> Services:
    """The addresses of PostgreSQL and Redis that this run uses."""
    return SERVICES


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits and cached pages of one test must not meet the next."""
    yield
    from django.core.cache import cache

    cache.clear()
