from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pgtrigger
import pytest

from billing.metering.models import UsageClass
from billing.models import BillingRun, CreditProposal, Invoice, InvoiceLine
from billing.operations import runs
from billing.operations.credit_notes import Choice
from billing.queries import next_invoice
from customers.models import Duty, UserPlan
from customers.operations.tenants import change_user_plans
from subscriptions.operations import orders
from subscriptions.periods import Month
from tests.billing.operations.reading import breaches_but_of_use
from tests.billing.operations.test_credit_notes import credit
from tests.billing.operations.test_holds import tight
from tests.factories.billing import customer_with_tenant, foreseen, local, subscriber
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import SCIM
from tests.factories.usage import RECORDS, count, open_metered_services

if TYPE_CHECKING:
    from catalog.models import Seller

DECEMBER = Month(2026, 12)
FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")

type Row = tuple[str, str, str, int, str, str]


@pytest.fixture(autouse=True)
def services(shop: None) -> None:
    open_metered_services()


def usage_lines() -> list[Row]:
    return [
        (
            line.kind,
            line.component,
            f"{line.period_from:%m-%d}",
            line.quantity,
            str(line.unit_price),
            str(line.net),
        )
        for line in InvoiceLine.objects.filter(why__isnull=False).order_by("pk")
    ]


def test_use_is_on_the_next_invoice_a_line_a_tier(seller: Seller) -> None:
    customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 1500)
    count(subscription.tenant, "2026-11-30", 500)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert usage_lines() == [
        ("usage", "calls.1", "11-01", 1000, "0.004000", "4.00"),
        ("usage", "calls.2", "11-01", 1000, "0.003000", "3.00"),
    ]
    assert Invoice.objects.of(customer).get().net == Decimal("101.73")
    assert breaches_but_of_use(at=FIRST_OF_DECEMBER) == []


def test_preview_and_estimate_are_the_invoice(seller: Seller) -> None:
    customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 1500)

    preview = foreseen(customer, DECEMBER, at=local("2026-11-30"))
    estimate = next_invoice(customer, local("2026-11-30")).document
    runs.run_due(at=FIRST_OF_DECEMBER)

    invoice = Invoice.objects.of(customer).get()
    assert estimate
    assert [preview.drafts[0].net, estimate.net.amount] == [invoice.net, invoice.net]


def test_the_allowance_grows_with_the_users_the_tenant_had_when_the_month_ended(
    seller: Seller,
) -> None:
    customer, owner, tenant = customer_with_tenant()
    change_user_plans(tenant, {UserPlan.SALES_PREMIUM: 3}, by=owner, at=local("2026-11-02"))
    count(tenant, "2026-11-05", 500)
    change_user_plans(tenant, {UserPlan.SALES_PREMIUM: 9}, by=owner, at=local("2026-12-02"))
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-11-30"))

    runs.run_due(at=local("2026-12-03"))

    assert usage_lines() == [("usage", "calls.1", "11-01", 200, "0.004000", "0.80")]
    line = InvoiceLine.objects.get(why__isnull=False)
    assert line.why
    assert line.why["users"] == 3
    assert line.why["allowance"] == 300


def test_what_comes_late_is_a_line_that_names_its_own_month(seller: Seller) -> None:
    _customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 500)
    runs.run_due(at=FIRST_OF_DECEMBER)

    count(subscription.tenant, "2026-11-28", 100)
    runs.run_due(at=FIRST_OF_JANUARY)

    assert usage_lines() == [
        ("usage", "calls.1", "11-01", 500, "0.004000", "2.00"),
        ("adjustment", "calls.1", "11-01", 100, "0.004000", "0.40"),
    ]
    assert breaches_but_of_use(at=FIRST_OF_JANUARY) == []


def test_what_is_voided_later_is_given_back_with_its_own_vat(seller: Seller) -> None:
    _customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 500)
    runs.run_due(at=FIRST_OF_DECEMBER)

    count(subscription.tenant, "2026-11-05", -200)
    runs.run_due(at=FIRST_OF_JANUARY)

    assert usage_lines()[1:] == [("credit", "calls.1", "11-01", -200, "0.004000", "-0.80")]
    assert set(InvoiceLine.objects.values_list("vat_category", "vat_rate")) == {
        ("S", Decimal("21.00"))
    }
    assert breaches_but_of_use(at=FIRST_OF_JANUARY) == []


def test_included_applications_sandboxes_and_developer_tenants_are_free(seller: Seller) -> None:
    customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    sandbox = TenantFactory(organisation=customer, sandbox=True)
    count(subscription.tenant, "2026-11-05", 9000, usage_class=UsageClass.INCLUDED_APPS)
    count(sandbox, "2026-11-05", 9000)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert usage_lines() == []


def test_packs_are_counted_for_the_whole_organisation_while_its_licence_is_live(
    seller: Seller,
) -> None:
    customer, owner, tenant = customer_with_tenant()
    other = TenantFactory(organisation=customer)
    orders.subscribe(customer, product_code=SCIM, tenant=None, by=owner, at=local("2026-11-30"))
    count(tenant, "2026-10-05", 400_000, meter=RECORDS)  # before there was a licence
    count(tenant, "2026-11-05", 90_000, meter=RECORDS)
    count(other, "2026-11-06", 60_001, meter=RECORDS)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert usage_lines() == [("usage", "records", "11-01", 2, "25.000000", "50.00")]


def test_who_only_uses_is_invoiced_too(seller: Seller) -> None:
    subscriber(local("2026-11-03"))
    customer, _owner, tenant = customer_with_tenant()
    count(tenant, "2026-11-05", 250)

    runs.run_due(at=FIRST_OF_DECEMBER)

    assert Invoice.objects.of(customer).get().net == Decimal("1.00")


def test_a_seller_of_whom_everybody_only_uses_is_run_too(seller: Seller) -> None:
    """Without any subscription, and with none of the other seller either."""
    customer, _owner, tenant = customer_with_tenant(country="norwegian")
    count(tenant, "2026-11-05", 250)
    count(tenant, "2026-12-05", 250)

    runs.run_due(at=local("2026-11-30"))
    assert not BillingRun.objects.exists()
    runs.run_due(at=FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_JANUARY)

    found = BillingRun.objects.order_by("month").values_list("seller__code", "month__month")
    assert list(found) == [("no", 12), ("no", 1)]
    nets = Invoice.objects.of(customer).order_by("month").values_list("net", flat=True)
    assert list(nets) == [Decimal("1.00"), Decimal("1.00")]
    assert breaches_but_of_use(at=FIRST_OF_JANUARY) == []


def test_billions_of_use_are_credited_by_their_number(seller: Seller) -> None:
    clerk = PersonFactory(staff=True, duties=[Duty.BILLING])
    tight(seller, clerk, most_at_first=Decimal(10_000_000))
    _customer, _owner, tenant = customer_with_tenant()
    count(tenant, "2026-11-05", 3_000_001_000)
    runs.run_due(at=FIRST_OF_DECEMBER)
    invoice = Invoice.objects.with_names().get()
    line = invoice.lines.get(component="calls.2")
    choice = Choice(CreditProposal.Scope.LINES, quantities={line.pk: 3_000_000_000})

    proposal = credit(invoice, choice, by=clerk)

    assert proposal.lines.get().quantity == line.quantity == 3_000_000_000
    assert proposal.net == line.net == Decimal(9_000_000)


def test_a_month_without_anything_new_is_not_billed_twice(seller: Seller) -> None:
    _customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 500)

    runs.run_due(at=FIRST_OF_DECEMBER)
    runs.run_due(at=FIRST_OF_JANUARY)

    assert [row[:3] for row in usage_lines()] == [("usage", "calls.1", "11-01")]


def test_between_runs_late_use_is_open_and_breaks_nothing(seller: Seller) -> None:
    _customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 500)
    runs.run_due(at=FIRST_OF_DECEMBER)

    count(subscription.tenant, "2026-11-28", 100, on="2026-12-05")

    assert breaches_but_of_use(at=local("2026-12-15")) == []


def test_a_line_that_says_something_else_than_what_was_billed_is_found(seller: Seller) -> None:
    _customer, subscription = subscriber(local("2026-11-03"))
    assert subscription.tenant
    count(subscription.tenant, "2026-11-05", 500)
    runs.run_due(at=FIRST_OF_DECEMBER)
    line = InvoiceLine.objects.get(why__isnull=False)
    assert line.why
    line.why["sums"][0]["net"] = "1.00"
    with pgtrigger.ignore("billing.InvoiceLine:issued_never_changes"):
        line.save()

    assert [each.what for each in breaches_but_of_use(at=FIRST_OF_DECEMBER)] == [
        f"{line.invoice}, api-usage calls.1 of 2026-11-01: 2.00 billed, 1.00 explained"
    ]
