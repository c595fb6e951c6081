"""The pages on which sales make a price, and the form that reads it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import time_machine
from django.urls import reverse

from catalog.models import PriceVersion, Product
from portal.backoffice import forms_prices
from portal.backoffice.forms_prices import PriceForm
from subscriptions.models import PriceDecision
from tests.factories.catalog import PriceVersionFactory, ProductVersionFactory
from tests.factories.metering import MeterFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SANDBOX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from customers.models import Person
    from subscriptions.models import Subscription

TOOLS = [DEVELOPMENT_TOOLS, "EUR"]
PAGE = reverse("backoffice:product_prices", args=TOOLS)
NEW = reverse("backoffice:new_price", args=TOOLS)


NOON = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)
FIRST_POSSIBLE = dt.date(2027, 1, 1)  # of a price by use: a first more than 30 days ahead


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """Days are counted from today: none of these tests begins on one and ends on another."""
    with time_machine.travel(NOON, tick=False):
        yield


def in_days(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def wanted(amount: str = "52.125", days: int = 0) -> dict[str, str]:
    return {"valid_from": in_days(days).isoformat(), "licence_unit_amount": amount}


def make(client: Client, values: dict[str, str], address: str = NEW, **more: str) -> Any:
    """What the page answers to who looks at the price and then makes it."""
    shown = client.get(address, values)
    seen = shown.context["form"].initial["seen"]
    query = shown.request["QUERY_STRING"]
    return client.post(f"{address}?{query}", {"seen": seen, **more}, follow=True)


def test_the_form_begins_with_the_price_of_today(
    client: Client, sales: Person, subscription: Subscription
) -> None:
    client.force_login(sales)

    html = client.get(NEW).content.decode()

    assert 'name="licence_unit_amount" value="49.00"' in html
    assert "Make this price" not in html


def test_old_and_new_stand_side_by_side_before_anything_is_made(
    client: Client, sales: Person, subscription: Subscription
) -> None:
    client.force_login(sales)

    html = client.get(NEW, wanted()).content.decode()

    for text in ("€49.00 per month", "€52.125 per month", "€52.13", "1 January 2020"):
        assert text in html
    assert "They go on paying that until you announce the new price to them" in html
    assert PriceVersion.objects.filter(by_staff=True).count() == 0


def test_made_it_is_for_sale_and_can_be_announced(
    client: Client, sales: Person, subscription: Subscription
) -> None:
    client.force_login(sales)

    html = make(client, wanted(), reason="Costs rose").content.decode()

    price = PriceVersion.objects.get(by_staff=True)
    assert price.components.get().unit_amount == Decimal("52.125")
    assert price.example is False
    decision = PriceDecision.objects.get()
    assert (decision.decided_by, decision.reason) == (sales, "Costs rose")
    for text in ("The price is made", "Costs rose", "Sanne Sales", "Our staff"):
        assert text in html
    announce = reverse("backoffice:announce_price", args=[price.pk])
    assert announce in html
    assert announce in client.get(reverse("backoffice:prices")).content.decode()


def test_a_dutch_amount_is_understood(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)
    client.cookies["django_language"] = "nl"

    shown = client.get(NEW, wanted("52,000001")).content.decode()
    make(client, wanted("52,000001"))

    assert "€ 52,000001 per maand".replace(" ", "\xa0", 1) in shown
    assert PriceVersion.objects.get(by_staff=True).components.get().unit_amount == Decimal(
        "52.000001"
    )


def test_a_second_click_makes_no_second_price(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)
    shown = client.get(NEW, wanted())
    address = f"{NEW}?{shown.request['QUERY_STRING']}"
    seen = {"seen": shown.context["form"].initial["seen"]}

    client.post(address, seen)
    again = client.post(address, seen)

    assert "Another price begins on that day already." in again.content.decode()
    assert PriceVersion.objects.filter(by_staff=True).count() == 1


def test_what_was_not_seen_is_not_made(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)
    shown = client.get(NEW, wanted(days=10))
    seen = {"seen": shown.context["form"].initial["seen"]}
    PriceVersionFactory(product=Product.objects.get(code=DEVELOPMENT_TOOLS), valid_from=in_days(5))

    for values in (wanted(days=10), wanted("53", days=20)):
        query = client.get(NEW, values).request["QUERY_STRING"]
        answer = client.post(f"{NEW}?{query}", seen, follow=True).content.decode()
        assert "The price before it was changed meanwhile." in answer

    assert not PriceVersion.objects.filter(by_staff=True).exists()


def test_who_is_shown_it_again_keeps_the_reason_and_may_confirm(
    client: Client, sales: Person, shop: None
) -> None:
    client.force_login(sales)
    shown = client.get(NEW, wanted(days=10))
    address = f"{NEW}?{shown.request['QUERY_STRING']}"
    typed = {"seen": shown.context["form"].initial["seen"], "reason": "Costs have gone up"}
    PriceVersionFactory(product=Product.objects.get(code=DEVELOPMENT_TOOLS), valid_from=in_days(5))

    answer = client.post(address, typed)

    assert answer.status_code == 409
    form = answer.context["form"]
    assert form["reason"].value() == "Costs have gone up"
    client.post(address, {"seen": form["seen"].value(), "reason": form["reason"].value()})
    assert PriceDecision.objects.get().reason == "Costs have gone up"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param(
            {"amount": "52.0000001"}, "no more than 6 decimal places", id="seven decimals"
        ),
        pytest.param({"amount": "-1"}, "greater than or equal to 0", id="less than nothing"),
        pytest.param({"amount": ""}, "This field is required.", id="no amount"),
        pytest.param({"amount": "much"}, "Enter a number.", id="no number"),
        pytest.param({"amount": "49"}, "nothing would change", id="the same"),
        pytest.param({"days": -1}, "The first day possible is", id="yesterday"),
        pytest.param({"days": -400}, "today at the earliest", id="past"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    client: Client, sales: Person, shop: None, change: dict[str, Any], sentence: str
) -> None:
    client.force_login(sales)

    html = client.get(NEW, wanted(**change) | {"example": "on"}).content.decode()

    assert sentence in html
    assert "Make this price" not in html


def test_everybody_reads_the_prices_and_sales_make_them(
    client: Client, billing: Person, subscription: Subscription
) -> None:
    client.force_login(billing)

    html = client.get(PAGE).content.decode()

    assert "€49.00 per month" in html
    assert "This is a task of: Sales." in html
    assert NEW not in html


def test_one_that_nobody_knows_of_is_withdrawn(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)
    page = make(client, wanted(days=40)).content.decode()
    price = PriceVersion.objects.get(by_staff=True)
    withdraw = reverse("backoffice:withdraw_new_price", args=[price.pk])
    assert withdraw in page

    html = client.post(withdraw, follow=True).content.decode()

    assert "The price is withdrawn: it never was." in html
    assert withdraw not in html
    assert not PriceVersion.objects.filter(by_staff=True).exists()
    assert [each.what for each in PriceDecision.objects.all()] == ["withdrawn", "made"]


def test_one_that_is_for_sale_stays(client: Client, sales: Person, shop: None) -> None:
    client.force_login(sales)
    page = make(client, wanted()).content.decode()
    price = PriceVersion.objects.get(by_staff=True)
    withdraw = reverse("backoffice:withdraw_new_price", args=[price.pk])

    html = client.post(withdraw, follow=True).content.decode()

    assert withdraw not in page
    assert "This price has begun" in html
    price.refresh_from_db()


def test_users_of_each_plan_have_an_amount_of_their_own(
    client: Client, sales: Person, shop: None
) -> None:
    client.force_login(sales)
    address = reverse("backoffice:new_price", args=[SANDBOX, "EUR"])
    values = {
        "valid_from": in_days(0).isoformat(),
        "sales-premium_unit_amount": "31",
        "service-premium_unit_amount": "40",
        "service-premium_included": "1",
        "units": "3",
    }

    html = client.get(address, values).content.decode()

    # 3 x 30 + 3 x 40, then 3 x 31 + 2 x 40.
    for text in ("€210.00", "€173.00", "€31.00 each", "1 included; €40.00 each"):
        assert text in html


@pytest.fixture
def calls(shop: None) -> PriceVersion:
    """API calls in two tiers, in euros; in kroner they have another price."""
    product = ProductVersionFactory(
        product__code="api-usage", product__kind="metered", texts={"en": {"name": "API usage"}}
    ).product
    by_use = {
        "product": product,
        "component__code": "calls",
        "component__unit": "usage",
        "component__meter": MeterFactory(code="api-calls"),
        "component__model": "graduated",
        "component__unit_amount": Decimal(0),
        "component__tiers": [
            {"up_to": 1000, "unit_amount": "0.0004"},
            {"up_to": None, "unit_amount": "0.0003"},
        ],
    }
    PriceVersionFactory(**by_use, currency="NOK")
    price: PriceVersion = PriceVersionFactory(**by_use)
    return price


def tiered(*rows: tuple[str, str], day: dt.date | None = None) -> dict[str, str]:
    values = {"calls_minimum": "0", "units": "3000", "users": "1", "calls_included_per_user": "10"}
    for number, (until, amount) in enumerate(rows, start=1):
        values |= {f"calls_tier_{number}_until": until, f"calls_tier_{number}_amount": amount}
    return values | {"valid_from": (day or FIRST_POSSIBLE).isoformat()}


API = reverse("backoffice:new_price", args=["api-usage", "EUR"])


def test_tiers_are_changed_and_more_of_them_given(
    client: Client, sales: Person, calls: PriceVersion
) -> None:
    client.force_login(sales)
    values = tiered(("1000", "0.0005"), ("2000", "0.0004"), ("", "0.000001"))

    shown = client.get(API, values).content.decode()
    make(client, values, API)

    # 1,000 x 0.0005 + 1,000 x 0.0004 + 990 x 0.000001, of 3,000 with 10 included.
    assert "€0.90" in shown
    assert "€0.000001 each above that" in shown
    assert "Who used it in the last three months is told by a letter" in shown
    [made] = PriceVersion.objects.get(by_staff=True).components.all()
    assert made.tiers == [
        {"up_to": 1000, "unit_amount": "0.0005"},
        {"up_to": 2000, "unit_amount": "0.0004"},
        {"up_to": None, "unit_amount": "0.000001"},
    ]
    assert made.included_per_user == 10


@pytest.mark.parametrize(
    ("rows", "field", "sentence"),
    [
        pytest.param(
            [("1000", "3"), ("1000", "2"), ("", "1")],
            "calls_tier_2_until",
            {"en": "Each tier ends above", "nl": "Elke staffel eindigt hoger"},
            id="tiers do not rise",
        ),
        pytest.param(
            [("1000", "3"), ("2000", "2")],
            "calls_tier_2_until",
            {"en": "Leave this empty", "nl": "Laat dit leeg"},
            id="the last tier ends",
        ),
        pytest.param(
            [("", "3"), ("", ""), ("", "1")],
            "calls_tier_1_until",
            {"en": "Each tier ends above", "nl": "Elke staffel eindigt hoger"},
            id="two without an end",
        ),
        pytest.param(
            [("", "")],
            "calls_tier_1_amount",
            {"en": "Give at least one tier.", "nl": "Geef minstens één staffel op."},
            id="no tiers",
        ),
        pytest.param(
            [("1000", ""), ("", "1")],
            "calls_tier_1_amount",
            {"en": "Say what a unit of this tier costs.", "nl": "Geef aan wat een eenheid"},
            id="no amount",
        ),
    ],
)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_wrong_rate_is_said_at_its_field_in_the_readers_language(
    client: Client,
    sales: Person,
    calls: PriceVersion,
    language: str,
    rows: list[tuple[str, str]],
    field: str,
    sentence: dict[str, str],
) -> None:
    client.force_login(sales)
    client.cookies["django_language"] = language

    form = client.get(API, tiered(*rows)).context["choose"]

    [[error]] = [form.errors[field]]
    assert list(form.errors) == [field]
    assert error.startswith(sentence[language])


def test_what_the_form_describes_is_read_once(calls: PriceVersion) -> None:
    start = PriceVersion.objects.with_components().get(pk=calls.pk).content
    form = PriceForm(tiered(("", "1")), start=start, valid_from=in_days(40))

    with mock.patch.object(forms_prices, "_fields_of") as built_again:
        assert form.is_valid()
        assert form.content is form.content
        assert [label for label, _field in form.groups[0].fields] == [
            "Included",
            "Included per user",
            "Minimum per month",
        ]

    assert not built_again.called


@pytest.mark.parametrize("days", [0, 25], ids=["today", "soon"])
def test_what_is_charged_by_use_comes_in_time(
    client: Client, sales: Person, calls: PriceVersion, days: int
) -> None:
    client.force_login(sales)

    page = client.get(API, tiered(("", "1"), day=in_days(days)))

    [error] = page.context["choose"].errors["valid_from"]
    assert error.startswith("What is charged by use has one price for a whole month")
