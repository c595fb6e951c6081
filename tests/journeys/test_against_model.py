"""Random sequences of what people do and how time passes, judged by a small model."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import invariants
from billing.models import Invoice, InvoiceLine
from billing.operations import runs
from customers.models import Duty, Organisation, Person, Tenant
from customers.refusals import Refusal
from subscriptions.applications.availability import availability
from subscriptions.applications.models import Authorisation
from subscriptions.licences import products_of
from subscriptions.models import Subscription
from subscriptions.operations import endings, orders, suspensions
from subscriptions.operations.cancellations import (
    CancelWhen,
    cancel,
    consequences,
    withdraw_cancellation,
)
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS, LICENCE_PRICE, SANDBOX, SALES_USER_PRICE
from tests.factories.shop import open_shop
from tests.factories.subscriptions import AuthorisationFactory
from tests.journeys.model import A_DAY, Place, Spell, day_of, midnight, next_month

RESTORE = dt.timedelta(days=30)
A_SECOND = dt.timedelta(seconds=1)

STARTS = st.sampled_from(
    [
        dt.datetime(2028, 1, 31, 12, 0, tzinfo=dt.UTC),  # a 31st, before a leap February
        dt.datetime(2028, 2, 28, 22, 59, 59, tzinfo=dt.UTC),  # the second before 29 February
        dt.datetime(2027, 3, 27, 23, 30, tzinfo=dt.UTC),  # the night summer time begins
        dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC),  # the hour that happens twice
        dt.datetime(2026, 12, 31, 22, 59, 59, tzinfo=dt.UTC),  # the last second of a year
    ]
)
PLACES = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("subscribe"), PLACES),
    st.tuples(st.just("cancel_at_month_end"), PLACES),
    st.tuples(st.just("cancel_now"), PLACES),
    st.tuples(st.just("withdraw_cancellation"), PLACES),
    st.tuples(st.just("suspend"), PLACES),
    st.tuples(st.just("resume"), PLACES),
    st.tuples(st.just("change_quantity"), st.integers(1, 5)),
    st.tuples(st.just("wait"), st.integers(1, 45 * 24 * 60)),  # minutes
    st.tuples(st.just("wait_for_month_end"), st.sampled_from([-1, 0, 1])),  # seconds beside it
)


class World:
    """The real portal, driven by one hand; the model, by the other."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        open_shop()
        self.organisation: Organisation = OrganisationFactory(dutch=True)
        self.owner: Person = MembershipFactory(organisation=self.organisation).person
        self.staff: Person = PersonFactory(staff=True, duties=list(Duty))
        online = TenantFactory(organisation=self.organisation)
        on_premise = TenantFactory(organisation=self.organisation, on_premise=True)
        self.tenants: list[Tenant] = [online, on_premise, online]
        self.products = [DEVELOPMENT_TOOLS, DEVELOPMENT_TOOLS, SANDBOX]
        self.places = [Place("online"), Place("on-premise"), Place("sandbox")]
        self.applications: list[Authorisation] = []
        for number in (0, 1):
            self.applications.append(
                AuthorisationFactory(tenant=self.tenants[number], active=True)
            )
            self._first_order(number)

    def _first_order(self, number: int) -> None:
        self.subscribe(number)

    # what people do; each returns whether the portal must allow it

    def subscribe(self, number: int) -> None:
        place = self.places[number]
        allowed = place.live(self.now) is None
        with refused_unless(allowed):
            subscription = orders.subscribe(
                self.organisation,
                product_code=self.products[number],
                tenant=self.tenants[number],
                quantities={"sales-premium": 2} if self.products[number] == SANDBOX else {},
                by=self.owner,
                at=self.now,
            )
            if self.products[number] == SANDBOX:
                orders.confirm(subscription, by=self.staff, at=self.now)
            place.notice_ends(self.now)
            quantity = 2 if self.products[number] == SANDBOX else 1
            place.begin(
                Spell(
                    subscription.pk,
                    self.now,
                    place.first_day_charged(self.now),
                    [(self.now, quantity)],
                ),
                RESTORE,
            )

    def cancel_at_month_end(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with refused_unless(spell is not None and spell.end is None):
            self._cancel(number, CancelWhen.MONTH_END)
            assert spell
            spell.end = midnight(next_month(day_of(self.now)))

    def cancel_now(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with refused_unless(spell is not None):
            self._cancel(number, CancelWhen.NOW)
            assert spell
            spell.end = self.now
            self.places[number].notice_ends(self.now)

    def withdraw_cancellation(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with refused_unless(spell is not None and spell.end is not None):
            withdraw_cancellation(self._subscription(number), by=self.owner, at=self.now)
            assert spell
            spell.end = None

    def suspend(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with refused_unless(spell is not None and not spell.paused(self.now)):
            suspensions.suspend(
                self._subscription(number), reason="unpaid", by=self.staff, at=self.now
            )
            assert spell
            spell.pauses.append([self.now, None])

    def resume(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with refused_unless(spell is not None and spell.paused(self.now)):
            suspensions.resume(self._subscription(number), by=self.staff, at=self.now)
            assert spell
            spell.pauses[-1][1] = self.now

    def change_quantity(self, users: int) -> None:
        spell = self.places[2].live(self.now)
        differs = spell is not None and spell.quantities[-1][1] != users
        with refused_unless(differs and spell is not None and not spell.paused(self.now)):
            orders.change_quantities(
                self._subscription(2),
                quantities={"sales-premium": users},
                by=self.owner,
                at=self.now,
            )
            assert spell
            spell.quantities.append((self.now, users))

    def wait(self, minutes: int) -> None:
        self._move_to(self.now + dt.timedelta(minutes=minutes))

    def wait_for_month_end(self, seconds_beside: int) -> None:
        target = midnight(next_month(day_of(self.now))) + seconds_beside * A_SECOND
        if target > self.now:
            self._move_to(target.astimezone(dt.UTC))

    # what is compared

    def agrees_on_access(self) -> None:
        for number, place in enumerate(self.places):
            licensed = self.products[number] in products_of(self.tenants[number], self.now)
            assert licensed == place.access(self.now), place.name
        for number, authorisation in enumerate(self.applications):
            authorisation.refresh_from_db()
            works = availability(authorisation, self.now).available
            assert works == self.places[number].works(self.now), self.places[number].name

    def agrees_on_charges(self) -> None:
        """Every day up to the last month that was run is charged as the model says."""
        billed = defaultdict(int)
        amounts: dict[int, Decimal] = defaultdict(Decimal)
        lines: dict[int, int] = defaultdict(int)
        for line in InvoiceLine.objects.exclude(component="service-premium"):
            sign = -1 if line.invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
            amounts[line.subscription_id] += sign * line.net
            lines[line.subscription_id] += 1
            day = line.period_from
            while day < line.period_until:
                billed[line.subscription_id, day] += sign * line.quantity
                day += A_DAY
        until = next_month(day_of(self.now))
        for number, place in enumerate(self.places):
            price = SALES_USER_PRICE["EUR"] if number == 2 else LICENCE_PRICE["EUR"]
            for spell in place.spells:
                exact = Decimal(0)
                day = day_of(spell.start)
                while day < until:
                    charged = spell.quantity_charged(day)
                    assert billed[spell.subscription_id, day] == charged, (place.name, day)
                    days_in_month = (next_month(day) - day.replace(day=1)).days
                    exact += price * charged / days_in_month
                    day += A_DAY
                cents_lost = abs(amounts[spell.subscription_id] - exact)
                assert cents_lost <= Decimal("0.01") * max(lines[spell.subscription_id], 1)

    def holds_its_invariants(self) -> None:
        breaches = invariants.check_all(at=self.now)
        assert breaches == []

    def _move_to(self, target: dt.datetime) -> None:
        """Time passes; at each turn of a month the schedule does its work."""
        turn = midnight(next_month(day_of(self.now)))
        while turn <= target:
            self.now = turn.astimezone(dt.UTC)
            self._scheduled_work()
            turn = midnight(next_month(day_of(self.now)))
        self.now = target
        self._scheduled_work()

    def _scheduled_work(self) -> None:
        endings.end_due(at=self.now)
        for place in self.places:
            place.notice_ends(self.now)
        runs.run_due(at=self.now)

    def _cancel(self, number: int, when: CancelWhen) -> None:
        subscription = self._subscription(number)
        found = consequences(subscription, when=when, at=self.now)
        cancel(
            subscription, when=when, confirmed=found.fingerprint, by=self.owner, at=self.now
        )

    def _subscription(self, number: int) -> Subscription:
        last = self.places[number].last
        return Subscription.objects.with_names().get(pk=last.subscription_id if last else 0)


@contextmanager
def refused_unless(allowed: bool) -> Iterator[None]:
    """What the model allows must happen, what it forbids must be refused."""
    try:
        with transaction.atomic():
            yield
    except (Refusal, Subscription.DoesNotExist):
        assert not allowed
    else:
        assert allowed


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(start=STARTS, steps=st.lists(STEPS, min_size=3, max_size=14))
def test_the_portal_agrees_with_the_model(
    db: None, start: dt.datetime, steps: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        world = World(start)
        for step, argument in steps:
            getattr(world, step)(argument)
            world.agrees_on_access()
        world.wait_for_month_end(0)
        world.wait_for_month_end(0)
        world.agrees_on_access()
        world.agrees_on_charges()
        world.holds_its_invariants()
        transaction.set_rollback(True)
