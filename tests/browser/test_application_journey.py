"""An application from its registration to its end and back, by everybody whose word it takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from customers import clock
from customers.models import Environment, Organisation, OutgoingMail, Tenant
from customers.operations.mail import deliver_due
from customers.tasks import deliver_mail
from portal.accounts import adapter
from portal.demo import people
from portal.demo.customers import create_demo_customers
from subscriptions.applications.models import (
    Application,
    Authorisation,
    AuthorisationStatus,
    Publication,
)
from subscriptions.operations import orders
from subscriptions.provisioning.models import Fact
from tests.browser.conftest import set_clock
from tests.browser.programs import introspected, send, token_for
from tests.browser.questions import ask_all, asked_at_once
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.fixtures.platform import PORTAL_SECRET
from tests.journeys.steps import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portal.demo.customers import DemoCustomers
    from portal.operation_center.server import OperationCenter
    from subscriptions.models import Subscription
    from tests.browser.conftest import Door
    from tests.browser.questions import Answered
    from tests.browser.visitor import Visitor
    from tests.fixtures.worker import CeleryProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MORNING = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
MAKER, PASSWORD = "kim@kassamakers.example", "een-lang-wachtwoord"
SOD_TENANT = "Cust26801"
A_SECOND, TWO_SECONDS = 1.0, 2.0


@pytest.mark.worker
@pytest.mark.slow
def test_from_signing_up_to_cut_off_and_back(
    door: Door,
    operation_center: OperationCenter,
    known: Callable[..., None],
    start_worker: Callable[..., CeleryProcess],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_clock(MORNING)
    worker = start_worker(
        ready=False,
        OPERATION_CENTER_URL=operation_center.url,
        OPERATION_CENTER_SECRET=PORTAL_SECRET,
    )
    call_command("load_catalogue", verbosity=0)
    demo = create_demo_customers(at=MORNING - dt.timedelta(days=30))
    # The platform has a tenant before staff grant it: the worker tells of it at once.
    known(demo.production, Tenant(environment=Environment.SOD, identifier=SOD_TENANT))
    subscription = _subscribed(demo)
    platform = _credential_of_the_platform(demo)
    operation_center.settings = dataclasses.replace(
        operation_center.settings, portal=door.address, credential=platform
    )

    developer = door.visitor(language="en")
    manager = door.visitor(language="en", who=people.APP_MANAGER)
    with monkeypatch.context() as here:  # this process reads the mail that it sends itself
        here.setattr(adapter, "deliver_mail", SimpleNamespace(delay=lambda: None))
        maker = _signed_up(developer)
    _given_a_development_tenant(developer, manager, maker)
    mine = f"/organisations/{maker.pk}/applications/"
    application = _registered_and_published(developer, manager, mine)
    client_id, secret = _made_a_client(developer, f"{mine}{application.pk}/")
    asked = _asked_by_id(developer, f"{mine}{application.pk}/request/", demo)

    owner = door.visitor(language="en", who=people.OWNER)
    address = f"/organisations/{demo.dutch.pk}/authorisations/{asked.pk}/"
    _let_in(owner, manager, asked, address)

    def ask() -> dict[str, Any]:
        return token_for(door, client_id, secret, demo.production.identifier)

    def shown() -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    may = f"{door.address}/api/v1/tenants/{demo.production.pk}/applications/{application.pk}"
    # To the API, the platform's question, the platform itself, and about what it is entitled to.
    questions: list[Callable[[], object]] = [
        lambda: send(f"{door.address}/api/oauth/application", shown())[0],
        lambda: introspected(door, platform, token),
        lambda: send(f"{operation_center.url}/contacts", shown())[0],
        lambda: send(may, shown())[1].get("entitlement", {}).get("allowed"),
    ]

    worker.wait_until_ready()
    _everything_is_told()
    token = ask()["access_token"]
    allowed = ask_all(questions)
    assert allowed.answers == [200, True, 200, True]

    refused = _cancelled_now(owner, subscription, asked, questions)
    # To the first questions after the commit; nobody asks twice.
    assert refused.answers == [401, False, 401, None]
    _is_at_once(refused.seconds, allowed.seconds, capsys)
    assert ask()["reason"] == "licence_ended"
    owner.go(address)
    owner.reads("Deactivated", "because the subscription it needs ended")
    _mail_says_why(demo)
    _everything_is_told()
    assert "Kassakoppeling" not in send(f"{operation_center.url}/", {})[2]

    _subscribe_again(owner, demo)
    _everything_is_told()
    token = ask()["access_token"]
    assert ask_all(questions).answers == [200, True, 200, True]
    assert "Kassakoppeling" in send(f"{operation_center.url}/", {})[2]
    owner.go(address)
    owner.reads("Available now")
    developer.go(f"{mine}{application.pk}/")
    developer.reads(client_id, "Last used", "Available now")


def _signed_up(developer: Visitor) -> Organisation:
    """There is nothing of the company before the mail is confirmed."""
    developer.go(reverse("developers"))
    developer.press("Sign up as a developer")
    for field, text in (
        ("email", MAKER),
        ("name", "Kim Maker"),
        ("organisation", "Kassamakers"),
        ("password1", PASSWORD),
        ("password2", PASSWORD),
    ):
        developer.write(field, text)
    developer.press("Create account")
    developer.reads("Look in your mailbox")
    made = Organisation.objects.filter(name="Kassamakers")
    assert not made.exists()

    deliver_due(clock.now())
    [link] = re.findall(r"https?://\S+", str(mail.outbox[-1].body))
    developer.go(link)
    developer.press("Yes, this is my address")
    developer.go("/accounts/login/")
    developer.write("login", MAKER)
    developer.write("password", PASSWORD)
    developer.press("Sign in")
    developer.reads("Kassamakers", "Kim Maker")
    return made.get()


def _given_a_development_tenant(developer: Visitor, manager: Visitor, maker: Organisation) -> None:
    developer.go(f"/organisations/{maker.pk}/development-tenant/")
    developer.write("purpose", "Een koppeling met de kassa")
    developer.press("Send the request")
    developer.reads("Asked.")

    manager.go(reverse("backoffice:tenant_requests"))
    manager.follow_name("Kassamakers", within="main")
    manager.reads("Een koppeling met de kassa", "Kim Maker")
    manager.write("identifier", SOD_TENANT)
    manager.write("crm_version", "11.5")
    manager.press("Grant the tenant")
    manager.reads("Granted.")

    developer.go(f"/organisations/{maker.pk}/tenants/")
    developer.reads(SOD_TENANT)
    assert OutgoingMail.objects.filter(to=MAKER, body__contains=SOD_TENANT).exists()


def _registered_and_published(developer: Visitor, manager: Visitor, mine: str) -> Application:
    developer.go(f"{mine}register/")
    form = developer.main.locator("form")
    form.locator("input[value=custom]").check()
    form.locator("input[value=server]").check()
    form.locator("[name=name]").fill("Kassakoppeling")
    form.get_by_role("button", name="Register").click()
    application = Application.objects.get(name="Kassakoppeling")
    version = application.versions.get()
    developer.go(f"{mine}{application.pk}/versions/{version.pk}/")
    for box in ("crm:read", "entitlements:read"):
        developer.main.locator(f"input[value='{box}']").check()
    developer.main.get_by_role("button", name="Save the draft").click()
    developer.reads("Saved.", "Draft")
    # What is not saved yet is published with it: the app manager reads of it below.
    developer.main.locator("input[value='webhooks']").check()
    developer.main.locator("button[value=sod]").click()
    developer.reads("Published.", "This version is locked.")
    developer.main.locator("button[value=production]").click()
    developer.reads("Request pending")

    manager.go(f"/backoffice/publications/{Publication.objects.pending().get().pk}/")
    manager.reads("Kassakoppeling", "Webhooks")
    manager.main.get_by_role("button", name="Publish").click()
    manager.reads("Published: version 1 of Kassakoppeling.")
    return application


def _made_a_client(developer: Visitor, address: str) -> tuple[str, str]:
    developer.go(address)
    developer.main.locator("button[value=production]").click()
    developer.reads("Copy it now")
    page = developer.page
    return page.locator("#client_id").input_value(), page.locator("#secret").input_value()


def _asked_by_id(developer: Visitor, address: str, demo: DemoCustomers) -> Authorisation:
    developer.go(address)
    developer.main.locator("[name=tenant]").select_option("")
    developer.main.locator("[name=identifier]").fill(demo.production.identifier.lower())
    developer.main.locator("[name=contact_email]").fill(demo.owner.email)
    developer.main.get_by_role("button", name="Send the request").click()
    return Authorisation.objects.get()


def _let_in(owner: Visitor, manager: Visitor, asked: Authorisation, address: str) -> None:
    owner.go(address)
    owner.reads("Waits for you", "Webhooks")
    owner.main.get_by_role("button", name="I confirm").click()
    owner.reads("The app manager is next.")
    manager.go(f"/backoffice/authorisations/{asked.pk}/")
    manager.main.get_by_role("button", name="Grant consent").click()
    manager.reads("Granted: Kassakoppeling works on")


def _cancelled_now(
    owner: Visitor,
    subscription: Subscription,
    asked: Authorisation,
    questions: Sequence[Callable[[], object]],
) -> Answered:
    """What was answered to the questions, asked as soon as the end is committed."""
    ended = Authorisation.objects.filter(pk=asked.pk, status=AuthorisationStatus.DEACTIVATED)
    with asked_at_once(ended.exists, questions) as watched:
        _cancel_now(owner, subscription)
    return watched.result()


def _cancel_now(owner: Visitor, subscription: Subscription) -> None:
    owner.go(f"/organisations/{subscription.organisation_id}/subscriptions/{subscription.pk}/")
    owner.follow("Cancel")
    owner.follow("Now")
    owner.reads("Kassakoppeling")
    owner.tick("understood")
    owner.press("Cancel now")
    owner.reads("has ended.")


def _subscribe_again(owner: Visitor, demo: DemoCustomers) -> None:
    owner.go(f"/organisations/{demo.dutch.pk}/catalogue/{DEVELOPMENT_TOOLS}/")
    owner.follow("Subscribe")
    owner.choose("tenant", demo.production.identifier)
    owner.press("See what it costs")
    owner.press("Subscribe to %(product)s", product="Development Tools")
    owner.reads("You have subscribed to Development Tools")


def _subscribed(demo: DemoCustomers) -> Subscription:
    return orders.subscribe(
        demo.dutch,
        product_code=DEVELOPMENT_TOOLS,
        tenant=demo.production,
        by=demo.owner,
        at=clock.now(),
    )


def _credential_of_the_platform(demo: DemoCustomers) -> str:
    return credentials.issue_for_platform(
        name="Operation Center",
        scope=ApiCredential.Scope.TOKENS_INTROSPECT,
        by=demo.operations,
        at=clock.now(),
    ).secret


def _everything_is_told() -> None:
    """By the worker, which a commit rings."""
    eventually("the platform has every fact", lambda: not Fact.objects.waiting().exists())


def _is_at_once(refused: float, allowed: float, capsys: pytest.CaptureFixture[str]) -> None:
    """A second. Where a machine is so busy that the same questions took long before, two."""
    with capsys.disabled():
        sys.stdout.write(f"\n  refused in {refused:.2f} s; allowed in {allowed:.2f} s before\n")
    assert refused < min(max(A_SECOND, 3 * allowed), TWO_SECONDS)


def _mail_says_why(demo: DemoCustomers) -> None:
    """To the customer and to the maker: what ended, and how it comes back."""
    name, place = "Kassakoppeling", demo.production.label
    to_customer = _sent_to(demo.owner.email)  # who reads Dutch
    assert f"Ontwikkeltools op {place} is geëindigd op 20 november 2026" in to_customer
    assert "Deze applicaties zijn gedeactiveerd:\n- Kassakoppeling: komt terug" in to_customer
    assert "uiterlijk 20 december 2026" in to_customer
    assert "Neemt u opnieuw een abonnement, uiterlijk op het moment dat erbij" in to_customer
    to_maker = _sent_to(MAKER)
    assert (
        f"{name} was deactivated on {place} of {demo.dutch.name}: the licence it needs there has "
        "ended. Its tokens are refused from now on."
    ) in to_maker
    assert "When the customer has a licence again by 20 December 2026" in to_maker
    assert "it comes back by itself with the same client id" in to_maker


def _sent_to(address: str) -> str:
    """The newest letter: written with the cancellation, and sent by the worker."""
    letter = OutgoingMail.objects.filter(to=address).latest("pk")
    deliver_mail.delay()
    sent = OutgoingMail.objects.filter(pk=letter.pk, sent_at__isnull=False)
    eventually("the mail is sent", sent.exists)
    return str(letter.body)
