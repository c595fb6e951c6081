"""A credit that was taken back with its cancelled invoice is given again, however old its days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.candidates import organisations_due
from billing.invariants import every
from billing.models import BillingRun, CreditProposal, Invoice
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from customers.models import Duty
from subscriptions.operations import endings, orders, quantity_changes
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.periods import Month
from tests.billing.operations.reading import breaches_but_of_use
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import SANDBOX
from tests.factories.subscriptions import cancel_as_read, confirm_set_up
from tests.factories.usage import count, open_metered_services

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller
    from customers.models import Organisation
    from subscriptions.models import Subscription

pytestmark = pytest.mark.usefixtures("credits_go")

CHARGED_AND_CREDITED = [
    ("sales-premium", "2026-11-16", -1, "-15.00"),
    ("sales-premium", "2026-12-01", 4, "120.00"),
    ("service-premium", "2026-12-01", 1, "40.00"),
]


def run_of(*days: str) -> dt.datetime:
    """Everything due on those days, five minutes after midnight."""
    for day in days:
        at = local(day, "00:05")
        endings.end_due(at=at)
        runs.run_due(at=at)
    return at


def one_user_fewer() -> tuple[Organisation, Subscription]:
    """Five at EUR 30.00 a month, charged for November; four from the 15th at noon."""
    customer, owner, tenant = customer_with_tenant()
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 5, "service-premium": 1},
        by=owner,
        at=local("2026-10-16"),
    )
    at = local("2026-10-16")
    subscription = confirm_set_up(ordered, by=PersonFactory(staff=True), at=at)
    run_of("2026-11-01")
    quantity_changes.change(
        subscription,
        quantities={"sales-premium": 4, "service-premium": 1},
        by=owner,
        at=local("2026-11-15", "12:00"),
    )
    return customer, subscription


def credit_whole(customer: Organisation, month: str, *, at: dt.datetime) -> None:
    invoice = Invoice.objects.with_names().get(organisation=customer, month=f"{month}-01")
    whole = Choice(CreditProposal.Scope.WHOLE)
    credit_notes.request_credit(
        invoice,
        whole,
        reason="Not what was agreed",
        confirmed=credit_notes.preview(invoice, whole).invoice.gross,
        by=PersonFactory(staff=True, duties=[Duty.BILLING]),
        at=at,
    )


def issued(customer: Organisation, month: str) -> list[tuple[str, str, int, str]]:
    """By the run of that month, signed."""
    return sorted(
        (
            line.component,
            str(line.period_from),
            line.quantity * each.sign,
            str(line.net * each.sign),
        )
        for each in Invoice.objects.of(customer).filter(month=f"{month}-01", origin="run")
        for line in each.lines.all()
    )


@pytest.fixture(autouse=True)
def one_person_may(seller: Seller) -> None:
    seller.credit_alone_up_to = 10**6
    seller.save()


@pytest.mark.parametrize(
    "credited_on",
    [
        pytest.param("2026-12-03", id="before the next run"),
        pytest.param("2027-01-01", id="on the day of the next run"),
        pytest.param("2027-01-03", id="after it"),
    ],
)
def test_the_next_run_gives_it_again(seller: Seller, credited_on: str) -> None:
    customer, _subscription = one_user_fewer()
    run_of("2026-12-01")
    assert issued(customer, "2026-12") == CHARGED_AND_CREDITED
    runs.run_due(at=local(credited_on, "00:05"))

    credit_whole(customer, "2026-12", at=local(credited_on))
    assert every.check_all(at=local(credited_on, "23:00")) == []
    at = run_of("2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01")

    again = [
        (f"{each.month:%m}", line.quantity * each.sign, str(line.net * each.sign))
        for each in Invoice.objects.of(customer).filter(month__gt="2026-12-01").order_by("month")
        for line in each.lines.filter(period_from="2026-11-16")
    ]
    assert again == [("01" if credited_on < "2027" else "02", -1, "-15.00")]
    assert every.check_all(at=at) == []


def test_whose_last_subscription_is_long_over_gets_it_too(seller: Seller) -> None:
    customer, subscription = one_user_fewer()
    run_of("2026-12-01")
    cancel_as_read(subscription, when=CancelWhen.MONTH_END, at=local("2026-12-10"))
    run_of("2027-01-01", "2027-02-01", "2027-03-01")

    credit_whole(customer, "2026-12", at=local("2027-03-03"))
    assert every.check_all(at=local("2027-03-03", "23:00")) == []
    at = run_of("2027-04-01", "2027-05-01", "2027-06-01")

    assert issued(customer, "2027-04") == [("sales-premium", "2026-11-16", -1, "-15.00")]
    asked = BillingRun.objects.filter(items__organisation=customer).order_by("month")
    assert [f"{run.month:%m}" for run in asked] == ["11", "12", "01", "04", "05"]
    assert every.check_all(at=at) == []


def test_who_was_held_meanwhile_gets_it_when_let_go(seller: Seller) -> None:
    customer, _subscription = one_user_fewer()
    run_of("2026-12-01", "2027-01-01")
    credit_whole(customer, "2026-12", at=local("2027-01-03"))
    type(customer).objects.filter(pk=customer.pk).update(street="")

    run_of("2027-02-01", "2027-03-01", "2027-04-01")
    assert every.check_all(at=local("2027-04-02")) == []
    type(customer).objects.filter(pk=customer.pk).update(street="Street 1")
    at = run_of("2027-05-01")

    assert ("sales-premium", "2026-11-16", -1, "-15.00") in issued(customer, "2027-05")
    assert every.check_all(at=at) == []


def test_a_credit_of_use_is_given_again(seller: Seller) -> None:
    open_metered_services()
    customer, subscription = subscriber(local("2026-10-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-10-05", 500)
    run_of("2026-11-01")
    count(subscription.tenant, "2026-10-05", -250, on="2026-11-06")
    run_of("2026-12-01", "2027-01-01", "2027-02-01")

    credit_whole(customer, "2026-12", at=local("2027-02-03"))
    assert breaches_but_of_use(at=local("2027-02-03", "23:00")) == []
    at = run_of("2027-03-01", "2027-04-01")

    again = ("calls.1", "2026-10-01", -250, "-1.00")
    assert again in issued(customer, "2026-12")
    assert again in issued(customer, "2027-03")
    assert again not in issued(customer, "2027-04")
    assert breaches_but_of_use(at=at) == []


def test_a_run_that_gave_nothing_again_is_reported(seller: Seller) -> None:
    """What was taken back is open until the next run has dealt with the customer, and no longer."""
    customer, _subscription = one_user_fewer()
    run_of("2026-12-01", "2027-01-01")
    credit_whole(customer, "2026-12", at=local("2027-01-03"))

    run = runs.open_run(seller, Month(2027, 2), at=local("2027-02-01", "00:05"))
    run.items.update(outcome="nothing_due", done_at=local("2027-02-01", "00:05"))
    run.finished_at = local("2027-02-01", "00:05")
    run.save()

    whats = [each.what for each in every.check_all(at=local("2027-02-01", "01:00"))]
    assert any("-1 × sales-premium" in what and "2026-11-16" in what for what in whats)


def test_asking_takes_as_many_queries_whatever_was_taken_back(seller: Seller) -> None:
    made = []
    for _customer in range(3):
        customer, _subscription = one_user_fewer()
        made.append(customer)
    run_of("2026-12-01", "2027-01-01")
    asked = []
    for customer in made:
        credit_whole(customer, "2026-12", at=local("2027-01-03"))
        with CaptureQueriesContext(connection) as queries:
            organisations_due(seller, Month(2027, 2))
            runs.preview_month(seller, Month(2027, 2), at=local("2027-01-04"))
        asked.append(len(queries))

    assert asked == [asked[0]] * 3
