"""When a document is so unusual that a person must look before it is issued. Pure.

The bounds are there against a wrong price, a wrong quantity or a fault of ours, not against
customers: whoever is held is not refused, only looked at (docs/decisions/0020).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from billing.drafts import HoldCause
from catalog.money import Currency

if TYPE_CHECKING:
    from collections.abc import Collection

    from billing.drafts import Draft

TIMES_LAST_MONTH = 5
MOST_LINES = 500
# Under so much, in the seller's currency, no comparison with last month is made.
FLOORS = {Currency.EUR: Decimal(1000), Currency.NOK: Decimal(10000)}
# Above so much a document is held where nothing was issued last month to compare it with.
MOST_AT_FIRST = {Currency.EUR: Decimal(25_000), Currency.NOK: Decimal(250_000)}
# What may be given back without a look: a total below zero is held.
MOST_GIVEN_BACK = Decimal(0)


class Bounds(Struct, frozen=True, kw_only=True):
    """Amounts are in one currency, that of the documents; `most_lines` is a number of lines.

    They are without VAT, except `most_given_back`: with VAT, or without it where that is more.
    """

    times_last_month: int = TIMES_LAST_MONTH
    floor: Decimal
    most_at_first: Decimal
    most_given_back: Decimal = MOST_GIVEN_BACK
    most_lines: int = MOST_LINES


def bounds_in(currency: Currency, bounds: Bounds, *, of: Currency) -> Bounds:
    """A seller's bounds for documents in `currency`: what staff set is in the seller's own, `of`.

    In another one the amounts are those that count until somebody sets them.
    """
    if currency == of:
        return bounds
    return replace(
        bounds,
        floor=FLOORS[currency],
        most_at_first=MOST_AT_FIRST[currency],
        most_given_back=MOST_GIVEN_BACK,
    )


class Seen(Struct, frozen=True):
    """A month's documents in one currency, as a bound looks at them.

    `net` and `gross` are those of all, signed like a draft's; `lines` are those of the longest.
    """

    net: Decimal
    gross: Decimal
    lines: int

    @property
    def given_back(self) -> Decimal:
        """How much more goes back than is charged: with VAT, as money goes out, or without it.

        One may be below zero and the other not, where credits have another VAT than charges.
        """
        return -min(self.net, self.gross)

    def covers(self, now: Seen, cause: HoldCause) -> bool:
        """Whether who saw this has seen enough to let `now` go: it is no further over the bound."""
        match cause:
            case HoldCause.TOO_MANY_LINES:
                return now.lines <= self.lines
            case HoldCause.GIVES_BACK_TOO_MUCH:
                return now.given_back <= self.given_back
            case _:
                return now.net <= self.net


def seen(drafts: Collection[Draft]) -> Seen:
    """What there is to look at."""
    net = sum([draft.net for draft in drafts], Decimal(0))
    gross = sum([draft.gross for draft in drafts], Decimal(0))
    return Seen(net, gross, max([len(draft.lines) for draft in drafts]))


def broken_bounds(now: Seen, last_net: Decimal | None, bounds: Bounds) -> tuple[HoldCause, ...]:
    """What is unusual about a month's documents in one currency, compared with last month's.

    `last_net` is signed like a draft's net; None when there was no document last month: then
    there is an amount of its own to stay under. Amounts at the bound itself are not over it.
    """
    found: list[HoldCause] = []
    if now.lines > bounds.most_lines:
        found.append(HoldCause.TOO_MANY_LINES)
    if last_net is None and now.net > bounds.most_at_first:
        found.append(HoldCause.LARGE_FIRST_DOCUMENT)
    if last_net is not None and _is_far_more(now.net, last_net, bounds):
        found.append(HoldCause.FAR_MORE_THAN_LAST_MONTH)
    if now.given_back > bounds.most_given_back:
        found.append(HoldCause.GIVES_BACK_TOO_MUCH)
    return tuple(found)


def _is_far_more(net: Decimal, last_net: Decimal, bounds: Bounds) -> bool:
    return net > bounds.floor and net > bounds.times_last_month * last_net
