"""Staff make another price of what is for sale, and withdraw one that nobody heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from catalog.decisions import ChangedSince
from catalog.loading import add_price, metered_codes, one_at_a_time
from catalog.metered import meters_of, other_meters, too_soon
from catalog.models import PriceComponent, PriceVersion
from catalog.price_content import faults_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Mapping

    from catalog.metered import Begins
    from catalog.price_content import Fault, PriceContent


class WrongPrice(ValueError):
    """What is wrong, by the code of the component."""

    def __init__(self, faults: list[tuple[str, Fault]]) -> None:
        super().__init__(faults)
        self.faults = faults


class BeginsTooSoon(ValueError):
    """`earliest` is the first day on which this price may begin."""

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class OtherMeters(ValueError):
    """From that day on other meters cost something in another currency."""


class BeginsAlready(ValueError):
    """Another price of the product in this currency begins on that day."""


class CostsTheSame(ValueError):
    """It says what the price before it says."""


def price_before(product: str, currency: str, day: dt.date) -> PriceVersion | None:
    """What a price that begins on `day` ends: the latest one that began earlier."""
    earlier = PriceVersion.objects.filter(
        product__code=product, currency=currency, valid_from__lt=day
    )
    price: PriceVersion | None = earlier.with_components().order_by("-valid_from").first()
    return price


def check_price(content: PriceContent, *, used: Collection[str], on: dt.date) -> None:
    """Whether staff may make it on the day `on`; `used` are the meters that counted anything.

    What the data files may not say is refused here too, and what staff have no use for: a day
    that is past, or the amounts that are there already.
    Raises WrongPrice, BeginsTooSoon, OtherMeters, BeginsAlready, CostsTheSame.
    """
    faults = [(each["code"], fault) for each in content.components for fault in faults_of(each)]
    if faults:
        raise WrongPrice(faults)
    others = {
        price.begins: price
        for price in PriceVersion.objects.filter(product__code=content.product).with_components()
    }
    if content.product in metered_codes():
        _check_metered(content, others, used, on)
    if content.valid_from < on:
        raise BeginsTooSoon(on)
    if content.begins in others:
        raise BeginsAlready
    before = price_before(*content.begins)
    if before and content.costs_the_same_as(before.content):
        raise CostsTheSame


@transaction.atomic
def make_price(
    content: PriceContent, *, instead_of: int | None, used: Collection[str], on: dt.date
) -> PriceVersion:
    """The price, from its day on; `instead_of` is the one before it that was looked at.

    From then on the data files add no price of this product in this currency. Raises
    ChangedSince, and as `check_price` does.
    """
    one_at_a_time()
    before = price_before(*content.begins)
    if (before.pk if before else None) != instead_of:
        raise ChangedSince
    check_price(content, used=used, on=on)
    return add_price(content, by_staff=True)


def is_charged_by_use(product_code: str) -> bool:
    return product_code in metered_codes()


def remove_price(price: PriceVersion) -> None:
    """Of a price that staff made. The database refuses one that was ordered or announced."""
    PriceComponent.objects.filter(price_version=price).delete()
    PriceVersion.objects.filter(pk=price.pk).delete()


def _check_metered(
    content: PriceContent,
    others: Mapping[Begins, PriceVersion],
    used: Collection[str],
    on: dt.date,
) -> None:
    if earliest := too_soon(content, others, on, used):
        raise BeginsTooSoon(earliest)
    meters = {begins: meters_of(price) for begins, price in others.items()}
    if any(other_meters(content, meters)):
        raise OtherMeters
