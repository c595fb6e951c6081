"""Approve, hold, review, explain, close: what staff decide about a run."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from billing.bounds import Bounds
from billing.models import BillingHold, BillingPolicy, BillingRun, Invoice, RunItem
from billing.operations import holds, policies, previews, runs
from customers import clock
from subscriptions.periods import Month

if TYPE_CHECKING:
    from django.test import Client

    from catalog.models import Seller
    from customers.models import Organisation, Person

pytestmark = pytest.mark.usefixtures("woken")

NOVEMBER = Month(2030, 11)


def post(client: Client, name: str, *args: Any, **values: str) -> str:
    """The page one comes to after it."""
    url = reverse(f"backoffice:{name}", args=args)
    return client.post(url, values, follow=True).content.decode()


def get(client: Client, name: str, *args: Any, **query: str) -> str:
    url = reverse(f"backoffice:{name}", args=args)
    return client.get(url, query).content.decode("utf-8-sig")


def set_policy(
    seller: Seller,
    by: Person,
    *,
    needs_approval: bool,
    most_lines: int = 500,
    most_at_first: int = 25_000,
) -> None:
    policies.set_policy(
        seller,
        needs_approval=needs_approval,
        bounds=Bounds(
            floor=Decimal(1000), most_at_first=Decimal(most_at_first), most_lines=most_lines
        ),
        reason="Test",
        by=by,
        at=clock.now(),
    )


def test_a_run_that_needs_approval_waits_for_it(
    client: Client,
    billing: Person,
    seller: Seller,
    customers: list[Organisation],
    woken: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    set_policy(seller, billing, needs_approval=True)
    run = runs.open_run(seller, NOVEMBER, at=clock.now())
    client.force_login(billing)
    html = get(client, "run", run.pk)
    home = get(client, "home")

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        approved = post(client, "approve_run", run.pk)
    again = post(client, "approve_run", run.pk)

    assert "Approve the run" in html
    assert "run-progress.js" not in html
    assert "Billing runs to approve" in home
    assert "The run is approved" in approved
    assert "This run was approved already" in again
    assert woken == [run.pk]
    run.refresh_from_db()
    assert run.approved_by == billing


def test_held_from_the_customers_page_and_released_there(
    client: Client,
    billing: Person,
    seller: Seller,
    customers: list[Organisation],
    woken: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    alfa = customers[0]
    client.force_login(billing)

    html = post(client, "hold_customer", alfa.pk, month="2030-11", reason="Price is disputed")
    twice = post(client, "hold_customer", alfa.pk, month="2030-11", reason="Again")
    run = runs.complete(runs.open_run(seller, NOVEMBER, at=clock.now()), at=clock.now())
    items = get(client, "run_items", run.pk, cause="held_by_staff")
    item = get(client, "run_item", run.pk, run.items.get(organisation=alfa).pk)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        released = post(client, "release_hold", BillingHold.objects.get().pk)

    assert "Invoicing of November 2030 is held" in html
    assert "Price is disputed" in html
    assert "This customer is held already" in twice
    assert "Held by staff: Price is disputed" in items
    assert "Release the hold on the customer’s page first." in item
    assert "Correct what is wrong" not in item
    assert "The hold is released" in released
    assert "Price is disputed" not in released
    assert woken == [run.pk]
    assert RunItem.objects.get(run=run, organisation=alfa).outcome == RunItem.Outcome.PENDING


def test_a_hold_needs_a_reason(
    client: Client, billing: Person, customers: list[Organisation]
) -> None:
    client.force_login(billing)
    url = reverse("backoffice:hold_customer", args=[customers[0].pk])

    response = client.post(url, {"month": "", "reason": ""})

    assert response.status_code == 422
    assert not BillingHold.objects.exists()


@pytest.mark.parametrize(
    ("language", "found"),
    [
        pytest.param("en", "(€0.00 → €74.29)", id="en"),
        pytest.param("nl", "(€\xa00,00 → €\xa074,29)", id="nl"),
    ],
)
def test_what_was_found_is_read_in_ones_own_language(
    client: Client,
    billing: Person,
    seller: Seller,
    customers: list[Organisation],
    language: str,
    found: str,
) -> None:
    """It is kept, and confirmed, as it was found."""
    set_policy(seller, billing, needs_approval=False, most_at_first=1)
    run = runs.complete(runs.open_run(seller, NOVEMBER, at=clock.now()), at=clock.now())
    item = run.items.get(organisation=customers[0])
    preview = previews.complete(
        previews.ask(seller, NOVEMBER, by=billing, at=clock.now()), at=clock.now()
    )
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    client.force_login(billing)
    cause = {"cause": item.cause}

    pages = [
        get(client, "run_item", run.pk, item.pk),
        get(client, "run_items", run.pk, **cause),
        get(client, "run_items", run.pk, **cause, format="csv"),
        get(client, "preview_month", seller="nl", month="2030-11"),
        get(client, "customer", customers[0].pk),
    ]

    assert [found in html for html in pages] == [True] * len(pages)
    assert preview.rows.filter(detail=item.detail).exists()
    assert item.detail == "0.00 → 74.29 EUR"
    assert 'value="large_first_document 0.00 → 74.29 EUR"' in pages[0]


def test_reviewed_it_is_issued(
    client: Client, billing: Person, seller: Seller, customers: list[Organisation]
) -> None:
    set_policy(seller, billing, needs_approval=False, most_lines=1)
    run = runs.complete(runs.open_run(seller, NOVEMBER, at=clock.now()), at=clock.now())
    item = run.items.get(organisation=customers[0])
    client.force_login(billing)
    html = get(client, "run_item", run.pk, item.pk)

    empty = client.post(reverse("backoffice:review_item", args=[run.pk, item.pk]), {"reason": ""})
    unseen = post(
        client, "review_item", run.pk, item.pk, reason="Fine", confirmed="too_many_lines 1"
    )
    reviewed = post(
        client,
        "review_item",
        run.pk,
        item.pk,
        reason="Two months at once",
        confirmed="too_many_lines 2",
    )
    runs.complete(run, at=clock.now())

    assert "Reviewed, issue it" in html
    assert "The document has unusually many lines. (2)" in html
    assert 'name="confirmed" value="too_many_lines 2"' in html
    assert empty.status_code == 422
    assert "What would be issued has changed meanwhile: nothing is reviewed." in unseen
    assert "Alfa B.V. is reviewed, and tried again." in reviewed
    assert Invoice.objects.of(customers[0]).count() == 1
    after = get(client, "run_item", run.pk, item.pk)
    assert "Two months at once" in after
    assert "€74.29 · 2 lines" in after


def test_explained_and_closed(client: Client, billing: Person, finished: BillingRun) -> None:
    client.force_login(billing)
    html = get(client, "run", finished.pk)
    early = post(client, "close_run", finished.pk)

    form = get(client, "explain_cause", finished.pk, cause="vat_number_missing")
    explained = post(
        client,
        "explain_cause",
        finished.pk,
        cause="vat_number_missing",
        explanation="Waits for the number",
    )
    closed = post(client, "close_run", finished.pk)
    retried = post(client, "retry_all", finished.pk)

    assert "Close the run" not in html
    assert "Some customers are held or failed without an explanation" in early
    assert "without a valid VAT number" in form
    assert "1 customer is explained." in explained
    assert "Close the run" in explained
    assert "The run is closed." in closed
    assert "Try all again" not in closed
    assert "This run is closed" in retried
    finished.refresh_from_db()
    assert finished.closed_by == billing
    assert ",Waits for the number\r\n" in get(client, "run_items", finished.pk, format="csv")


def test_one_is_explained_on_its_own_page(
    client: Client, billing: Person, finished: BillingRun
) -> None:
    item = finished.items.get(outcome="held")
    client.force_login(billing)

    page = post(client, "explain_item", finished.pk, item.pk, explanation="Waits")

    assert "Gamma GmbH is explained." in page
    item.refresh_from_db()
    assert (item.explanation, item.explained_by) == ("Waits", billing)


def test_all_of_one_cause_are_tried_again(
    client: Client, billing: Person, finished: BillingRun, customers: list[Organisation]
) -> None:
    RunItem.objects.filter(run=finished, organisation=customers[0]).update(
        outcome="failed", cause="ValueError", detail="what went wrong"
    )
    client.force_login(billing)
    html = get(client, "run", finished.pk)

    page = post(client, "retry_all", finished.pk, cause="ValueError")

    assert "It failed: ValueError" in html
    assert "1 customer is tried again." in page
    assert set(finished.items.values_list("organisation__name", "outcome")) == {
        ("Alfa B.V.", "pending"),
        ("Beta GmbH", "invoiced"),
        ("Gamma GmbH", "held"),
    }


def test_the_policy_is_changed_with_its_history(
    client: Client, billing: Person, seller: Seller
) -> None:
    values = {
        "times_last_month": "3",
        "floor": "250.00",
        "most_at_first": "9000.00",
        "most_given_back": "20.00",
        "most_lines": "40",
    }
    client.force_login(billing)
    before = get(client, "billing_policy", "nl")

    wrong = client.post(
        reverse("backoffice:billing_policy", args=["nl"]),
        {**values, "times_last_month": "0", "reason": "Why"},
    )
    after = post(
        client, "billing_policy", "nl", needs_approval="on", reason="First months", **values
    )

    assert "Nobody has changed it yet." in before
    assert wrong.status_code == 422
    assert (
        "Held: above 3 times last month and €250.00, above €9,000.00 without a last month, "
        "more than €20.00 given back, or more than 40 lines." in after
    )
    assert "First months" in after
    policy = BillingPolicy.objects.get()
    assert (policy.needs_approval, policy.bounds) == (
        True,
        Bounds(
            times_last_month=3,
            floor=Decimal("250.00"),
            most_at_first=Decimal("9000.00"),
            most_given_back=Decimal("20.00"),
            most_lines=40,
        ),
    )


def test_a_bell_that_breaks_is_logged_and_undoes_nothing(
    client: Client,
    billing: Person,
    finished: BillingRun,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: object,
) -> None:
    def no_broker(_run_id: int) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr("billing.tasks.work_on_run.delay", no_broker)
    client.force_login(billing)

    with (
        caplog.at_level(logging.ERROR),
        django_capture_on_commit_callbacks(execute=True),  # type: ignore[operator]
    ):
        page = post(client, "retry_all", finished.pk)

    assert "1 customer is tried again." in page
    assert "no broker" in caplog.text
    assert finished.items.pending().count() == 1


def test_released_twice_is_told(
    client: Client, billing: Person, customers: list[Organisation]
) -> None:
    placed = holds.hold(customers[0], month=None, reason="Why", by=billing, at=clock.now())
    holds.release(placed, by=billing, at=clock.now())
    client.force_login(billing)

    assert "This hold was released already" in post(client, "release_hold", placed.pk)
