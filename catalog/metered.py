"""What a catalogue may not do to those who use a metered service."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from catalog.money import Currency
from catalog.reading import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from catalog.models import PriceVersion, ProductVersion
    from catalog.price_content import PriceContent
    from catalog.validating import ProductContent

    # When a price begins: product, currency, first day.
    type Begins = tuple[str, str, dt.date]
    type Meters = frozenset[str | None]

# What is used is not ordered: who goes on using it is told of another price in time.
NOTICE = dt.timedelta(days=30)

# By these the use of a month is rated, whenever that is.
STAYS = ("kind", "scope", "prerequisites")


def meters_of(price: PriceVersion) -> Meters:
    """Codes; None for a component that is not charged by use."""
    return frozenset(component.meter_id for component in price.components.all())


def not_as_it_was(content: ProductContent, current: ProductVersion) -> Iterator[Problem]:
    """What would charge the use of settled months in another way. Reads the version's product."""
    was = {
        "kind": current.product.kind,
        "scope": current.scope,
        "prerequisites": sorted(current.prerequisites),
    }
    wanted = {
        "kind": content.row["kind"],
        "scope": content.version["scope"],
        "prerequisites": sorted(content.version["prerequisites"]),
    }
    for key in STAYS:
        if wanted[key] != was[key]:
            stays = ", ".join(was[key]) or "nothing" if key == "prerequisites" else was[key]
            yield Problem(
                f"{content.code}.yaml",
                content.line_of[key],
                f"{key} stays {stays}: {content.code} was used, and months that are settled are "
                "rated again",
            )


def not_in_time(
    new: Iterable[PriceContent],
    known: Collection[Begins],
    on: dt.date,
    used: Collection[str],
) -> Iterator[Problem]:
    """Prices for which it is too late on the day `on`, or too much in between."""
    for price in new:
        if earliest := too_soon(price, known, on, used):
            yield Problem(
                price.file,
                price.line,
                f"{price.product} in {price.currency} is charged by use, for whole months and at "
                "a price that is known 30 days before: a new one begins on the first of a "
                f"month, on {earliest} at the earliest",
            )


def too_soon(
    price: PriceContent, known: Collection[Begins], on: dt.date, used: Collection[str]
) -> dt.date | None:
    """The first day possible, where the price begins on a day that is not; else None.

    Use that had no price was shown as free. A first price that begins before anybody used it
    changes nothing.
    """
    was_used = any(meter in used for meter in _meters(price))
    was_priced = any(begins[:2] == price.begins[:2] for begins in known)
    if not (was_used or was_priced):
        return None
    earliest = first_day(on)
    in_time = price.valid_from >= earliest and price.valid_from.day == 1
    return None if in_time else earliest


def first_day(on: dt.date) -> dt.date:
    """The first of a month more than 30 days after `on`: a month has one price, known before."""
    day = on + NOTICE + dt.timedelta(days=1)
    return day if day.day == 1 else (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def not_in_every_currency(
    new: Collection[PriceContent], known: Mapping[Begins, Meters]
) -> Iterator[Problem]:
    """Prices of other meters than those that cost something in each currency from that day on."""
    every = {**known, **{price.begins: _meters(price) for price in new}}
    for price in new:
        for currency, there in other_meters(price, every):
            yield Problem(
                price.file,
                price.line,
                f"{price.product} in {price.currency} from {price.valid_from} is charged by "
                f"the use of {_listed(_meters(price))}, and in {currency} of "
                f"{_listed(there)}: what has no price in a customer's currency would be free",
            )


def other_meters(
    price: PriceContent, every: Mapping[Begins, Meters]
) -> Iterator[tuple[str, Meters]]:
    """Currencies in which the use of other meters is charged on the day the price begins.

    Customers use in whichever currency they have: what has no price in it would be free for them.
    """
    for currency in Currency:
        there = _charged(every, price.product, currency, price.valid_from)
        if there != _meters(price) and currency != price.currency:
            yield currency, there


def _charged(every: Mapping[Begins, Meters], product: str, currency: str, day: dt.date) -> Meters:
    """Meters of the price that holds on that day; none before the first one."""
    begun = [
        (valid_from, meters)
        for (of, in_currency, valid_from), meters in every.items()
        if (of, in_currency) == (product, currency) and valid_from <= day
    ]
    return max(begun, key=lambda each: each[0])[1] if begun else frozenset()


def _meters(price: PriceContent) -> Meters:
    return frozenset(component["meter_id"] for component in price.components)


def _listed(meters: Meters) -> str:
    return ", ".join(sorted(meter for meter in meters if meter)) or "nothing"
