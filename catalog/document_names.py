"""What products and their parts are called on documents in the languages that pages do not speak.

They belong to the product and not to a version or a price, which are written once: what was sold
years ago, or at a price that staff made, has a name in the language of the invoice as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.price_content import PriceContent
    from catalog.reading import Section
    from catalog.validating import ProductContent

    type Names = Mapping[str, Mapping[str, Any]]  # language -> {name, parts}

LANGUAGES = ("no", "sv", "da", "de")
SIZE = "{size}"  # how much is in a package, for staff may change that
# Between thousands: what no browser or printer breaks, and people of all four languages read.
NO_BREAK = "\N{NO-BREAK SPACE}"


def read_names(section: Section) -> dict[str, dict[str, Any]]:
    """`names: {de: {name: …, parts: {licence: …}}}` in the file of a product; it may have none."""
    names = section.section("names") if section.has("names") else None
    if names is None:
        return {}
    found = {
        language: _read(words)
        for language in LANGUAGES
        if names.has(language) and (words := names.section(language))
    }
    names.finish()
    return found


def _read(words: Section) -> dict[str, Any]:
    named = {"name": words.text("name"), "parts": {}}
    parts = words.section("parts") if words.has("parts") else None
    if parts:
        named["parts"] = {str(code): parts.text(code) for code in parts.node}
        parts.finish()
    words.finish()
    return named


def refuse_unknown_parts(
    sections: Iterable[Section], products: Iterable[ProductContent], prices: Iterable[PriceContent]
) -> None:
    """A name for what no price of the product has would never be read."""
    known: dict[str, set[str]] = {}
    for price in prices:
        codes = {component["code"] for component in price.components}
        known.setdefault(price.product, set()).update(codes)
    for section, product in zip(sections, products, strict=True):
        named = {
            code for words in product.row["document_names"].values() for code in words["parts"]
        }
        for code in sorted(named - known.get(product.code, set())):
            section.refuse(f"no price of {product.code} has the part {code!r}", "names")


def product_names(names: Names) -> dict[str, str]:
    """The product's name per language."""
    return {language: words["name"] for language, words in names.items()}


def part_names(names: Names, code: str, package_size: int | None) -> dict[str, str]:
    """The name per language of a part, by its code in the prices; of those that have one."""
    size = f"{package_size or 0:,}".replace(",", NO_BREAK)
    return {
        language: words["parts"][code].replace(SIZE, size)
        for language, words in names.items()
        if code in words["parts"]
    }
