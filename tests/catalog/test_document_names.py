"""Names for the languages that only documents speak: of the product, whatever version was sold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catalog.document_names import LANGUAGES
from catalog.loading import load_catalogue
from catalog.models import PriceComponent, PriceVersion, Product, ProductVersion
from catalog.reading import WrongCatalogue
from catalog.validating import read_catalogue
from tests.catalog.conftest import TODAY, edit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

GERMAN = "names:\n  de:\n    name: Werkzeuge\n    parts: {licence: Lizenz}\n"


def named(seed: Path, names: str = GERMAN) -> None:
    edit(seed, "tools.yaml", "texts:\n", f"{names}texts:\n")


def test_what_was_sold_before_is_named_too(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    sold = ProductVersion.objects.get(product__code="tools")

    named(seed)

    assert load_catalogue(seed, on=TODAY).changes == ("product tools: changed document_names",)
    assert ProductVersion.objects.get(product__code="tools") == sold  # no other version
    version = ProductVersion.objects.select_related("product").get(pk=sold.pk)
    assert version.names == {"nl": "Gereedschap", "en": "Tools", "de": "Werkzeuge"}
    licence = PriceComponent.objects.get(code="licence")
    assert licence.names == {"nl": "Licentie", "en": "Licence", "de": "Lizenz"}
    users = PriceComponent.objects.get(code="users")
    assert users.names == {"nl": "Gebruikers", "en": "Users"}
    assert load_catalogue(seed, on=TODAY).changes == ()


def test_names_that_the_version_brings_itself_come_first(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    names = {"en": {"name": "Other", "parts": {"licence": "Other"}}}
    Product.objects.filter(code="tools").update(document_names=names)

    assert ProductVersion.objects.get(product__code="tools").names["en"] == "Tools"
    assert PriceComponent.objects.get(code="licence").names["en"] == "Licence"


def test_a_package_says_how_much_is_in_it_at_that_price(seed: Path) -> None:
    load_catalogue(seed, on=TODAY)
    names = {"de": {"name": "Werkzeuge", "parts": {"licence": "Pakete zu {size} Datensätzen"}}}
    Product.objects.filter(code="tools").update(document_names=names)
    price = PriceVersion.objects.select_related("product").get(valid_from="2026-01-01")

    packages = PriceComponent(price_version=price, code="licence", package_size=50_000)

    assert packages.names == {"de": "Pakete zu 50\N{NO-BREAK SPACE}000 Datensätzen"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        pytest.param(
            GERMAN.replace("licence", "seats"),
            "tools.yaml:13: no price of tools has the part 'seats'",
            id="no such part",
        ),
        pytest.param(
            GERMAN.replace("de:", "fr:"), "tools.yaml:14: unknown key 'fr'", id="no such language"
        ),
        pytest.param(
            GERMAN.replace("name: Werkzeuge", "name: 7"),
            "tools.yaml:15: name is text, not the number 7",
            id="no text",
        ),
    ],
)
def test_what_cannot_be_is_refused(seed: Path, names: str, said: str) -> None:
    named(seed, names)

    with pytest.raises(WrongCatalogue) as refused:
        read_catalogue(seed)

    assert str(refused.value) == said


def test_everything_that_ships_has_a_name_in_every_language() -> None:
    """Plans in a sandbox have one name everywhere."""
    shipped = read_catalogue()
    parts = {
        product.code: {
            component["code"]
            for price in shipped.prices
            for component in price.components
            if price.product == product.code and component["unit"] != "user_plan"
        }
        for product in shipped.products
    }

    for product in shipped.products:
        names = product.row["document_names"]
        assert set(names) == set(LANGUAGES)
        for words in names.values():
            assert set(words["parts"]) == parts[product.code], product.code
