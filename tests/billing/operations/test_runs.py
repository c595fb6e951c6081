"""What the monthly run makes of a month: whose invoices, of what, and who is held."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from billing.causes import words_for
from billing.invariants import every
from billing.models import BillingRun, Invoice, InvoiceLine, RunItem
from billing.operations import runs
from customers.models import History, Organisation, OutgoingMail, TenantState
from customers.operations.organisations import BillingDetails, change_billing_details
from subscriptions.operations import orders, quantity_changes
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.operations.tenants import change_state
from subscriptions.periods import Month
from tests.billing.operations.reading import documents, lines, outcomes
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, next_version
from tests.factories.subscriptions import cancel_as_read, confirm_set_up

if TYPE_CHECKING:
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
ORDERED = local("2026-11-23", "14:00")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


def test_the_first_invoice(seller: Seller) -> None:
    _customer, subscription = subscriber(ORDERED, name="Voorbeeld B.V.", language="nl")

    (run,) = runs.run_due(at=FIRST_OF_DECEMBER)

    assert (run.month, run.finished_at) == (dt.date(2026, 12, 1), FIRST_OF_DECEMBER)
    assert outcomes(run) == {"Voorbeeld B.V.": "invoiced"}
    assert lines() == [
        ("Voorbeeld B.V.", "recurring", "2026-11-23", "2026-12-01", 1, "13.07"),
        ("Voorbeeld B.V.", "recurring", "2026-12-01", "2027-01-01", 1, "49.00"),
    ]
    invoice = Invoice.objects.get()
    assert documents() == [("NL-2026-000001", "62.07", "13.03", "75.10")]
    assert (invoice.issued_on, invoice.due_on) == (dt.date(2026, 12, 1), dt.date(2026, 12, 15))
    assert invoice.buyer_snapshot["name"] == "Voorbeeld B.V."
    assert invoice.seller_snapshot["vat_number"] == "NL004495445B01"
    line = invoice.lines.first()
    assert line is not None
    assert line.tenant == subscription.tenant
    assert line.tenant_label.startswith("Tenant ")
    assert every.check_all(at=FIRST_OF_DECEMBER) == []


def test_it_tells_history_and_leaves_letters_to_the_documents(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED, language="nl")
    OutgoingMail.objects.all().delete()

    runs.run_due(at=FIRST_OF_DECEMBER)

    told = History.objects.get(verb="invoice.issued")
    assert told.organisation == customer
    assert told.subject_id == Invoice.objects.get().pk
    assert told.details["number"] == "NL-2026-000001"
    assert not OutgoingMail.objects.exists()


def test_twice_is_once(seller: Seller) -> None:
    subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    before = documents()

    again = runs.run_due(at=FIRST_OF_DECEMBER + dt.timedelta(hours=1))
    run = runs.open_run(seller, DECEMBER, at=FIRST_OF_DECEMBER)
    runs.complete(run, at=FIRST_OF_DECEMBER)

    assert again == []
    assert documents() == before
    assert BillingRun.objects.of_seller(seller).count() == 1


def test_each_seller_its_own_currency_numbers_and_vat(seller: Seller) -> None:
    subscriber(ORDERED, name="Dutch")
    subscriber(ORDERED, name="Norwegian", country="norwegian")
    subscriber(ORDERED, name="German", country="german")
    subscriber(ORDERED, name="British", country="british")

    runs.run_due(at=FIRST_OF_DECEMBER)

    found = {
        invoice.organisation.name: (
            invoice.number[:2],
            invoice.currency,
            [(row.category, str(row.rate), row.note_code) for row in invoice.vat_rows.all()],
            str(invoice.gross),
        )
        for invoice in Invoice.objects.all()
    }
    assert found == {
        "Dutch": ("NL", "EUR", [("S", "21.00", "")], "75.10"),
        "Norwegian": ("NO", "NOK", [("S", "25.00", "")], "934.16"),
        "German": ("NL", "EUR", [("AE", "0.00", "reverse_charge")], "62.07"),
        "British": ("NL", "EUR", [("O", "0.00", "outside_eu")], "62.07"),
    }
    assert every.check_all(at=FIRST_OF_DECEMBER) == []


def test_a_missed_month_is_caught_up_as_if_in_time(seller: Seller) -> None:
    def order(name: str) -> None:
        customer, owner, tenant = customer_with_tenant(name=name)
        subscription = orders.subscribe(
            customer,
            product_code=SANDBOX,
            tenant=tenant,
            quantities={"sales-premium": 3},
            by=owner,
            at=ORDERED,
        )
        staff = PersonFactory(staff=True)
        confirm_set_up(subscription, by=staff, at=ORDERED)
        quantity_changes.change(
            subscription, quantities={"sales-premium": 5}, by=owner, at=local("2026-12-03")
        )

    order("Late")
    late = runs.run_due(at=local("2027-01-09"))

    assert [run.month for run in late] == [dt.date(2026, 12, 1), dt.date(2027, 1, 1)]
    assert lines() == [
        ("Late", "recurring", "2026-11-23", "2026-12-01", 3, "24.00"),
        ("Late", "recurring", "2026-12-01", "2027-01-01", 3, "90.00"),
        ("Late", "adjustment", "2026-12-03", "2027-01-01", 2, "56.13"),
        ("Late", "recurring", "2027-01-01", "2027-02-01", 5, "150.00"),
    ]
    assert every.check_all(at=local("2027-01-09")) == []


@pytest.mark.parametrize(
    "moments",
    [
        pytest.param(["2026-12-01", "2027-01-01", "2027-02-01"], id="in time"),
        pytest.param(["2026-12-08", "2027-01-05", "2027-02-28"], id="always late"),
        pytest.param(["2027-02-20"], id="after three months of silence"),
    ],
)
def test_late_runs_make_the_invoices_of_timely_ones(seller: Seller, moments: list[str]) -> None:
    _customer, subscription = subscriber(ORDERED, name="X")
    waiting = [local(day, "00:01") for day in moments]
    cancelled_at = local("2026-12-04", "09:00")
    for at in [at for at in waiting if at < cancelled_at]:
        runs.run_due(at=at)
    cancel_as_read(subscription, at=cancelled_at)

    for at in [at for at in waiting if at >= cancelled_at]:
        runs.run_due(at=at)

    assert lines() == [
        ("X", "recurring", "2026-11-23", "2026-12-01", 1, "13.07"),
        ("X", "recurring", "2026-12-01", "2027-01-01", 1, "49.00"),
        ("X", "credit", "2026-12-05", "2027-01-01", 1, "42.68"),
    ]
    assert every.check_all(at=waiting[-1]) == []


@pytest.mark.parametrize("december_on", ["2026-12-01", "2026-12-10"])
def test_a_tenant_deleted_while_notice_runs_is_not_known_before_it_was(
    seller: Seller, december_on: str
) -> None:
    """Cancelled with notice until 1 January; gone on the 5th, before its end had come."""
    next_version(DEVELOPMENT_TOOLS, policies={"notice_days": 30})
    _customer, subscription = subscriber(ORDERED, name="X")
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=local("2026-11-25"))
    deleted_at = local("2026-12-05", "09:00")
    run_at = local(december_on, "00:01")
    if run_at < deleted_at:
        runs.run_due(at=run_at)
    assert subscription.tenant is not None
    staff = PersonFactory(staff=True)
    change_state(subscription.tenant, TenantState.DELETED, by=staff, at=deleted_at)

    assert every.check_all(at=deleted_at) == []
    runs.run_due(at=max(run_at, deleted_at))
    assert every.check_all(at=max(run_at, deleted_at)) == []
    runs.run_due(at=FIRST_OF_JANUARY)

    assert lines() == [
        ("X", "recurring", "2026-11-23", "2026-12-01", 1, "13.07"),
        ("X", "recurring", "2026-12-01", "2027-01-01", 1, "49.00"),
        ("X", "credit", "2026-12-06", "2027-01-01", 1, "41.10"),
    ]
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_cancelled_now_comes_back_as_a_credit_note(seller: Seller) -> None:
    _customer, subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(subscription, at=local("2026-12-10", "09:00"))

    runs.run_due(at=FIRST_OF_JANUARY)
    runs.run_due(at=local("2027-02-01"))

    assert documents() == [
        ("NL-2026-000001", "62.07", "13.03", "75.10"),
        ("NL-2027-C000001", "33.19", "6.97", "40.16"),
    ]
    assert every.check_all(at=local("2027-02-01")) == []


def test_held_until_the_customer_is_corrected(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED, name="Clairière", country="german", vat_number="")
    subscriber(ORDERED, name="Other")
    (run,) = runs.run_due(at=FIRST_OF_DECEMBER)
    assert outcomes(run) == {"Clairière": "held", "Other": "invoiced"}
    assert run.items.get(outcome="held").cause == "vat_number_missing"

    change_billing_details(
        customer,
        BillingDetails(
            name=customer.name,
            street=customer.street,
            postal_code=customer.postal_code,
            city=customer.city,
            country="DE",
            vat_number="DE136695976",
            registration_number="",
            invoice_language=customer.invoice_language,
        ),
        by=PersonFactory(staff=True),
        at=local("2026-12-02"),
    )
    retried = runs.retry(run, by=PersonFactory(staff=True), at=local("2026-12-02"))
    runs.complete(run, at=local("2026-12-02"))

    assert retried == 1
    assert outcomes(run) == {"Clairière": "invoiced", "Other": "invoiced"}
    assert documents()[-1] == ("NL-2026-000002", "62.07", "0.00", "62.07")
    assert every.check_all(at=local("2026-12-02")) == []


def test_who_turned_out_to_be_another_sellers_is_invoiced_by_that_one(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED, country="dutch")
    Organisation.objects.filter(pk=customer.pk).update(country="AX", vat_number="")
    (december,) = runs.run_due(at=FIRST_OF_DECEMBER)
    Organisation.objects.filter(pk=customer.pk).update(country="NO")

    runs.retry(december, by=PersonFactory(staff=True), at=FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_DECEMBER)

    item = december.items.get()
    assert (item.outcome, item.cause) == ("held", "seller_changed")
    assert words_for(item) == (
        "Another seller serves the customer's country by now: its next run has it."
    )

    runs.run_due(at=FIRST_OF_JANUARY)

    item.refresh_from_db()
    assert (item.outcome, item.cause) == ("nothing_due", "carried_by_a_later_run")
    assert [number for number, *_amounts in documents()] == ["NO-2026-000001", "NO-2027-000001"]
    assert set(InvoiceLine.objects.values_list("vat_rate", flat=True)) == {25}
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_a_later_run_carries_what_was_held(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED, city="")
    (december,) = runs.run_due(at=FIRST_OF_DECEMBER)
    Organisation.objects.filter(pk=customer.pk).update(city="Utrecht")

    (january,) = runs.run_due(at=FIRST_OF_JANUARY)

    assert [item.outcome for item in january.items.all()] == ["invoiced"]
    item = december.items.get()
    assert (item.outcome, item.cause) == ("nothing_due", "carried_by_a_later_run")
    assert [str(line.net) for line in InvoiceLine.objects.order_by("position")] == [
        "13.07",
        "49.00",
        "49.00",
    ]
    with pytest.raises(runs.NothingToRetry):
        runs.retry(december, by=PersonFactory(staff=True), at=FIRST_OF_JANUARY)
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_the_sum_of_all_invoices_is_exact(seller: Seller) -> None:
    subscriber(ORDERED)
    runs.run_due(at=local("2027-12-15"))

    total = sum((line.net for line in InvoiceLine.objects.all()), Decimal(0))

    assert total == Decimal("13.07") + 13 * Decimal(49)
    assert RunItem.objects.filter(outcome="invoiced").count() == 13
