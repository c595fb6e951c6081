"""Whose is what is given back, by line. Pure.

A charge is of the buyer that its document names, whose number may change, or of the document
itself, whose day's exchange rate counts. What takes it back is that one's as well, whatever
document gives it (docs/decisions/0051, 0071): a credit of the run takes off the days that were
charged last, a credit by hand the line it corrects, and what takes back a credit gives it to whom
that was taken from.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from billing.drafts import LineKind, is_charge
from catalog.money import ROUNDING, rounded
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from catalog.money import Currency

ZERO = Decimal(0)


class Line(NamedTuple):
    """As far as it says what a credit gives back of. `whose` is the subscription, or product and
    tenant of what is charged by use; a tenant of None stands for all of them.

    `original` is the document it stands on; nothing of it counts for the lines of a draft.
    """

    whose: tuple[int | str | None, ...]
    component: str
    category: str
    rate: Decimal
    period_from: dt.date
    period_until: dt.date
    net: Decimal
    original: int = 0

    def is_charged_by(self, charge: Line) -> bool:
        return (
            _same(self.whose, charge.whose)
            and self[1:4] == charge[1:4]
            and self.period_from < charge.period_until
            and charge.period_from < self.period_until
        )


class Buyer(NamedTuple):
    """`vat_number` with its country's prefix."""

    country: str
    vat_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry[Whose]:
    """A line of a document, signed: what is owed is positive. `named` is the document's buyer, or
    what else is asked for.

    `takes_back` is the line that a credit note by hand gives back; `cancels` where that is done
    for a reissue, after which its days are charged no more. `repeats` is what a line of a reissue
    stands in for.
    """

    id: int
    line: Line
    kind: str
    quantity: int
    net: Decimal
    named: Whose
    takes_back: int | None = None
    cancels: bool = False
    repeats: int | None = None


class Attributed[Whose](NamedTuple):
    entry: Entry[Whose]
    whose: Whose
    net: Decimal


@dataclass(slots=True)
class _Charge[Whose]:
    """What a line charged. `units` and `left` are what is charged still, by day and in money;
    `by_hand` is what staff gave back of it and the run has not settled.
    """

    line: Line
    whose: Whose
    a_day: Decimal = ZERO  # of a unit
    units: defaultdict[dt.date, int] = field(default_factory=lambda: defaultdict(int))
    left: Decimal = ZERO
    by_hand: Decimal = ZERO


class _Change[Whose](NamedTuple):
    """Of what is charged by a line."""

    charge: _Charge[Whose]
    net: Decimal
    units: Mapping[dt.date, int]
    by_hand: Decimal


def attributed[Whose](
    entries: Iterable[Entry[Whose]], currency: Currency
) -> Iterator[Attributed[Whose]]:
    """Whose each line is: the lines of one customer in one currency, in their order.

    Of a month they have to be there from the first on; months do not know of each other.
    """
    books = _Books[Whose](currency)
    for _invoice, document in groupby(entries, key=lambda entry: entry.line.original):
        # A document gives back nothing that it charges itself.
        for entry in sorted(document, key=_turn):
            yield from books.enter(entry)


def _turn[Whose](entry: Entry[Whose]) -> int:
    if entry.kind == LineKind.SETTLEMENT:
        return 0
    return 2 if is_charge(entry.kind, entry.quantity, entry.net) else 1


class _Books[Whose]:
    """What one customer is charged for, and who it was by then."""

    def __init__(self, currency: Currency) -> None:
        self._currency = currency
        self._by_month: dict[Month, list[_Charge[Whose]]] = defaultdict(list)
        self._by_line: dict[int, _Charge[Whose]] = {}
        self._changes: dict[int, list[_Change[Whose]]] = {}
        self._now: list[_Change[Whose]] = []

    def enter(self, entry: Entry[Whose]) -> Iterator[Attributed[Whose]]:
        self._now = self._changes[entry.id] = []
        if entry.takes_back is not None:
            self._take_back(entry, entry.takes_back)
        elif is_charge(entry.kind, entry.quantity, entry.net):
            self._charge(entry, entry.named, entry.net)
        elif entry.repeats in self._changes:
            self._repeat(entry, entry.repeats)
        elif entry.kind == LineKind.SETTLEMENT:
            self._settle(entry)
        else:
            self._credit(entry)
        nets: dict[Whose, Decimal] = defaultdict(Decimal)
        for change in self._now:
            nets[change.charge.whose] += change.net
        for whose, net in nets.items():
            if net:
                yield Attributed(entry, whose, net)

    def _charge(self, entry: Entry[Whose], whose: Whose, net: Decimal) -> None:
        line, units = entry.line, max(entry.quantity, 0)
        days, charge = list(_days(line)), _Charge(line, whose)
        if units and net:
            charge.a_day = ROUNDING.divide(net, Decimal(units * len(days)))
        self._by_month[Month.of(line.period_from)].append(charge)
        self._by_line[entry.id] = charge
        self._change(charge, net, dict.fromkeys(days, units) if units else {})

    def _take_back(self, entry: Entry[Whose], line_id: int) -> None:
        """Of a charge staff may give back a part, and its days are charged still. All else, and
        what is issued anew, goes as a whole.
        """
        if line_id in self._by_line and not entry.cancels:
            self._change(self._by_line[line_id], entry.net, by_hand=-entry.net)
            return
        for charge, net, units, by_hand in reversed(self._changes.get(line_id, ())):
            back = {day: -number for day, number in units.items()}
            self._change(charge, -net, back, by_hand=-by_hand)

    def _repeat(self, entry: Entry[Whose], line_id: int) -> None:
        """What is given back by a reissue is of whom it was: its original was just taken back."""
        for change in self._changes[line_id]:
            self._change(*change)
        if line_id in self._by_line:
            self._by_line[entry.id] = self._by_line[line_id]

    def _settle(self, entry: Entry[Whose]) -> None:
        """It is owed again by whom staff gave it back to."""
        due, same = entry.net, self._charging(_whole_month(entry.line))
        for charge in same:
            if net := min(charge.by_hand, due):
                self._change(charge, net, by_hand=-net)
                due -= net
        if due:
            self._change(self._newest(same, entry), due)

    def _credit(self, entry: Entry[Whose]) -> None:
        """Never more than is left of a charge, while another of the month has something left."""
        same = self._charging(entry.line)
        days_off = list(self._take_days_off(entry, same))
        newest = self._newest([charge for charge, _days in days_off] or same, entry)
        due = -entry.net
        for charge, days in days_off:
            worth = rounded(charge.a_day * days, self._currency)
            due -= self._take_off(charge, min(worth, due))
        # Cents, units that cost more than others, and what staff gave back before.
        oldest_first = [charge for charge, _days in reversed(days_off)]
        for charge in [*oldest_first, *same, *self._charging(_whole_month(entry.line))]:
            due -= self._take_off(charge, due)
        if due > 0:
            self._change(newest, -due)
        if entry.quantity > 0 or entry.net > 0:  # a volume price: more cost less, or fewer more
            self._charge(entry, newest.whose, max(entry.net, ZERO))

    def _take_days_off(
        self, entry: Entry[Whose], same: Iterable[_Charge[Whose]]
    ) -> Iterator[tuple[_Charge[Whose], int]]:
        """The newest first; how many there were, each unit's by itself."""
        wanted = {day: max(-entry.quantity, 0) for day in _days(entry.line)}
        for charge in same:
            off = {day: min(units, charge.units[day]) for day, units in wanted.items()}
            if number := sum(off.values()):
                self._change(charge, units={day: -units for day, units in off.items()})
                wanted = {day: units - off[day] for day, units in wanted.items()}
                yield charge, number

    def _take_off(self, charge: _Charge[Whose], net: Decimal) -> Decimal:
        net = max(min(charge.left, net), ZERO)
        if net:
            self._change(charge, -net)
        return net

    def _charging(self, line: Line) -> list[_Charge[Whose]]:
        """The newest first."""
        charges = self._by_month[Month.of(line.period_from)]
        return [charge for charge in reversed(charges) if line.is_charged_by(charge.line)]

    def _newest(self, charges: Sequence[_Charge[Whose]], entry: Entry[Whose]) -> _Charge[Whose]:
        """What nobody charged is of whom the document names."""
        return charges[0] if charges else _Charge(entry.line, entry.named)

    def _change(
        self,
        charge: _Charge[Whose],
        net: Decimal = ZERO,
        units: Mapping[dt.date, int] | None = None,
        by_hand: Decimal = ZERO,
    ) -> None:
        change = _Change(charge, net, units or {}, by_hand)
        charge.left += net
        charge.by_hand += by_hand
        for day, number in change.units.items():
            charge.units[day] += number
        self._now.append(change)


def _days(line: Line) -> Iterator[dt.date]:
    for number in range((line.period_until - line.period_from).days):
        yield line.period_from + dt.timedelta(days=number)


def _whole_month(line: Line) -> Line:
    month = Month.of(line.period_from)
    return line._replace(period_from=month.first_day, period_until=month.next.first_day)


def _same(whose: tuple[int | str | None, ...], charged: tuple[int | str | None, ...]) -> bool:
    """A charge for all tenants is one of each of them."""
    return whose == charged or (charged[0] is None and charged == (*whose[:-1], None))
