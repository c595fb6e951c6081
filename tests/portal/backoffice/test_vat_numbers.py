"""What VIES says of a customer's number, on the customer's page."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from billing.documents import operations as documents
from billing.models import Invoice
from billing.operations import runs
from billing.vies.models import Consultation, Wish
from billing.vies.rules import COUNTS_FOR
from billing.vies.tasks import ask_register
from customers import clock
from tests.factories.billing import local, subscriber
from tests.factories.customers import OrganisationFactory
from tests.fakes import vies as fake
from tests.fakes.vies import FakeVies, answering, ask_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client
    from pytest_django.fixtures import Settings

    from customers.models import Organisation, Person

TITLE = "VAT number in VIES"


@pytest.fixture
def vies(settings: Settings) -> Iterator[FakeVies]:
    with answering() as register:
        settings.VIES_URL = register.address
        yield register


@pytest.fixture
def german(shop: None) -> Organisation:
    return OrganisationFactory(german=True, name="Beispiel GmbH")


def page(client: Client, organisation: Organisation) -> str:
    address = reverse("backoffice:customer", args=[organisation.pk])
    return client.get(address).content.decode()


def test_the_answer_with_its_evidence(
    client: Client, billing: Person, german: Organisation, vies: FakeVies
) -> None:
    client.force_login(billing)
    assert "Not answered yet" in page(client, german)
    vies.answers[""] = fake.valid("WAPIAAAAZ9xLmN01", name="Beispiel GmbH & Co. KG")

    ask_all(clock.now())

    html = page(client, german)
    assert TITLE in html
    assert "WAPIAAAAZ9xLmN01" in html
    assert "Beispiel GmbH &amp; Co. KG" in html
    assert "VIES confirms VAT number DE999999903" in html  # in its history
    clock.move_to(clock.now() + COUNTS_FOR + dt.timedelta(minutes=1))
    assert "Valid, but too long ago" in page(client, german)


def test_a_no(client: Client, billing: Person, german: Organisation, vies: FakeVies) -> None:
    vies.answers[""] = fake.invalid()
    ask_all(clock.now())
    client.force_login(billing)

    html = page(client, german)

    assert "Not valid" in html
    assert "Counts for invoices until" not in html


def test_why_there_is_no_answer_and_for_how_long(
    client: Client, billing: Person, german: Organisation, vies: FakeVies
) -> None:
    vies.answers[""] = fake.silent("MS_UNAVAILABLE")
    ask_all(clock.now())
    other = OrganisationFactory(german=True, vat_number="DE136695976")
    client.force_login(billing)

    for waiting in (german, other):
        html = page(client, waiting)
        assert "The member state does not answer" in html
        assert "MS_UNAVAILABLE" in html


def test_another_number_is_not_answered_by_the_last_one(
    client: Client, billing: Person, german: Organisation, vies: FakeVies
) -> None:
    ask_all(clock.now())
    german.vat_number = "DE136695976"
    german.save()
    client.force_login(billing)

    html = page(client, german)

    assert "Not answered yet" in html
    assert "WAPIAAAAZ9xLmN01" not in html


def test_asking_again_is_left_to_a_worker(
    client: Client,
    billing: Person,
    german: Organisation,
    vies: FakeVies,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    ask_all(clock.now())
    rung: list[str] = []
    monkeypatch.setattr(ask_register, "delay", lambda: rung.append("ask"))
    client.force_login(billing)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        done = client.post(reverse("backoffice:ask_register", args=[german.pk]), follow=True)

    assert "VIES is being asked" in done.content.decode()
    assert "had it asked again" in done.content.decode()
    assert (Wish.objects.get().wished_by, rung) == (billing, ["ask"])
    assert len(vies.asked) == 1
    assert ask_register() == 1
    assert Consultation.objects.count() == 2
    assert "had it asked again" not in page(client, german)


def test_nobody_asks_about_a_customer_at_home(
    client: Client, billing: Person, customer: Organisation, vies: FakeVies
) -> None:
    client.force_login(billing)

    refused = client.post(reverse("backoffice:ask_register", args=[customer.pk]), follow=True)

    assert "The register is not asked about" in refused.content.decode()
    assert TITLE not in page(client, customer)
    assert not Wish.objects.exists()


def test_off_there_is_nothing_of_it(client: Client, billing: Person, german: Organisation) -> None:
    client.force_login(billing)

    assert TITLE not in page(client, german)


def test_only_billing_has_it_asked_again(
    client: Client, sales: Person, german: Organisation, vies: FakeVies
) -> None:
    client.force_login(sales)

    html = page(client, german)

    assert TITLE in html
    assert "Ask again" not in html


def test_an_invoice_shows_what_it_rests_upon(
    client: Client, billing: Person, shop: None, vies: FakeVies
) -> None:
    ordered, run = local("2026-11-23"), local("2026-12-01")
    abroad, _subscription = subscriber(ordered, country="german")
    at_home, _subscription = subscriber(ordered)
    ask_all(ordered)
    runs.run_due(at=run)
    documents.make_due(run)
    client.force_login(billing)

    shown = {
        organisation: client.get(
            reverse("backoffice:invoice", args=[Invoice.objects.of(organisation).get().pk])
        ).content.decode()
        for organisation in (abroad, at_home)
    }

    for text in ("Why no VAT was charged", "VIES", "WAPIAAAAZ9xLmN01"):
        assert text in shown[abroad]
    assert "Why no VAT was charged" not in shown[at_home]
