from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from catalog.models import PriceVersion, Product
from customers import clock
from customers.models import Person
from portal.formatting import day_text
from subscriptions.models import PriceAnnouncement, PriceChange
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.price_queries import newer_prices
from tests.factories.catalog import PriceVersionFactory
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from django.test import Client

    from subscriptions.models import Subscription


@pytest.fixture
def price(subscription: Subscription) -> PriceVersion:
    """Newer than the one of the subscription, and valid since yesterday."""
    price: PriceVersion = PriceVersionFactory(
        product=Product.objects.get(code=DEVELOPMENT_TOOLS),
        valid_from=clock.now().date() - dt.timedelta(days=1),
        component__unit_amount=Decimal(52),
    )
    return price


def in_days(days: int) -> dt.date:
    return clock.now().date() + dt.timedelta(days=days)


def test_staff_see_who_pays_what_before_they_announce(
    client: Client, sales: Person, price: PriceVersion
) -> None:
    client.force_login(sales)

    overview = client.get(reverse("backoffice:prices")).content.decode()
    page = client.get(reverse("backoffice:announce_price", args=[price.pk])).content.decode()

    assert "Development Tools" in overview
    for text in ("Voorbeeld B.V.", "Production (Cust70707)", "€49.00", "€52.00"):
        assert text in page


def test_announced_it_stands_in_the_list_until_it_is_taken_back(
    client: Client, sales: Person, price: PriceVersion
) -> None:
    client.force_login(sales)
    address = reverse("backoffice:announce_price", args=[price.pk])

    answer = client.post(address, {"effective_on": in_days(80).isoformat()}, follow=True)

    html = answer.content.decode()
    assert "Announced: every owner and billing contact gets a letter." in html
    assert "Everybody pays the newest price, or knows when they will" in html
    announcement = PriceAnnouncement.objects.get()
    back = reverse("backoffice:withdraw_price", args=[announcement.pk])
    assert (
        "Taken back: every owner and billing contact gets a letter."
        in client.post(back, follow=True).content.decode()
    )


def test_a_later_price_for_an_earlier_day_says_what_stands_in_its_way(
    client: Client, sales: Person, price: PriceVersion
) -> None:
    client.force_login(sales)
    address = reverse("backoffice:announce_price", args=[price.pk])
    client.post(address, {"effective_on": in_days(80).isoformat()})
    later = PriceVersionFactory(
        product=price.product,
        valid_from=clock.now().date(),
        component__unit_amount=Decimal(55),
    )

    address = reverse("backoffice:announce_price", args=[later.pk])
    page = client.post(address, {"effective_on": in_days(70).isoformat()}).content.decode()

    assert "Take that back first, under Announced on the page of prices" in page
    assert f"The earlier price begins on {day_text(in_days(80), 'en')}." in page
    assert PriceAnnouncement.objects.count() == 1


def test_who_will_have_left_before_the_day_is_not_listed(
    client: Client, sales: Person, subscription: Subscription, owner: Person
) -> None:
    """As such a subscription gets no letter; the one beside it stays."""
    stays = orders.subscribe(
        subscription.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=subscription.organisation, name="Second"),
        by=owner,
        at=clock.now(),
    )
    price = PriceVersionFactory(
        product=subscription.product, valid_from=in_days(-1), component__unit_amount=Decimal(52)
    )
    cancel_as_read(subscription, CancelWhen.MONTH_END, at=clock.now())
    client.force_login(sales)
    address = reverse("backoffice:announce_price", args=[price.pk])

    page = client.get(address).content.decode()
    [newer] = newer_prices(clock.now())
    client.post(address, {"effective_on": in_days(80).isoformat()})

    assert "Second" in page
    assert "Production (Cust70707)" not in page
    assert (newer.price, newer.subscriptions) == (price, 1)
    assert [change.subscription for change in PriceChange.objects.all()] == [stays]
    assert newer_prices(clock.now()) == []


def test_who_still_ordered_at_the_earlier_price_is_listed_and_told_on_a_day_of_their_own(
    client: Client, sales: Person, subscription: Subscription, owner: Person
) -> None:
    price = PriceVersionFactory(
        product=subscription.product, valid_from=in_days(20), component__unit_amount=Decimal(52)
    )
    client.force_login(sales)
    address = reverse("backoffice:announce_price", args=[price.pk])
    client.post(address, {"effective_on": in_days(40).isoformat()})
    organisation = subscription.organisation
    orders.subscribe(
        organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=TenantFactory(organisation=organisation, name="Second"),
        by=owner,
        at=clock.now(),
    )

    before = client.get(reverse("backoffice:prices")).content.decode()
    page = client.get(address).content.decode()
    after = client.post(address, {"effective_on": in_days(60).isoformat()}, follow=True)

    assert address in before
    assert "Second" in page
    assert "Production (Cust70707)" not in page
    assert "Everybody pays the newest price, or knows when they will" in after.content.decode()
    assert [each.changes.count() for each in PriceAnnouncement.objects.all()] == [1, 1]


@pytest.mark.parametrize(
    ("day", "status", "sentence"),
    [
        pytest.param("2026-01-01", 409, "this price is not valid yet", id="past"),
        pytest.param("soon", 422, "Enter a valid date", id="no day"),
        pytest.param("", 422, "This field is required", id="nothing"),
    ],
)
def test_a_day_that_cannot_be_is_answered_on_the_page(
    client: Client, sales: Person, price: PriceVersion, day: str, status: int, sentence: str
) -> None:
    client.force_login(sales)

    answer = client.post(
        reverse("backoffice:announce_price", args=[price.pk]), {"effective_on": day}
    )

    assert answer.status_code == status
    assert sentence in answer.content.decode()
    assert not PriceAnnouncement.objects.exists()


def test_a_day_that_comes_too_soon_is_answered_with_the_first_that_does_not(
    client: Client, sales: Person, price: PriceVersion
) -> None:
    client.force_login(sales)

    answer = client.post(
        reverse("backoffice:announce_price", args=[price.pk]),
        {"effective_on": in_days(5).isoformat()},
    )

    assert answer.status_code == 409
    [said] = answer.context["form"].errors["effective_on"]
    assert "The first day possible is " in said
    assert not PriceAnnouncement.objects.exists()


def test_the_customer_and_staff_see_the_coming_price(
    client: Client, sales: Person, owner: Person, price: PriceVersion, subscription: Subscription
) -> None:
    client.force_login(sales)
    day = in_days(80)
    client.post(
        reverse("backoffice:announce_price", args=[price.pk]), {"effective_on": day.isoformat()}
    )
    client.force_login(owner)

    page = reverse(
        "pages:subscription_detail", args=[subscription.organisation_id, subscription.pk]
    )
    html = client.get(page).content.decode()

    client.force_login(sales)
    for_staff = client.get(reverse("backoffice:subscription", args=[subscription.pk])).text

    assert f"From {day.day} {day:%B %Y}: €52.00 per month, excl. VAT" in html
    assert "It ends with the month in which an owner or tenant administrator cancels it." in html
    assert f"To end before {day.day} {day:%B %Y} it has to be cancelled by " in html
    assert f"It can also be ended at once, on any day before {day.day} {day:%B %Y}." in html
    assert f"From {day.day} {day:%B %Y}: €52.00 per month, excl. VAT" in for_staff
    assert "Announced on " in for_staff


def test_staff_read_whom_no_letter_could_reach(
    client: Client, sales: Person, owner: Person, price: PriceVersion, subscription: Subscription
) -> None:
    client.force_login(sales)
    announce = reverse("backoffice:announce_price", args=[price.pk])
    client.post(announce, {"effective_on": in_days(80).isoformat()})
    assert "Nobody could be told" not in client.get(reverse("backoffice:prices")).content.decode()

    Person.objects.filter(pk=owner.pk).update(is_active=False)
    html = client.get(reverse("backoffice:prices")).content.decode()

    assert "Nobody could be told" in html
    assert reverse("backoffice:subscription", args=[subscription.pk]) in html


def test_the_day_that_is_proposed_late_in_the_evening_is_not_refused(
    client: Client, sales: Person, price: PriceVersion
) -> None:
    """In 30 days it is 30 November in UTC, and the first of December where the customer is."""
    clock.move_to(dt.datetime(2030, 10, 31, 23, 30, tzinfo=dt.UTC))
    client.force_login(sales)
    address = reverse("backoffice:announce_price", args=[price.pk])

    form = client.get(address).context["form"]
    client.post(address, {"effective_on": form["effective_on"].value()})

    assert form["effective_on"].value() == dt.date(2031, 1, 1)
    assert PriceAnnouncement.objects.get().effective_on == dt.date(2031, 1, 1)
