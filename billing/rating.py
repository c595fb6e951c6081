"""How many of what a subscription is charged for, day by day. Pure: no database, no clock.

A day is charged at the highest quantity that was in force at any moment of it: one rule for
starts, ends, increases and decreases (docs/decisions/0001). Days are the seller's local days.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from subscriptions.periods import first_day_free, local_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from zoneinfo import ZoneInfo

    from catalog.money import Currency
    from catalog.pricing import Rate
    from subscriptions.periods import Month

type Pause = tuple[dt.datetime, dt.datetime | None]


class LaterRate(Struct, frozen=True, kw_only=True):
    """A price that was announced for an existing subscription."""

    effective_at: dt.datetime  # a local midnight
    announced_at: dt.datetime
    rate: Rate


class ChargedComponent(Struct, frozen=True, kw_only=True):
    """One line of the price held. `quantities`: from each instant on so many, oldest first.

    `later` holds the rates that replace `rate` one after the other, the earliest first.
    """

    code: str
    names: Mapping[str, str]  # per language
    rate: Rate
    position: int
    quantities: tuple[tuple[dt.datetime, int], ...]
    later: tuple[LaterRate, ...] = ()

    def rate_throughout(self, month: Month, zone: ZoneInfo) -> Rate | None:
        """What a unit costs on all days of `month`; None when that changes on one of them."""
        if not self.later:
            return self.rate
        rates = self.rates_by_day(month, zone)
        # It may come back to what it was within the month.
        return rates[0] if rates.count(rates[0]) == len(rates) else None

    def rates_by_day(self, month: Month, zone: ZoneInfo) -> list[Rate]:
        """What a unit costs on each day of `month`, the first of it first."""
        days = [self.rate] * month.days
        for later in self.later:
            for offset in _offsets(local_day(later.effective_at, zone), None, month):
                days[offset] = later.rate
        return days


class Charged(Struct, frozen=True, kw_only=True):
    """What a line is for: a subscription, or a metered service (which has no `id`) at a tenant.

    `is_example` marks a metered service with an invented price.
    """

    id: int | None
    product_code: str
    product_names: Mapping[str, str]  # per language
    product_position: int
    tenant_id: int | None
    tenant_label: str
    currency: Currency
    is_example: bool = False


class ChargedSubscription(Charged, frozen=True, kw_only=True):
    """What of a subscription decides its charges. `charged_from` is never before its start."""

    id: int
    starts_at: dt.datetime
    charged_from: dt.date
    cancelled_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    charged_while_suspended: bool = True
    suspensions: tuple[Pause, ...] = ()
    components: tuple[ChargedComponent, ...] = ()

    def as_known_before(self, instant: dt.datetime) -> ChargedSubscription:
        """The same as somebody knew it just before `instant`.

        A run of December that is a week late must not know what happened on the 3rd: it makes
        the invoices of the timely run, and January corrects.
        """
        if self._nothing_known_since(instant):
            return self
        decided = self.cancelled_at is not None and self.cancelled_at < instant
        return replace(
            self,
            cancelled_at=self.cancelled_at if decided else None,
            ends_at=self.ends_at if decided else None,
            suspensions=tuple(
                (start, end if end is not None and end < instant else None)
                for start, end in self.suspensions
                if start < instant
            ),
            components=tuple(
                replace(
                    component,
                    quantities=tuple(row for row in component.quantities if row[0] < instant),
                    later=tuple(each for each in component.later if each.announced_at < instant),
                )
                for component in self.components
            ),
        )

    def _nothing_known_since(self, instant: dt.datetime) -> bool:
        """Nearly always so: then there is nothing to leave out."""
        for start, end in self.suspensions:
            if start >= instant or (end is not None and end >= instant):
                return False
        for component in self.components:
            if component.quantities and component.quantities[-1][0] >= instant:
                return False
            for later in component.later:
                if later.announced_at >= instant:
                    return False
        return self.ends_at is None or (
            self.cancelled_at is not None and self.cancelled_at < instant
        )


def one_quantity(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    month: Month,
    zone: ZoneInfo,
) -> tuple[range, int] | None:
    """The days of a plain month, as offsets from 0, and the one quantity they are charged for.

    None when more than one quantity or a suspension may play a part: `quantities_by_day` tells
    then. Where both answer they say the same.
    """
    if subscription.suspensions and not subscription.charged_while_suspended:
        return None
    quantities = component.quantities
    if len(quantities) > 1:
        quantities = _not_replaced_before(month.starts_at(zone), quantities)
    if len(quantities) != 1:
        return None
    ((effective_at, quantity),) = quantities
    begins_at, ends_at = max(effective_at, subscription.starts_at), subscription.ends_at
    if ends_at is not None and begins_at >= ends_at:
        return None
    first = subscription.charged_from
    if begins_at > subscription.starts_at:  # nothing is charged before its start
        first = max(local_day(begins_at, zone), first)
    until = first_day_free(ends_at, zone) if ends_at is not None else None
    return _offsets(first, until, month), quantity


def _not_replaced_before(
    instant: dt.datetime, quantities: tuple[tuple[dt.datetime, int], ...]
) -> tuple[tuple[dt.datetime, int], ...]:
    """Those that were in force at some moment since."""
    newer = [number for number, (at, _quantity) in enumerate(quantities) if at < instant]
    return quantities[newer[-1] :] if newer else quantities


def quantities_by_day(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    month: Month,
    zone: ZoneInfo,
) -> list[int]:
    """How many of `component` each day of `month` is charged for, the first of it first."""
    days = [0] * month.days
    for starts_on, free_from, quantity in _in_force(subscription, component, zone):
        first = max(starts_on, subscription.charged_from)
        for offset in _offsets(first, free_from, month):
            days[offset] = max(days[offset], quantity)
    if not subscription.charged_while_suspended:
        for first, until in _suspended_all_day(subscription, zone):
            for offset in _offsets(first, until, month):
                days[offset] = 0
    return days


def _in_force(
    subscription: ChargedSubscription, component: ChargedComponent, zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.date | None, int]]:
    """Each quantity with the days that see it: the first, and the first that does not."""
    starts_at, ends_at = subscription.starts_at, subscription.ends_at
    before = [quantity for at, quantity in component.quantities if at < starts_at]
    since = [(at, quantity) for at, quantity in component.quantities if at >= starts_at]
    # What was ordered before the start counts from the start.
    steps = [(starts_at, quantity) for quantity in before[-1:]] + since
    for (begins_at, quantity), following in zip(steps, [*steps[1:], None], strict=True):
        if ends_at is not None and begins_at >= ends_at:
            return
        over_at = min((at for at in (following and following[0], ends_at) if at), default=None)
        # Replaced at the very instant it was set, it still counts for its day.
        free_from = first_day_free(over_at, zone) if over_at is not None else None
        yield local_day(begins_at, zone), free_from, quantity


def _suspended_all_day(
    subscription: ChargedSubscription, zone: ZoneInfo
) -> Iterator[tuple[dt.date, dt.date | None]]:
    """Days suspended from beginning to end: the first, and the first that is not."""
    for start, end in _joined(subscription.suspensions):
        yield first_day_free(start, zone), local_day(end, zone) if end is not None else None


def _joined(pauses: tuple[Pause, ...]) -> list[Pause]:
    """Suspensions that follow each other without a moment between are one."""
    joined: list[Pause] = []
    for start, end in sorted(pauses, key=lambda pause: pause[0]):
        if joined and joined[-1][1] is not None and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _offsets(first: dt.date, until: dt.date | None, month: Month) -> range:
    """The days of `month` from `first` on and before `until`, as offsets from 0."""
    begin = max(0, (first - month.first_day).days)
    end = month.days if until is None else min(month.days, (until - month.first_day).days)
    return range(begin, end)
