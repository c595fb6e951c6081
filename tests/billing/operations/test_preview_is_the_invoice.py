"""Whatever was used, voided, changed or suspended: the invoice is what the preview said."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import invariants
from billing.models import Invoice
from billing.operations import runs
from billing.queries import next_invoice
from customers.models import Duty, UserPlan
from customers.operations.tenants import change_user_plans
from customers.refusals import Refusal
from subscriptions.models import Subscription
from subscriptions.operations import orders, quantity_changes, suspensions
from subscriptions.periods import Month
from tests.factories.billing import AMSTERDAM, customer_with_tenant, local
from tests.factories.customers import PersonFactory
from tests.factories.metering import correction, event, platform_credential, report
from tests.factories.shop import SANDBOX, SCIM, open_shop
from tests.factories.subscriptions import confirm_set_up
from tests.factories.usage import RECORDS, open_metered_services

if TYPE_CHECKING:
    from collections.abc import Callable

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
)
A_MONTH = st.lists(STEPS, min_size=2, max_size=6)


class Life:
    """One customer with a sandbox and SCIM, who also uses what is metered; three days a step."""

    def __init__(self) -> None:
        self.now = ORDERED
        self.clerk = PersonFactory(staff=True, duties=[Duty.BILLING])
        self.platform = platform_credential()
        self.customer, self.owner, self.tenant = customer_with_tenant()
        self.events: list[dict[str, Any]] = []
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
        quantity_changes.change(self._current(), quantities=quantities, by=self.owner, at=self.now)

    def users_of_the_tenant(self, number: int) -> None:
        plans = {UserPlan.SALES_PREMIUM: number}
        change_user_plans(self.tenant, plans, by=self.owner, at=self.now)

    def suspend_or_resume(self, _: int) -> None:
        current = self._current()
        if current.status == "suspended":
            suspensions.resume(current, by=self.clerk, at=self.now)
        else:
            suspensions.suspend(current, reason="Not paid", by=self.clerk, at=self.now)

    def _report(self, used: dict[str, Any]) -> None:
        self.events.append(used)
        assert report(used, by=self.platform, at=self.now).accepted == 1

    def _time(self, days_ago: int) -> str:
        return (self.now - dt.timedelta(days=days_ago)).isoformat()

    def _current(self) -> Subscription:
        return Subscription.objects.get(pk=self.subscription.pk)


@pytest.fixture
def open_for_all(db: None) -> None:
    open_shop()
    open_metered_services()


@pytest.mark.slow
@settings(
    max_examples=4,
    derandomize=True,  # the same ones every time
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(months=st.tuples(A_MONTH, A_MONTH, A_MONTH))
def test_the_invoice_is_what_the_preview_said(
    open_for_all: None, months: tuple[list[tuple[str, int]], ...]
) -> None:
    with transaction.atomic():
        life = Life()
        for month, steps in zip(MONTHS, months, strict=True):
            life.now = max(life.now, month.previous.starts_at(AMSTERDAM))
            for step in steps:
                if life.now + dt.timedelta(days=3) < month.starts_at(AMSTERDAM):
                    life.take(*step)
            _says_and_is(life, month)
        assert invariants.check_all(at=life.now) == []
        transaction.set_rollback(True)


def _says_and_is(life: Life, month: Month) -> None:
    said = runs.preview(life.customer, month, at=life.now)
    estimated = next_invoice(life.customer, life.now).documents
    at = month.starts_at(AMSTERDAM) + dt.timedelta(minutes=5)

    runs.run_due(at=at)

    issued = list(Invoice.objects.of(life.customer).filter(month=month.first_day))
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
    assert [each.net.amount for each in estimated] == [each.net for each in issued]
    assert sum((each.gross for each in issued), Decimal(0)) > 0
