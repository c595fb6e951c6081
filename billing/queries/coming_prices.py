"""Prices of what is charged by use that are in the catalogue and have not begun."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from billing.queries.shown import name_in
from catalog.models import PriceVersion, Product
from catalog.queries import every_current_version, seller_for
from subscriptions.periods import Month, local_day

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from catalog.models import PriceComponent
    from catalog.pricing import Rate
    from customers.models import Organisation


@dataclass(frozen=True, kw_only=True)
class OtherRate:
    """What one component costs until then and from then on; None where it costs nothing."""

    names: Mapping[str, str]  # per language
    meter: str
    now: Rate | None
    then: Rate | None


@dataclass(frozen=True, kw_only=True)
class ComingPrice:
    """Another price of a metered service, for everybody from the same month on."""

    price: PriceVersion
    effective_on: dt.date  # the first of a month: a month has one price
    service_names: Mapping[str, str]  # per language
    rates: tuple[OtherRate, ...]  # only of what changes

    def service_in(self, language: str) -> str:
        return name_in(self.service_names, language)

    def rates_in(self, language: str) -> list[tuple[str, Rate | None, Rate | None]]:
        return [(name_in(each.names, language), each.now, each.then) for each in self.rates]


def coming_prices(currency: str, *, after: dt.date) -> list[ComingPrice]:
    """In the order of the catalogue, the next one of each service first."""
    rows = (
        PriceVersion.objects.filter(product__kind=Product.Kind.METERED, currency=currency)
        .with_components()
        .order_by("product__position", "product", "valid_from")
    )
    names = {version.product_id: version.names for version in every_current_version()}
    return [
        ComingPrice(
            price=then,
            effective_on=effective_on,
            service_names=names[product_id],
            rates=rates,
        )
        for product_id, prices in groupby(rows, key=lambda row: row.product_id)
        for now, then in pairwise(prices)
        if (effective_on := _first_month(then.valid_from)) > after
        and (rates := tuple(_other_rates(now, then)))
    ]


def coming_prices_for(organisation: Organisation, *, at: dt.datetime) -> list[ComingPrice]:
    """What it will pay, whether it uses it or not."""
    seller = seller_for(organisation.country)
    return coming_prices(organisation.currency, after=local_day(at, seller.zone))


def _first_month(valid_from: dt.date) -> dt.date:
    month = Month.of(valid_from)
    return month.first_day if month.first_day == valid_from else month.next.first_day


def _other_rates(now: PriceVersion, then: PriceVersion) -> Iterator[OtherRate]:
    before: dict[str, PriceComponent] = {each.code: each for each in now.components.all()}
    after: dict[str, PriceComponent] = {each.code: each for each in then.components.all()}
    for code, component in (before | after).items():
        old, new = (found[code].rate if code in found else None for found in (before, after))
        if old != new:
            yield OtherRate(
                names=component.names, meter=component.meter_id or "", now=old, then=new
            )
