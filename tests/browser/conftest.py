"""A served portal, people who are signed in, and a watch on everything their browser does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from customers import clock
from customers.models import ClockShift, Person
from tests.browser.visitor import Visitor
from tests.browser.watching import Watch
from tests.browser.words import Words
from tests.factories.second_factors import sign_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from portal.demo.people import DemoSignIn

DESKTOP, PHONE = 1360, 390  # pixels
LANGUAGES = ("nl", "en")


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[LiveServer]:
    """The portal on an address of its own, static files too. Tests bring their own data."""
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@dataclass
class Door:
    """Lets visitors in; checks each of them when the test is over."""

    chromium: Browser
    address: str
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(
        self,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = DESKTOP,
        who: DemoSignIn | None = None,
        keyboard: bool = False,
        **options: Any,
    ) -> Visitor:
        """A fresh profile; with `who` already signed in, by a session made without the form."""
        context = self.chromium.new_context(
            locale={"nl": "nl-NL", "en": "en-GB"}[language],
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 900},
            timezone_id="Europe/Amsterdam",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(10_000)
        watch = Watch(context, self.address)
        if who is not None:
            context.add_cookies([self._session_of(who), self._language(language)])
        page = context.new_page()
        visitor = Visitor(context, page, watch, self.address, Words(language), keyboard)
        self.visitors.append(visitor)
        return visitor

    def close(self) -> None:
        for visitor in self.visitors:
            visitor.context.close()

    def _session_of(self, who: DemoSignIn) -> Any:
        client = Client()
        person = Person.objects.get(email=who.email)
        sign_in(client, person, shown=bool(who.second_factor))
        name = django_settings.SESSION_COOKIE_NAME
        return {"name": name, "value": client.cookies[name].value, "url": self.address}

    def _language(self, language: str) -> Any:
        name = django_settings.LANGUAGE_COOKIE_NAME
        return {"name": name, "value": language, "url": self.address}


@pytest.fixture
def door(chromium: Browser, server: LiveServer) -> Iterator[Door]:
    door = Door(chromium, server.url)
    yield door
    door.close()
    for visitor in door.visitors:
        visitor.watch.check()


def set_clock(instant: dt.datetime) -> None:
    """Backwards too, which nobody else can: a test starts on the day it was written for."""
    ahead_by = instant - clock.real_now()
    ClockShift.objects.update_or_create(only=True, defaults={"ahead_by": ahead_by})
