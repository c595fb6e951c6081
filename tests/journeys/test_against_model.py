"""Random sequences of what people do and how time passes, judged by a small model.

Each example starts shortly before one of the nights that calendars get wrong. A failing one is
shrunk by Hypothesis and told step by step, with the local time of each.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from billing.invariants import every
from billing.models import InvoiceLine
from billing.operations import runs
from customers.models import Duty, Organisation, Person, Tenant
from customers.refusals import Refusal
from subscriptions.applications import operations as applications
from subscriptions.applications.availability import availability
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.licences import products_of
from subscriptions.models import Subscription
from subscriptions.operations import endings, orders, quantity_changes, suspensions
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
from tests.factories.shop import (
    DEVELOPMENT_TOOLS,
    LICENCE_PRICE,
    SALES_USER_PRICE,
    SANDBOX,
    open_shop,
)
from tests.factories.subscriptions import ApplicationFactory, confirm_set_up
from tests.journeys.model import (
    A_DAY,
    AMSTERDAM,
    Place,
    Spell,
    day_of,
    fee_of_day,
    midnight,
    next_month,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("credits_go")

RESTORE = dt.timedelta(days=30)
A_SECOND = dt.timedelta(seconds=1)
ONLINE, ON_PREMISE, TEST_COPY = range(3)

FIRST = dt.datetime(2028, 1, 31, 12, 0, tzinfo=dt.UTC)  # a 31st, before a leap February
STARTS = st.sampled_from(
    [
        FIRST,
        dt.datetime(2028, 2, 28, 22, 59, 59, tzinfo=dt.UTC),  # the second before 29 February
        dt.datetime(2027, 3, 27, 23, 30, tzinfo=dt.UTC),  # the night summer time begins
        dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC),  # the hour that happens twice
        dt.datetime(2026, 12, 31, 22, 59, 59, tzinfo=dt.UTC),  # the last second of a year
    ]
)
DAYS_30 = 30 * 24 * 60  # in minutes
AGAIN = ("subscribe", ON_PREMISE)
PLACES = st.integers(ONLINE, TEST_COPY)
# Minutes: some of every size, so that a day is cut in parts, a month, and the time to come back.
MINUTES = st.one_of(
    st.integers(1, 24 * 60),
    st.integers(1, 45 * 24 * 60),
    st.sampled_from([DAYS_30, DAYS_30 + 1]),
)
STEPS = st.one_of(
    st.tuples(st.just("subscribe"), PLACES),
    st.tuples(st.just("cancel_at_month_end"), PLACES),
    st.tuples(st.just("cancel_now"), PLACES),
    st.tuples(st.just("withdraw_cancellation"), PLACES),
    st.tuples(st.just("suspend"), PLACES),
    st.tuples(st.just("resume"), PLACES),
    st.tuples(st.just("consent"), st.integers(ONLINE, ON_PREMISE)),
    st.tuples(st.just("change_users"), st.integers(1, 5)),
    st.tuples(st.just("wait"), MINUTES),
    st.tuples(st.just("wait_for_month_end"), st.sampled_from([-1, 0, 1])),  # seconds beside it
)


class World:
    """The real portal, driven by one hand; the model, by the other.

    Every step either is allowed by the model and must succeed, or is not and must be refused.
    """

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.organisation: Organisation = OrganisationFactory(dutch=True)
        self.owner: Person = MembershipFactory(organisation=self.organisation).person
        self.staff: Person = PersonFactory(staff=True, duties=list(Duty))
        online = TenantFactory(organisation=self.organisation, name="Online")
        cellar = TenantFactory(organisation=self.organisation, name="Cellar", on_premise=True)
        self.tenants: list[Tenant] = [online, cellar, online]
        self.products = [DEVELOPMENT_TOOLS, DEVELOPMENT_TOOLS, SANDBOX]
        self.places = [Place("online"), Place("on-premise"), Place("sandbox")]
        for number in (ONLINE, ON_PREMISE):
            self.take("subscribe", number)
        made_for_them, from_the_store = ApplicationFactory(), ApplicationFactory(standard=True)
        self.authorisations: list[Authorisation] = [
            applications.request(application, tenant=tenant, by=self.staff, at=now)
            for application, tenant in ((made_for_them, online), (from_the_store, cellar))
        ]
        self.take("consent", ON_PREMISE)

    def take(self, step: str, argument: int) -> None:
        before = self.now
        getattr(self, step)(argument)
        note(f"{before.astimezone(AMSTERDAM):%a %d %b %Y %H:%M:%S} {step}({argument})")

    # what people do

    def subscribe(self, number: int) -> None:
        place = self.places[number]
        with _refused_unless(place.live(self.now) is None):
            users = {"sales-premium": 2} if number == TEST_COPY else {}
            subscription = orders.subscribe(
                self.organisation,
                product_code=self.products[number],
                tenant=self.tenants[number],
                quantities=users,
                by=self.owner,
                at=self.now,
            )
            if number == TEST_COPY:
                confirm_set_up(subscription, by=self.staff, at=self.now)
            place.notice_ends(self.now)
            spell = Spell(
                subscription.pk,
                self.now,
                place.first_day_charged(self.now),
                [(self.now, users.get("sales-premium", 1))],
            )
            place.begin(spell, RESTORE)

    def cancel_at_month_end(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with _refused_unless(spell is not None and spell.end is None):
            self._cancel(number, CancelWhen.MONTH_END)
            assert spell
            spell.end = midnight(next_month(day_of(self.now)))

    def cancel_now(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with _refused_unless(spell is not None):
            self._cancel(number, CancelWhen.NOW)
            assert spell
            spell.end = self.now
            self.places[number].notice_ends(self.now)

    def withdraw_cancellation(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with _refused_unless(spell is not None and spell.end is not None):
            withdraw_cancellation(self._subscription(number), by=self.owner, at=self.now)
            assert spell
            spell.end = None

    def suspend(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with _refused_unless(spell is not None and not spell.paused(self.now)):
            suspensions.suspend(
                self._subscription(number), reason="unpaid", by=self.staff, at=self.now
            )
            assert spell
            spell.pause(self.now)

    def resume(self, number: int) -> None:
        spell = self.places[number].live(self.now)
        with _refused_unless(spell is not None and spell.paused(self.now)):
            suspensions.resume(self._subscription(number), by=self.staff, at=self.now)
            assert spell
            spell.go_on(self.now)
            self.places[number].bring_back(self.now, RESTORE)

    def consent(self, number: int) -> None:
        """The application is asked for where it must be, and everybody says yes."""
        place = self.places[number]
        with _refused_unless(place.may_be_asked_for(self.now, RESTORE)):
            authorisation = self._authorisation(number)
            if authorisation.status != AuthorisationStatus.REQUESTED:
                applications.request(
                    authorisation.application,
                    tenant=authorisation.tenant,
                    by=self.staff,
                    at=self.now,
                )
            if number == ONLINE:
                applications.confirm(authorisation, by=self.owner, at=self.now)
                applications.grant(authorisation, by=self.staff, at=self.now)
            else:
                applications.approve(authorisation, by=self.owner, at=self.now)
            place.consent(self.now)

    def change_users(self, users: int) -> None:
        spell = self.places[TEST_COPY].live(self.now)
        differs = spell is not None and spell.quantities[-1][1] != users
        with _refused_unless(differs and spell is not None and not spell.paused(self.now)):
            quantity_changes.change(
                self._subscription(TEST_COPY),
                quantities={"sales-premium": users},
                by=self.owner,
                at=self.now,
            )
            assert spell
            spell.quantities.append((self.now, users))

    # how time passes

    def wait(self, minutes: int) -> None:
        self._move_to(self.now + dt.timedelta(minutes=minutes))

    def wait_for_month_end(self, seconds_beside: int) -> None:
        target = midnight(next_month(day_of(self.now))) + seconds_beside * A_SECOND
        self._move_to(max(self.now, target.astimezone(dt.UTC)))

    def _move_to(self, target: dt.datetime) -> None:
        """At each turn of a month the schedule does its work."""
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

    # what is compared

    def agrees_on_access(self) -> None:
        for number, place in enumerate(self.places):
            licensed = self.products[number] in products_of(self.tenants[number], self.now)
            assert licensed == place.access(self.now), place.name
        for number in (ONLINE, ON_PREMISE):
            works = availability(self._authorisation(number), self.now).available
            assert works == self.places[number].works(self.now), self.places[number].name

    def agrees_on_charges(self) -> None:
        """Every day up to the last month that was run is charged as the model says, cent-exact."""
        quantities: dict[tuple[int, dt.date], int] = defaultdict(int)
        amounts: dict[tuple[int, dt.date], Decimal] = defaultdict(Decimal)
        for line in InvoiceLine.objects.select_related("invoice"):
            subscription, day = line.subscription_id, line.period_from
            assert subscription
            amounts[subscription, day.replace(day=1)] += line.invoice.sign * line.net
            while day < line.period_until:
                quantities[subscription, day] += line.invoice.sign * line.quantity
                day += A_DAY

        expected: dict[tuple[int, dt.date], int] = {}
        owed: dict[tuple[int, dt.date], Decimal] = defaultdict(Decimal)
        for number, place in enumerate(self.places):
            price = (SALES_USER_PRICE if number == TEST_COPY else LICENCE_PRICE)["EUR"]
            for spell in place.spells:
                for day in _days(day_of(spell.start), next_month(day_of(self.now))):
                    users = spell.quantity_charged(day)
                    expected[spell.subscription_id, day] = users
                    owed[spell.subscription_id, day.replace(day=1)] += fee_of_day(
                        price * users, day
                    )

        assert _without_zeros(quantities) == _without_zeros(expected)
        assert _without_zeros(amounts) == _without_zeros(owed)

    def holds_its_invariants(self) -> None:
        assert every.check_all(at=self.now) == []

    def _cancel(self, number: int, when: CancelWhen) -> None:
        subscription = self._subscription(number)
        found = consequences(subscription, when=when, at=self.now)
        cancel(subscription, when=when, confirmed=found.fingerprint, by=self.owner, at=self.now)

    def _subscription(self, number: int) -> Subscription:
        last = self.places[number].last
        return Subscription.objects.with_names().get(pk=last.subscription_id if last else 0)

    def _authorisation(self, number: int) -> Authorisation:
        found: Authorisation = Authorisation.objects.with_names().get(
            pk=self.authorisations[number].pk
        )
        return found


@contextmanager
def _refused_unless(allowed: bool) -> Iterator[None]:
    """What the model allows must happen, what it forbids must be refused."""
    refusal: Exception | None = None
    try:
        with transaction.atomic():
            yield
    except (Refusal, Subscription.DoesNotExist) as raised:
        refusal = raised
    assert allowed == (refusal is None), f"the model allows: {allowed}; refused: {refusal!r}"


def _days(first: dt.date, until: dt.date) -> Iterator[dt.date]:
    while first < until:
        yield first
        first += A_DAY


def _without_zeros[K, V](values: dict[K, V]) -> dict[K, V]:
    return {key: value for key, value in values.items() if value}


@pytest.fixture
def shop(db: None) -> None:
    open_shop()


EXAMPLES = st.lists(STEPS, min_size=3, max_size=14)
settings.register_profile(
    "journeys-ci",
    max_examples=20,
    derandomize=True,  # the same ones every time; `make chaos` explores
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile(
    "journeys-chaos",
    settings.get_profile("journeys-ci"),
    max_examples=200,
    derandomize=False,
)


@pytest.mark.slow
@settings.get_profile("journeys-ci")
@given(start=STARTS, steps=EXAMPLES)
@example(start=FIRST, steps=[("suspend", ONLINE), ("consent", ONLINE), ("resume", ONLINE)])
@example(start=FIRST, steps=[("cancel_now", ON_PREMISE), ("wait", DAYS_30), AGAIN])
@example(start=FIRST, steps=[("cancel_now", ON_PREMISE), ("wait", DAYS_30 + 1), AGAIN])
def test_the_portal_agrees_with_the_model(
    shop: None, start: dt.datetime, steps: list[tuple[str, int]]
) -> None:
    _live_through(start, steps)


@pytest.mark.chaos
@settings.get_profile("journeys-chaos")
@given(start=STARTS, steps=EXAMPLES)
def test_it_agrees_at_length(shop: None, start: dt.datetime, steps: list[tuple[str, int]]) -> None:
    _live_through(start, steps)


def _live_through(start: dt.datetime, steps: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        world = World(start)

        for step, argument in steps:
            world.take(step, argument)
            world.agrees_on_access()
        for _month in range(2):  # in which everything is billed and corrected
            world.take("wait_for_month_end", 0)

        world.agrees_on_access()
        world.agrees_on_charges()
        world.holds_its_invariants()
        transaction.set_rollback(True)
