"""How a run goes to work: opened in order, in chunks, whoever fails on the way; and its preview."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from billing import numbering
from billing.invariants import every
from billing.models import BillingRun, Invoice
from billing.operations import issuing, runs
from billing.queries import progress
from billing.schedule import due_months
from customers.models import History, Organisation
from subscriptions.periods import Month
from tests.billing.operations.reading import documents, outcomes
from tests.factories.billing import foreseen, local, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from billing.numbering import Number
    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
ORDERED = local("2026-11-23", "14:00")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


def _refuse(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses whatever is written for one organisation, at the very end."""
    told = issuing._told

    def failing(written: Any, number: Number) -> dict[str, object]:
        if written.organisation.pk == organisation.pk:
            raise IntegrityError("a constraint that only this customer breaks")
        return told(written, number)

    monkeypatch.setattr(issuing, "_told", failing)


def test_one_bad_customer_stops_nobody(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    subscriber(ORDERED, name="A")
    bad, _subscription = subscriber(ORDERED, name="B")
    subscriber(ORDERED, name="C")
    with monkeypatch.context() as patch:
        _refuse(bad, patch)
        (run,) = runs.run_due(at=FIRST_OF_DECEMBER)

    assert outcomes(run) == {"A": "invoiced", "B": "failed", "C": "invoiced"}
    failed = run.items.get(outcome="failed")
    assert (failed.cause, failed.attempts) == ("IntegrityError", 1)
    assert "only this customer" in failed.detail
    assert [number for number, *_amounts in documents()] == ["NL-2026-000001", "NL-2026-000002"]

    runs.retry(failed, by=PersonFactory(staff=True), at=local("2026-12-02"))
    runs.complete(run, at=local("2026-12-02"))

    assert outcomes(run)["B"] == "invoiced"
    assert documents()[-1][0] == "NL-2026-000003"
    assert every.check_all(at=local("2026-12-02")) == []


def test_what_cannot_be_drafted_fails_alone(seller: Seller) -> None:
    _bad, subscription = subscriber(ORDERED, name="A")
    subscriber(ORDERED, name="B")
    version = subscription.price_version
    version.pk, version.valid_from, version._state.adding = None, dt.date(2026, 2, 1), True
    version.save()
    version.components.create(code="licence", unit="user_plan", model="volume", tiers=[])
    type(subscription).objects.filter(pk=subscription.pk).update(price_version=version)

    (run,) = runs.run_due(at=FIRST_OF_DECEMBER)

    assert outcomes(run) == {"A": "failed", "B": "invoiced"}
    assert run.items.get(outcome="failed").cause == "WrongRate"


@pytest.mark.parametrize(
    "where",
    [
        "billing.operations.previewed.account_of",
        "billing.operations.runs.issue_many",
        "billing.invariants.treatment.check_draft",
    ],
    ids=["drafting", "issuing", "checking"],
)
def test_a_worker_whose_time_is_over_is_nobodys_fault(
    seller: Seller, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    subscriber(local("2026-11-23"))
    run = runs.open_run(seller, Month(2026, 12), at=local("2026-12-01"))

    def take_too_long(*_arguments: object, **_named: object) -> None:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(where, take_too_long)

    with pytest.raises(SoftTimeLimitExceeded):
        runs.work(run, at=local("2026-12-01"))

    assert [item.outcome for item in run.items.all()] == ["pending"]


def test_preview_is_the_invoice(seller: Seller) -> None:
    customer, _subscription = subscriber(ORDERED)
    subscriber(ORDERED, country="german", vat_number="")
    before = runs.preview_month(seller, DECEMBER, at=local("2026-11-30"))
    one = foreseen(customer, DECEMBER, at=local("2026-11-30"))

    assert not Invoice.objects.exists()
    assert not BillingRun.objects.exists()
    runs.run_due(at=FIRST_OF_DECEMBER)

    (drafted,) = one.drafts
    invoice = Invoice.objects.get()
    assert [preview.held is None for preview in before] == [True, False]
    assert before[0].drafts == one.drafts
    assert (drafted.net, drafted.vat, drafted.gross) == (invoice.net, invoice.vat, invoice.gross)
    assert [
        (line.period_from, line.period_until, line.quantity, line.net, line.unit_price)
        for line in drafted.lines
    ] == [
        (line.period_from, line.period_until, line.quantity, line.net, line.unit_price)
        for line in invoice.lines.all()
    ]


def test_only_the_next_month_can_be_previewed(seller: Seller) -> None:
    with pytest.raises(runs.TooFarAhead):
        runs.preview_month(seller, JANUARY, at=local("2026-11-30"))


@pytest.mark.parametrize(
    ("month", "at", "refusal"),
    [
        pytest.param(DECEMBER, "2026-11-30", runs.MonthNotBegun, id="not begun"),
        pytest.param(JANUARY, "2027-01-02", runs.EarlierMonthsFirst, id="December not run"),
        pytest.param(NOVEMBER, "2026-12-02", runs.NothingDueThen, id="before anything was due"),
    ],
)
def test_open_run_refuses(seller: Seller, month: Month, at: str, refusal: type[Exception]) -> None:
    subscriber(ORDERED)

    with pytest.raises(refusal):
        runs.open_run(seller, month, at=local(at))

    assert not BillingRun.objects.exists()


def test_an_unfinished_month_comes_first(seller: Seller) -> None:
    subscriber(ORDERED)
    december = runs.open_run(seller, DECEMBER, at=FIRST_OF_JANUARY)

    with pytest.raises(runs.EarlierMonthsFirst) as refused:
        runs.open_run(seller, JANUARY, at=FIRST_OF_JANUARY)

    assert refused.value.months == (DECEMBER,)
    runs.complete(december, at=FIRST_OF_JANUARY)
    assert runs.open_run(seller, JANUARY, at=FIRST_OF_JANUARY).items.count() == 1


def test_due_months(seller: Seller) -> None:
    assert due_months(seller, FIRST_OF_DECEMBER) == []
    subscriber(ORDERED)

    assert due_months(seller, local("2026-11-30")) == []
    assert due_months(seller, FIRST_OF_DECEMBER) == [DECEMBER]
    assert due_months(seller, FIRST_OF_JANUARY) == [DECEMBER, JANUARY]
    runs.open_run(seller, DECEMBER, at=FIRST_OF_JANUARY)
    assert due_months(seller, FIRST_OF_JANUARY) == [JANUARY]


def test_the_month_is_the_sellers(seller: Seller) -> None:
    """23:30 UTC on the last of November is December in Amsterdam."""
    subscriber(ORDERED)

    assert runs.run_due(at=dt.datetime(2026, 11, 30, 22, 59, tzinfo=dt.UTC)) == []
    (run,) = runs.run_due(at=dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC))

    assert Invoice.objects.get().issued_on == dt.date(2026, 12, 1)
    assert run.month == dt.date(2026, 12, 1)


def test_long_gone_customers_are_not_asked(seller: Seller) -> None:
    _customer, subscription = subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(subscription, at=local("2026-12-10", "09:00"))
    runs.run_due(at=FIRST_OF_JANUARY)

    runs.run_due(at=local("2027-02-01"))

    february = BillingRun.objects.get(month=dt.date(2027, 2, 1))
    assert not february.items.exists()
    assert february.finished_at == local("2027-02-01")


def test_progress_and_chunks(seller: Seller) -> None:
    for _number in range(5):
        subscriber(ORDERED)
    run = runs.open_run(seller, DECEMBER, at=FIRST_OF_DECEMBER)

    first = runs.work(run, at=FIRST_OF_DECEMBER, limit=2)

    halfway = progress(run)
    assert (first, halfway.pending, halfway.invoiced, halfway.percent) == (2, 3, 2, 40)
    assert not runs.finish(run, at=FIRST_OF_DECEMBER)
    assert runs.work(run, at=FIRST_OF_DECEMBER, limit=2) == 2
    assert runs.work(run, at=FIRST_OF_DECEMBER, limit=2) == 1
    assert runs.work(run, at=FIRST_OF_DECEMBER, limit=2) == 0
    assert runs.finish(run, at=FIRST_OF_DECEMBER)
    assert Invoice.objects.count() == 5


def test_the_last_chunks_are_small(seller: Seller, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that workers end together, and not one with a large chunk while the others wait."""
    monkeypatch.setattr("billing.operations.outcomes.SMALL", 2)
    for _number in range(9):
        subscriber(ORDERED)
    run = runs.open_run(seller, DECEMBER, at=FIRST_OF_DECEMBER)

    chunks = [runs.work(run, at=FIRST_OF_DECEMBER, limit=3) for _turn in range(5)]

    assert chunks == [3, 3, 2, 1, 0]


def test_facts_are_loaded_with_a_constant_number_of_queries(seller: Seller) -> None:
    counts = []
    for number in (2, 4):
        while Organisation.objects.count() < number:
            subscriber(ORDERED)
        with CaptureQueriesContext(connection) as queries:
            runs.preview_month(seller, DECEMBER, at=FIRST_OF_DECEMBER)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_started_by_a_person(seller: Seller) -> None:
    subscriber(ORDERED)
    clerk = PersonFactory(staff=True)

    run = runs.open_run(seller, DECEMBER, by=clerk, at=FIRST_OF_DECEMBER)
    runs.complete(run, at=FIRST_OF_DECEMBER)

    assert run.started_by == clerk
    assert History.objects.get(verb="invoice.issued").actor == clerk


@pytest.mark.parametrize("fails", [False, True], ids=["all at once", "in halves"])
def test_the_series_are_taken_in_the_order_of_a_reissue(
    seller: Seller, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    """Credit notes, then invoices: nobody waits for a series while holding the one before it."""
    subscriber(ORDERED, name="A")
    _cancelling, subscription = subscriber(ORDERED, name="B")
    failing, _subscription = subscriber(ORDERED, name="C")
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(subscription, at=local("2026-12-02"))
    if fails:
        _refuse(failing, monkeypatch)
    taken: list[str] = []
    take = numbering.take

    def watched(seller: Seller, kind: str, *, year: int, count: int = 1) -> list[Number]:
        taken.append(kind)
        return take(seller, kind, year=year, count=count)

    monkeypatch.setattr(numbering, "take", watched)
    runs.run_due(at=FIRST_OF_JANUARY)

    both = ["credit_note", "invoice"]
    assert taken[:2] == both
    assert taken[2:4] == (both if fails else [])  # held before either half is tried


def test_a_chunk_is_planned_for_the_tables_as_they_are_now(seller: Seller) -> None:
    """A foreign key's plan of the day with a handful of invoices would read all of them, and so
    would a question about two thousand customers to a table nobody has analysed since it grew.
    """
    subscriber(ORDERED)

    with CaptureQueriesContext(connection) as asked:
        runs.run_due(at=FIRST_OF_DECEMBER)

    statements = [query["sql"] for query in asked]
    claims = [number for number, sql in enumerate(statements) if "SKIP LOCKED" in str(sql)]
    before = "; ".join(map(str, statements[: claims[0]]))
    assert "DISCARD PLANS" in before
    assert "enable_seqscan = off" in before
