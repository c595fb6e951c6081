"""Why a month's document differs from last month's. Pure.

The amounts of the reasons sum to the difference of the two nets, to the cent, whatever the lines.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from catalog.money import Currency, Money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from billing.drafts import DraftLine


class Reason(StrEnum):
    NEW = "new"  # a subscription that last month's document did not have
    ENDED = "ended"  # one that this month's document has no more
    QUANTITY = "quantity"
    PRICE = "price"
    PRORATED = "prorated"  # parts of a month, now or last month
    EARLIER_MONTH = "earlier_month"  # a whole month that is charged late
    ADJUSTMENT = "adjustment"  # more of a month that was charged already
    CREDIT = "credit"  # less of it
    USAGE = "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLine:
    """A line of either document, signed: what is given back is negative."""

    subscription_id: int | None
    product_names: Mapping[str, str]  # per language
    component: str
    kind: str
    period_from: dt.date
    period_until: dt.date
    month_days: int
    quantity: Decimal
    net: Decimal

    @property
    def is_part(self) -> bool:
        return (self.period_until - self.period_from).days < self.month_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One reason with its part of the difference; `before` and `after` count quantities."""

    reason: Reason
    product_names: Mapping[str, str]
    amount: Decimal
    before: Decimal = Decimal(0)
    after: Decimal = Decimal(0)


type _Lines = list[ComparedLine]


def differences(
    before: Iterable[ComparedLine],
    now: Iterable[ComparedLine],
    *,
    month: dt.date,
    last_month: dt.date,
    currency: Currency,
) -> tuple[Difference, ...]:
    """Reasons that are not zero, the largest first. Months are given by their first day."""
    old, new = _by_component(before), _by_component(now)
    had, has = _subscriptions(old), _subscriptions(new)
    found: list[Difference] = []
    for key in sorted(old.keys() | new.keys(), key=str):
        subscription_id = key[0]
        kinds = _Kinds(_sorted_out(old[key], last_month), _sorted_out(new[key], month))
        if subscription_id is None or subscription_id in had & has:
            found += kinds.of_what_stays(currency)
        else:
            found += kinds.of_what_comes_or_goes(is_new=subscription_id in has)
    together = _together(found)
    return tuple(sorted(together, key=lambda one: (-abs(one.amount), one.reason)))


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The lines of one component, before and now, by what they are; None: the month itself."""

    before: Mapping[Reason | None, _Lines]
    now: Mapping[Reason | None, _Lines]

    def of_what_stays(self, currency: Currency) -> Iterator[Difference]:
        yield from self._of_the_rest()
        before, now = self.before.get(None, []), self.now.get(None, [])
        parts = self.before.get(Reason.PRORATED) or self.now.get(Reason.PRORATED)
        if parts and not (before and now):
            yield _difference(Reason.PRORATED, before, now, _net(now) - _net(before))
        else:
            yield from _full_month(before, now, currency)

    def of_what_comes_or_goes(self, *, is_new: bool) -> Iterator[Difference]:
        yield from self._of_the_rest()
        before, now = self.before.get(None, []), self.now.get(None, [])
        reason = Reason.NEW if is_new else Reason.ENDED
        yield _difference(reason, before, now, _net(now) - _net(before))

    def _of_the_rest(self) -> Iterator[Difference]:
        for reason in Reason:
            before, now = self.before.get(reason, []), self.now.get(reason, [])
            if before or now:
                yield _difference(reason, before, now, _net(now) - _net(before))


def _full_month(before: _Lines, now: _Lines, currency: Currency) -> Iterator[Difference]:
    """What the quantity makes at last month's price; the rest is the price."""
    old, new = _quantity(before), _quantity(now)
    whole = _net(now) - _net(before)
    by_quantity = whole
    if old and new:
        each = Money(_net(before) / old, currency)
        by_quantity = Money(each.amount * (new - old), currency).rounded().amount
    yield _difference(Reason.QUANTITY, before, now, by_quantity)
    yield _difference(Reason.PRICE, before, now, whole - by_quantity)


def _sorted_out(lines: _Lines, month: dt.date) -> dict[Reason | None, _Lines]:
    kinds: dict[Reason | None, _Lines] = defaultdict(list)
    for line in lines:
        kinds[_kind(line, month)].append(line)
    return kinds


def _kind(line: ComparedLine, month: dt.date) -> Reason | None:
    if line.kind == "settlement":  # of what was given back by hand: the credit is less
        return Reason.CREDIT
    if line.kind != "recurring":
        return Reason(line.kind)
    if line.is_part:
        return Reason.PRORATED
    return None if line.period_from == month else Reason.EARLIER_MONTH


def _difference(reason: Reason, before: _Lines, now: _Lines, amount: Decimal) -> Difference:
    return Difference(
        reason=reason,
        product_names=(now or before)[0].product_names if now or before else {},
        amount=amount,
        before=_quantity(before),
        after=_quantity(now),
    )


def _together(found: Iterable[Difference]) -> Iterator[Difference]:
    """Of each product each reason once, and none that makes no difference."""
    groups: dict[tuple[Reason, str], list[Difference]] = defaultdict(list)
    for each in found:
        groups[each.reason, str(sorted(each.product_names.items()))].append(each)
    for same in groups.values():
        amount = sum((each.amount for each in same), Decimal(0))
        if amount:
            yield Difference(
                reason=same[0].reason,
                product_names=same[0].product_names,
                amount=amount,
                before=sum((each.before for each in same), Decimal(0)),
                after=sum((each.after for each in same), Decimal(0)),
            )


def _by_component(
    lines: Iterable[ComparedLine],
) -> dict[tuple[int | None, str], _Lines]:
    groups: dict[tuple[int | None, str], _Lines] = defaultdict(list)
    for line in lines:
        groups[line.subscription_id, line.component].append(line)
    return groups


def _subscriptions(lines: Mapping[tuple[int | None, str], _Lines]) -> set[int | None]:
    """Those that a month was charged for: a credit alone does not make one present."""
    return {
        subscription_id
        for (subscription_id, _component), same in lines.items()
        if any(line.kind == "recurring" for line in same)
    }


def _net(lines: _Lines) -> Decimal:
    return sum((line.net for line in lines), Decimal(0))


def _quantity(lines: _Lines) -> Decimal:
    return sum((line.quantity for line in lines), Decimal(0))


def compared(line: DraftLine) -> ComparedLine:
    """A line of what would be issued, as it is compared."""
    return ComparedLine(
        subscription_id=line.subscription.id,
        product_names=line.subscription.product_names,
        component=line.component.code,
        kind=line.kind.value,
        period_from=line.period_from,
        period_until=line.period_until,
        month_days=line.month_days,
        quantity=Decimal(line.quantity),
        net=line.net,
    )
