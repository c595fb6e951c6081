"""What comes late is billed by the next run, which does not read what was settled before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.accounts import open_books
from billing.given_back import by_hand
from billing.invariants import every
from billing.models import BillingRun, CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, runs
from billing.operations.credit_notes import Choice
from billing.queries.corrections import corrected_by
from catalog.models import Meter
from customers.models import Duty, Organisation
from subscriptions.operations import orders
from tests.billing.operations.reading import breaches_but_of_use
from tests.factories.billing import customer_with_tenant, local, subscriber
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.metering import correction, event, platform_credential, report
from tests.factories.shop import SCIM
from tests.factories.usage import RECORDS, count, open_metered_services

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller

pytestmark = pytest.mark.usefixtures("credits_go")


@pytest.fixture(autouse=True)
def services(shop: None) -> None:
    open_metered_services()


def run_of(day: str) -> dt.datetime:
    """Everything due on that day, five minutes after midnight."""
    at = local(day, "00:05")
    runs.run_due(at=at)
    return at


def usage_lines() -> list[tuple[str, str, str, int, str]]:
    """Of which month's invoice, kind, period, quantity and net in the document's direction."""
    lines = InvoiceLine.objects.filter(why__isnull=False).select_related("invoice").order_by("pk")
    return [
        (
            f"{line.invoice.month:%m} {line.invoice.kind}",
            line.kind,
            f"{line.period_from:%m-%d}",
            line.quantity,
            str(line.net),
        )
        for line in lines
    ]


def months_read(organisation: Organisation) -> list[str]:
    rows = open_books([organisation]).usage.used.get(organisation.pk, ())
    return sorted({f"{row.month:%Y-%m}" for row in rows})


def test_an_event_of_three_months_ago_is_on_the_next_invoice(seller: Seller) -> None:
    Meter.objects.update(max_age_days=120)
    platform = platform_credential()
    _customer, subscription = subscriber(local("2026-07-03"))
    name = subscription.tenant.identifier  # type: ignore[union-attr]
    on_time = event(name, quantity=500, time="2026-08-20T10:00:00+00:00")
    report(on_time, by=platform, at=local("2026-08-20", "18:00"))
    for day in ("2026-09-01", "2026-10-01", "2026-11-01"):
        run_of(day)

    late = event(name, quantity=100, time="2026-08-25T10:00:00+00:00")
    answer = report(late, by=platform, at=local("2026-11-20"))
    at = run_of("2026-12-01")
    run_of("2027-01-01")

    assert answer.accepted == 1
    assert usage_lines() == [
        ("09 invoice", "usage", "08-01", 500, "2.00"),
        ("12 invoice", "adjustment", "08-01", 100, "0.40"),
    ]
    assert every.check_all(at=at) == []


def test_who_only_had_an_event_that_is_voided_months_later_gets_it_back(seller: Seller) -> None:
    """Nothing else would have a run ask this customer any more."""
    platform = platform_credential()
    subscriber(local("2026-07-03"))
    _customer, _owner, tenant = customer_with_tenant()
    used = event(tenant.identifier, quantity=250, time="2026-08-20T10:00:00+00:00")
    report(used, by=platform, at=local("2026-08-20", "18:00"))
    for day in ("2026-09-01", "2026-10-01", "2026-11-01"):
        run_of(day)

    report(
        correction(tenant.identifier, used["id"], time="2026-11-20T10:00:00+00:00"),
        by=platform,
        at=local("2026-11-20", "18:00"),
    )
    at = run_of("2026-12-01")
    run_of("2027-01-01")

    assert usage_lines() == [
        ("09 invoice", "usage", "08-01", 250, "1.00"),
        ("12 credit_note", "credit", "08-01", 250, "1.00"),
    ]
    charged, given_back = Invoice.objects.filter(lines__why__isnull=False).order_by("pk")
    assert list(corrected_by(given_back)) == [charged]
    assert every.check_all(at=at) == []


@pytest.mark.parametrize(
    ("country", "number", "given_back"),
    [
        pytest.param(
            "BE",
            "BE0203201340",
            [("0.42", [(100, "0.40", "AE"), (500, "2.00", "S")])],
            id="within the Union",
        ),
        pytest.param(
            "GB",
            "GB999999973",
            [("0.42", [(500, "2.00", "S")]), ("0.00", [(100, "0.40", "O")])],
            id="out of the Union, on two credit notes of the month",
        ),
    ],
)
def test_what_was_charged_before_and_after_a_move_comes_back_with_the_vat_of_each(
    seller: Seller, country: str, number: str, given_back: list[object]
) -> None:
    subscriber(local("2026-07-03"))
    customer, _owner, tenant = customer_with_tenant()
    count(tenant, "2026-08-05", 500)
    run_of("2026-09-01")
    Organisation.objects.filter(pk=customer.pk).update(country=country, vat_number=number)
    count(tenant, "2026-08-05", 100, on="2026-09-05")
    run_of("2026-10-01")

    count(tenant, "2026-08-05", -600, on="2026-10-05")
    at = run_of("2026-11-01")

    credit_notes = Invoice.objects.of(customer).filter(kind="credit_note").order_by("pk")
    assert [
        (
            str(each.vat),
            [(line.quantity, str(line.net), line.vat_category) for line in each.lines.all()],
        )
        for each in credit_notes
    ] == given_back
    assert breaches_but_of_use(at=at) == []


def test_what_was_given_back_by_hand_is_of_one_customer_and_settles_nobody_elses(
    seller: Seller,
) -> None:
    """Records are charged for all tenants together: under the same words for every customer."""
    customers = []
    for _number in range(2):
        customer, owner, tenant = customer_with_tenant()
        orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-08-03"))
        count(tenant, "2026-08-05", 300_001, meter=RECORDS)
        customers.append((customer, tenant))
    run_of("2026-09-01")
    (helped, _tenant), (other, _other_tenant) = customers
    by = PersonFactory(staff=True, duties=[Duty.BILLING])
    line = InvoiceLine.objects.get(invoice__organisation=helped, why__isnull=False)
    choice = Choice(CreditProposal.Scope.LINES, quantities={line.pk: line.quantity})
    confirmed = credit_notes.preview(line.invoice, choice).invoice.gross
    credit_notes.request_credit(
        line.invoice,
        choice,
        reason="Miscounted",
        confirmed=confirmed,
        by=by,
        at=local("2026-09-10"),
    )
    assert breaches_but_of_use(at=local("2026-09-11")) == []

    for _customer, tenant in customers:
        count(tenant, "2026-08-05", -300_001, meter=RECORDS, on="2026-09-12")
    at = run_of("2026-10-01")

    october = Invoice.objects.filter(month="2026-10-01", lines__why__isnull=False)
    assert {
        (each.organisation_id, line.kind, str(line.net * each.sign))
        for each in october
        for line in each.lines.filter(why__isnull=False)
    } == {
        (helped.pk, "credit", "-125.00"),
        (helped.pk, "settlement", "125.00"),
        (other.pk, "credit", "-125.00"),
    }
    own = InvoiceLine.objects.get(invoice__organisation=other, kind="usage")
    given_back = october.get(organisation=other)
    assert given_back.kind == "credit_note"
    assert own.invoice in corrected_by(given_back)
    assert by_hand([helped.pk, other.pk]) == {helped.pk: {}}  # all of it is settled
    assert breaches_but_of_use(at=at) == []


def test_what_was_received_before_midnight_and_counted_behind_the_run_is_not_lost(
    seller: Seller,
) -> None:
    """Its batch was at work while the run read; the day it was received on is the old month's."""
    subscriber(local("2026-11-03"))
    _customer, _owner, tenant = customer_with_tenant()
    run_of("2026-12-01")
    count(tenant, "2026-11-30", 250, on="2026-11-30")

    run_of("2027-01-01")

    assert usage_lines() == [("01 invoice", "usage", "11-01", 250, "1.00")]


def test_a_late_batch_at_work_while_its_run_reads_is_billed_by_the_one_after(
    seller: Seller,
) -> None:
    """It came in December for October, and was committed when January had been read."""
    _customer, subscription = subscriber(local("2026-10-03"))
    assert subscription.tenant
    for day in ("2026-11-01", "2026-12-01", "2027-01-01"):
        run_of(day)
    count(subscription.tenant, "2026-10-30", 250, on="2026-12-31")

    run_of("2027-02-01")

    assert usage_lines() == [("02 invoice", "usage", "10-01", 250, "1.00")]


def test_what_comes_late_at_one_tenant_is_counted_with_all_that_share_the_licence(
    seller: Seller,
) -> None:
    customer, owner, tenant = customer_with_tenant()
    other = TenantFactory(organisation=customer)
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-08-03"))
    count(tenant, "2026-08-05", 100_000, meter=RECORDS)
    for day in ("2026-09-01", "2026-10-01", "2026-11-01"):
        run_of(day)

    count(other, "2026-08-06", 1, meter=RECORDS, on="2026-11-06")
    run_of("2026-12-01")

    assert usage_lines() == [("12 invoice", "usage", "08-01", 1, "25.00")]


def test_months_that_were_settled_are_not_read_again(seller: Seller) -> None:
    customer, subscription = subscriber(local("2026-08-03"))
    assert subscription.tenant
    for month in ("08", "09", "10", "11"):
        count(subscription.tenant, f"2026-{month}-05", 500)
    assert months_read(customer) == ["2026-08", "2026-09", "2026-10", "2026-11"]

    run_of("2026-11-01")
    assert months_read(customer) == ["2026-10", "2026-11"]

    count(subscription.tenant, "2026-08-05", 100, on="2026-11-06")
    assert months_read(customer) == ["2026-08", "2026-10", "2026-11"]

    run_of("2026-12-01")
    run_of("2027-01-01")
    assert months_read(customer) == []


def test_who_used_something_long_ago_is_not_asked(seller: Seller) -> None:
    subscriber(local("2026-08-03"))
    customer, _owner, tenant = customer_with_tenant()
    count(tenant, "2026-08-05", 500)

    for day in ("2026-09-01", "2026-10-01", "2026-11-01", "2026-12-01"):
        run_of(day)

    asked = BillingRun.objects.filter(items__organisation=customer).order_by("month")
    assert [f"{run.month:%m}" for run in asked] == ["09", "10"]


def test_as_many_queries_however_many_months_lie_behind(seller: Seller) -> None:
    _customer, subscription = subscriber(local("2026-07-03"))
    assert subscription.tenant
    made = []
    for month in range(7, 12):
        count(subscription.tenant, f"2026-{month:02}-05", 500)
        with CaptureQueriesContext(connection) as queries:
            run_of(f"2026-{month + 1:02}-01")
        made.append(len(queries))

    assert made[1:] == [made[1]] * 4
