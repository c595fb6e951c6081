from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from billing.accounts import account_of
from billing.models import BillingRun, Invoice, MonthPreview
from billing.operations import previews, runs
from customers import clock
from subscriptions.periods import Month

if TYPE_CHECKING:
    from django.test import Client

    from catalog.models import Seller
    from customers.models import Organisation, Person

NOVEMBER = Month(2030, 11)


@pytest.fixture(autouse=True)
def woken_for_previews(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    woken: list[int] = []
    monkeypatch.setattr("billing.tasks.work_on_preview.delay", woken.append)
    return woken


@pytest.fixture
def made(billing: Person, seller: Seller, customers: list[Organisation]) -> MonthPreview:
    preview = previews.ask(seller, NOVEMBER, by=billing, at=clock.now())
    return previews.complete(preview, at=clock.now())


def page(client: Client, month: str = "2030-11", **query: str) -> str:
    asked = {"seller": "nl", "month": month, **query}
    return client.get(reverse("backoffice:preview_month"), asked).content.decode("utf-8-sig")


def test_who_only_opens_it_has_done_nothing_wrong(client: Client, sales: Person) -> None:
    client.force_login(sales)
    address = reverse("backoffice:preview_month")

    opened = client.get(address)
    incomplete = client.get(address, {"seller": "nl"})

    assert opened.status_code == 200
    assert "This field is required" not in opened.content.decode()
    assert "This field is required" in incomplete.content.decode()


def test_asking_writes_it_and_wakes_a_worker(
    client: Client,
    billing: Person,
    customers: list[Organisation],
    woken_for_previews: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    client.force_login(billing)
    before = page(client)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        response = client.post(
            reverse("backoffice:ask_for_preview"),
            {"seller": "nl", "month": "2030-11"},
            follow=True,
        )

    preview = MonthPreview.objects.get()
    html = response.content.decode()
    assert "This month has not been previewed yet" in before
    assert woken_for_previews == [preview.pk]
    assert (preview.asked_by, preview.total, preview.finished_at) == (billing, 3, None)
    assert "0 of 3 customers" in html
    assert "run-progress.js" in html


def test_what_each_would_owe_why_and_who_would_be_held(
    client: Client, sales: Person, made: MonthPreview
) -> None:
    client.force_login(sales)

    html = page(client)

    assert "Preview of November 2030" in html
    # 16 of 31 days of October at 49.00, and all of November: 25.29 + 49.00.
    assert html.count("€74.29") >= 3
    assert "€89.89" in html  # with 21 % VAT
    assert "1 customer would be held" in html
    assert "without a valid VAT number" in html
    assert "€148.58" in html  # the net of the two that would be invoiced
    assert 'New: Development Tools <span class="nowrap">(+€49.00)</span>' in html
    assert 'Part of a month: Development Tools <span class="nowrap">(+€25.29)</span>' in html
    assert "This is a task of: Billing." in html
    assert "run-progress.js" not in html
    assert not BillingRun.objects.exists()
    assert not Invoice.objects.exists()


def test_who_failed_is_told_apart_from_who_is_held(
    client: Client,
    billing: Person,
    seller: Seller,
    customers: list[Organisation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And is nobody that is gone: what it would owe is not known."""

    def sometimes(organisation: Organisation, **named: Any) -> object:
        if organisation.name == "Alfa B.V.":
            raise ValueError("no price")
        return account_of(organisation, **named)

    monkeypatch.setattr("billing.operations.previewed.account_of", sometimes)
    previews.complete(previews.ask(seller, NOVEMBER, by=billing, at=clock.now()), at=clock.now())
    client.force_login(billing)

    html = page(client)
    (alfa,) = page(client, q="Alfa", format="csv").splitlines()[1:]

    assert "1 customer would be held" in html
    assert "1 customer would fail" in html
    assert "without 1 that failed" in html
    assert "Alfa B.V.,EUR,,,,0.00,,Not known,," in alfa


def test_what_was_started_is_not_started_again(
    client: Client, billing: Person, sales: Person, made: MonthPreview, seller: Seller
) -> None:
    """For who may start it as for who may not, and after it was closed."""
    client.force_login(billing)
    before = page(client)
    run = runs.complete(runs.open_run(seller, NOVEMBER, at=clock.now()), at=clock.now())
    address = reverse("backoffice:run", args=[run.pk])

    after = page(client)
    BillingRun.objects.update(closed_at=clock.now(), closed_by=billing)
    closed = page(client)
    client.force_login(sales)
    of_others = page(client)

    assert "Start the run" in before
    assert address not in before
    for html in (after, closed, of_others):
        assert "Start the run" not in html
        assert address in html


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param({}, {"Alfa B.V.", "Beta GmbH", "Gamma GmbH"}, id="all"),
        pytest.param({"q": "beta"}, {"Beta GmbH"}, id="search"),
        pytest.param({"show": "held"}, {"Gamma GmbH"}, id="held"),
        pytest.param({"show": "gone"}, set(), id="gone"),
    ],
)
def test_search_and_filter_also_for_the_csv(
    client: Client, sales: Person, made: MonthPreview, query: dict[str, str], names: set[str]
) -> None:
    client.force_login(sales)

    html = page(client, **query)
    csv = page(client, **query, format="csv").splitlines()

    every = ("Alfa B.V.", "Beta GmbH", "Gamma GmbH")
    assert {name for name in every if name in html} == names
    assert {line.split(",")[1] for line in csv[1:]} == names


def test_as_csv(client: Client, sales: Person, made: MonthPreview) -> None:
    client.force_login(sales)

    (alfa,) = page(client, q="Alfa", format="csv").splitlines()[1:]

    assert (
        "Alfa B.V.,EUR,74.29,15.60,89.89,0.00,74.29,New,"
        "New: Development Tools (+€49.00); Part of a month: Development Tools (+€25.29),"
    ) in alfa


@pytest.mark.parametrize(
    ("month", "sentence"),
    [
        pytest.param("2031-03", "Only the next month can be previewed", id="too far"),
        pytest.param("March", "Write the month as year and number", id="no month"),
        pytest.param("", "This field is required", id="nothing"),
    ],
)
def test_a_month_that_cannot_be_previewed(
    client: Client, billing: Person, seller: Seller, month: str, sentence: str
) -> None:
    client.force_login(billing)

    html = page(client, month)
    asked = client.post(
        reverse("backoffice:ask_for_preview"), {"seller": "nl", "month": month}, follow=True
    )

    assert sentence in html
    assert sentence in asked.content.decode()
    assert not MonthPreview.objects.exists()


def test_the_next_month_can_be_previewed_and_not_started(
    client: Client, billing: Person, seller: Seller, customers: list[Organisation]
) -> None:
    preview = previews.ask(seller, NOVEMBER.next, by=billing, at=clock.now())
    previews.complete(preview, at=clock.now())
    client.force_login(billing)

    html = page(client, "2030-12")
    started = client.post(
        reverse("backoffice:start_run"), {"seller": "nl", "month": "2030-12"}, follow=True
    )

    assert "This month has not begun yet" in html
    assert "Start the run" not in html
    assert "This month has not begun yet" in started.content.decode()
    assert not BillingRun.objects.exists()


def test_the_progress_alone_for_the_script_that_watches(
    client: Client, billing: Person, seller: Seller, customers: list[Organisation]
) -> None:
    preview = previews.ask(seller, NOVEMBER, by=billing, at=clock.now())
    url = reverse("backoffice:preview_progress", args=[preview.pk])
    client.force_login(billing)

    before = client.get(url).content.decode()
    previews.work(preview.pk, at=clock.now(), limit=2)
    between = client.get(url).content.decode()
    previews.complete(preview, at=clock.now() + dt.timedelta(minutes=1))
    after = client.get(url).content.decode()

    assert "0 of 3 customers" in before
    assert "2 of 3 customers" in between
    assert "data-finished" not in between
    assert "data-finished" in after
