"""What every test can lean on: services, a real worker, a real browser, a moved clock."""

from __future__ import annotations

import atexit
import gc
import os
from functools import cache
from typing import TYPE_CHECKING

import django
import pytest
import redis
import structlog
from django.conf import settings
from hypothesis import settings as hypothesis_settings

from portal.local import translations
from tests.servers import Servers
from tests.template import Template

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pytest_django import DjangoDbBlocker


# Settings are read once, when Django is set up below; by then the addresses of the services
# have to stand in the environment. What is set from outside is respected.
assert not settings.configured, "Run the tests without DJANGO_SETTINGS_MODULE: they choose it."
SERVICES = Servers()
SERVICES.start()
SERVICES.divide(os.environ.get("PYTEST_XDIST_WORKER"))
atexit.register(SERVICES.stop)
translations.compile_all()
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings.test"

django.setup()
# xdist's processes inherit the environment. Would they find it there, pytest-django would read
# their settings before this file has given each of them a Redis database of its own.
del os.environ["DJANGO_SETTINGS_MODULE"]

# Its own way of showing an exception, with colours and every local value, takes half a second.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

# How long an example takes says how busy the machine is; how fast we are is for benchmarks to say.
# `make test` tries fewer of them where a test does not say how many; `make test-slow` all.
hypothesis_settings.register_profile(
    "unhurried",
    parent=hypothesis_settings.get_profile(hypothesis_settings.get_current_profile_name()),
    deadline=None,
    max_examples=int(os.environ.get("EXAMPLES", "100")),
)
hypothesis_settings.load_profile("unhurried")

pytest_plugins = [
    "tests.fixtures.worker",
    "tests.fixtures.browser",
    "tests.fixtures.catalogue",
    "tests.fixtures.platform",
    "tests.fixtures.policies",
    "tests.fixtures.verapdf",
]


TEMPLATE = Template(SERVICES.database_url)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What was imported and collected lives to the end: the collector need not go through it.

    Nor often through what tests leave behind: there is memory for a few thousand objects more.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20)


def pytest_xdist_setupnodes() -> None:
    """Several processes are about to start; this one only hands out the tests."""
    atexit.register(TEMPLATE.stop)
    TEMPLATE.start()


@pytest.fixture(scope="session")
def services() -> Servers:
    """The addresses of PostgreSQL and Redis that this run uses."""
    return SERVICES


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Of several processes each copies the template; one alone has nobody to share with."""
    from django.db import connection

    if "PYTEST_XDIST_WORKER" in os.environ and TEMPLATE.wait():
        connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE.name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; before it is dropped, whoever is still in it is shown out.

    A session of a process that a test has killed can outlive it by a moment.
    """
    from django.db import connection
    from django.test import TransactionTestCase

    from tests import emptying

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.after_a_test)
        yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()


@cache
def _redis(url: str) -> redis.Redis:
    """One connection for all tests: opening it takes thirty times as long as emptying."""
    return redis.Redis.from_url(url)


@pytest.fixture(autouse=True)
def _empty_redis() -> Iterator[None]:
    """Messages, rate limits and cached pages of one test must not meet the next."""
    yield
    _redis(settings.REDIS_URL).flushdb()
    from portal.api import limits

    limits.forget()


@pytest.fixture(autouse=True)
def _nobody_s_language() -> None:
    """A request leaves its language active in the thread; no test starts in another's."""
    from django.utils import translation

    translation.deactivate()
