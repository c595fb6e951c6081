"""Whoever waits for the template gets it when it is ready, and no half of it."""

from __future__ import annotations

from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.template import Template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers import Servers


@pytest.fixture
def template(services: Servers) -> Iterator[Template]:
    """Another one than this run has."""
    url = urlsplit(services.database_url)
    template = Template(urlunsplit(url._replace(path="/postgres")))
    template.drop()
    yield template
    template.drop()


def test_it_is_there_once_it_is_finished(template: Template) -> None:
    template.begin()
    finishing = Timer(0.2, template.finish)
    finishing.start()

    assert template.wait()

    finishing.join()
    assert template.wait()


def test_who_waits_for_one_that_fails_learns_that_there_is_none(template: Template) -> None:
    template.begin()
    failing = Timer(0.2, template.drop)
    failing.start()

    assert not template.wait()

    failing.join()
