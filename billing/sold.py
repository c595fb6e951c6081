"""What was sold, as drafting needs it: read once for thousands of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.models import PriceVersion, ProductVersion
from catalog.money import Currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.pricing import Rate


@dataclass(frozen=True, slots=True)
class SoldVersion:
    """A product's version. `names` per language."""

    code: str
    names: Mapping[str, str]
    position: int
    charged_while_suspended: bool


@dataclass(frozen=True, slots=True)
class SoldComponent:
    code: str
    names: Mapping[str, str]
    rate: Rate
    position: int


@dataclass(frozen=True, slots=True)
class SoldPrice:
    currency: Currency
    components: tuple[SoldComponent, ...]


class Sold:
    """Versions and prices by id. Each is read when it is asked for first: a price that cannot be
    read fails those who pay it, and nobody else.
    """

    def __init__(
        self, versions: Mapping[int, ProductVersion], prices: Mapping[int, PriceVersion]
    ) -> None:
        self._version_rows, self._price_rows = versions, prices
        self._versions: dict[int, SoldVersion] = {}
        self._prices: dict[int, SoldPrice] = {}

    def version(self, version_id: int) -> SoldVersion:
        known = self._versions.get(version_id)
        if known is None:
            row = self._version_rows[version_id]
            known = self._versions[version_id] = SoldVersion(
                code=row.product.code,
                names=row.names,
                position=row.product.position,
                charged_while_suspended=row.policy.charged_while_suspended,
            )
        return known

    def price(self, price_id: int) -> SoldPrice:
        """Raises WrongRate for a component that cannot be charged by."""
        known = self._prices.get(price_id)
        if known is None:
            row = self._price_rows[price_id]
            known = self._prices[price_id] = SoldPrice(
                currency=Currency(row.currency),
                components=tuple(
                    SoldComponent(each.code, each.names, each.rate, each.position)
                    for each in row.components.all()
                ),
            )
        return known


def sold(*, versions: Iterable[int], prices: Iterable[int]) -> Sold:
    """Three queries."""
    return Sold(
        ProductVersion.objects.select_related("product").in_bulk(list(versions)),
        PriceVersion.objects.with_components().in_bulk(list(prices)),
    )
