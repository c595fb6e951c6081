"""A second factor, in Dutch on a phone: set up with the picture that an app scans, then used."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from portal.demo import people
from portal.demo.people import DEMO_PASSWORD, create_demo_person
from tests.browser.axe import Axe
from tests.browser.conftest import PHONE, set_clock
from tests.browser.words import english_left
from tests.factories.second_factors import code_now, wrong_code

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.browser.conftest import Door
    from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
# Somebody scans it: drawn, as large as on the page, under the policy that the page came with.
IS_DRAWN = "picture => picture.complete && picture.naturalWidth > 30"


def test_it_is_set_up_and_lets_in(door: Door, settings: Settings) -> None:
    settings.STAFF_NEED_SECOND_FACTOR = True
    set_clock(TODAY)
    create_demo_person(people.SALES)

    lotte = door.visitor(language="nl", width=PHONE, theme="dark")
    enter_password(lotte)
    picture = lotte.page.locator("main img.qr-code")
    assert picture.evaluate(IS_DRAWN)
    secret = lotte.page.locator("#authenticator_secret").input_value()
    assert is_sound(lotte)
    lotte.write("code", wrong_code(secret))
    lotte.press("Set it up")
    lotte.reads(lotte.words("Incorrect code."))
    lotte.write("code", code_now(secret))
    lotte.press("Set it up")
    assert lotte.page.locator(".recovery-codes li").count() == 10
    code = lotte.page.locator(".recovery-codes li").first.inner_text()
    lotte.follow("I have kept them")
    assert lotte.path == "/backoffice/"

    again = door.visitor(language="nl", width=PHONE)
    enter_password(again)
    again.reads(again.words("Enter your code"))
    assert is_sound(again)
    again.write("code", wrong_code(secret))
    again.press("Sign in")
    again.reads(again.words("Incorrect code."))
    again.write("code", code)
    again.press("Sign in")
    assert again.path == "/backoffice/"


def enter_password(visitor: Visitor) -> None:
    visitor.go("/backoffice/")
    visitor.write("login", people.SALES.email)
    visitor.write("password", DEMO_PASSWORD)
    visitor.press("Sign in")


def is_sound(visitor: Visitor) -> bool:
    """All of it in Dutch, and nothing that the norm objects to."""
    assert english_left(visitor.page, language="nl") == []
    visitor.watch.check()
    axe = Axe(visitor.page)
    axe.load()
    assert list(axe.violations(best_practice=True)) == []
    visitor.watch.take()
    return True
