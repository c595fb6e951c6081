"""What only a browser can tell: the strict CSP holds, and a run is watched while it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from billing.operations import runs
from catalog.models import Seller
from customers import clock
from customers.models import Tenant
from subscriptions.periods import Month
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page
    from pytest_django.live_server_helper import LiveServer

    from customers.models import Organisation, Person
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console says is wrong: a broken CSP, a script that fails."""
    found: list[str] = []
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def sign_in(context: BrowserContext, person: Person, server: LiveServer) -> None:
    client = Client()
    client.force_login(person)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server.url}])


def test_the_admin_holds_under_the_strict_csp(
    page: Page,
    browser_context: BrowserContext,
    live_server: LiveServer,
    complaints: list[str],
    subscription: Subscription,
    consent: Authorisation,
) -> None:
    # A superuser also sees forms with the admin's own scripts on them.
    sign_in(browser_context, PersonFactory(staff=True, is_superuser=True), live_server)

    page.goto(live_server.url + reverse("admin:index"))
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        page.goto(live_server.url + reverse(f"admin:{name}_changelist"))
        assert page.locator("#changelist").count() == 1
        row = model._default_manager.first()
        if row is not None:
            page.goto(live_server.url + reverse(f"admin:{name}_change", args=[row.pk]))
            assert page.locator("#content-main").count() == 1

    assert complaints == []


def test_the_page_of_a_run_follows_it_to_its_end(
    page: Page,
    browser_context: BrowserContext,
    live_server: LiveServer,
    complaints: list[str],
    billing: Person,
    subscription: Subscription,
) -> None:
    seller = Seller.objects.get(code="nl")
    month = Month.at(clock.now(), seller.zone).next
    clock.move_to(month.starts_at(seller.zone))
    run = runs.open_run(seller, month, by=billing, at=clock.now())
    sign_in(browser_context, billing, live_server)

    page.goto(live_server.url + reverse("backoffice:run", args=[run.pk]))
    page.locator("span", has_text="0 of 1 customers").wait_for()
    runs.complete(run, at=clock.now())

    page.locator("span", has_text="1 of 1 customers").wait_for()
    page.get_by_role("rowheader", name="NL-").wait_for()  # the whole page came, with its invoice
    assert page.get_by_text("Look again").count() == 0
    assert complaints == []


def test_a_new_tenant_is_asked_for_what_its_deployment_has(
    page: Page,
    browser_context: BrowserContext,
    live_server: LiveServer,
    complaints: list[str],
    customer: Organisation,
    sales: Person,
) -> None:
    sign_in(browser_context, sales, live_server)
    page.goto(live_server.url + reverse("backoffice:register_tenant", args=[customer.pk]))
    identifier, serial_number, owner = (
        page.get_by_label(name, exact=True)
        for name in ("Identifier", "Serial number", "Owner name")
    )

    assert (identifier.is_visible(), serial_number.is_visible(), owner.is_visible()) == (
        True,
        False,
        False,
    )
    identifier.fill("typed by mistake")
    page.get_by_label("Deployment", exact=True).select_option("on_premise")
    assert (identifier.is_visible(), serial_number.is_visible(), owner.is_visible()) == (
        False,
        True,
        True,
    )
    page.get_by_label("Name", exact=True).fill("In the cellar")
    serial_number.fill("1184420391")
    owner.fill("Molen & Zonen B.V.")
    page.get_by_label("CRM version", exact=True).fill("10.1")
    page.get_by_role("button", name="Register").click()
    page.get_by_text("is registered.").wait_for()

    assert Tenant.objects.get(organisation=customer).serial_number == "1184420391"
    assert complaints == []
