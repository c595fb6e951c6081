"""Who moves out of the Union: what is outside the scope of VAT has documents of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest

from billing import vat
from billing.documents.rendering import render
from billing.documents.validation import broken_rules
from billing.invariants import every, scope
from billing.models import Invoice, PreviewRow
from billing.operations import credit_notes, previews, reissues, runs
from billing.queries import cancellation_charges, next_invoice, preview_totals
from billing.queries.corrections import corrected_by
from customers.models import Duty
from subscriptions.models import Subscription
from subscriptions.operations import orders, quantity_changes
from subscriptions.periods import Month
from tests.factories.billing import customer_with_tenant, local, moved, subscriber
from tests.factories.customers import PersonFactory
from tests.factories.shop import SANDBOX, SCIM
from tests.factories.subscriptions import cancel_as_read, confirm_set_up

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller
    from customers.models import Organisation, Person

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-11-30")
IN_DECEMBER = local("2026-12-16")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")
LATER = local("2027-01-05")
FIRST_OF_FEBRUARY = local("2027-02-01", "00:05")

type Row = tuple[str, str, str, str, list[tuple[str, str]]]


@pytest.fixture
def clerk(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.BILLING])


@pytest.fixture
def customer(seller: Seller) -> Organisation:
    """Dutch when December was invoiced: Development Tools for 49.00 and SCIM for 99.00."""
    customer, subscription = subscriber(ORDERED)
    owner = customer.memberships.get().person
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=ORDERED)
    runs.run_due(at=local("2026-12-01"))
    assert subscription.tenant
    return customer


def move(customer: Organisation, country: str, number: str, clerk: Person) -> None:
    moved(customer, country, number, by=clerk, at=IN_DECEMBER)


def cancelled(customer: Organisation, *, at: dt.datetime = IN_DECEMBER) -> None:
    """Development Tools, on 16 December: 15 of 31 days of 49.00 come back."""
    cancel_as_read(Subscription.objects.get(organisation=customer, tenant__isnull=False), at=at)


def rows(month: Month) -> list[Row]:
    issued = Invoice.objects.of_month(month.first_day).order_by("number")
    return [
        (
            each.number,
            str(each.net),
            str(each.vat),
            str(each.gross),
            [(str(line.net), line.vat_category) for line in each.lines.all()],
        )
        for each in issued
    ]


def test_a_credit_with_vat_and_a_charge_without_are_two_valid_documents(
    customer: Organisation, clerk: Person
) -> None:
    cancelled(customer)
    move(customer, "GB", "GB999999973", clerk)

    runs.run_due(at=FIRST_OF_JANUARY)

    assert rows(Month(2027, 1)) == [
        ("NL-2027-000001", "99.00", "0.00", "99.00", [("99.00", "O")]),
        ("NL-2027-C000001", "23.71", "4.98", "28.69", [("23.71", "S")]),
    ]
    for invoice in Invoice.objects.with_names():
        rendered = render(invoice)
        for kind in ("ubl", "cii"):
            assert broken_rules(kind, rendered.content(kind), is_german=False) == ()
    assert every.check_all(at=FIRST_OF_JANUARY) == []


def test_back_again_it_is_the_other_way_round(customer: Organisation, clerk: Person) -> None:
    move(customer, "GB", "GB999999973", clerk)
    runs.run_due(at=FIRST_OF_JANUARY)
    cancelled(customer, at=LATER)
    move(customer, "NL", "NL004495445B01", clerk)

    runs.run_due(at=FIRST_OF_FEBRUARY)

    assert rows(Month(2027, 2)) == [
        ("NL-2027-000002", "99.00", "20.79", "119.79", [("99.00", "S")]),
        ("NL-2027-C000001", "41.10", "0.00", "41.10", [("41.10", "O")]),
    ]
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_every_preview_says_so(seller: Seller, customer: Organisation, clerk: Person) -> None:
    cancelled(customer)
    move(customer, "GB", "GB999999973", clerk)

    preview = previews.complete(
        previews.ask(seller, Month(2027, 1), by=clerk, at=IN_DECEMBER), at=IN_DECEMBER
    )

    (row,) = PreviewRow.objects.filter(preview=preview)
    assert (row.state, row.net, row.vat, row.gross) == (
        "ready",
        Decimal("75.29"),
        Decimal("-4.98"),
        Decimal("70.31"),
    )
    assert [total.documents for total in preview_totals(preview)] == [2]
    customer.refresh_from_db()
    assert [
        (each.is_credit_note, str(each.gross))
        for each in next_invoice(customer, IN_DECEMBER).documents
    ] == [(True, "EUR 28.69"), (False, "EUR 99.00")]


def test_an_invoice_with_credits_is_issued_anew_as_two_documents(
    customer: Organisation, clerk: Person
) -> None:
    """Its credits keep the Dutch VAT of what they credit; its charges have none any more."""
    cancelled(customer)
    runs.run_due(at=FIRST_OF_JANUARY)
    move(customer, "GB", "GB999999973", clerk)
    december, january = Invoice.objects.with_names().order_by("month")
    planned = reissues.preview(january, at=LATER)
    assert (str(january.gross), str(planned.owed)) == ("91.10", "70.31")
    assert str(planned.given_back) == "20.79"  # the VAT of 99.00

    credit_notes.request_reissue(
        january, reason="Moved", confirmed=planned.owed, by=clerk, at=LATER
    )

    assert rows(Month(2027, 1)) == [
        ("NL-2027-000001", "75.29", "15.81", "91.10", [("99.00", "S"), ("-23.71", "S")]),
        ("NL-2027-000002", "99.00", "0.00", "99.00", [("99.00", "O")]),
        ("NL-2027-C000001", "75.29", "15.81", "91.10", [("99.00", "S"), ("-23.71", "S")]),
        ("NL-2027-C000002", "23.71", "4.98", "28.69", [("23.71", "S")]),
    ]
    apart = Invoice.objects.with_names().get(number="NL-2027-C000002")
    assert (apart.origin, apart.corrects) == ("reissue", january)
    assert list(corrected_by(apart)) == [december]
    for invoice in Invoice.objects.with_names():
        rendered = render(invoice)
        for kind in ("ubl", "cii"):
            assert broken_rules(kind, rendered.content(kind), is_german=False) == ()
    runs.run_due(at=FIRST_OF_FEBRUARY)
    assert rows(Month(2027, 2)) == [("NL-2027-000003", "99.00", "0.00", "99.00", [("99.00", "O")])]
    assert every.check_all(at=FIRST_OF_FEBRUARY) == []


def test_back_in_the_union_it_is_the_other_way_round(customer: Organisation, clerk: Person) -> None:
    move(customer, "GB", "GB999999973", clerk)
    runs.run_due(at=FIRST_OF_JANUARY)
    cancelled(customer, at=LATER)
    runs.run_due(at=FIRST_OF_FEBRUARY)
    move(customer, "NL", "NL004495445B01", clerk)
    february = Invoice.objects.with_names().get(month="2027-02-01")
    assert {row.category for row in february.vat_rows.all()} == {"O"}
    at = local("2027-02-05")

    credit_notes.request_reissue(
        february,
        reason="Moved back",
        confirmed=reissues.preview(february, at=at).owed,
        by=clerk,
        at=at,
    )

    anew = Invoice.objects.filter(corrects=february, origin="reissue").order_by("kind")
    assert [(each.kind, str(each.net), str(each.vat)) for each in anew] == [
        ("credit_note", "41.10", "0.00"),
        ("invoice", "99.00", "20.79"),
    ]
    assert every.check_all(at=at) == []


def test_a_mix_is_parked_and_takes_no_number(
    customer: Organisation, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vat, "is_outside_scope", lambda _category: False)
    cancelled(customer)
    move(customer, "GB", "GB999999973", clerk)

    (run,) = runs.run_due(at=FIRST_OF_JANUARY)

    item = run.items.get()
    assert (item.outcome, item.cause, item.detail) == ("held", "invariant:scope", "O S")
    assert rows(Month(2027, 1)) == []


def test_a_mix_of_before_they_were_parted_is_passed_over_every_night(
    customer: Organisation, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (vat, scope):
        monkeypatch.setattr(module, "is_outside_scope", lambda _category: False)
    cancelled(customer)
    move(customer, "GB", "GB999999973", clerk)
    runs.run_due(at=FIRST_OF_JANUARY)
    mixed = Invoice.objects.get(month=Month(2027, 1).first_day)

    assert set(mixed.vat_rows.values_list("category", flat=True)) == {"O", "S"}
    assert list(scope.check(at=FIRST_OF_JANUARY)) == []

    with pgtrigger.ignore("billing.Invoice:issued_never_changes"):
        Invoice.objects.filter(pk=mixed.pk).update(outside_scope=True)
    [amiss] = scope.check(at=FIRST_OF_JANUARY)
    assert "S" in amiss


def test_what_an_end_costs_counts_both_documents(seller: Seller, clerk: Person) -> None:
    """Two users come back from 17 December on, with VAT; January's three are charged without."""
    customer, owner, tenant = customer_with_tenant()
    ordered = orders.subscribe(
        customer,
        product_code=SANDBOX,
        tenant=tenant,
        quantities={"sales-premium": 5, "service-premium": 0},
        by=owner,
        at=ORDERED,
    )
    sandbox = confirm_set_up(ordered, by=clerk, at=ORDERED)
    runs.run_due(at=local("2026-12-01"))
    fewer = {"sales-premium": 3, "service-premium": 0}
    quantity_changes.change(sandbox, quantities=fewer, by=owner, at=IN_DECEMBER)
    move(customer, "GB", "GB999999973", clerk)

    sandbox = Subscription.objects.get(pk=sandbox.pk)
    charges = cancellation_charges(sandbox, ends_at=local("2027-02-01", "00:00"), at=IN_DECEMBER)

    assert [str(line.net) for line in charges.lines] == ["EUR -29.03", "EUR 90.00"]
    assert (str(charges.amount), charges.is_credit) == ("EUR 60.97", False)
