"""A new price reaches existing subscriptions on a day that was announced in time."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.models import PriceVersion, Product
from customers.models import History, OutgoingMail, Person, Role
from subscriptions.models import (
    NOTICE_OF_A_PRICE,
    PriceAnnouncement,
    PriceChange,
    Subscription,
)
from subscriptions.operations import orders, price_changes
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from subscriptions.periods import Month, start_of
from subscriptions.price_queries import newer_prices, told_nobody
from subscriptions.prices import coming_price_changes, next_price_change, price_at
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation

FEBRUARY, MARCH = dt.date(2027, 2, 1), dt.date(2027, 3, 1)
MIDNIGHT = dt.datetime(2027, 1, 31, 23, 0, tzinfo=dt.UTC)  # of 1 February, in Amsterdam
A_MOMENT = dt.timedelta(microseconds=1)


def newer(
    amount: str = "52", *, valid_from: str = "2027-01-01", code: str = "licence"
) -> PriceVersion:
    price: PriceVersion = PriceVersionFactory(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS),
        valid_from=dt.date.fromisoformat(valid_from),
        component__unit_amount=Decimal(amount),
        component__code=code,
    )
    return price


def test_everybody_is_told_and_pays_it_from_that_midnight_on(
    subscription: Subscription, owner: Person, sales: Person
) -> None:
    price = newer()

    announcement = price_changes.announce(price, effective_on=FEBRUARY, by=sales, at=NOON)

    [change] = PriceChange.objects.all()
    assert (change.announcement, change.subscription) == (announcement, subscription)
    assert change.effective_at == MIDNIGHT
    assert price_at(subscription, MIDNIGHT - A_MOMENT) == subscription.price_version
    assert price_at(subscription, MIDNIGHT) == price
    assert next_price_change(subscription, NOON) == change
    assert next_price_change(subscription, MIDNIGHT) is None
    entry = History.objects.about(subscription).get(verb="subscription.price_announced")
    assert (entry.actor, entry.details["effective_on"]) == (sales, "2027-02-01")
    letter = OutgoingMail.objects.filter(to=owner.email).latest("pk")
    assert letter.subject == "Development Tools: another price from 1 February 2027"
    assert "costs €52.00 per month, excl. VAT. Until then it stays €49.00." in letter.body


def test_a_billing_contact_is_told_too_and_who_left_is_not(
    subscription: Subscription, customer: Organisation, sales: Person
) -> None:
    contact = MembershipFactory(organisation=customer, role=Role.BILLING_CONTACT).person
    reader = MembershipFactory(organisation=customer, role=Role.READER).person
    gone = MembershipFactory(
        organisation=customer, role=Role.BILLING_CONTACT, person__is_active=False
    ).person

    price_changes.announce(newer(), effective_on=FEBRUARY, by=sales, at=NOON)

    about = OutgoingMail.objects.filter(subject__contains="another price")
    assert about.filter(to=contact.email).count() == 1
    assert not about.filter(to__in=[reader.email, gone.email]).exists()


def test_what_nobody_could_read_is_listed_until_its_day(
    subscription: Subscription, owner: Person, sales: Person
) -> None:
    price_changes.announce(newer(), effective_on=FEBRUARY, by=sales, at=NOON)
    assert not told_nobody(NOON)

    Person.objects.filter(pk=owner.pk).update(is_active=False)
    MembershipFactory(
        organisation=subscription.organisation, role=Role.OWNER, since_at=NOON + A_MOMENT
    )

    assert [each.subscription for each in told_nobody(NOON)] == [subscription]
    assert not told_nobody(MIDNIGHT)


def test_in_kroner_elsewhere_later_or_over_is_not_concerned(
    subscription: Subscription, owner: Person, sales: Person, customer: Organisation
) -> None:
    def subscribed(organisation: Organisation, at: dt.datetime = NOON) -> Subscription:
        return orders.subscribe(
            organisation,
            product_code=DEVELOPMENT_TOOLS,
            tenant=TenantFactory(organisation=organisation),
            by=MembershipFactory(organisation=organisation).person,
            at=at,
        )

    price = newer()
    subscribed(OrganisationFactory(norwegian=True))
    subscribed(customer, dt.datetime(2027, 1, 2, tzinfo=dt.UTC))  # at the new price already
    over = subscribed(customer)
    when = CancelWhen.MONTH_END
    seen = consequences(over, when=when, at=NOON)
    cancel(over, when=when, confirmed=seen.fingerprint, by=owner, at=NOON)

    price_changes.announce(price, effective_on=FEBRUARY, by=sales, at=NOON)

    assert [each.subscription for each in PriceChange.objects.all()] == [subscription]


@pytest.mark.parametrize(
    ("effective_on", "options", "refusal"),
    [
        pytest.param(
            "2026-12-23", {"valid_from": "2026-11-01"}, price_changes.TooSoon, id="too soon"
        ),
        pytest.param(
            "2027-01-31",
            {"valid_from": "2027-02-01"},
            price_changes.NotForSaleYet,
            id="not for sale by then",
        ),
        pytest.param(
            "2027-02-01",
            {"valid_from": "2019-01-01"},
            price_changes.NobodyConcerned,
            id="older than what everybody pays",
        ),
        pytest.param(
            "2027-02-01", {"code": "seats"}, price_changes.OtherComponents, id="other parts"
        ),
    ],
)
def test_what_cannot_be_announced(
    effective_on: str,
    options: dict[str, str],
    refusal: type[Exception],
    subscription: Subscription,
    sales: Person,
) -> None:
    price, day = newer(**options), dt.date.fromisoformat(effective_on)

    with pytest.raises(refusal):
        price_changes.announce(price, effective_on=day, by=sales, at=NOON)

    assert not PriceAnnouncement.objects.exists()
    assert not History.objects.filter(verb="subscription.price_announced").exists()


def test_the_first_day_late_enough_is_named_and_accepted(
    subscription: Subscription, sales: Person
) -> None:
    price = newer(valid_from="2026-11-01")
    with pytest.raises(price_changes.TooSoon) as refused:
        price_changes.announce(price, effective_on=NOON.date(), by=sales, at=NOON)

    assert refused.value.earliest == dt.date(2026, 12, 24)  # 30 days later it is noon on the 23rd
    price_changes.announce(price, effective_on=refused.value.earliest, by=sales, at=NOON)


def test_summer_time_that_ends_meanwhile_makes_the_notice_no_shorter(
    subscription: Subscription, sales: Person
) -> None:
    """October is invoiced as it begins; its last day is no day for a price announced after."""
    price, october = newer(), dt.datetime(2028, 9, 30, 22, 30, tzinfo=dt.UTC)  # 00:30 on the 1st

    with pytest.raises(price_changes.TooSoon) as refused:
        price_changes.announce(price, effective_on=dt.date(2028, 10, 31), by=sales, at=october)

    assert refused.value.earliest == dt.date(2028, 11, 1)
    assert price_changes.first_day(price, at=october) == dt.date(2028, 11, 1)
    price_changes.announce(price, effective_on=dt.date(2028, 11, 1), by=sales, at=october)


@given(
    at=st.integers(0, 5 * 366 * 24 * 60).map(lambda number: NOON + dt.timedelta(minutes=number)),
    zone=st.sampled_from(["Europe/Amsterdam", "Europe/Oslo", "UTC"]).map(ZoneInfo),
)
@example(at=dt.datetime(2028, 9, 30, 22, 30, tzinfo=dt.UTC), zone=ZoneInfo("Europe/Amsterdam"))
def test_no_price_begins_in_the_month_in_which_it_is_announced(
    at: dt.datetime, zone: ZoneInfo
) -> None:
    earliest = price_changes.last_of_notice(at, zone) + dt.timedelta(days=1)

    assert earliest >= Month.at(at, zone).next.first_day
    assert start_of(earliest, zone) >= at + NOTICE_OF_A_PRICE
    assert earliest <= at.astimezone(zone).date() + dt.timedelta(days=32)


def test_nobody_is_told_of_a_price_twice(subscription: Subscription, sales: Person) -> None:
    price = newer()
    price_changes.announce(price, effective_on=FEBRUARY, by=sales, at=NOON)

    with pytest.raises(price_changes.NobodyConcerned):
        price_changes.announce(price, effective_on=FEBRUARY, by=sales, at=NOON)

    assert PriceChange.objects.count() == 1


def test_who_orders_at_the_earlier_price_after_the_announcement_gets_one_of_their_own(
    subscription: Subscription, customer: Organisation, owner: Person, sales: Person
) -> None:
    price = newer()
    first = price_changes.announce(price, effective_on=FEBRUARY, by=sales, at=NOON)
    later = orders.subscribe(
        customer,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=customer),
        by=owner,
        at=NOON + dt.timedelta(days=20),
    )
    assert [(each.price, each.subscriptions) for each in newer_prices(NOON)] == [(price, 1)]

    second = price_changes.announce(
        price, effective_on=dt.date(2027, 3, 1), by=sales, at=NOON + dt.timedelta(days=40)
    )

    assert {each.subscription: each.announcement for each in PriceChange.objects.all()} == {
        subscription: first,
        later: second,
    }
    assert price_at(later, MIDNIGHT) == later.price_version
    assert price_at(later, MIDNIGHT + dt.timedelta(days=28)) == price
    assert newer_prices(NOON) == []


@pytest.mark.parametrize("day", ["2027-02-15", "2027-03-01"], ids=["earlier", "the same day"])
def test_no_earlier_price_comes_after_a_later_one(
    day: str, subscription: Subscription, sales: Person
) -> None:
    """Charged from its day on, the earlier one would be what everybody pays for good."""
    earlier, later = newer("52"), newer("55", valid_from="2027-01-02")
    first = price_changes.announce(earlier, effective_on=MARCH, by=sales, at=NOON)
    letters = OutgoingMail.objects.count()

    with pytest.raises(price_changes.EarlierPriceBeginsLater) as refused:
        price_changes.announce(later, effective_on=dt.date.fromisoformat(day), by=sales, at=NOON)

    assert refused.value.on == MARCH
    assert [each.announcement for each in PriceChange.objects.all()] == [first]
    assert OutgoingMail.objects.count() == letters


def test_a_later_price_comes_after_the_earlier_one_or_instead_of_it(
    subscription: Subscription, sales: Person
) -> None:
    earlier, later = newer("52"), newer("55", valid_from="2027-01-02")
    first = price_changes.announce(earlier, effective_on=MARCH, by=sales, at=NOON)
    after = price_changes.announce(
        later, effective_on=MARCH + dt.timedelta(days=1), by=sales, at=NOON
    )
    price_changes.withdraw(after, by=sales, at=NOON)

    price_changes.withdraw(first, by=sales, at=NOON)
    price_changes.announce(later, effective_on=FEBRUARY, by=sales, at=NOON)

    held = Subscription.objects.with_price().get(pk=subscription.pk)
    assert price_at(held, MIDNIGHT - A_MOMENT) == held.price_version
    assert price_at(held, MIDNIGHT) == later
    assert price_at(held, MIDNIGHT + dt.timedelta(days=365)) == later


def test_of_two_prices_the_letter_says_what_is_paid_in_between(
    subscription: Subscription, owner: Person, sales: Person
) -> None:
    first, back = newer("52"), newer("49", valid_from="2027-01-02")
    price_changes.announce(first, effective_on=FEBRUARY, by=sales, at=NOON)

    announcement = price_changes.announce(back, effective_on=MARCH, by=sales, at=NOON)
    told = OutgoingMail.objects.filter(to=owner.email).latest("pk").body
    price_changes.withdraw(announcement, by=sales, at=NOON)
    withdrawn = OutgoingMail.objects.filter(to=owner.email).latest("pk").body

    assert "costs €49.00 per month, excl. VAT. Until then it costs €52.00, from the day" in told
    assert "stays €52.00 per month, excl. VAT. That is what it costs from the day" in withdrawn
    held = Subscription.objects.with_price().get(pk=subscription.pk)
    assert [each.price_version for each in coming_price_changes(held, NOON)] == [first]


def test_what_was_announced_to_who_leaves_stands_in_nobodys_way(
    subscription: Subscription, customer: Organisation, owner: Person, sales: Person
) -> None:
    price_changes.announce(newer("52"), effective_on=MARCH, by=sales, at=NOON)
    when = CancelWhen.MONTH_END
    seen = consequences(subscription, when=when, at=NOON)
    cancel(subscription, when=when, confirmed=seen.fingerprint, by=owner, at=NOON)
    stays = orders.subscribe(
        customer,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=customer),
        by=owner,
        at=NOON,
    )
    later = newer("55", valid_from="2027-01-02")

    second = price_changes.announce(later, effective_on=FEBRUARY, by=sales, at=NOON)

    assert [each.subscription for each in second.changes.all()] == [stays]


def test_taken_back_it_never_was_and_can_be_announced_again(
    subscription: Subscription, owner: Person, sales: Person
) -> None:
    price = newer()
    announcement = price_changes.announce(price, effective_on=FEBRUARY, by=sales, at=NOON)

    price_changes.withdraw(announcement, by=sales, at=MIDNIGHT - A_MOMENT)
    price_changes.withdraw(announcement, by=sales, at=MIDNIGHT)  # again: nothing happens

    held = Subscription.objects.with_price().get(pk=subscription.pk)
    assert price_at(held, MIDNIGHT) == held.price_version
    assert next_price_change(held, NOON) is None
    withdrawn = History.objects.filter(verb="subscription.price_announcement_withdrawn")
    assert withdrawn.count() == 1
    letter = OutgoingMail.objects.filter(to=owner.email).latest("pk")
    assert "stays €49.00 per month" in letter.body
    price_changes.announce(price, effective_on=dt.date(2027, 4, 1), by=sales, at=MIDNIGHT)


def test_once_its_month_has_begun_it_stays(subscription: Subscription, sales: Person) -> None:
    announcement = price_changes.announce(
        newer(), effective_on=dt.date(2027, 2, 15), by=sales, at=NOON
    )

    with pytest.raises(price_changes.TooLate):
        price_changes.withdraw(announcement, by=sales, at=MIDNIGHT)

    announcement.refresh_from_db()
    assert announcement.withdrawn_at is None
