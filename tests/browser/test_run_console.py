"""A month in the back office from preview to close, with one customer held and one failing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import transaction
from playwright.sync_api import expect

from billing import tasks
from billing.accounts import account_of
from billing.bounds import Bounds
from billing.models import BillingRun, Invoice
from billing.operations import runs
from billing.operations.policies import set_policy
from catalog.models import Seller
from customers.models import Organisation, Person
from portal.demo import people
from portal.demo.customers import create_demo_customers
from subscriptions.periods import Month
from tests.browser.conftest import LANGUAGES, set_clock
from tests.factories.billing import subscriber

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import Door
    from tests.browser.visitor import Visitor
    from tests.fixtures.worker import CeleryProcess

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
]

ORDERED_AT = dt.datetime(2026, 11, 10, 9, 0, tzinfo=dt.UTC)
A_WHILE = 30_000  # milliseconds that a worker on a busy machine may take
IN_DECEMBER = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def seller(server: object) -> Seller:
    """One whose runs need approval, in December, with three customers."""
    set_clock(ORDERED_AT)
    call_command("load_catalogue", verbosity=0)
    create_demo_customers(at=ORDERED_AT)
    for name in ("Alfa B.V.", "Beta B.V.", "Gamma B.V."):
        subscriber(ORDERED_AT, name=name)
    seller = Seller.objects.get(code="nl")
    set_policy(
        seller,
        needs_approval=True,
        bounds=Bounds(floor=Decimal(1000), most_at_first=Decimal(25000)),
        reason="Under supervision",
        by=Person.objects.get(email=people.BILLING.email),
        at=ORDERED_AT,
    )
    set_clock(IN_DECEMBER)
    return seller


@pytest.fixture
def month(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Workers answer at once.

    Returns the names of those whose account cannot be read, which is Gamma's until it is emptied.
    """
    monkeypatch.setattr(tasks.work_on_run, "delay", tasks.work_on_run)
    monkeypatch.setattr(tasks.work_on_preview, "delay", tasks.work_on_preview)
    monkeypatch.setattr(tasks.run_due_billing, "delay", lambda: None)
    return _broken_accounts(monkeypatch)


def _broken_accounts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    broken = ["Gamma B.V."]

    def sometimes(organisation: Organisation, **named: Any) -> object:
        if organisation.name in broken:
            raise ValueError("no price")
        return account_of(organisation, **named)

    monkeypatch.setattr("billing.operations.previewed.account_of", sometimes)
    return broken


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_preview_to_close(language: str, door: Door, month: list[str]) -> None:
    mirjam = door.visitor(language=language, who=people.BILLING)
    words = mirjam.words

    mirjam.go("/backoffice/runs/")
    mirjam.press("Preview")
    mirjam.press("Make the preview")
    mirjam.reads("Alfa B.V.", "Beta B.V.", words("It failed: %(cause)s", cause="ValueError"))
    _hold(mirjam, "Beta B.V.")
    mirjam.go("/backoffice/runs/preview/?seller=nl&month=2026-12")
    mirjam.press("Make it anew")
    mirjam.reads(words("Held by staff: %(reason)s", reason="Prijs betwist"))

    mirjam.press("Start the run")
    mirjam.reads(words("Waits for approval"))
    assert not Invoice.objects.exists()
    mirjam.press("Approve the run")
    _sees(mirjam, words("The run is approved, and goes. You may leave the page meanwhile."))
    mirjam.reads(
        words("Finished"),
        words("Held by staff."),
        words("It failed: %(cause)s", cause="ValueError"),
    )
    assert Invoice.objects.count() == 1

    month.clear()
    cause = words("It failed: %(cause)s", cause="ValueError")
    mirjam.page.get_by_role("button", name=cause).click()
    again = {"nl": "1 klant wordt opnieuw geprobeerd.", "en": "1 customer is tried again."}
    _sees(mirjam, again[language])
    mirjam.reads("Gamma B.V.")
    mirjam.does_not_read(cause)

    mirjam.follow("Explain")
    mirjam.write("explanation", "Januari")
    mirjam.press("Keep the explanation")
    mirjam.press("Close the run")
    _sees(mirjam, words("The run is closed."))
    mirjam.reads(words("Held by staff."))
    mirjam.does_not_read(words("Try all again"))
    run = BillingRun.objects.get()
    outcomes = run.items.order_by("organisation__name").values_list("outcome", flat=True)
    assert list(outcomes) == ["invoiced", "held", "invoiced"]
    assert run.closed_at is not None


@pytest.mark.worker
def test_who_leaves_the_page_and_comes_back_sees_how_far_the_run_is(
    door: Door, seller: Seller, start_worker: Callable[..., CeleryProcess]
) -> None:
    start_worker(BILLING_CHUNK="1")
    run = runs.open_run(seller, Month(2026, 12), at=IN_DECEMBER)
    address = f"/backoffice/runs/{run.pk}/"
    mirjam = door.visitor(who=people.BILLING)

    with transaction.atomic():  # a worker that is at the last of them waits
        Organisation.objects.select_for_update().get(name="Gamma B.V.")
        mirjam.go(address)
        mirjam.press("Approve the run")
        _sees_bar(mirjam, "Under way", 2)
        mirjam.go("/backoffice/runs/")
        mirjam.go(address)
        _sees_bar(mirjam, "Under way", 2)
        assert Invoice.objects.count() == 2

    _sees_bar(mirjam, "Finished", 3)
    assert Invoice.objects.count() == 3


def _sees_bar(mirjam: Visitor, name: str, done: int) -> None:
    bar = mirjam.page.get_by_role("progressbar", name=name)
    expect(bar).to_have_attribute("value", str(done), timeout=A_WHILE)
    expect(bar).to_have_attribute("max", "3")


def _sees(mirjam: Visitor, sentence: str) -> None:
    """The page that comes after a press, and not the one before."""
    expect(mirjam.page.get_by_text(sentence)).to_be_visible()


def _hold(mirjam: Visitor, name: str) -> None:
    mirjam.follow_name(name, within="main")
    mirjam.follow("Hold invoicing")
    mirjam.write("reason", "Prijs betwist")
    mirjam.press("Hold")
    mirjam.reads(mirjam.words("Invoicing is held until somebody releases it"), "Prijs betwist")
