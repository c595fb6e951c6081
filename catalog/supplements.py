"""Terms beside the ordinary ones, which somebody accepts who may bind the customer (D1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.models import ProductVersion, in_language

if TYPE_CHECKING:
    from catalog.models import Product


@dataclass(frozen=True, slots=True)
class Supplement:
    """`version` is what is accepted, the same in every language."""

    version: str
    name: str
    address: str


def supplement_of(version: ProductVersion, language: str) -> Supplement | None:
    """What whoever orders this version accepts; None where the ordinary terms are all."""
    if not version.supplement:
        return None
    texts = in_language(version.supplement["texts"], language)
    return Supplement(version.supplement["version"], texts["name"], texts["address"])


def is_asked_for(product: Product) -> bool:
    """Whether whoever has the product is to have accepted such terms, as it is sold now."""
    newest = ProductVersion.objects.filter(product=product).order_by("-number").first()
    return bool(newest and newest.supplement)
