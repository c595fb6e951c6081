"""What a narrow window asks of lists and of the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import Role
from portal.demo.people import DemoSignIn
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from tests.browser.conftest import Door
    from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROWEST = 320  # pixels: WCAG 2.2, 1.4.10 Reflow
SIDEWAYS = """() => [...document.querySelectorAll(".card__body")]
    .map((body) => body.scrollWidth - body.clientWidth).filter((over) => over > 0)"""


@pytest.fixture
def visitor(door: Door) -> Visitor:
    """Where an application waits for a subscription, which takes the most words, in Dutch."""
    open_shop()
    owner = MembershipFactory(role=Role.OWNER, organisation__dutch=True)
    tenant = TenantFactory(organisation=owner.organisation)
    AuthorisationFactory(tenant=tenant, active=True, application__name="Webshop")
    who = DemoSignIn(owner.person.email, owner.person.name, "owner", "nl")
    visitor = door.visitor(language="nl", width=NARROWEST, who=who)
    visitor.go(f"/organisations/{owner.organisation_id}/applications/")
    return visitor


def test_a_long_status_breaks_before_its_list_scrolls_sideways(visitor: Visitor) -> None:
    visitor.reads("Wacht op het abonnement")

    assert visitor.page.evaluate(SIDEWAYS) == []


def test_escape_closes_the_menu_and_goes_back_to_its_button(visitor: Visitor) -> None:
    button = visitor.page.locator("details.menu > summary")
    button.click()
    opened = visitor.page.locator("details.menu").get_attribute("open")

    visitor.page.keyboard.press("Escape")

    assert opened is not None
    assert visitor.page.locator("details.menu").get_attribute("open") is None
    assert button.evaluate("each => each === document.activeElement")
