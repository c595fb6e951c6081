"""What people come for, done as they do it: by what the pages say, one click at a time."""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from customers import clock
from customers.models import Environment, Role
from customers.operations.mail import deliver_due
from customers.operations.people import add_member
from customers.operations.profiles import change_language
from portal.demo import people
from portal.demo.customers import DemoCustomers, create_demo_customers
from portal.demo.people import DEMO_PASSWORD
from portal.formatting import money_text
from subscriptions.applications import details, operations
from subscriptions.applications.models import ApplicationKind
from tests.browser.conftest import set_clock
from tests.factories.subscriptions import put_in

if TYPE_CHECKING:
    from subscriptions.applications.models import Authorisation
    from tests.browser.conftest import Door
    from tests.browser.visitor import Visitor
    from tests.fixtures.worker import CeleryProcess

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ORDERED_AT = dt.datetime(2026, 11, 10, 9, 0, tzinfo=dt.UTC)
SECONDS_FOR_A_RUN = 60
NEXT_MONTH = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def demo(server: object) -> DemoCustomers:
    """The demo's customers before anybody ordered anything. Eva works for two of them."""
    set_clock(ORDERED_AT)
    call_command("load_catalogue", verbosity=0)
    demo = create_demo_customers(at=ORDERED_AT - dt.timedelta(days=3))
    add_member(
        demo.german, person=demo.owner, role=Role.READER, by=demo.german_owner, at=ORDERED_AT
    )
    return demo


@dataclass(frozen=True)
class Way:
    """How the main path is walked."""

    language: str
    keyboard: bool = False
    scripts: bool = True
    width: int = 1360


WAYS = {
    "in Dutch, by keyboard": Way("nl", keyboard=True),
    "in English, on a phone": Way("en", width=390),
    "in English, without scripts": Way("en", scripts=False),
}


@pytest.mark.worker
@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_from_the_first_order_to_the_last_invoice(
    way: Way, door: Door, demo: DemoCustomers, celery_worker: CeleryProcess
) -> None:
    eva, anders, mirjam = (
        door.visitor(
            language=way.language,
            keyboard=way.keyboard,
            width=way.width,
            java_script_enabled=way.scripts,
        )
        for _person in range(3)
    )
    words = eva.words
    for person in (demo.owner, demo.app_manager, demo.billing):
        change_language(person, language=way.language)

    _sign_in(eva, people.OWNER.email)
    eva.reads(words("Choose an organisation"), "Waterlelie Logistiek B.V.", demo.german.name)
    eva.follow_name("Waterlelie Logistiek B.V.", within="main")
    _find_the_product(eva)
    _subscribe(eva)

    sync = _ask_for(demo, "Orders sync")
    _confirm_application(eva, "Orders sync")
    _sign_in(anders, people.APP_MANAGER.email)
    _grant(anders, "Orders sync")
    eva.page.reload()
    eva.reads(words("Available now"))

    set_clock(NEXT_MONTH)
    _sign_in(mirjam, people.BILLING.email)
    _run_the_month(mirjam, scripts=way.scripts)
    _read_the_invoice(eva)

    _cancel_with_a_surprise(eva, demo)
    eva.press("Withdraw the cancellation")
    eva.reads(words("The cancellation is withdrawn. Everything goes on as it was."))
    _cancel_now(eva)
    eva.go(f"/organisations/{demo.dutch.pk}/authorisations/{sync.pk}/")
    eva.reads(words("Deactivated"))
    eva.does_not_read(words("Available now"))

    _sign_out(eva)
    eva.go(f"/organisations/{demo.dutch.pk}/")
    assert eva.path.startswith("/accounts/login/")


def test_who_is_invited_makes_an_account_and_sees_the_organisation(
    door: Door, demo: DemoCustomers, settings: Any
) -> None:
    settings.PORTAL_ADDRESS = door.address
    eva = door.visitor(language="nl", who=people.OWNER)
    eva.go(f"/organisations/{demo.dutch.pk}/people/")
    eva.follow("Invite somebody")
    eva.write("email", "Noor@Waterlelie.example")
    eva.choose("role", eva.words("Developer"))
    eva.press("Send the invitation")
    eva.reads("noor@waterlelie.example")

    noor = door.visitor(language="en")
    noor.go(_link_in_mail("noor@waterlelie.example"))
    noor.reads("Join Waterlelie Logistiek B.V.", "Eva de Boer invites you", "Developer")
    noor.follow("Create your account")
    assert noor.page.locator("main [name=email]").input_value() == "noor@waterlelie.example"
    noor.write("name", "Noor Dekker")
    noor.write("password1", "een-lang-wachtwoord")
    noor.write("password2", "een-lang-wachtwoord")
    noor.press("Create account")

    assert noor.path == f"/organisations/{demo.dutch.pk}/"
    noor.reads("Waterlelie Logistiek B.V.", "Noor Dekker")
    eva.page.reload()
    eva.reads("Noor Dekker", eva.words("Developer"))


def test_a_forgotten_password_is_replaced_by_mail(
    door: Door, demo: DemoCustomers, settings: Any
) -> None:
    settings.PORTAL_ADDRESS = door.address
    eva = door.visitor(language="nl")
    eva.go("/accounts/login/")
    eva.follow("Forgot your password?")
    eva.write("email", people.OWNER.email)
    eva.press("Send the link")
    eva.reads(eva.words("Look in your mailbox"))

    eva.go(_link_in_mail(people.OWNER.email))
    eva.write("password1", "iets-heel-anders")
    eva.write("password2", "iets-heel-anders")
    eva.press("Save the new password")
    eva.reads(eva.words("Your password has been changed"))

    eva.follow("Go to sign-in")
    eva.write("login", people.OWNER.email)
    eva.write("password", DEMO_PASSWORD)
    eva.press("Sign in")
    assert eva.path == "/accounts/login/"  # the old one is refused
    _sign_in(eva, people.OWNER.email, "iets-heel-anders")
    assert eva.path == "/organisations/"


def test_language_and_appearance_stay_as_chosen(door: Door, demo: DemoCustomers) -> None:
    visitor = door.visitor(language="en")
    visitor.go("/accounts/login/")

    visitor.press("NL")
    visitor.page.get_by_role("button", name="Donker").click()

    html = visitor.page.locator("html")
    assert html.get_attribute("lang") == "nl"
    assert html.get_attribute("data-theme") == "dark"
    assert visitor.heading == "Inloggen"
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert visitor.page.evaluate(scheme) == "dark"


def _sign_in(visitor: Visitor, email: str, password: str = DEMO_PASSWORD) -> None:
    visitor.go("/accounts/login/")
    visitor.write("login", email)
    visitor.write("password", password)
    visitor.press("Sign in")


def _sign_out(visitor: Visitor) -> None:
    _open_menu(visitor)
    visitor.press("Sign out")
    assert visitor.path == "/accounts/login/"


def _open_menu(visitor: Visitor) -> None:
    """On a phone everything around the page is behind one button."""
    menu = visitor.page.locator("details.menu > summary")
    if menu.is_visible():
        menu.click()


def _find_the_product(eva: Visitor) -> None:
    """Overview, catalogue, product, advisor, and from its answer to the order."""
    eva.reads(eva.words("No subscriptions yet"))
    eva.follow("Add a product")
    eva.follow_name(PRODUCT[eva.words.language], within="main")
    eva.reads(eva.words("What it is for"), _euros(eva, "588"))
    eva.follow("Ask it for your own tenant")
    eva.choose("scenario", eva.words("Activate a custom application"))
    eva.select("tenant", "Cust24110")
    eva.press("Give me the answer")
    eva.follow("Subscribe")


def _subscribe(eva: Visitor) -> None:
    words = eva.words
    assert eva.heading == words("Subscribe to %(product)s", product=PRODUCT[words.language])
    eva.choose("tenant", "Cust24110")
    eva.press("See what it costs")
    # 21 of November's 30 days, and all of December.
    eva.reads(_euros(eva, "0"), _euros(eva, "411.60"), _euros(eva, "588"), _euros(eva, "999.60"))
    eva.reads(_euros(eva, "209.92"), _euros(eva, "1209.52"))
    eva.press("Subscribe to %(product)s", product=PRODUCT[words.language])
    assert eva.heading == words(
        "You have subscribed to %(product)s", product=PRODUCT[words.language]
    )
    eva.follow("To the subscription")
    eva.reads(words("Active"), _euros(eva, "588"))


def _ask_for(demo: DemoCustomers, name: str) -> Authorisation:
    """The consultant's application asks for the customer's production tenant."""
    at = clock.now()
    application = details.register(
        demo.partner,
        kind=ApplicationKind.CUSTOM,
        name=name,
        technical_contact=demo.consultant.email,
        by=demo.consultant,
        at=at,
    )
    put_in(application.versions.get(), [Environment.PRODUCTION])
    return operations.request(application, tenant=demo.production, by=demo.consultant, at=at)


def _confirm_application(eva: Visitor, name: str) -> None:
    _open_menu(eva)
    eva.follow("Applications")
    eva.reads(eva.words("Waits for you"))
    eva.follow_name(name, within="main")
    eva.press("I confirm")
    eva.reads(eva.words("Waits for the app manager"))


def _grant(anders: Visitor, name: str) -> None:
    _open_menu(anders)
    anders.follow("Consents")
    anders.follow_name(name, within="main")
    anders.press("Grant consent")
    anders.reads(name, "Cust24110")


def _run_the_month(mirjam: Visitor, *, scripts: bool) -> None:
    _open_menu(mirjam)
    mirjam.follow("Billing runs")
    mirjam.press("Preview")
    mirjam.press("Make the preview")
    _wait_until_finished(mirjam, scripts=scripts)
    mirjam.reads("Waterlelie Logistiek B.V.", _euros(mirjam, "1209.52"))
    mirjam.press("Start the run")
    _wait_until_finished(mirjam, scripts=scripts)
    mirjam.reads(mirjam.words("Finished"), _euros(mirjam, "1209.52"))


def _wait_until_finished(mirjam: Visitor, *, scripts: bool) -> None:
    """The page follows a run or a preview by itself; without scripts its link looks again."""
    again = mirjam.page.get_by_role("link", name=mirjam.words("Look again"))
    until = time.monotonic() + SECONDS_FOR_A_RUN
    while not scripts and again.count() and time.monotonic() < until:
        again.click()
        mirjam.page.wait_for_timeout(200)
    expect(again).to_have_count(0, timeout=SECONDS_FOR_A_RUN * 1000)


def _read_the_invoice(eva: Visitor) -> None:
    _open_menu(eva)
    eva.follow("Invoices")
    eva.reads(_euros(eva, "999.60"), _euros(eva, "209.92"), _euros(eva, "1209.52"))
    eva.page.locator("main tbody th a").first.click()
    eva.reads(
        "Waterlelie Logistiek B.V.", "Cust24110", _euros(eva, "411.60"), _euros(eva, "1209.52")
    )


def _cancel_with_a_surprise(eva: Visitor, demo: DemoCustomers) -> None:
    """While the owner reads the list, a second application gets in: the list is shown again."""
    words = eva.words
    _open_menu(eva)
    eva.follow("Subscriptions")
    eva.follow_name(PRODUCT[eva.words.language], within="main")
    eva.follow("Cancel")
    eva.reads("Orders sync", words.counted(*DEACTIVATED, 1))
    eva.does_not_read("Stock counter")

    counter = _ask_for(demo, "Stock counter")
    operations.confirm(counter, by=demo.owner, at=clock.now())
    operations.grant(counter, by=demo.app_manager, at=clock.now())
    eva.tick("understood")
    eva.watch.expect(409)
    eva.press("Cancel on %(day)s", day=LAST_DAY[words.language])

    eva.reads(
        words("Something has changed since you opened this page. Please read the list again."),
        words.counted(*DEACTIVATED, 2),
        "Stock counter",
    )
    eva.watch.expect()
    eva.tick("understood")
    eva.press("Cancel on %(day)s", day=LAST_DAY[words.language])
    eva.reads(words("Withdraw the cancellation"), "23:59")


def _cancel_now(eva: Visitor) -> None:
    words = eva.words
    eva.follow("Cancel")
    eva.follow("Now")
    # Of December one day was used: 30 of 31 come back.
    eva.reads(words.counted(*DEACTIVATED, 2), _euros(eva, "569.03"))
    eva.tick("understood")
    eva.press("Cancel now")
    eva.reads(
        words("%(product)s has ended.", product=PRODUCT[words.language]), words("Deactivated")
    )


DEACTIVATED = (
    "%(number)s application is deactivated",
    "%(number)s applications are deactivated",
)
PRODUCT = {"nl": "Ontwikkeltools", "en": "Development Tools"}
LAST_DAY = {"nl": "31 december 2026", "en": "31 December 2026"}


def _euros(visitor: Visitor, amount: str) -> str:
    text = money_text(Decimal(amount), "EUR", visitor.words.language)
    return " ".join(text.split())


def _link_in_mail(email: str) -> str:
    """The first address in the newest mail to somebody, after everything due went out."""
    deliver_due(clock.now())
    newest = next(each for each in reversed(mail.outbox) if email in each.to)
    found = re.search(r"http://\S+", str(newest.body))
    assert found, newest.body
    return found[0].rstrip(".")
