from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from catalog.models import Product
from catalog.money import Currency, Money
from catalog.queries import (
    NoSeller,
    NotForSale,
    catalogue_page,
    current_version,
    current_versions,
    price_for,
    prices_on,
    product_page,
    seller_for,
)
from tests.factories.catalog import (
    PriceVersionFactory,
    ProductFactory,
    ProductVersionFactory,
    SellerFactory,
)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

NEW_YEAR = dt.date(2027, 1, 1)


@pytest.mark.parametrize(
    ("country", "code"),
    [("NL", "nl"), ("NO", "no"), ("no", "no"), ("DE", "nl"), ("GB", "nl")],
)
def test_a_country_is_served_by_its_seller_or_the_default(country: str, code: str) -> None:
    SellerFactory()
    SellerFactory(norwegian=True)

    assert seller_for(country).code == code


def test_without_any_seller_nobody_sells() -> None:
    with pytest.raises(NoSeller):
        seller_for("NL")


def test_the_highest_number_is_current() -> None:
    tools = ProductVersionFactory(development_tools=True, number=1).product
    for number in (3, 2):
        ProductVersionFactory(product=tools, number=number)
    other = ProductVersionFactory(scim=True)

    assert current_version("development-tools").number == 3
    assert [(v.product.code, v.number) for v in current_versions()] == [
        ("development-tools", 3),
        (other.product.code, 1),
    ]


def test_an_unknown_product_is_not_for_sale() -> None:
    ProductFactory(code="without-version")

    for code in ("unknown", "without-version"):
        with pytest.raises(NotForSale):
            current_version(code)


@pytest.mark.parametrize(
    ("on", "amount"),
    [
        pytest.param(dt.date(2026, 1, 1), "588", id="first day"),
        pytest.param(dt.date(2026, 12, 31), "588", id="last day"),
        pytest.param(dt.date(2027, 1, 1), "604", id="first day of the next"),
        pytest.param(dt.date(2030, 1, 1), "604", id="no later one"),
    ],
)
def test_the_latest_price_that_has_begun_holds(on: dt.date, amount: str) -> None:
    product = ProductFactory()
    PriceVersionFactory(product=product, valid_from=NEW_YEAR, component__unit_amount=Decimal(604))
    PriceVersionFactory(product=product)
    PriceVersionFactory(product=product, in_kroner=True, valid_from=dt.date(2026, 6, 1))

    price = price_for(product, "EUR", on)

    assert price.components.get().unit_amount == Decimal(amount)


@pytest.mark.parametrize(
    ("currency", "on"),
    [
        pytest.param("EUR", dt.date(2025, 12, 31), id="too early"),
        pytest.param("NOK", dt.date(2026, 6, 1), id="not in this currency"),
        pytest.param("SEK", dt.date(2026, 6, 1), id="in no currency of ours"),
    ],
)
def test_without_a_price_it_is_not_for_sale(currency: str, on: dt.date) -> None:
    product = PriceVersionFactory().product

    with pytest.raises(NotForSale):
        price_for(product, currency, on)


def test_products_in_order() -> None:
    for position, code in ((2, "b"), (1, "c"), (2, "a")):
        ProductFactory(code=code, position=position)

    assert [product.code for product in Product.objects.in_order()] == ["c", "a", "b"]


def test_the_catalogue_page_in_a_language_with_prices(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    tools = ProductVersionFactory(development_tools=True).product
    ProductVersionFactory(scim=True)
    PriceVersionFactory(product=tools)

    with django_assert_num_queries(3):
        entries = catalogue_page("nl", currency="EUR", on=dt.date(2026, 6, 1))

    first, second = entries
    assert (first.code, first.name) == ("development-tools", "Development Tools (nl)")
    assert first.price is not None
    assert first.price.flat == Money(Decimal(588), Currency.EUR)
    assert first.price.example
    assert second.price is None
    assert catalogue_page("nl")[0].price is None


def test_a_price_per_user_plan_has_a_lowest_amount_and_no_single_one() -> None:
    product = PriceVersionFactory(per_user_plan=True).product

    price = prices_on(dt.date(2026, 6, 1), "EUR", "en")[product.code]

    assert price.flat is None
    assert price.lowest == Money(Decimal(70), Currency.EUR)
    assert [component.label for component in price.components] == [
        "Sales premium",
        "Service premium",
    ]


def test_a_product_page_has_the_price_and_the_one_that_is_announced() -> None:
    tools = ProductVersionFactory(development_tools=True).product
    PriceVersionFactory(product=tools)
    PriceVersionFactory(product=tools, valid_from=NEW_YEAR, component__unit_amount=Decimal(604))
    PriceVersionFactory(product=tools, valid_from=dt.date(2028, 1, 1))

    page = product_page("development-tools", "en", currency="EUR", on=dt.date(2026, 6, 1))

    assert page.price is not None
    assert page.price.valid_from == dt.date(2026, 1, 1)
    assert page.next_price is not None
    assert page.next_price.valid_from == NEW_YEAR
    assert page.next_price.flat == Money(Decimal(604), Currency.EUR)


def test_a_product_page_without_a_price_in_the_currency_stands() -> None:
    ProductVersionFactory(development_tools=True)

    page = product_page("development-tools", "en", currency="NOK", on=NEW_YEAR)

    assert (page.name, page.price, page.next_price) == ("Development Tools", None, None)


def test_a_page_of_an_unknown_product_is_refused() -> None:
    with pytest.raises(NotForSale):
        product_page("unknown", "en")
