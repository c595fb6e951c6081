"""What was charged for a day, and how it gets to what should be. Pure.

Each charge of a day lies on the one before; a credit takes off the newest first, with the VAT that
it was charged with. Whether something is a charge or a credit is said by its amount: at a volume
price more units may cost less. What fewer units cost more has the VAT of those that go: it takes
back what they had saved.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from catalog.pricing import charge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from billing.drafts import BilledLine
    from catalog.pricing import Rate
    from subscriptions.periods import Month


class Step(Struct, frozen=True):
    """From one quantity to another, at a rate; the VAT of the line that a credit corrects."""

    before: int
    after: int
    rate: Rate
    vat_category: str = ""
    vat_rate: Decimal = Decimal(0)


# What was charged for one day: quantities that were added, with their VAT, the newest last.
type Layers = list[tuple[int, str, Decimal]]


def layers_by_day(billed: Iterable[BilledLine], month: Month) -> list[Layers]:
    days: list[Layers] = [[] for _day in range(month.days)]
    for line in billed:
        first = (line.period_from - month.first_day).days
        for layers in days[first : (line.period_until - month.first_day).days]:
            if line.quantity > 0:
                layers.append((line.quantity, line.vat_category, line.vat_rate))
            else:
                list(_taken_off(layers, -line.quantity))
    return days


def _taken_off(layers: Layers, quantity: int) -> Iterator[tuple[int, str, Decimal]]:
    """Take `quantity` off the newest layers, and tell what was taken off which."""
    while quantity > 0 and layers:
        there, category, rate = layers.pop()
        taken = min(there, quantity)
        if there > taken:
            layers.append((there - taken, category, rate))
        quantity -= taken
        yield taken, category, rate


def steps_to(wanted: int, layers: Layers, rate: Rate) -> Iterator[Step]:
    """How a day gets from what was charged to what should be; nothing when that costs the same."""
    charged = sum(quantity for quantity, _category, _rate in layers)
    if charged == wanted or charge(rate, charged) == charge(rate, wanted):
        return
    if wanted > charged:
        # At a volume price more units may cost less: that gives back of what was charged.
        back = charge(rate, charged) - charge(rate, wanted)
        yield Step(charged, wanted, rate, *(_charged_with(layers, back, rate) if back > 0 else ()))
        return
    for taken, category, vat_rate in _taken_off(layers, charged - wanted):
        yield Step(charged, charged - taken, rate, category, vat_rate)
        charged -= taken


def _charged_with(layers: Layers, back: Decimal, rate: Rate) -> tuple[str, Decimal]:
    """The newest VAT with which so much was charged; where none is enough, that of the most."""
    reached = sum(quantity for quantity, _category, _rate in layers)
    there: dict[tuple[str, Decimal], Decimal] = {}
    for quantity, category, vat_rate in reversed(layers):
        key = (category, vat_rate)
        amount = charge(rate, reached) - charge(rate, reached - quantity)
        there[key] = there.get(key, Decimal(0)) + amount
        reached -= quantity
    enough = (key for key, amount in there.items() if amount >= back)
    return next(enough, None) or max(there, key=there.__getitem__)
