from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.accounts import account_of
from billing.models import BillingRun, Invoice, MonthPreview, PreviewRow
from billing.operations import credit_notes, holds, previews, reissues, runs
from billing.queries import preview_of, preview_rows, preview_shown, preview_totals
from billing.tasks import work_on_preview
from customers import clock
from customers.models import Duty
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.periods import Month
from tests.factories.billing import local, subscriber
from tests.factories.customers import OrganisationFactory, PersonFactory
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller
    from customers.models import Organisation, Person

pytestmark = pytest.mark.usefixtures("credits_go")

DECEMBER, JANUARY = Month(2026, 12), Month(2027, 1)
ORDERED = local("2026-11-23", "14:00")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
IN_DECEMBER = local("2026-12-20")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture
def staff(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


def make(seller: Seller, month: Month, staff: Person, at: dt.datetime) -> MonthPreview:
    return previews.complete(previews.ask(seller, month, by=staff, at=at), at=at)


def rows(preview: MonthPreview) -> dict[str, tuple[str, str, str, str, list[str]]]:
    return {
        row.organisation.name: (
            row.state,
            row.change,
            str(row.last_net),
            str(row.net),
            [reason["reason"] for reason in row.reasons],
        )
        for row in PreviewRow.objects.filter(preview=preview).by_name()
    }


def test_the_difference_to_last_month(seller: Seller, staff: Person) -> None:
    subscriber(ORDERED, name="Stays")
    _gone, ends = subscriber(ORDERED, name="Goes")
    subscriber(local("2026-11-01"), name="Whole month")
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(ends, CancelWhen.MONTH_END, at=IN_DECEMBER)
    subscriber(IN_DECEMBER, name="Comes")

    preview = make(seller, JANUARY, staff, IN_DECEMBER)

    assert rows(preview) == {
        "Comes": ("ready", "new", "0.00", "67.97", ["new", "prorated"]),
        "Goes": ("ready", "gone", "62.07", "0.00", ["ended", "prorated"]),
        "Stays": ("ready", "changed", "62.07", "49.00", ["prorated"]),
        "Whole month": ("ready", "changed", "98.00", "49.00", ["earlier_month"]),
    }
    (total,) = preview_totals(preview)
    assert (total.documents, str(total.net), str(total.last_net), str(total.difference)) == (
        3,
        "EUR 165.97",
        "EUR 222.14",
        "EUR -56.17",
    )


@pytest.mark.parametrize("january_is", ["late", "waiting for approval", "at work"])
def test_while_this_month_is_not_done_the_next_one_comes_after_it(
    seller: Seller, staff: Person, january_is: str
) -> None:
    """One month each, compared with what this month's run will issue; not both months at once."""
    subscriber(ORDERED, name="Stays")
    _customer, ends = subscriber(ORDERED, name="Goes")
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(ends, at=IN_DECEMBER)
    subscriber(IN_DECEMBER, name="Comes")
    if january_is != "late":
        runs.open_run(seller, JANUARY, at=FIRST_OF_JANUARY)
    if january_is == "waiting for approval":
        BillingRun.objects.filter(month=JANUARY.first_day).update(approved_at=None)

    preview = make(seller, JANUARY.next, staff, FIRST_OF_JANUARY)
    at_once = runs.preview_month(seller, JANUARY.next, at=FIRST_OF_JANUARY)

    assert rows(preview) == {
        "Comes": ("ready", "changed", "67.97", "49.00", ["prorated"]),
        "Goes": ("ready", "gone", "-17.39", "0.00", ["credit"]),
        "Stays": ("ready", "same", "49.00", "49.00", []),
    }
    assert {each.organisation.name: str(each.drafts[0].net) for each in at_once} == {
        "Comes": "49.00",
        "Stays": "49.00",
    }


@pytest.mark.parametrize("december_is", ["done", "late"])
def test_what_a_run_leaves_out_is_due_with_the_next_one(
    seller: Seller, staff: Person, december_is: str
) -> None:
    """It is no part of what was issued last month; and whoever is let go is done before."""
    held, _subscription = subscriber(local("2026-11-01"), name="Held")
    subscriber(local("2026-11-01"), name="Stays")
    placed = holds.hold(held, month=DECEMBER, reason="Disputed", by=staff, at=ORDERED)
    if december_is == "done":
        runs.run_due(at=FIRST_OF_DECEMBER)

    preview = make(seller, JANUARY, staff, IN_DECEMBER)
    while_held = rows(preview)
    holds.release(placed, by=staff, at=IN_DECEMBER)
    let_go = rows(make(seller, JANUARY, staff, IN_DECEMBER))

    assert while_held == {
        "Held": ("ready", "new", "0.00", "147.00", ["earlier_month", "new"]),
        "Stays": ("ready", "changed", "98.00", "49.00", ["earlier_month"]),
    }
    assert let_go == dict.fromkeys(("Held", "Stays"), while_held["Stays"])


@pytest.mark.parametrize("is_held", [False, True], ids=["failed", "held as well"])
def test_of_whom_it_fails_nothing_is_known(
    seller: Seller, staff: Person, monkeypatch: pytest.MonkeyPatch, *, is_held: bool
) -> None:
    """Nobody lost what is not read, and the difference is of those that are."""
    subscriber(ORDERED, name="Stays")
    fails, _subscription = subscriber(ORDERED, name="Fails")
    runs.run_due(at=FIRST_OF_DECEMBER)
    if is_held:
        holds.hold(fails, month=None, reason="Disputed", by=staff, at=ORDERED)

    def sometimes(organisation: Organisation, **named: Any) -> object:
        if organisation == fails:
            raise ValueError("no price")
        return account_of(organisation, **named)

    monkeypatch.setattr("billing.operations.previewed.account_of", sometimes)
    preview = make(seller, JANUARY, staff, IN_DECEMBER)

    assert rows(preview) == {
        "Fails": ("held" if is_held else "failed", "unknown", "62.07", "0.00", []),
        "Stays": ("ready", "changed", "62.07", "49.00", ["prorated"]),
    }
    (total,) = preview_totals(preview)
    assert (total.held, total.failed, total.unknown) == (int(is_held), int(not is_held), 1)
    assert (str(total.last_net), str(total.difference)) == ("EUR 124.14", "EUR -13.07")
    failed = preview_shown(preview_rows(preview, text="Fails"))[0]
    assert (failed.net, failed.gross, failed.difference) == (None, None, None)


def test_whom_the_run_has_invoiced_has_lost_nothing(seller: Seller, staff: Person) -> None:
    """The preview of a month after its run; who owes nothing more is gone as before."""
    subscriber(ORDERED, name="Stays")
    _customer, ends = subscriber(ORDERED, name="Goes")
    runs.run_due(at=FIRST_OF_DECEMBER)
    cancel_as_read(ends, CancelWhen.MONTH_END, at=IN_DECEMBER)
    runs.run_due(at=FIRST_OF_JANUARY)

    preview = make(seller, JANUARY, staff, FIRST_OF_JANUARY)

    assert rows(preview) == {
        "Goes": ("ready", "gone", "62.07", "0.00", ["ended", "prorated"]),
        "Stays": ("ready", "done", "62.07", "0.00", []),
    }
    (total,) = preview_totals(preview)
    assert (total.documents, total.invoiced, str(total.difference)) == (0, 1, "EUR -62.07")
    (stays,) = preview_shown(preview_rows(preview, kind="done"))
    assert (stays.is_invoiced, stays.difference) == (True, None)


def test_it_asks_no_more_for_more_customers(seller: Seller, staff: Person) -> None:
    """Whose earlier month is not done either."""
    subscriber(local("2026-10-23"))
    runs.run_due(at=local("2026-11-01", "00:05"))
    asked = []
    for _more in range(2):
        for _each in range(3):
            subscriber(ORDERED)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            runs.preview_month(seller, JANUARY, at=FIRST_OF_DECEMBER)
        asked.append(len(queries))

    assert asked[0] == asked[1]


def test_what_was_issued_anew_is_no_difference(seller: Seller, staff: Person) -> None:
    """The original and the credit note that cancelled it are not there any more."""
    subscriber(local("2026-11-30"), name="Stays")
    runs.run_due(at=FIRST_OF_DECEMBER)
    invoice = Invoice.objects.with_names().get()
    credit_notes.request_reissue(
        invoice,
        reason="Another name",
        confirmed=reissues.preview(invoice, at=IN_DECEMBER).owed,
        by=staff,
        at=IN_DECEMBER,
    )

    preview = make(seller, JANUARY, staff, IN_DECEMBER)

    assert rows(preview) == {"Stays": ("ready", "changed", "50.63", "49.00", ["prorated"])}


def test_the_run_makes_what_the_preview_says(seller: Seller, staff: Person) -> None:
    subscriber(ORDERED, name="Alfa")
    held, _subscription = subscriber(ORDERED, name="Beta")
    subscriber(ORDERED, name="Gamma", country="german", vat_number="")
    holds.hold(held, month=None, reason="Disputed", by=staff, at=ORDERED)

    preview = make(seller, DECEMBER, staff, FIRST_OF_DECEMBER)
    run = runs.run_due(at=FIRST_OF_DECEMBER)[0]

    previewed = PreviewRow.objects.filter(preview=preview).by_name()
    assert [(row.organisation.name, row.cause, row.detail) for row in previewed] == [
        (item.organisation.name, item.cause, item.detail)
        for item in run.items.with_names().order_by("organisation__name")
    ]
    assert [(row.net, row.vat, row.gross) for row in previewed if not row.cause] == list(
        Invoice.objects.values_list("net", "vat", "gross")
    )


def test_asked_again_it_starts_anew(seller: Seller, staff: Person) -> None:
    subscriber(ORDERED, name="Alfa")
    first = make(seller, DECEMBER, staff, FIRST_OF_DECEMBER)
    subscriber(ORDERED, name="Beta")

    second = make(seller, DECEMBER, staff, IN_DECEMBER)

    assert second == first == preview_of(seller, DECEMBER)
    assert (second.asked_at, second.total, second.finished_at) == (IN_DECEMBER, 2, IN_DECEMBER)
    assert rows(second).keys() == {"Alfa", "Beta"}


def test_too_far_ahead_is_refused(seller: Seller, staff: Person) -> None:
    with pytest.raises(runs.TooFarAhead):
        previews.ask(seller, JANUARY.next, by=staff, at=IN_DECEMBER)

    assert not MonthPreview.objects.exists()


def test_a_chunk_at_a_time_with_as_many_queries_however_many_customers(
    seller: Seller, staff: Person
) -> None:
    for _number in range(5):
        subscriber(ORDERED)
    preview = previews.ask(seller, DECEMBER, by=staff, at=FIRST_OF_DECEMBER)

    with CaptureQueriesContext(connection) as of_one:
        assert previews.work(preview.pk, at=FIRST_OF_DECEMBER, limit=1) == 1
    with CaptureQueriesContext(connection) as of_three:
        assert previews.work(preview.pk, at=FIRST_OF_DECEMBER, limit=3) == 3

    assert len(of_three) == len(of_one)
    preview.refresh_from_db()
    assert (preview.done, preview.finished_at) == (4, None)


def test_a_chunk_reads_no_more_than_its_own(seller: Seller, staff: Person) -> None:
    """Read for every chunk, all customers would cost the square of how many there are."""
    for _number in range(12):
        subscriber(ORDERED)
    runs.run_due(at=FIRST_OF_DECEMBER)
    preview = previews.ask(seller, JANUARY, by=staff, at=IN_DECEMBER)
    read = []

    def note(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        done = execute(sql, params, many, context)
        read.append(context["cursor"].rowcount)
        return done

    with connection.execute_wrapper(note):
        assert previews.work(preview.pk, at=IN_DECEMBER, limit=2) == 2

    assert max(read) == 4, "two lines of each of two customers"


def test_who_owes_nothing_is_passed_by(seller: Seller, staff: Person) -> None:
    """A chunk in which nobody is due is not the end."""
    subscriber(ORDERED, name="First")
    for _number in range(2):
        OrganisationFactory()
    subscriber(ORDERED, name="Last")
    preview = previews.ask(seller, DECEMBER, by=staff, at=FIRST_OF_DECEMBER)

    while previews.work(preview.pk, at=FIRST_OF_DECEMBER, limit=1):
        pass

    assert rows(preview).keys() == {"First", "Last"}
    preview.refresh_from_db()
    assert (preview.total, preview.done) == (2, 2)


def test_the_task_goes_on_where_another_was_killed(seller: Seller, staff: Person) -> None:
    for name in "ABC":
        subscriber(ORDERED, name=name)
    clock.move_to(FIRST_OF_DECEMBER)
    preview = previews.ask(seller, DECEMBER, by=staff, at=FIRST_OF_DECEMBER)
    previews.work(preview.pk, at=FIRST_OF_DECEMBER, limit=2)

    done = work_on_preview(preview.pk)
    again = work_on_preview(preview.pk)

    assert (done, again) == (1, 0)
    assert rows(preview).keys() == {"A", "B", "C"}
