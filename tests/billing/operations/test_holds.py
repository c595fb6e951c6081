from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from billing.bounds import Bounds
from billing.causes import finding, words_for
from billing.invariants import every
from billing.invariants.of_drafts import DRAFT_RULES
from billing.models import BillingHold, BillingRun, Invoice, ItemReview, RunItem
from billing.operations import holds, policies, runs
from billing.operations.approvals import close, explain
from customers.models import Duty, History, OutgoingMail
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.factories.billing import local, subscriber
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Organisation, Person

NOVEMBER, DECEMBER, JANUARY = Month(2026, 11), Month(2026, 12), Month(2027, 1)
ORDERED = local("2026-11-23", "14:00")
IN_NOVEMBER = local("2026-11-25")
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture
def staff(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING], language="nl")


@pytest.fixture
def customers(seller: Seller) -> list[Organisation]:
    return [subscriber(ORDERED, name=name)[0] for name in ("Alfa", "Beta")]


@pytest.fixture
def grown(customers: list[Organisation], seller: Seller, staff: Person) -> RunItem:
    """Alfa's in January: held, as it took Development Tools for another tenant."""
    run_of_december()
    tight(seller, staff, times_last_month=1)
    add_tools(customers[0], at=local("2026-12-10"))
    january = runs.run_due(at=FIRST_OF_JANUARY)[0]
    return january.items.get(organisation=customers[0])


def outcomes(run: BillingRun) -> dict[str, tuple[str, str]]:
    return {item.organisation.name: (item.outcome, item.cause) for item in run.items.with_names()}


def run_of_december() -> BillingRun:
    return runs.run_due(at=FIRST_OF_DECEMBER)[0]


def tight(seller: Seller, staff: Person, **bounds: object) -> None:
    """Bounds that the EUR 62.07 of a first document can break."""
    values = {"floor": Decimal(10), "most_at_first": Decimal(25000), **bounds}
    policies.set_policy(
        seller,
        needs_approval=False,
        bounds=Bounds(**values),  # type: ignore[arg-type]
        reason="Test",
        by=staff,
        at=ORDERED,
    )


def add_tools(organisation: Organisation, *, at: dt.datetime) -> None:
    """One tenant more with Development Tools."""
    orders.subscribe(
        organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=organisation),
        by=organisation.memberships.owners().get().person,
        at=at,
    )


def review_as_found(item: RunItem, reason: str, *, by: Person) -> None:
    at = item.done_at or FIRST_OF_DECEMBER
    holds.review(item, reason=reason, confirmed=finding(item), by=by, at=at)


def test_a_held_customer_is_left_out_and_the_others_go_on(
    customers: list[Organisation], staff: Person
) -> None:
    alfa = customers[0]
    holds.hold(alfa, month=None, reason="Price is disputed", by=staff, at=IN_NOVEMBER)

    run = run_of_december()

    assert outcomes(run) == {"Alfa": ("held", "held_by_staff"), "Beta": ("invoiced", "")}
    assert words_for(run.items.get(organisation=alfa)) == "Held by staff: Price is disputed"
    assert not Invoice.objects.of(alfa).exists()
    told = History.objects.get(verb="billing.held")
    assert (told.organisation, told.actor, told.reason, told.details) == (alfa, staff, "", {})


def test_released_it_waits_again_and_is_invoiced(
    customers: list[Organisation], staff: Person
) -> None:
    placed = holds.hold(customers[0], month=DECEMBER, reason="Disputed", by=staff, at=IN_NOVEMBER)
    run = run_of_december()

    items = holds.release(placed, by=staff, at=FIRST_OF_DECEMBER)
    runs.complete(run, at=FIRST_OF_DECEMBER)

    assert [item.run for item in items] == [run]
    assert outcomes(run)["Alfa"] == ("invoiced", "")
    assert Invoice.objects.of(customers[0]).count() == 1
    assert History.objects.filter(verb="billing.released").count() == 1
    assert every.check_all(at=FIRST_OF_DECEMBER) == []


def test_what_somebody_dealt_with_meanwhile_does_not_undo_a_release(
    customers: list[Organisation], staff: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = holds.hold(customers[0], month=None, reason="Disputed", by=staff, at=IN_NOVEMBER)
    run = run_of_december()
    retry = runs.retry

    def lose_the_race(item: RunItem, **named: Any) -> int:
        retry(item, **named)
        return retry(item, **named)

    monkeypatch.setattr(runs, "retry", lose_the_race)

    assert holds.release(placed, by=staff, at=FIRST_OF_DECEMBER) == []

    placed.refresh_from_db()
    assert placed.released_at == FIRST_OF_DECEMBER
    assert outcomes(run)["Alfa"] == ("pending", "")


def test_a_hold_of_one_month_ends_with_it(customers: list[Organisation], staff: Person) -> None:
    holds.hold(customers[0], month=DECEMBER, reason="Disputed", by=staff, at=IN_NOVEMBER)
    december = run_of_december()

    january = runs.run_due(at=FIRST_OF_JANUARY)[0]

    assert outcomes(january)["Alfa"] == ("invoiced", "")
    assert outcomes(december)["Alfa"] == ("nothing_due", "carried_by_a_later_run")
    # What December left out is on January's: 8 days of November, December, January.
    assert str(Invoice.objects.of(customers[0]).get().net) == "111.07"


def test_held_twice_or_released_twice_is_refused(
    customers: list[Organisation], staff: Person
) -> None:
    placed = holds.hold(customers[0], month=None, reason="Why", by=staff, at=IN_NOVEMBER)

    with pytest.raises(holds.AlreadyHeld):
        holds.hold(customers[0], month=DECEMBER, reason="Again", by=staff, at=IN_NOVEMBER)
    holds.release(placed, by=staff, at=IN_NOVEMBER)
    with pytest.raises(holds.AlreadyReleased):
        holds.release(placed, by=staff, at=FIRST_OF_DECEMBER)

    (left,) = BillingHold.objects.all()
    assert (left.reason, left.released_at) == ("Why", IN_NOVEMBER)
    assert History.objects.filter(verb__startswith="billing.").count() == 2


def test_what_breaks_a_bound_is_held_until_somebody_reviewed_it(
    customers: list[Organisation], seller: Seller, staff: Person
) -> None:
    tight(seller, staff, most_lines=1)
    run = run_of_december()
    item = run.items.get(organisation=customers[0])
    assert (item.outcome, item.cause, item.detail) == ("held", "too_many_lines", "2")

    review_as_found(item, "Two months at once", by=staff)
    runs.complete(run, at=FIRST_OF_DECEMBER)

    assert outcomes(run) == {"Alfa": ("invoiced", ""), "Beta": ("held", "too_many_lines")}
    review = ItemReview.objects.get()
    assert (review.cause, review.reason, review.reviewed_by, review.reviewed_at) == (
        "too_many_lines",
        "Two months at once",
        staff,
        FIRST_OF_DECEMBER,
    )
    assert (review.currency, review.net, review.lines) == ("EUR", Decimal("62.07"), 2)


def test_a_review_is_of_what_was_seen_and_of_no_more(grown: RunItem, staff: Person) -> None:
    assert grown.detail == "62.07 → 132.77 EUR"
    review_as_found(grown, "They grow", by=staff)

    add_tools(grown.organisation, at=local("2026-12-20"))
    runs.complete(grown.run, at=FIRST_OF_JANUARY)

    grown.refresh_from_db()
    assert (grown.outcome, grown.cause) == ("held", "far_more_than_last_month")
    assert grown.detail == "62.07 → 200.74 EUR"
    review_as_found(grown, "They grow on", by=staff)
    runs.complete(grown.run, at=FIRST_OF_JANUARY)
    assert outcomes(grown.run)["Alfa"] == ("invoiced", "")
    reviewed = ItemReview.objects.order_by("pk").values_list("net", flat=True)
    assert list(reviewed) == [Decimal("132.77"), Decimal("200.74")]


def test_a_review_covers_less_of_the_same(grown: RunItem, staff: Person) -> None:
    review_as_found(grown, "They grow", by=staff)
    ItemReview.objects.update(net=Decimal("132.78"))  # a cent more was seen

    runs.complete(grown.run, at=FIRST_OF_JANUARY)

    assert outcomes(grown.run)["Alfa"] == ("invoiced", "")


def test_what_changed_since_it_was_shown_is_not_reviewed(grown: RunItem, staff: Person) -> None:
    shown = finding(grown)
    add_tools(grown.organisation, at=local("2026-12-20"))

    with pytest.raises(holds.OutcomeChanged):
        holds.review(grown, reason="Fine", confirmed=shown, by=staff, at=FIRST_OF_JANUARY)

    grown.refresh_from_db()
    assert (grown.outcome, finding(grown)) == ("held", shown)
    assert not ItemReview.objects.exists()


def test_far_more_than_last_month_is_held(
    customers: list[Organisation], seller: Seller, staff: Person
) -> None:
    run_of_december()
    alfa = customers[0]
    add_tools(alfa, at=local("2026-12-10"))
    tight(seller, staff, times_last_month=2)

    january = runs.run_due(at=FIRST_OF_JANUARY)[0]

    # January twice, and 22 of 31 days of December, after 62.07 in December.
    assert outcomes(january) == {
        "Alfa": ("held", "far_more_than_last_month"),
        "Beta": ("invoiced", ""),
    }
    assert january.items.get(organisation=alfa).detail == "62.07 → 132.77 EUR"


def test_what_no_bound_holds_cannot_be_reviewed(
    customers: list[Organisation], staff: Person
) -> None:
    holds.hold(customers[0], month=None, reason="Why", by=staff, at=IN_NOVEMBER)
    item = run_of_december().items.get(organisation=customers[0])

    with pytest.raises(holds.NothingToReview):
        review_as_found(item, "Fine", by=staff)

    item.refresh_from_db()
    assert item.outcome == RunItem.Outcome.HELD
    assert not ItemReview.objects.exists()


def test_a_broken_invariant_parks_one_and_tells_staff_once(
    customers: list[Organisation], staff: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber(ORDERED, name="Gamma")
    OutgoingMail.objects.all().delete()
    rule = DRAFT_RULES["sums"]
    kept = rule.check_draft

    def check_draft(draft: object, *, seller: object, organisation: Organisation) -> object:
        if organisation.name == "Beta":
            yield from kept(draft, seller=seller, organisation=organisation)
        else:
            yield "1.00 instead of 2.00"

    monkeypatch.setattr(rule, "check_draft", check_draft)

    run = run_of_december()

    assert outcomes(run) == {
        "Alfa": ("held", "invariant:sums"),
        "Beta": ("invoiced", ""),
        "Gamma": ("held", "invariant:sums"),
    }
    (letter,) = OutgoingMail.objects.filter(to=staff.email)
    assert "1.00 instead of 2.00" in letter.body
    assert "Alfa" in letter.body
    assert f"/backoffice/runs/{run.pk}/" in letter.body
    assert Invoice.objects.count() == 1


def test_a_check_that_fails_itself_parks_too(
    customers: list[Organisation], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check_draft(*_args: object, **_named: object) -> object:
        raise ZeroDivisionError
        yield

    monkeypatch.setattr(DRAFT_RULES["vat"], "check_draft", check_draft)

    run = run_of_december()

    assert outcomes(run)["Alfa"] == ("held", "invariant:vat")
    assert run.finished_at == FIRST_OF_DECEMBER


def test_a_release_does_not_reopen_a_closed_run(
    customers: list[Organisation], staff: Person
) -> None:
    placed = holds.hold(customers[0], month=None, reason="Why", by=staff, at=IN_NOVEMBER)
    run = run_of_december()
    explain(run, "Goes with January", by=staff, at=FIRST_OF_DECEMBER, cause="held_by_staff")
    close(run, by=staff, at=FIRST_OF_DECEMBER)

    items = holds.release(placed, by=staff, at=FIRST_OF_DECEMBER + dt.timedelta(hours=1))

    assert items == []
    assert outcomes(run)["Alfa"] == ("held", "held_by_staff")
    january = runs.run_due(at=FIRST_OF_JANUARY)[0]
    assert outcomes(january)["Alfa"] == ("invoiced", "")
    assert outcomes(run)["Alfa"] == ("nothing_due", "carried_by_a_later_run")
    assert every.check_all(at=FIRST_OF_JANUARY) == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_leave_out_who_is_held(seller: Seller, staff: Person) -> None:
    held = [subscriber(ORDERED, name=f"Held {name}")[0] for name in "AB"]
    for name in "CDEFGH":
        subscriber(ORDERED, name=f"Goes {name}")
    for organisation in held:
        holds.hold(organisation, month=None, reason="Why", by=staff, at=IN_NOVEMBER)
    run = runs.open_run(seller, DECEMBER, at=FIRST_OF_DECEMBER)
    failures: list[BaseException] = []

    def worker() -> None:
        try:
            runs.complete(BillingRun.objects.get(pk=run.pk), at=FIRST_OF_DECEMBER, limit=2)
        except BaseException as failure:  # noqa: BLE001 - told to the test below
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=worker) for _number in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert failures == []
    assert {name for name, (outcome, _cause) in outcomes(run).items() if outcome == "held"} == {
        "Held A",
        "Held B",
    }
    assert Invoice.objects.count() == 6
    run.refresh_from_db()
    assert run.finished_at == FIRST_OF_DECEMBER


def test_what_gives_back_is_held_until_somebody_reviewed_it(seller: Seller, staff: Person) -> None:
    alfa, subscription = subscriber(ORDERED, name="Alfa")
    run_of_december()
    cancel_as_read(subscription, at=local("2026-12-10", "09:00"))

    january = runs.run_due(at=FIRST_OF_JANUARY)[0]

    item = january.items.get(organisation=alfa)
    assert (item.outcome, item.cause) == ("held", "gives_back_too_much")
    assert item.detail == "-40.16 EUR"  # 33.19 and its VAT
    review_as_found(item, "They left", by=staff)
    runs.complete(january, at=FIRST_OF_JANUARY)
    assert outcomes(january)["Alfa"] == ("invoiced", "")
    credit_note = Invoice.objects.get(kind=Invoice.Kind.CREDIT_NOTE)
    assert (credit_note.organisation, str(credit_note.net)) == (alfa, "33.19")


def test_a_large_first_document_is_held(
    customers: list[Organisation], seller: Seller, staff: Person
) -> None:
    tight(seller, staff, most_at_first=Decimal("62.06"))

    run = run_of_december()

    assert outcomes(run)["Alfa"] == ("held", "large_first_document")
    assert run.items.get(organisation=customers[0]).detail == "0.00 → 62.07 EUR"
