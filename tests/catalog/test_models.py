from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from catalog.models import PriceComponent, PriceVersion, ProductVersion, in_language
from catalog.money import Currency, Money
from tests.factories.catalog import (
    PriceComponentFactory,
    PriceVersionFactory,
    ProductFactory,
    ProductVersionFactory,
    SellerFactory,
)

if TYPE_CHECKING:
    from django.db.models import Model

pytestmark = pytest.mark.django_db

WRITTEN_ONCE = [
    pytest.param(ProductVersionFactory, "number", 7, id="product version"),
    pytest.param(PriceVersionFactory, "valid_from", dt.date(2025, 1, 1), id="price"),
    pytest.param(PriceComponentFactory, "unit_amount", Decimal(1), id="price component"),
]


@pytest.mark.parametrize(("factory", "field", "value"), WRITTEN_ONCE)
def test_what_was_sold_cannot_be_changed(factory: Any, field: str, value: object) -> None:
    row: Model = factory(component=None) if factory is PriceVersionFactory else factory()
    rows = type(row)._default_manager.filter(pk=row.pk)
    before = rows.values().get()

    with pytest.raises(ProgrammingError, match="written_once"), transaction.atomic():
        rows.update(**{field: value})

    assert rows.values().get() == before


@pytest.mark.parametrize(("factory", "field", "value"), WRITTEN_ONCE)
def test_what_was_sold_cannot_be_deleted(factory: Any, field: str, value: object) -> None:
    row: Model = factory(component=None) if factory is PriceVersionFactory else factory()
    table = type(row)._meta.db_table

    with (
        pytest.raises(ProgrammingError, match="written_once"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f'DELETE FROM "{table}" WHERE id = %s', [row.pk])

    assert type(row)._default_manager.filter(pk=row.pk).exists()


def test_a_price_keeps_its_parts_also_where_staff_made_it() -> None:
    sold = PriceComponentFactory(price_version=PriceVersionFactory(component=None, by_staff=True))

    with transaction.atomic():
        PriceComponent.objects.filter(pk=sold.pk).delete()
        with pytest.raises(ProgrammingError, match="keeps its parts"):
            connection.check_constraints()
        transaction.set_rollback(True)

    assert PriceComponent.objects.filter(pk=sold.pk).exists()


def refused(constraint: str) -> Any:
    return pytest.raises(IntegrityError, match=constraint)


def test_there_is_one_default_seller() -> None:
    SellerFactory()

    with refused("seller_one_is_default"), transaction.atomic():
        SellerFactory(norwegian=True, is_default=True)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        pytest.param({"country": "nl"}, "seller_country_is_iso_3166", id="country"),
        pytest.param({"currency": "SEK"}, "seller_currency_is_known", id="currency"),
    ],
)
def test_a_seller_is_well_formed(values: dict[str, Any], constraint: str) -> None:
    with refused(constraint), transaction.atomic():
        SellerFactory(**values)


def test_two_sellers_never_share_an_invoice_prefix() -> None:
    SellerFactory()

    with refused("invoice_prefix"), transaction.atomic():
        SellerFactory(norwegian=True, invoice_prefix="NL")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        pytest.param({"number": 0}, "product_version_counts_from_one", id="number"),
        pytest.param({"scope": "world"}, "product_version_scope_is_known", id="scope"),
        pytest.param({"deployments": []}, "product_version_deployments_are_known", id="nowhere"),
        pytest.param(
            {"deployments": ["moon"]}, "product_version_deployments_are_known", id="elsewhere"
        ),
        pytest.param(
            {"minimum_crm_version": "10.x"}, "product_version_minimum_is_numeric", id="minimum"
        ),
    ],
)
def test_a_product_version_is_well_formed(values: dict[str, Any], constraint: str) -> None:
    with refused(constraint), transaction.atomic():
        ProductVersionFactory(**values)


def test_a_version_number_is_taken_once() -> None:
    version = ProductVersionFactory(number=1)

    with refused("product_version_number_once"), transaction.atomic():
        ProductVersionFactory(product=version.product, number=1)


def test_a_product_is_of_a_known_kind() -> None:
    with refused("product_kind_is_known"), transaction.atomic():
        ProductFactory(kind="gadget")


def test_one_price_begins_on_a_day() -> None:
    price = PriceVersionFactory()

    with refused("price_version_begins_once"), transaction.atomic():
        PriceVersionFactory(product=price.product, valid_from=price.valid_from)


def test_a_price_is_in_a_known_currency() -> None:
    with refused("price_version_currency_is_known"), transaction.atomic():
        PriceVersionFactory(currency="SEK")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        pytest.param(
            {"unit_amount": Decimal(-1)}, "price_component_amount_not_negative", id="amount"
        ),
        pytest.param(
            {"unit": "user_plan", "model": "volume"},
            "price_component_tiers_fit_model",
            id="no tiers",
        ),
        pytest.param({"tiers": []}, "price_component_tiers_fit_model", id="stray tiers"),
        pytest.param(
            {"unit": "user_plan", "model": "package"},
            "price_component_package_fits_model",
            id="no package size",
        ),
        pytest.param(
            {"package_size": 5}, "price_component_package_fits_model", id="stray package size"
        ),
        pytest.param(
            {"unit": "user_plan"}, "price_component_flat_is_per_month", id="flat per user"
        ),
        pytest.param(
            {"model": "per_unit"}, "price_component_flat_is_per_month", id="per unit per month"
        ),
    ],
)
def test_a_component_is_well_formed(values: dict[str, Any], constraint: str) -> None:
    with refused(constraint), transaction.atomic():
        PriceComponentFactory(**values)


def test_a_component_is_named_once_in_a_price() -> None:
    component = PriceComponentFactory()

    with refused("price_component_code_once"), transaction.atomic():
        PriceComponentFactory(price_version=component.price_version)


def test_a_seller_knows_its_zone() -> None:
    assert SellerFactory(norwegian=True).zone == ZoneInfo("Europe/Oslo")


def test_a_flat_component_is_not_counted_and_costs_the_same_for_all() -> None:
    component = PriceComponentFactory(unit_amount=Decimal("588.00"))

    assert not component.is_counted
    assert component.charge(1) == Money(Decimal(588), Currency.EUR)
    assert component.unit_price == Money(Decimal(588), Currency.EUR)


def test_a_component_per_user_plan_is_counted() -> None:
    price = PriceVersionFactory(per_user_plan=True, in_kroner=True)

    sales, service = price.components.all()

    assert sales.is_counted
    assert sales.charge(3) == Money(Decimal(210), Currency.NOK)
    assert service.charge(3) == Money(Decimal(240), Currency.NOK)


def test_a_tiered_component_charges_by_its_tiers() -> None:
    component = PriceComponentFactory(
        user_plan=True,
        model="graduated",
        unit_amount=0,
        included=2,
        tiers=[{"up_to": 10, "unit_amount": "5"}, {"up_to": None, "unit_amount": "4.5"}],
    )

    stored = PriceComponent.objects.select_related("price_version").get(pk=component.pk)

    assert stored.charge(13) == Money(Decimal("54.5"), Currency.EUR)


def test_amounts_keep_six_decimals() -> None:
    component = PriceComponentFactory(user_plan=True, unit_amount=Decimal("0.000125"))

    component.refresh_from_db()

    assert component.unit_amount == Decimal("0.000125")


def test_a_version_says_its_policies_and_facts() -> None:
    version = ProductVersionFactory(sandbox=True, minimum_crm_version="10.0")

    assert version.policy.needs_confirmation
    assert version.facts.code == "sandbox-production-environment"
    assert version.facts.minimum_crm_version == (10, 0)
    assert version.facts.needs_online_source
    assert version.facts.deployments == {"online"}


def test_names_per_language_for_a_snapshot() -> None:
    version = ProductVersionFactory(development_tools=True)
    component = PriceComponentFactory()

    assert version.names == {"en": "Development Tools", "nl": "Development Tools (nl)"}
    assert component.names == {"en": "Licence", "nl": "licence (nl)"}


@pytest.mark.parametrize(
    ("language", "name"),
    [("nl", "Naam"), ("nl-be", "Naam"), ("en", "Name"), ("sv", "Name")],
)
def test_texts_fall_back_to_the_short_language_and_to_english(language: str, name: str) -> None:
    texts = {"nl": {"name": "Naam"}, "en": {"name": "Name"}}

    assert in_language(texts, language) == {"name": name}
    assert ProductVersion(texts=texts).name_in(language) == name


def test_the_price_of_a_test_has_one_component_unless_it_says_otherwise() -> None:
    assert PriceVersionFactory().components.count() == 1
    assert PriceVersionFactory(component=None).components.count() == 0
    assert PriceVersion.objects.count() == 2
