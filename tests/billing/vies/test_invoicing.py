"""What the register says decides who is invoiced with reverse charge, and is kept as evidence."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.causes import words_for
from billing.documents import operations as documents
from billing.documents.models import VatEvidence
from billing.invariants import every
from billing.models import BillingRun, Invoice, RunItem
from billing.operations import approvals, holds, reissues, runs
from billing.queries import next_invoice
from billing.vies.asking import ask, due_at
from billing.vies.models import Consultation
from billing.vies.register import Reply
from catalog.models import Seller
from subscriptions.periods import Month
from tests.factories.billing import foreseen, local, subscriber
from tests.factories.customers import PersonFactory
from tests.fakes import vies as fake
from tests.fakes.vies import ask_all

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from billing.vies.register import Question
    from customers.models import Organisation
    from tests.fakes.vies import FakeVies

ORDERED = local("2026-11-23")
ROUND = local("2026-11-25")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
LATER = local("2026-12-03")


def item() -> RunItem:
    return RunItem.objects.get()


def vat_of_invoice() -> tuple[str, str, str]:
    row = Invoice.objects.get().vat_rows.get()
    return row.category, str(row.vat), row.note_code


@pytest.fixture
def customer(seller: Seller) -> Organisation:
    customer, _subscription = subscriber(ORDERED, country="german")
    return customer


def test_an_outage_holds_the_invoice_and_an_answer_lets_it_go(
    customer: Organisation, vies: FakeVies
) -> None:
    vies.answers["DE"] = fake.silent("MS_UNAVAILABLE")
    ask_all(ROUND)
    (run,) = runs.run_due(at=FIRST_OF_DECEMBER)
    assert (item().outcome, item().cause) == ("held", "vat_number_unconfirmed")
    assert "VIES has not answered" in words_for(item())
    assert run.finished_at

    vies.answers["DE"] = fake.valid("WAPIAAAAZ9xLmN01")
    ask_all(LATER)
    assert item().outcome == "pending"
    runs.run_due(at=LATER)

    assert item().outcome == "invoiced"
    assert vat_of_invoice() == ("AE", "0.00", "reverse_charge")
    documents.make_due(LATER)
    evidence = VatEvidence.objects.order_by("method")
    assert list(evidence.values_list("method", "valid", "consultation_number", "checked_at")) == [
        ("form", True, "", LATER),
        ("vies", True, "WAPIAAAAZ9xLmN01", LATER),
    ]
    assert every.check_all(at=LATER) == []


def test_whom_the_register_knows_is_invoiced_in_time(
    customer: Organisation, vies: FakeVies
) -> None:
    ask_all(ROUND)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert vat_of_invoice() == ("AE", "0.00", "reverse_charge")


def test_a_seller_outside_the_union_asks_nobody_and_goes_by_the_form(
    seller: Seller, vies: FakeVies
) -> None:
    Seller.objects.filter(code="no").update(serves_countries=["NO", "DE"])
    subscriber(ORDERED, country="german")

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert vat_of_invoice() == ("G", "0.00", "norwegian_export_eu")


def test_whom_it_refuses_is_held_until_it_does_not(customer: Organisation, vies: FakeVies) -> None:
    vies.answers["DE"] = fake.invalid()
    ask_all(ROUND)
    runs.run_due(at=FIRST_OF_DECEMBER)
    assert (item().outcome, item().cause) == ("held", "vat_number_refused")
    ask_all(LATER)
    assert item().outcome == "held"  # the same answer again changes nothing

    vies.answers["DE"] = fake.valid()
    ask_all(local("2026-12-10"))
    runs.run_due(at=local("2026-12-10"))

    assert item().outcome == "invoiced"


def test_a_no_replaces_that_there_was_no_answer(customer: Organisation, vies: FakeVies) -> None:
    runs.run_due(at=FIRST_OF_DECEMBER)
    vies.answers["DE"] = fake.invalid()

    ask_all(LATER)
    runs.run_due(at=LATER)

    assert (item().outcome, item().cause) == ("held", "vat_number_refused")


def test_an_outage_of_a_whole_round_stops_nobody(customer: Organisation, vies: FakeVies) -> None:
    ask_all(ROUND)
    runs.run_due(at=FIRST_OF_DECEMBER)
    vies.answers["DE"] = fake.silent()
    ask_all(local("2026-12-25"))

    runs.run_due(at=local("2027-01-01"))
    runs.run_due(at=local("2027-02-01"))

    outcomes = RunItem.objects.order_by("run__month").values_list("outcome", "cause")
    assert list(outcomes) == [
        ("invoiced", ""),
        ("invoiced", ""),
        ("held", "vat_number_unconfirmed"),
    ]


def test_a_late_run_takes_the_yes_that_a_timely_one_would(
    customer: Organisation, vies: FakeVies
) -> None:
    """Nobody is held because the scheduler was down: age counts at the month's beginning."""
    ask_all(ROUND)
    vies.answers["DE"] = fake.silent()

    (run, *_later) = runs.run_due(at=ROUND + dt.timedelta(days=100))

    assert run.items.get().outcome == "invoiced"


def test_a_run_between_the_question_and_its_answer(customer: Organisation, vies: FakeVies) -> None:
    class Slow:
        def ask(self, question: Question) -> Reply:
            assert question.vat_number == customer.vat_number
            runs.run_due(at=FIRST_OF_DECEMBER)
            assert item().outcome == "held"
            return Reply(outcome=Consultation.Outcome.VALID)

    (due,) = due_at(FIRST_OF_DECEMBER, limit=1)
    ask(Slow(), due, at=FIRST_OF_DECEMBER)

    assert item().outcome == "pending"


def test_what_staff_hold_stays_held(customer: Organisation, vies: FakeVies) -> None:
    clerk = PersonFactory(staff=True)
    holds.hold(customer, month=None, reason="Disputed", by=clerk, at=ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)

    ask_all(LATER)
    runs.run_due(at=LATER)

    assert (item().outcome, item().cause) == ("held", "held_by_staff")


def test_after_the_close_a_later_month_has_it(customer: Organisation, vies: FakeVies) -> None:
    clerk = PersonFactory(staff=True)
    (run,) = runs.run_due(at=FIRST_OF_DECEMBER)
    approvals.explain(run, "VIES is away", by=clerk, at=LATER, cause="vat_number_unconfirmed")
    approvals.close(run, by=clerk, at=LATER)

    ask_all(LATER)
    assert item().outcome == "held"
    runs.run_due(at=local("2027-01-01"))

    assert Invoice.objects.get().lines.count() == 3
    assert RunItem.objects.get(run=run).cause == "carried_by_a_later_run"


def test_estimates_say_what_the_run_will(customer: Organisation, vies: FakeVies) -> None:
    assert next_invoice(customer, ORDERED).held == "vat_number_unconfirmed"

    ask_all(ROUND)

    assert next_invoice(customer, ROUND).held is None


def test_an_invoice_is_issued_anew_only_to_a_confirmed_number(
    seller: Seller, vies: FakeVies
) -> None:
    customer, _subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    customer.country, customer.vat_number = "DE", "DE999999903"
    customer.save()
    invoice = Invoice.objects.with_names().get()

    with pytest.raises(reissues.NumberUnconfirmed):
        reissues.preview(invoice, at=LATER)

    ask_all(LATER)
    new = reissues.preview(invoice, at=LATER).new
    assert [row.category for row in new.vat_rows] == ["AE"]


def test_the_norwegian_seller_asks_nobody(shop: None, vies: FakeVies) -> None:
    subscriber(ORDERED, country="norwegian")
    subscriber(ORDERED, country="british")

    ask_all(ROUND)
    runs.run_due(at=FIRST_OF_DECEMBER)

    assert vies.asked == []
    assert Invoice.objects.count() == 2


def test_off_nothing_is_asked_read_or_kept(
    customer: Organisation, settings: Settings, vies: FakeVies
) -> None:
    address, settings.VIES_URL = settings.VIES_URL, ""
    with CaptureQueriesContext(connection) as off:
        foreseen(customer, Month(2026, 12), at=FIRST_OF_DECEMBER)
    settings.VIES_URL = address
    with CaptureQueriesContext(connection) as on:
        foreseen(customer, Month(2026, 12), at=FIRST_OF_DECEMBER)
    settings.VIES_URL = ""

    runs.run_due(at=FIRST_OF_DECEMBER)
    documents.make_due(FIRST_OF_DECEMBER)

    assert len(on) == len(off) + 1
    assert not any("vies_" in query["sql"] for query in off)
    assert BillingRun.objects.get().items.get().outcome == "invoiced"
    assert [each.method for each in VatEvidence.objects.all()] == ["form"]
