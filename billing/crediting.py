"""What of an invoice can still be given back by hand, and how an amount is spread. Pure.

Nets are in whole units of the invoice's currency and count in the invoice's direction: a charge
is positive, a credit that stands on the invoice negative.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, NamedTuple

from billing.drafts import is_charge
from billing.vat import Summed, vat_of
from catalog.money import EXACT, ROUNDING, Currency, rounded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

CENT = Decimal("0.01")
ZERO = Decimal(0)

type VatKey = tuple[str, Decimal]  # category and rate in per cent


class Pool(NamedTuple):
    """The days of one month of one component: what is charged and given back meets here.

    `month` is its first day. A credit repeats the VAT of its charge, so VAT is part of the key.
    What is charged by use has no subscription, but a product and a tenant.
    """

    subscription_id: int | None
    product_code: str
    tenant_id: int | None
    component: str
    month: dt.date
    vat_category: str
    vat_rate: Decimal


@dataclass(frozen=True, slots=True)
class ByHand:
    """Of a pool: what its charges less the run's credits come to, and what staff gave back of it.

    `given_back` is what the run has not settled yet.
    """

    charged: Decimal = ZERO
    given_back: Decimal = ZERO

    @property
    def paid(self) -> Decimal:
        """What the customer has really been charged for it."""
        return self.charged - self.given_back


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLeft:
    """A line of an invoice. `left` lies between nothing and its net.

    `quantity_given` is how many of it credit notes by hand gave back, not counting mere amounts.
    A charge can be given back in parts; all else (a credit of the run, a settlement) only goes
    with the whole invoice.
    """

    id: int
    kind: str
    quantity: int
    net: Decimal
    left: Decimal
    vat: VatKey
    quantity_given: int = 0

    @property
    def is_charge(self) -> bool:
        return self.net > 0 and is_charge(self.kind, self.quantity, self.net)


@dataclass(frozen=True, slots=True)
class VatLeft:
    """A VAT row of an invoice, and what credit notes by hand have taken off it."""

    net: Decimal
    vat: Decimal
    credited_net: Decimal = ZERO
    credited_vat: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.net - self.credited_net


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditable:
    """An invoice as credit notes by hand are made from it."""

    currency: Currency
    lines: tuple[LineLeft, ...]
    vat: Mapping[VatKey, VatLeft]

    @property
    def left(self) -> Decimal:
        """The highest net that can be given back."""
        return sum((line.net for line in whole(self)), ZERO)

    @property
    def gross_left(self) -> Decimal:
        """All that is left, with VAT."""
        return sum((row.net + row.vat for row in vat_rows(self, whole(self))), ZERO)

    @property
    def has_left(self) -> bool:
        """Where credits have less VAT than charges, a total may be owed of no net at all."""
        return self.left > 0 or self.gross_left > 0

    @property
    def is_untouched(self) -> bool:
        """Whether nothing of it was given back, neither by hand nor by a later run."""
        return all(line.left == line.net for line in self.lines)


@dataclass(frozen=True, slots=True)
class CreditLine:
    """So much of a line goes back. `quantity` is None when it is only an amount."""

    line_id: int
    net: Decimal
    quantity: int | None


class MoreThanIsLeft(ValueError):
    """More was asked for than the invoice, one of its lines or one of its VAT rows has left."""


class RoundsToNothing(ValueError):
    """So few of a line were asked for that their price rounds to nothing."""


def settled(by_hand: ByHand, credited: Decimal, currency: Currency) -> Decimal:
    """How much of a credit of the run staff gave back before, so that it is not given twice.

    What was given back by hand counts evenly for all that is still charged: the share of the
    pool that is credited now settles the same share of it; the last credit settles the rest.
    """
    if by_hand.given_back <= 0 or credited <= 0:
        return ZERO
    if credited >= by_hand.charged:
        return min(by_hand.given_back, credited)
    exact = ROUNDING.divide(EXACT.multiply(by_hand.given_back, credited), by_hand.charged)
    return min(rounded(exact, currency), by_hand.given_back, credited)


def whole(of: Creditable) -> tuple[CreditLine, ...]:
    """Everything that is left. A credit that stands on the invoice is taken back with it."""
    found: list[CreditLine] = []
    for key, row in of.vat.items():
        lines = [line for line in of.lines if line.vat == key and line.left]
        left = sum((line.left for line in lines), ZERO)
        if row.net >= 0 > left or (left > 0 and row.left <= 0):
            continue
        if row.net >= 0 and left > row.left:  # part of the charges was paid by the credits
            charges = [line for line in lines if line.is_charge]
            found += _spread_over(charges, row.left)
        else:
            found += [_credit(line, line.left) for line in lines]
    return _in_order(of, found)


def part(of: Creditable, net: Decimal) -> tuple[CreditLine, ...]:
    """So much, spread over the charges by what is left of them. Raises MoreThanIsLeft."""
    _check_amount(net)
    by_vat: dict[VatKey, Decimal] = {
        key: min(row.left, sum((line.left for line in _charges(of, key)), ZERO))
        for key, row in of.vat.items()
    }
    open_rows = {key: left for key, left in by_vat.items() if left > 0}
    if net > min(sum(open_rows.values()), _document_left(of)):
        raise MoreThanIsLeft
    found: list[CreditLine] = []
    for key, share in zip(open_rows, spread(net, list(open_rows.values())), strict=True):
        found += _spread_over(_charges(of, key), share)
    return _in_order(of, found)


def of_lines(
    of: Creditable, *, quantities: Mapping[int, int], nets: Mapping[int, Decimal]
) -> tuple[CreditLine, ...]:
    """Lines by id: so many of a quantity, or so much. Raises MoreThanIsLeft, RoundsToNothing.

    A quantity goes back at the line's own price; one after the other they are the whole line.
    """
    charges = {line.id: line for line in of.lines if line.is_charge}
    if not charges.keys() >= quantities.keys() | nets.keys() or quantities.keys() & nets.keys():
        raise MoreThanIsLeft
    found = [_quantity_of(charges[pk], number, of.currency) for pk, number in quantities.items()]
    for pk, net in nets.items():
        _check_amount(net)
        found.append(_credit(charges[pk], net))
    if found and not any(each.net for each in found):
        raise RoundsToNothing
    check(of, found)
    return _in_order(of, found)


def check(of: Creditable, credit: Sequence[CreditLine]) -> None:
    """Raises MoreThanIsLeft when a line, a VAT row or the document would go below nothing.

    All that is left may go whatever its net: it never is below nothing.
    """
    lines = {line.id: line for line in of.lines}
    by_vat: dict[VatKey, Decimal] = defaultdict(Decimal)
    for each in credit:
        line = lines.get(each.line_id)
        if line is None or not _is_within(each.net, line.left):
            raise MoreThanIsLeft
        by_vat[line.vat] += each.net
    if any(not _is_within(net, of.vat[key].left) for key, net in by_vat.items()):
        raise MoreThanIsLeft
    is_within = 0 < sum(by_vat.values()) <= _document_left(of)
    if not is_within and not (credit and _in_order(of, credit) == whole(of)):
        raise MoreThanIsLeft


def vat_rows(of: Creditable, credit: Iterable[CreditLine]) -> tuple[Summed, ...]:
    """VAT of the original's category and rate.

    It is rounded on all that was credited of the row so far, less what was given back of its VAT
    already: however many credit notes there are, together they give back the original's VAT.
    """
    keys = {line.id: line.vat for line in of.lines}
    nets: dict[VatKey, Decimal] = defaultdict(Decimal)
    for each in credit:
        nets[keys[each.line_id]] += each.net
    rows = []
    for key, net in sorted(nets.items()):
        row = of.vat[key]
        total = row.credited_net + net
        due = row.vat if total == row.net else vat_of(total, key[1], of.currency)
        rows.append(Summed(*key, net=net, vat=due - row.credited_vat))
    return tuple(rows)


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """`amount` by weight, in whole cents that add up: the largest remainders get the odd ones.

    No share exceeds its weight as long as the amount does not exceed their sum.
    """
    total = sum(weights, ZERO)
    exact = [ROUNDING.divide(EXACT.multiply(amount, weight), total) for weight in weights]
    shares = [share.quantize(CENT, ROUND_FLOOR) for share in exact]
    odd = int((amount - sum(shares, ZERO)) / CENT)
    by_remainder = sorted(range(len(shares)), key=lambda i: (shares[i] - exact[i], i))
    for index in by_remainder[:odd]:
        shares[index] += CENT
    return shares


def _spread_over(lines: Sequence[LineLeft], net: Decimal) -> list[CreditLine]:
    shares = spread(net, [line.left for line in lines])
    return [_credit(line, share) for line, share in zip(lines, shares, strict=True) if share]


def _credit(line: LineLeft, net: Decimal) -> CreditLine:
    return CreditLine(line.id, net, line.quantity if net == line.net else None)


def _quantity_of(line: LineLeft, quantity: int, currency: Currency) -> CreditLine:
    """Amounts telescope over those given back before, so that each is rounded on all so far."""
    given = line.quantity_given
    if not 0 < quantity <= line.quantity - given:
        raise MoreThanIsLeft
    net = _net_of(line, given + quantity, currency) - _net_of(line, given, currency)
    return CreditLine(line.id, net, quantity)


def _net_of(line: LineLeft, quantity: int, currency: Currency) -> Decimal:
    exact = ROUNDING.divide(EXACT.multiply(line.net, Decimal(quantity)), Decimal(line.quantity))
    return rounded(exact, currency)


def _check_amount(net: Decimal) -> None:
    if net <= 0 or net != net.quantize(CENT):
        raise MoreThanIsLeft


def _charges(of: Creditable, key: VatKey) -> list[LineLeft]:
    return [line for line in of.lines if line.vat == key and line.is_charge and line.left > 0]


def _document_left(of: Creditable) -> Decimal:
    return sum((row.left for row in of.vat.values()), ZERO)


def _is_within(net: Decimal, left: Decimal) -> bool:
    return 0 <= net <= left or left <= net <= 0


def _in_order(of: Creditable, credit: Iterable[CreditLine]) -> tuple[CreditLine, ...]:
    places = {line.id: place for place, line in enumerate(of.lines)}
    return tuple(sorted(credit, key=lambda each: places[each.line_id]))
