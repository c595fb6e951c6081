"""Staff make a price of a product, announce it as any other, or withdraw it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import price_decisions
from catalog.decisions import ChangedSince
from catalog.models import PriceVersion, Product
from catalog.queries import price_for
from customers.history import record
from subscriptions.models import PriceDecision, Subscription
from subscriptions.operations import catalogue_prices, orders, price_changes
from subscriptions.price_queries import newer_prices, paying_now, prices_of
from subscriptions.prices import price_at
from tests.factories.catalog import PriceVersionFactory, ProductFactory
from tests.factories.customers import TenantFactory
from tests.factories.metering import MeterFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from catalog.price_content import PriceContent
    from customers.models import Person
    from customers.refusals import Refusal

TODAY = NOON.date()
JANUARY = dt.date(2027, 1, 1)


def price_on(day: dt.date) -> PriceVersion:
    return price_for(Product.objects.get(code=DEVELOPMENT_TOOLS), "EUR", day)


def at_52(day: dt.date = TODAY) -> PriceContent:
    now = price_on(TODAY).content
    [licence] = now.components
    components = (dict(licence) | {"unit_amount": Decimal(52)},)
    return replace(now, valid_from=day, components=components)


def make(content: PriceContent, by: Person, at: dt.datetime = NOON) -> PriceVersion:
    seen = price_on(content.valid_from - dt.timedelta(days=1)).pk
    catalogue_prices.make_price(content, instead_of=seen, used=(), reason="Costs", by=by, at=at)
    return PriceVersion.objects.get(valid_from=content.valid_from, currency="EUR")


def test_new_subscriptions_pay_it_at_once_and_others_when_it_is_announced(
    subscription: Subscription, owner: Person, sales: Person
) -> None:
    made = make(at_52(), sales)

    later = orders.subscribe(
        subscription.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=subscription.organisation),
        by=owner,
        at=NOON,
    )

    assert later.price_version == made
    assert price_at(subscription, NOON) != made
    assert paying_now(DEVELOPMENT_TOOLS, "EUR", NOON) == {
        subscription.price_version_id: 1,
        made.pk: 1,
    }
    price_changes.announce(made, effective_on=JANUARY, by=sales, at=NOON)
    in_january = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    assert price_at(Subscription.objects.with_price().get(pk=subscription.pk), in_january) == made
    assert paying_now(DEVELOPMENT_TOOLS, "EUR", in_january) == {made.pk: 2}


def test_who_made_it_and_what_it_said_is_kept(shop: None, sales: Person) -> None:
    price = make(at_52(JANUARY), sales)

    catalogue_prices.withdraw_price(price, by=sales, at=NOON + dt.timedelta(hours=1))

    withdrawn, made = PriceDecision.objects.all()
    assert (made.what, made.reason, made.decided_by) == ("made", "Costs", sales)
    assert (withdrawn.what, withdrawn.valid_from) == ("withdrawn", JANUARY)
    assert withdrawn.decided_at == NOON + dt.timedelta(hours=1)
    for decision in (made, withdrawn):
        [licence] = decision.components
        assert Decimal(licence["unit_amount"]) == 52
    assert not PriceVersion.objects.filter(pk=price.pk).exists()
    with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic():
        PriceDecision.objects.all().delete()


def test_it_may_be_made_again_after_that(shop: None, sales: Person) -> None:
    catalogue_prices.withdraw_price(make(at_52(JANUARY), sales), by=sales, at=NOON)

    assert make(at_52(JANUARY), sales).valid_from == JANUARY


def test_one_of_the_files_stays(shop: None, sales: Person) -> None:
    price = PriceVersionFactory(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS), valid_from=JANUARY
    )

    with pytest.raises(catalogue_prices.NotMadeByStaff):
        catalogue_prices.withdraw_price(price, by=sales, at=NOON)

    price.refresh_from_db()


@pytest.mark.parametrize(
    "at",
    [
        pytest.param(dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC), id="midnight in Amsterdam"),
        pytest.param(dt.datetime(2027, 3, 1, tzinfo=dt.UTC), id="long since"),
    ],
)
def test_one_that_has_begun_stays(shop: None, sales: Person, at: dt.datetime) -> None:
    price = make(at_52(JANUARY), sales)

    with pytest.raises(catalogue_prices.HasBegun):
        catalogue_prices.withdraw_price(price, by=sales, at=at)

    price.refresh_from_db()


def test_one_that_was_announced_stays_also_when_that_was_taken_back(
    subscription: Subscription, sales: Person
) -> None:
    price = make(at_52(JANUARY), sales)
    announced = price_changes.announce(price, effective_on=JANUARY, by=sales, at=NOON)
    price_changes.withdraw(announced, by=sales, at=NOON)

    with pytest.raises(catalogue_prices.PriceIsKnown):
        catalogue_prices.withdraw_price(price, by=sales, at=NOON)

    price.refresh_from_db()
    assert [each.can_withdraw for each in prices_of(DEVELOPMENT_TOOLS, "EUR", NOON)] == [
        False,
        False,
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceVersion.objects.filter(pk=price.pk).delete()


def test_one_that_customers_who_use_it_were_told_of_stays(
    subscription: Subscription, sales: Person
) -> None:
    price = make(at_52(JANUARY), sales)
    record(
        price, "usage.price_announced", organisation=subscription.organisation, by=sales, at=NOON
    )

    with pytest.raises(catalogue_prices.PriceIsKnown):
        catalogue_prices.withdraw_price(price, by=sales, at=NOON)

    price.refresh_from_db()


def test_what_was_withdrawn_cannot_be_announced(subscription: Subscription, sales: Person) -> None:
    price = make(at_52(JANUARY), sales)
    catalogue_prices.withdraw_price(price, by=sales, at=NOON)

    with pytest.raises(catalogue_prices.PriceIsGone):
        price_changes.announce(price, effective_on=JANUARY, by=sales, at=NOON)


def test_what_was_withdrawn_is_not_withdrawn_again(shop: None, sales: Person) -> None:
    price = make(at_52(JANUARY), sales)
    catalogue_prices.withdraw_price(price, by=sales, at=NOON)

    with pytest.raises(catalogue_prices.PriceIsGone):
        catalogue_prices.withdraw_price(price, by=sales, at=NOON)

    assert [each.what for each in PriceDecision.objects.all()] == ["withdrawn", "made"]


def test_what_a_colleague_made_meanwhile_is_said_before_anything_else(
    shop: None, sales: Person
) -> None:
    """It costs the same as theirs by now: that is no mistake of whoever saw the one before."""
    seen = price_on(TODAY).pk
    make(at_52(JANUARY), sales)

    with pytest.raises(catalogue_prices.PriceChanged):
        catalogue_prices.make_price(
            at_52(JANUARY + dt.timedelta(days=1)), instead_of=seen, used=(), by=sales, at=NOON
        )

    assert PriceDecision.objects.count() == 1


@pytest.mark.parametrize(
    ("refused", "refusal"),
    [
        (price_decisions.BeginsTooSoon(TODAY), catalogue_prices.BeginsTooSoon),
        (price_decisions.OtherMeters(), catalogue_prices.OtherMeters),
        (price_decisions.BeginsAlready(), catalogue_prices.BeginsAlready),
        (price_decisions.CostsTheSame(), catalogue_prices.CostsTheSame),
        (ChangedSince(), catalogue_prices.PriceChanged),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_whatever_is_refused_under_the_lock_is_a_sentence(
    shop: None,
    sales: Person,
    monkeypatch: pytest.MonkeyPatch,
    refused: Exception,
    refusal: type[Refusal],
) -> None:
    """Also what was not so when the page was shown."""

    def refuse(*_args: object, **_options: object) -> None:
        raise refused

    monkeypatch.setattr(price_decisions, "make_price", refuse)

    with pytest.raises(refusal):
        make(at_52(JANUARY), sales)

    assert not PriceDecision.objects.exists()


def test_what_can_be_done_about_prices_is_asked_once_for_all(
    subscription: Subscription, sales: Person
) -> None:
    first = make(at_52(JANUARY), sales)
    with CaptureQueriesContext(connection) as of_two:
        prices_of(DEVELOPMENT_TOOLS, "EUR", NOON)

    price_changes.announce(first, effective_on=JANUARY, by=sales, at=NOON)
    for months in (1, 2, 3):
        later = at_52(dt.date(2027, 1 + months, 1))
        [licence] = later.components
        amount = {"unit_amount": Decimal(52 + months)}
        make(replace(later, components=(dict(licence) | amount,)), sales)
    with CaptureQueriesContext(connection) as of_five:
        listed = prices_of(DEVELOPMENT_TOOLS, "EUR", NOON)
        newest = newer_prices(NOON)

    # The newest, their parts, when a day begins, and who pays earlier ones.
    assert len(of_five) - 5 == len(of_two)
    assert [(each.to_announce, each.can_withdraw) for each in listed] == [
        (1, True),
        (1, True),
        (1, True),
        (0, False),  # told of it
        (0, False),
    ]
    assert [each.subscriptions for each in newest] == [1]


def test_a_price_of_yesterday_is_refused_with_the_first_day_possible(
    shop: None, sales: Person
) -> None:
    with pytest.raises(catalogue_prices.BeginsTooSoon) as refused:
        make(at_52(TODAY - dt.timedelta(days=1)), sales)

    assert refused.value.earliest == TODAY
    assert not PriceDecision.objects.exists()


@pytest.fixture
def calls(shop: None) -> dict[str, PriceVersion]:
    """The price of API calls in each currency."""
    meter = MeterFactory(code="api-calls")
    product = ProductFactory(code="api-usage", kind="metered")
    return {
        currency: PriceVersionFactory(
            product=product,
            currency=currency,
            component__code="calls",
            component__unit="usage",
            component__model="per_unit",
            component__meter=meter,
            component__unit_amount=Decimal("0.0004"),
        )
        for currency in ("EUR", "NOK")
    }


def cheaper(price: PriceVersion, day: dt.date) -> PriceContent:
    now = PriceVersion.objects.with_components().get(pk=price.pk).content
    [component] = now.components
    components = (dict(component) | {"unit_amount": Decimal("0.0003")},)
    return replace(now, valid_from=day, components=components)


def test_a_price_by_use_comes_in_time(calls: dict[str, PriceVersion], sales: Person) -> None:
    held = calls["EUR"]

    for day in (dt.date(2026, 11, 1), TODAY, dt.date(2026, 12, 1), dt.date(2027, 1, 2)):
        with pytest.raises(catalogue_prices.BeginsTooSoonByUse) as refused:
            catalogue_prices.make_price(
                cheaper(held, day), instead_of=held.pk, used=(), by=sales, at=NOON
            )
        assert refused.value.earliest == JANUARY
    catalogue_prices.make_price(
        cheaper(held, JANUARY), instead_of=held.pk, used=(), by=sales, at=NOON
    )
    made = PriceVersion.objects.get(product=held.product, valid_from=JANUARY)
    assert made.components.get().unit_amount == Decimal("0.000300")


def test_a_price_by_use_leaves_nothing_free_in_another_currency(
    calls: dict[str, PriceVersion], sales: Person
) -> None:
    held = calls["EUR"]
    PriceVersionFactory(
        product=held.product,
        currency="NOK",
        valid_from=JANUARY,
        component__unit="usage",
        component__model="per_unit",
        component__meter=MeterFactory(code="api-records"),
    )

    with pytest.raises(catalogue_prices.OtherMeters):
        catalogue_prices.make_price(
            cheaper(held, JANUARY), instead_of=held.pk, used=(), by=sales, at=NOON
        )

    assert not PriceDecision.objects.exists()
