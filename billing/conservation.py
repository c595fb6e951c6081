"""Received = billed + free + rejected: what of it does not hold, to the event. Pure.

What is rejected was never accepted, so nothing is rated of it: it is counted where it was rejected.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from billing import usage
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from billing.metering.queries import MonthUsage
    from billing.usage import BilledUses, MonthlyUse

WORD = 2**64

# A batch that was received so long before a run looked may have been committed after it.
BEHIND = dt.timedelta(minutes=1)


class Amount(NamedTuple):
    """So much in so many events, and which: the sum of their fingerprints."""

    quantity: int = 0
    events: int = 0
    fingerprint: int = 0

    def more(self, quantity: int, events: int, fingerprint: str) -> Amount:
        return Amount(
            self.quantity + quantity,
            self.events + events,
            (self.fingerprint + int(fingerprint, 16)) % WORD,
        )


@dataclass(frozen=True, slots=True)
class Received:
    """The events of a customer's month, each of them one of the three.

    What was voided is no event any more, and neither is its correction. A duplicate was received
    before; what was refused and is sent again was received twice.
    """

    charged: int  # billed, or within what is included
    free: int
    refused: Mapping[str, int]  # by the code that says why

    @property
    def rejected(self) -> int:
        return sum(self.refused.values())

    @property
    def events(self) -> int:
        return self.charged + self.free + self.rejected


@dataclass(frozen=True, slots=True)
class Fault:
    """`tenant_id` is None for what all tenants of the organisation share."""

    month: Month
    meter: str
    tenant_id: int | None
    what: str


def faults(
    rows: Iterable[MonthUsage],
    uses: Iterable[MonthlyUse],
    billed: BilledUses,
    *,
    without_price: Collection[tuple[Month, str]] = (),
) -> Iterator[Fault]:
    """`rows` is all that was accepted, `uses` how it is rated, `billed` what the lines say;
    `without_price` are the months of meters, by their codes, that are free for having none.

    Each other row is rated once, as charged or as free for a reason; and what is charged is billed
    to the cent, or lies within the allowance.
    """
    uses = list(uses)
    yield from _not_rated_once(rows, uses, without_price)
    for use in uses:
        for due in usage.charges(use, billed):
            yield Fault(
                use.month,
                use.meter,
                use.service.tenant_id,
                f"{use.service.product_code} {due.code}, {due.quantity} for {due.net} "
                f"{use.service.currency} not billed",
            )


def _not_rated_once(
    rows: Iterable[MonthUsage],
    uses: list[MonthlyUse],
    without_price: Collection[tuple[Month, str]],
) -> Iterator[Fault]:
    accepted: dict[tuple[Month, str], Amount] = defaultdict(Amount)
    for row in rows:
        key = (Month.of(row.month), row.meter)
        accepted[key] = accepted[key].more(row.quantity, row.events, row.fingerprint)
    rated: dict[tuple[Month, str], Amount] = defaultdict(Amount)
    for use in uses:
        key = (use.month, use.meter)
        for each in use.used:
            rated[key] = rated[key].more(each.quantity, each.events, each.fingerprint)
    for key, found in accepted.items():
        if key not in without_price and rated[key] != found:
            yield Fault(
                *key,
                None,
                f"{found.quantity} in {found.events} events accepted, "
                f"{rated[key].quantity} in {rated[key].events} rated",
            )


def changed_since(
    looked_at: dt.datetime,
    changes: Mapping[tuple[int, str, Month], dt.datetime],
    *,
    tenant_ids: Iterable[int],
    meter: str,
    month: Month,
) -> bool:
    """Whether anything was counted or voided there that a look at that instant may have missed."""
    return any(
        changed_at >= looked_at - BEHIND
        for tenant_id in tenant_ids
        if (changed_at := changes.get((tenant_id, meter, month)))
    )
