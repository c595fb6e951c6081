from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from billing.models import BillingRun, CreditProposal, Invoice, RunItem
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers import clock
from customers.models import Duty
from customers.operations.organisations import BillingDetails, change_billing_details
from portal.formatting import MINUS
from subscriptions.periods import Month
from tests.factories.billing import local
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from catalog.models import Seller
    from customers.models import Organisation, Person

pytestmark = pytest.mark.usefixtures("woken")

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OCTOBER = Month(2030, 10)
NOVEMBER = Month(2030, 11)


def start(client: Client, month: Month) -> str:
    """The page one comes to after starting."""
    query = {"seller": "nl", "month": str(month)}
    return client.post(reverse("backoffice:start_run"), query, follow=True).content.decode()


def test_starting_writes_the_run_and_wakes_a_worker(
    client: Client,
    billing: Person,
    customers: list[Organisation],
    woken: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    client.force_login(billing)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        page = start(client, NOVEMBER)

    run = BillingRun.objects.get()
    assert (run.month, run.started_by) == (NOVEMBER.first_day, billing)
    assert woken == [run.pk]
    assert not Invoice.objects.exists()  # the worker does it, whether or not anybody watches
    assert "0 of 3 customers" in page
    assert "run-progress.js" in page


def test_starting_twice_shows_the_same_run(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    client.force_login(billing)

    page = start(client, NOVEMBER)

    assert BillingRun.objects.count() == 1
    assert "3 of 3 customers" in page


def test_an_earlier_month_comes_first(
    client: Client, billing: Person, customers: list[Organisation]
) -> None:
    clock.move_to(dt.datetime(2030, 12, 4, 12, 0, tzinfo=AMSTERDAM))
    client.force_login(billing)

    page = start(client, NOVEMBER.next)

    assert "An earlier month has not been invoiced yet. Run that one first. (November 2030)" in page
    assert not BillingRun.objects.exists()


def test_a_finished_run_says_how_it_went(
    client: Client, sales: Person, finished: BillingRun
) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:run", args=[finished.pk])).content.decode()
    rows = client.get(reverse("backoffice:runs")).content.decode()

    assert "3 of 3 customers" in html
    preview = reverse("backoffice:preview_month", query={"seller": "nl", "month": "2030-11"})
    assert f'href="{preview.replace("&", "&amp;")}"' in html
    assert "run-progress.js" not in html
    assert "Gamma GmbH" not in html  # who it is stands behind the cause
    assert "without a valid VAT number" in html
    assert "€148.58" in html
    assert "€164.18" in html
    assert "Alfa B.V." in html
    assert "Needs attention" in rows
    assert "€148.58" in rows
    assert f'November 2030<span class="visually-hidden">, {finished.seller}</span></a>' in rows


def test_the_month_that_has_begun_where_the_seller_is_is_proposed(
    client: Client, sales: Person, seller: Seller
) -> None:
    clock.move_to(local("2030-12-01", "00:30"))
    client.force_login(sales)

    page = client.get(reverse("backoffice:runs"))

    assert page.context["form"].initial == {"month": "2030-12"}


def test_tables_as_csv(client: Client, sales: Person, finished: BillingRun) -> None:
    client.force_login(sales)

    every = client.get(reverse("backoffice:runs"), {"format": "csv"})
    one = client.get(reverse("backoffice:run", args=[finished.pk]), {"format": "csv"})

    assert "Example Software B.V.,2030-11,2,0,1,0,0," in every.content.decode()
    assert len(one.content.decode().splitlines()) == 1 + 2


def test_the_progress_alone_for_the_script_that_watches(
    client: Client, sales: Person, seller: Seller, customers: list[Organisation]
) -> None:
    run = runs.open_run(seller, NOVEMBER, at=clock.now())
    client.force_login(sales)
    url = reverse("backoffice:run_progress", args=[run.pk])

    before = client.get(url).content.decode()
    runs.work(run, at=clock.now(), limit=2)
    between = client.get(url).content.decode()
    runs.complete(run, at=clock.now())
    after = client.get(url).content.decode()

    assert "0 of 3 customers" in before
    assert "2 of 3 customers" in between
    assert "data-finished" not in between
    assert "data-finished" in after
    assert "<html" not in after


@pytest.mark.parametrize("name", ["retry_one", "retry_all"])
def test_trying_again_after_the_correction_makes_the_invoice(
    client: Client,
    billing: Person,
    finished: BillingRun,
    name: str,
    woken: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    item = RunItem.objects.needing_attention().get()
    held = item.organisation
    change_billing_details(
        held,
        BillingDetails(
            name=held.name,
            street=held.street,
            postal_code=held.postal_code,
            city=held.city,
            country=held.country,
            vat_number="DE136695976",
            registration_number="",
            invoice_language=held.invoice_language,
        ),
        by=billing,
        at=clock.now(),
    )
    client.force_login(billing)
    ids = [finished.pk, item.pk] if name == "retry_one" else [finished.pk]

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        response = client.post(reverse(f"backoffice:{name}", args=ids), follow=True)

    assert "tried again." in response.content.decode()
    assert woken == [finished.pk]
    finished.refresh_from_db()
    assert finished.finished_at is None
    runs.complete(finished, at=clock.now())
    assert Invoice.objects.of(held).count() == 1
    assert Invoice.objects.count() == 3


def test_of_two_at_once_the_second_is_told(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    runs.retry(finished, by=billing, at=clock.now())
    client.force_login(billing)

    response = client.post(reverse("backoffice:retry_all", args=[finished.pk]), follow=True)

    assert "There is nothing to try again here" in response.content.decode()


def test_the_item_of_another_run_is_not_there(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    item = RunItem.objects.needing_attention().get()
    client.force_login(billing)

    response = client.post(reverse("backoffice:retry_one", args=[finished.pk + 1, item.pk]))

    assert response.status_code == 404


def test_the_customer_says_why_its_invoice_was_not_made(
    client: Client, sales: Person, finished: BillingRun, customers: list[Organisation]
) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:customer", args=[customers[2].pk])).content.decode()

    assert "The invoice of November 2030 was not made" in html
    assert "without a valid VAT number" in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("", {"Alfa B.V.", "Beta GmbH"}, id="all"),
        pytest.param("alfa", {"Alfa B.V."}, id="customer"),
        pytest.param("NL-2030-000002", {"Beta GmbH"}, id="number"),
        pytest.param("nobody", set(), id="nothing"),
    ],
)
def test_invoices_can_be_found(
    client: Client, sales: Person, finished: BillingRun, query: str, expected: set[str]
) -> None:
    client.force_login(sales)
    url = reverse("backoffice:invoices")

    html = client.get(url, {"q": query}).content.decode()
    csv = client.get(url, {"q": query, "format": "csv"}).content.decode("utf-8-sig")

    assert {name for name in ("Alfa B.V.", "Beta GmbH") if name in html} == expected
    assert {line.split(",")[3] for line in csv.splitlines()[1:]} == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"seller": "nl"}, {"Alfa B.V.", "Beta GmbH"}, id="seller"),
        pytest.param({"seller": "no"}, set(), id="another seller"),
        pytest.param({"month": "2030-11"}, {"Alfa B.V.", "Beta GmbH"}, id="month"),
        pytest.param({"month": "2030-12"}, set(), id="another month"),
        pytest.param({"month": "soon"}, {"Alfa B.V.", "Beta GmbH"}, id="no month"),
    ],
)
def test_invoices_of_a_seller_and_a_month(
    client: Client,
    sales: Person,
    finished: BillingRun,
    query: dict[str, str],
    expected: set[str],
) -> None:
    client.force_login(sales)
    url = reverse("backoffice:invoices")

    html = client.get(url, query).content.decode()
    csv = client.get(url, query | {"format": "csv"}).content.decode("utf-8-sig")

    assert {name for name in ("Alfa B.V.", "Beta GmbH") if name in html} == expected
    assert {line.split(",")[3] for line in csv.splitlines()[1:]} == expected


def test_a_column_of_invoices_and_credit_notes_adds_up(
    client: Client,
    sales: Person,
    finished: BillingRun,
    customers: list[Organisation],
    seller: Seller,
) -> None:
    """What is credited is negative for staff as it is for the customer."""
    seller.credit_alone_up_to = 1000
    seller.save()
    invoice = Invoice.objects.with_names().of(customers[0]).get()
    whole = Choice(CreditProposal.Scope.WHOLE)
    credit_notes.request_credit(
        invoice,
        whole,
        reason="Not what was agreed",
        confirmed=invoice.gross,
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=invoice.issued_at,
    )
    client.force_login(sales)
    url = reverse("backoffice:invoices")

    html = client.get(url, {"q": "Alfa"}).content.decode()
    other = client.get(url, {"q": "Beta", "format": "csv"}).content.decode("utf-8-sig")
    csv = client.get(url, {"q": "Alfa", "format": "csv"}).content.decode("utf-8-sig")

    rows = [line.split(",") for line in csv.splitlines()[1:]]
    assert [row[10] for row in rows] == [f"-{invoice.gross}", f"{invoice.gross}"]
    assert sum(Decimal(row[8]) + Decimal(row[9]) for row in rows) == 0
    assert {row[11] for row in rows} == {str(seller)}
    assert [row[6] for row in rows] == ["", ""], "nothing is to be paid by a day"
    assert other.splitlines()[1].split(",")[6] == invoice.due_on.isoformat()
    assert f"{MINUS}€{invoice.gross}" in html


def test_an_invoice_as_the_customer_has_it(
    client: Client, sales: Person, finished: BillingRun, customers: list[Organisation]
) -> None:
    invoice = Invoice.objects.of(customers[0]).get()
    client.force_login(sales)

    html = client.get(reverse("backoffice:invoice", args=[invoice.pk])).content.decode()

    for text in (invoice.number, "Alfa B.V.", "16 of 31 days", "€89.89", "21%"):
        assert text in html
    assert "/organisations/" not in html.partition("<main")[2]


def test_others_of_the_staff_only_read(client: Client, sales: Person, finished: BillingRun) -> None:
    item = RunItem.objects.needing_attention().get()
    client.force_login(sales)

    page = client.get(reverse("backoffice:run", args=[finished.pk])).content.decode()
    refused = [
        client.post(reverse("backoffice:retry_all", args=[finished.pk])),
        client.post(reverse("backoffice:retry_one", args=[finished.pk, item.pk])),
        client.post(reverse("backoffice:start_run"), {"seller": "nl", "month": "2030-11"}),
    ]

    assert "This is a task of: Billing." in page
    assert [response.status_code for response in refused] == [403, 403, 403]
    item.refresh_from_db()
    assert item.outcome == RunItem.Outcome.HELD


def test_only_who_may_change_a_policy_is_led_to_it(
    client: Client, billing: Person, operations: Person, seller: Seller
) -> None:
    policy = reverse("backoffice:billing_policy", args=[seller.code])
    seen = []

    for person in (billing, operations):
        client.force_login(person)
        seen.append(policy in client.get(reverse("backoffice:runs")).content.decode())

    assert seen == [True, False]
