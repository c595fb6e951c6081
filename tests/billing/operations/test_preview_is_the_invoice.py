"""Whatever was used, voided, changed, given back or suspended: the invoice is what was said.

Of a month before its run, however late that is; and of a change or an end before it is made.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.invariants import every
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.operations import credit_notes, reissues, runs
from billing.operations.credit_notes import Choice
from billing.queries import cancellation_charges, next_invoice, next_invoice_with
from billing.queries.corrections import left_to_credit
from catalog.models import PriceComponent, PriceVersion, Seller
from customers.models import Duty, Organisation, UserPlan
from customers.operations.organisations import BillingDetails, change_billing_details
from customers.operations.tenants import change_user_plans
from customers.refusals import Refusal
from subscriptions.models import Subscription
from subscriptions.operations import (
    orders,
    price_changes,
    quantity_changes,
    suspensions,
    tenants,
)
from subscriptions.periods import Month
from tests.factories.billing import AMSTERDAM, customer_with_tenant, local
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.metering import correction, event, platform_credential, report
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM, open_shop
from tests.factories.subscriptions import cancel_as_read, confirm_set_up
from tests.factories.usage import RECORDS, open_metered_services

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.queries import NextInvoice
    from customers.models import Tenant

pytestmark = pytest.mark.usefixtures("credits_go")

ORDERED = local("2026-09-16")
MONTHS = (Month(2026, 10), Month(2026, 11), Month(2026, 12))
STEPS = st.one_of(
    st.tuples(st.just("use_calls"), st.integers(1, 3_000)),
    st.tuples(st.just("use_records"), st.integers(1, 300_000)),
    st.tuples(st.just("use_what_is_included"), st.integers(1, 3_000)),
    st.tuples(st.just("use_late"), st.integers(1, 3_000)),
    st.tuples(st.just("void"), st.integers(0, 9)),
    st.tuples(st.just("users"), st.integers(1, 9)),
    st.tuples(st.just("users_of_the_tenant"), st.integers(1, 9)),
    st.tuples(st.just("suspend_or_resume"), st.just(0)),
    st.tuples(st.just("announce"), st.integers(20, 50)),
    st.tuples(st.just("credit"), st.sampled_from([33, 50, 100])),
    st.tuples(st.just("move"), st.integers(0, 2)),
    st.tuples(st.just("reissue"), st.just(0)),
    st.tuples(st.just("order"), st.just(0)),
    st.tuples(st.just("delete_tenant"), st.just(0)),
)
# All served by the Dutch seller: domestic VAT, reverse charge, and outside the scope of VAT.
COUNTRIES = (("NL", "NL004495445B01"), ("DE", "DE136695976"), ("GB", "GB999999973"))
# What happens before the month, how many days late its run is, to how many users the customer
# goes while it is, and whether the months before it are done when the preview is made.
A_MONTH = st.tuples(
    st.lists(STEPS, min_size=2, max_size=6),
    st.sampled_from([0, 1, 9]),
    st.integers(1, 9),
    st.booleans(),
)
type Months = tuple[tuple[list[tuple[str, int]], int, int, bool], ...]


class Life:
    """One customer with a sandbox and SCIM, who also uses what is metered; three days a step."""

    def __init__(self) -> None:
        self.now = ORDERED
        self.clerk = PersonFactory(staff=True, duties=[Duty.BILLING])
        self.platform = platform_credential()
        self.customer, self.owner, self.tenant = customer_with_tenant()
        self.events: list[dict[str, Any]] = []
        self.further: list[Tenant] = []
        ordered = orders.subscribe(
            self.customer,
            product_code=SANDBOX,
            tenant=self.tenant,
            quantities={"sales-premium": 5, "service-premium": 1},
            by=self.owner,
            at=self.now,
        )
        self.subscription = confirm_set_up(ordered, by=self.clerk, at=self.now)
        orders.subscribe(self.customer, product_code=SCIM, tenant=None, by=self.owner, at=self.now)
        Seller.objects.update(credit_alone_up_to=10**6)

    def take(self, step: str, argument: int) -> None:
        self.now += dt.timedelta(days=3)
        do: Callable[[int], object] = getattr(self, step)
        with suppress(Refusal), transaction.atomic():
            do(argument)

    def use_calls(self, quantity: int) -> None:
        self._report(event(self.tenant.identifier, quantity=quantity, time=self._time(1)))

    def use_records(self, quantity: int) -> None:
        self._report(
            event(self.tenant.identifier, quantity=quantity, meter=RECORDS, time=self._time(1))
        )

    def use_what_is_included(self, quantity: int) -> None:
        included = {"class": "IncludedApps"}
        self._report(
            event(self.tenant.identifier, quantity=quantity, time=self._time(1), **included)
        )

    def use_late(self, quantity: int) -> None:
        self._report(event(self.tenant.identifier, quantity=quantity, time=self._time(50)))

    def void(self, number: int) -> None:
        if self.events:
            target = self.events.pop(number % len(self.events))
            voids = correction(self.tenant.identifier, target["id"], time=self._time(0))
            assert report(voids, by=self.platform, at=self.now).accepted == 1

    def users(self, number: int) -> None:
        quantities = {"sales-premium": number, "service-premium": 1}
        quantity_changes.change(self.current(), quantities=quantities, by=self.owner, at=self.now)

    def users_of_the_tenant(self, number: int) -> None:
        plans = {UserPlan.SALES_PREMIUM: number}
        change_user_plans(self.tenant, plans, by=self.owner, at=self.now)

    def suspend_or_resume(self, _: int) -> None:
        current = self.current()
        if current.status == "suspended":
            suspensions.resume(current, by=self.clerk, at=self.now)
        else:
            suspensions.suspend(current, reason="Not paid", by=self.clerk, at=self.now)

    def announce(self, amount: int) -> None:
        """Another price of the sandbox, after the time that the customer has to think about it."""
        product = self.subscription.product
        price = PriceVersion.objects.create(
            product=product, currency="EUR", valid_from=self.now.date(), example=True
        )
        for position, code in enumerate(("sales-premium", "service-premium")):
            PriceComponent.objects.create(
                price_version=price,
                code=code,
                unit="user_plan",
                model="per_unit",
                unit_amount=amount + position,
                texts={"en": {"label": code}, "nl": {"label": code}},
            )
        price_changes.announce(
            price,
            effective_on=self.now.date() + dt.timedelta(days=35),
            by=self.clerk,
            at=self.now,
        )

    def credit(self, share: int) -> None:
        """So many per cent of what is left of the newest invoice."""
        invoice = Invoice.objects.with_names().filter(kind="invoice").order_by("-pk").first()
        if invoice is None:
            return
        net = (left_to_credit(invoice).amount * share / 100).quantize(Decimal("0.01"))
        part = Choice(CreditProposal.Scope.PART, net=net)
        choice = Choice(CreditProposal.Scope.WHOLE) if share == 100 else part
        credit_notes.request_credit(
            invoice,
            choice,
            reason="For any reason",
            confirmed=credit_notes.preview(invoice, choice).invoice.gross,
            by=self.clerk,
            at=self.now,
        )

    def move(self, number: int) -> None:
        country, vat_number = COUNTRIES[number]
        details = BillingDetails(
            name="Moved",
            street="Street 1",
            postal_code="1000",
            city="City",
            country=country,
            vat_number=vat_number,
            registration_number="",
            invoice_language="en",
        )
        customer = Organisation.objects.get(pk=self.customer.pk)
        self.customer = change_billing_details(customer, details, by=self.clerk, at=self.now)

    def reissue(self, _: int) -> None:
        """The newest invoice."""
        invoice = Invoice.objects.with_names().filter(kind="invoice").order_by("-pk").first()
        if invoice is None:
            return
        credit_notes.request_reissue(
            invoice,
            reason="Another buyer",
            confirmed=reissues.preview(invoice, at=self.now).owed,
            by=self.clerk,
            at=self.now,
        )

    def order(self, _: int) -> None:
        tenant = TenantFactory(organisation=self.customer)
        self.further.append(tenant)
        orders.subscribe(
            self.customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=self.owner, at=self.now
        )

    def delete_tenant(self, _: int) -> None:
        """With all that it has; never the one of the sandbox, which is used."""
        if not self.further:
            return
        tenant = self.further.pop()
        tenants.delete(
            tenant,
            confirmed=tenants.deletion(tenant, at=self.now).fingerprint,
            reason="Not used any more",
            by=self.clerk,
            at=self.now,
        )

    def _report(self, used: dict[str, Any]) -> None:
        self.events.append(used)
        assert report(used, by=self.platform, at=self.now).accepted == 1

    def _time(self, days_ago: int) -> str:
        return (self.now - dt.timedelta(days=days_ago)).isoformat()

    def current(self) -> Subscription:
        return Subscription.objects.get(pk=self.subscription.pk)


@pytest.fixture
def open_for_all(db: None) -> None:
    open_shop()
    open_metered_services()


SOME = settings(
    max_examples=12,
    derandomize=True,  # the same ones every time; `make chaos` explores
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@SOME
@given(months=st.tuples(A_MONTH, A_MONTH, A_MONTH))
def test_the_invoice_is_what_the_preview_said(open_for_all: None, months: Months) -> None:
    _live_through(months)


@pytest.mark.chaos
@settings(SOME, max_examples=150, derandomize=False)
@given(months=st.tuples(A_MONTH, A_MONTH, A_MONTH))
def test_it_is_at_length(open_for_all: None, months: Months) -> None:
    _live_through(months)


def _live_through(months: Months) -> None:
    with transaction.atomic():
        life = Life()
        for month, (steps, days_late, users, is_done) in zip(MONTHS, months, strict=True):
            life.now = max(life.now, month.previous.starts_at(AMSTERDAM))
            for step in steps:
                if life.now + dt.timedelta(days=3) < month.starts_at(AMSTERDAM):
                    life.take(*step)
            if is_done:
                runs.run_due(at=life.now)
            _says_and_is(life, month, days_late, users)
        assert every.check_all(at=life.now) == []
        _says_what_an_end_costs(life)
        assert every.check_all(at=life.now) == []
        transaction.set_rollback(True)


def _says_and_is(life: Life, month: Month, days_late: int, users: int) -> None:
    said = runs.preview(life.customer, month, at=life.now)
    estimated = next_invoice(life.customer, life.now)
    life.now = month.starts_at(AMSTERDAM) + dt.timedelta(days=days_late, minutes=5)
    said_of_a_change = _change(life, users)

    runs.run_due(at=life.now)

    of_month = Invoice.objects.of(life.customer).filter(month=month.first_day, origin="run")
    issued = list(of_month.order_by("pk"))
    assert said.problem == ("", "")
    assert [
        (draft.net, draft.vat, [(line.component.code, line.net) for line in draft.lines])
        for draft in said.drafts
    ] == [
        (
            each.net * each.sign,
            each.vat * each.sign,
            [(line.component, line.net * each.sign) for line in each.lines.all()],
        )
        for each in issued
    ]
    if estimated.month == month.first_day:  # else one of before comes first
        assert [each.net.amount for each in estimated.documents] == [each.net for each in issued]
    if said_of_a_change:
        assert next_invoice(life.customer, life.now) == said_of_a_change


def _change(life: Life, users: int) -> NextInvoice | None:
    """What is said of another number of users, which the customer goes to; the month that has
    begun is not done. None where it is refused.
    """
    quantities = {"sales-premium": users, "service-premium": 1}
    said = next_invoice_with(life.current(), quantities, life.now)
    try:
        life.users(users)
    except Refusal:
        return None
    return said


def _says_what_an_end_costs(life: Life) -> None:
    """In January, which is not done yet."""
    life.now = local("2027-01-05")
    said = cancellation_charges(life.current(), ends_at=life.now, at=life.now)
    cancel_as_read(life.current(), at=life.now)

    runs.run_due(at=local("2027-01-06"))
    life.now = local("2027-02-01", "00:05")
    runs.run_due(at=life.now)

    lines = InvoiceLine.objects.filter(
        invoice__month="2027-02-01", subscription=life.subscription.pk
    ).select_related("invoice")
    assert sorted((line.kind, line.component, line.net.amount) for line in said.lines) == sorted(
        (line.kind, line.component, line.net * line.invoice.sign) for line in lines
    )
