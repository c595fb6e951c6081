"""When a document is so unusual that a person must look before it is issued. Pure.

The bounds are there against a wrong price, a wrong quantity or a fault of ours, not against
customers: whoever is held is not refused, only looked at (docs/decisions/0020).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from billing.drafts import HoldCause
from catalog.money import Currency

if TYPE_CHECKING:
    from collections.abc import Collection

    from billing.drafts import Draft

TIMES_LAST_MONTH = 5
MOST_LINES = 500
# Under so much, in the seller's currency, no comparison with last month is made.
FLOORS = {Currency.EUR: Decimal(1000), Currency.NOK: Decimal(10000)}


class Bounds(Struct, frozen=True, kw_only=True):
    """`floor` is an amount in the document's currency, `most_lines` a number of its lines."""

    times_last_month: int = TIMES_LAST_MONTH
    floor: Decimal
    most_lines: int = MOST_LINES


class Seen(Struct, frozen=True):
    """A month's documents in one currency, as a bound looks at them.

    `net` is that of all, signed like a draft's; `lines` are those of the longest.
    """

    net: Decimal
    lines: int

    def covers(self, now: Seen, cause: HoldCause) -> bool:
        """Whether who saw this has seen enough to let `now` go: it is no further over the bound."""
        match cause:
            case HoldCause.TOO_MANY_LINES:
                return now.lines <= self.lines
            case HoldCause.GIVES_BACK_TOO_MUCH:
                return now.net >= self.net
            case _:
                return now.net <= self.net


def seen(drafts: Collection[Draft]) -> Seen:
    """What there is to look at."""
    net = sum((draft.net for draft in drafts), Decimal(0))
    return Seen(net, max(len(draft.lines) for draft in drafts))


def broken_bounds(now: Seen, last_net: Decimal | None, bounds: Bounds) -> tuple[HoldCause, ...]:
    """What is unusual about a month's documents in one currency, compared with last month's.

    `last_net` is signed like a draft's net; None when there was no document last month: a
    first document is not compared. Amounts at the bound itself are not over it.
    """
    found: list[HoldCause] = []
    if now.lines > bounds.most_lines:
        found.append(HoldCause.TOO_MANY_LINES)
    if last_net is not None and _is_far_more(now.net, last_net, bounds):
        found.append(HoldCause.FAR_MORE_THAN_LAST_MONTH)
    if _gives_back_too_much(now.net, last_net or Decimal(0), bounds):
        found.append(HoldCause.GIVES_BACK_TOO_MUCH)
    return tuple(found)


def _is_far_more(net: Decimal, last_net: Decimal, bounds: Bounds) -> bool:
    return net > bounds.floor and net > bounds.times_last_month * last_net


def _gives_back_too_much(net: Decimal, last_net: Decimal, bounds: Bounds) -> bool:
    """Credits explain a negative total up to what last month's document charged."""
    return -net > bounds.floor and -net > last_net
