"""What a customer with metered use may go through before a month is invoiced."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from hypothesis import strategies as st

from billing.models import CreditProposal, Invoice
from billing.operations import credit_notes, reissues
from billing.operations.credit_notes import Choice
from billing.queries.corrections import left_to_credit
from catalog.models import PriceComponent, PriceVersion, Seller
from customers.models import Duty, UserPlan
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
from tests.factories.billing import customer_with_tenant, local, moved
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.metering import correction, event, platform_credential, report
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX, SCIM
from tests.factories.subscriptions import confirm_set_up
from tests.factories.usage import RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Tenant

ORDERED = local("2026-09-16")
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
        net = (left_to_credit(invoice).net.amount * share / 100).quantize(Decimal("0.01"))
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
        self.customer = moved(self.customer, *COUNTRIES[number], by=self.clerk, at=self.now)

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
