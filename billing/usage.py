"""From what was used to what it costs, and what of that is not billed yet. Pure.

A month's use of one meter at one place is priced as a whole, at the price, and with the users,
that held for that month. Each line of that charge is rounded once. What was billed for the same
line of the same month before is taken off (docs/decisions/0014), so events that come late, and
events that are voided, become lines that name their own month.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cached_property, reduce
from itertools import accumulate
from typing import TYPE_CHECKING

from msgspec import Struct

from catalog.money import EXACT, ROUNDING, rounded
from catalog.pricing import PriceModel, parts_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from billing.crediting import VatKey
    from billing.rating import Charged, ChargedComponent
    from catalog.pricing import Part, Tier
    from subscriptions.periods import Month

AS_TREATED_NOW: VatKey = ("", Decimal(0))
SIX_DECIMALS = Decimal("0.000001")
CENT = Decimal("0.01")


class Free(StrEnum):
    """Why use is shown and costs nothing."""

    INCLUDED_APPLICATION = "included_application"  # the vendor's own
    SANDBOX = "sandbox"
    DEVELOPMENT = "development"
    NOT_SUBSCRIBED = "not_subscribed"  # the product that it comes with was not live that month
    NO_PRICE = "no_price"  # its meter had none on the first day of the month


class Used(Struct, frozen=True, kw_only=True, rename={"usage_class": "class"}):
    """What one application used in one class in the month. `free` says why it costs nothing."""

    application: str
    usage_class: str
    quantity: int
    events: int
    fingerprint: str  # 16 hexadecimal digits
    free: Free | None = None


class Stretch(Struct, frozen=True, rename={"period_from": "from", "period_until": "until"}):
    """Days of a month under one VAT, half-open, and what of their use counts as `charged`."""

    period_from: dt.date
    period_until: dt.date
    charged: int


class MonthlyUse(Struct, frozen=True, kw_only=True, dict=True):
    """One metered service at one place (a tenant, or the whole organisation) in one month.

    `users` is how many the place had when the month ended: the allowance grows with them. `cut`
    holds the days before and after, where VAT changes within the month.
    """

    service: Charged
    component: ChargedComponent
    meter: str
    month: Month
    users: int
    used: tuple[Used, ...]
    cut: tuple[Stretch, ...] = ()

    @cached_property
    def charged(self) -> int:
        """Units that count against the allowance."""
        return sum([each.quantity for each in self.used if not each.free])


class BilledUse(Struct, frozen=True, kw_only=True):
    """A usage line of an earlier document, signed: negative where it credited."""

    quantity: int
    net: Decimal
    vat_category: str
    vat_rate: Decimal


# Product, tenant (None: the organisation), line code, first day of the line.
type PlaceOfUse = tuple[str, int | None, str, dt.date]
type BilledUses = Mapping[PlaceOfUse, tuple[BilledUse, ...]]


class Sum(Struct, frozen=True):
    """A line of what the month costs in all."""

    code: str
    quantity: int
    unit_amount: Decimal
    net: Decimal


class Explanation(Struct, frozen=True, kw_only=True):
    """Everything an amount follows from, as it was known: kept with the line for ever, as JSON
    in which amounts are text, because JSON numbers are floats.
    """

    code: str
    meter: str
    month: dt.date
    used: tuple[Used, ...]
    fingerprint: str  # one over all events counted, in whatever order they came
    charged: int
    users: int
    included: int
    included_per_user: int
    allowance: int
    model: PriceModel
    package_size: int | None
    minimum: Decimal
    tiers: tuple[Tier, ...]
    sums: list[Sum]
    already_billed: Decimal
    stretches: tuple[Stretch, ...]  # of a month in which VAT changes: what the amount is cut by
    example: bool


class UsageCharge(Struct, frozen=True, kw_only=True):
    """What is due for one line of a month's use. Signed; VAT is empty unless it gives back."""

    use: MonthlyUse
    code: str
    period_from: dt.date
    period_until: dt.date
    quantity: int
    unit_price: Decimal
    net: Decimal
    is_first: bool
    vat_category: str = ""
    vat_rate: Decimal = Decimal(0)
    why: Explanation


class _Amount(Struct, frozen=True):
    """So many units for so much."""

    quantity: int = 0
    net: Decimal = Decimal(0)

    @property
    def units(self) -> int:
        """One where a cheaper tier counts for all of it: the amount changed, not the use."""
        if self.quantity * self.net > 0:
            return self.quantity
        return 1 if self.net > 0 else -1

    def more(self, line: BilledUse) -> _Amount:
        return _Amount(self.quantity + line.quantity, self.net + line.net)

    def less(self, other: _Amount) -> _Amount:
        return _Amount(self.quantity - other.quantity, self.net - other.net)


NOTHING = _Amount()


def charges(use: MonthlyUse, billed: BilledUses) -> Iterator[UsageCharge]:
    """What the month costs by now less what was billed for it, a charge per line that differs."""
    parts = {
        code_of(use.component.code, part): part
        for part in parts_of(use.component.rate, use.charged, users=use.users)
    }
    wanted = {
        (code, first): amount
        for code, part in parts.items()
        for first, amount in _by_stretch(part, use)
    }
    earlier = _billed_for(use, billed)
    for code, first in sorted({*wanted, *earlier}):
        lines = earlier.get((code, first), ())
        already = reduce(_Amount.more, lines, NOTHING)
        due = wanted.get((code, first), NOTHING).less(already)
        if not due.net:
            continue
        why = explanation(use, parts, already=already.net, code=code)
        for vat, amount in _by_vat(due, lines):
            units = _units(amount, use, parts.get(code), lines)
            yield UsageCharge(
                use=use,
                code=code,
                period_from=first,
                period_until=_until(first, use),
                quantity=units,
                unit_price=_unit_price(parts.get(code), amount.net, units),
                net=amount.net,
                is_first=not lines,
                vat_category=vat[0],
                vat_rate=vat[1],
                why=why,
            )


def _units(due: _Amount, use: MonthlyUse, part: Part | None, billed: tuple[BilledUse, ...]) -> int:
    """What comes later at a volume price is so many units only where the tier's price makes the
    amount of them; else it is one amount. After such a line the units that were billed are not
    known any more, and all that comes is one.
    """
    if not billed or use.component.rate.model is not PriceModel.VOLUME:
        return due.units
    amount = 1 if due.net > 0 else -1
    had_amounts = any(abs(line.quantity) == 1 for line in billed[1:])
    if part and not had_amounts and _makes(part, due.units, due.net):
        return due.units
    return amount


def _by_stretch(part: Part, use: MonthlyUse) -> Iterator[tuple[dt.date, _Amount]]:
    """The month's amount by what was used in each, or by days where nothing was.

    However it is cut, it sums to the month to the cent.
    """
    currency = use.service.currency
    if not use.cut:
        yield use.month.first_day, _Amount(part.quantity, rounded(part.amount, currency))
        return
    weights = [each.charged for each in use.cut]
    if sum(weights) <= 0:
        weights = [(each.period_until - each.period_from).days for each in use.cut]
    total, before = sum(weights), NOTHING
    for stretch, weight in zip(use.cut, accumulate(weights), strict=True):
        exact = ROUNDING.divide(EXACT.multiply(part.amount, Decimal(weight)), Decimal(total))
        reached = _Amount(part.quantity * weight // total, rounded(exact, currency))
        yield stretch.period_from, reached.less(before)
        before = reached


def _until(first: dt.date, use: MonthlyUse) -> dt.date:
    """The first day after the stretch that begins on `first`."""
    ends = [each.period_until for each in use.cut if each.period_until > first]
    return min(ends, default=use.month.next.first_day)


def _by_vat(due: _Amount, billed: Iterable[BilledUse]) -> Iterator[tuple[VatKey, _Amount]]:
    """A charge has no VAT yet. A credit takes off what was charged last first, and of each VAT
    no more than was charged with it.
    """
    if due.net > 0:
        yield AS_TREATED_NOW, due
        return
    for vat, there in reversed(_left_by_vat(billed).items()):
        net = max(due.net, -there.net)
        if net < 0:
            taken = _Amount(due.quantity if net == due.net else -there.quantity, net)
            due = due.less(taken)
            yield vat, taken


def _left_by_vat(billed: Iterable[BilledUse]) -> dict[VatKey, _Amount]:
    """What was charged with each VAT and not given back, the one that was charged last at the
    end.
    """
    left: dict[VatKey, _Amount] = {}
    for line in billed:
        key = (line.vat_category, line.vat_rate)
        before = left.pop(key, NOTHING) if line.net > 0 else left.get(key, NOTHING)
        left[key] = before.more(line)
    return left


def _billed_for(
    use: MonthlyUse, billed: BilledUses
) -> dict[tuple[str, dt.date], tuple[BilledUse, ...]]:
    """By the code of the line and its first day."""
    service, month = use.service, use.month
    return {
        (code, first): lines
        for (product, tenant, code, first), lines in billed.items()
        if (product, tenant) == (service.product_code, service.tenant_id)
        and month.first_day <= first < month.next.first_day
        and _belongs(code, use.component.code)
    }


def code_of(component: str, part: Part) -> str:
    """Under which code a line is kept: a tier and the lift to a minimum have their own."""
    if part.lifts_to_minimum:
        return f"{component}.minimum"
    return f"{component}.{part.tier}" if part.tier else component


def explanation(
    use: MonthlyUse, parts: Mapping[str, Part], *, already: Decimal, code: str
) -> Explanation:
    """`parts` by the codes of their lines."""
    rate, currency = use.component.rate, use.service.currency
    return Explanation(
        code=code,
        meter=use.meter,
        month=use.month.first_day,
        used=use.used,
        fingerprint=_fingerprint(use),
        charged=use.charged,
        users=use.users,
        included=rate.included,
        included_per_user=rate.included_per_user,
        allowance=rate.allowance(use.users),
        model=rate.model,
        package_size=rate.package_size,
        minimum=rate.minimum,
        tiers=rate.tiers,
        sums=[
            Sum(code, part.quantity, part.unit_amount, rounded(part.amount, currency))
            for code, part in parts.items()
        ],
        already_billed=already,
        stretches=use.cut,
        example=use.service.is_example,
    )


def _fingerprint(use: MonthlyUse) -> str:
    return f"{sum([int(each.fingerprint, 16) for each in use.used]) % 2**64:016x}"


def _belongs(code: str, component: str) -> bool:
    return code == component or code.startswith(f"{component}.")


def _makes(part: Part, quantity: int, net: Decimal) -> bool:
    return abs(part.unit_amount * quantity - net) < CENT


def _unit_price(part: Part | None, net: Decimal, quantity: int) -> Decimal:
    """The price of the tier, where it explains the amount to the cent; else the average."""
    if part and _makes(part, quantity, net):
        return part.unit_amount
    return (net / quantity).quantize(SIX_DECIMALS, ROUND_HALF_UP)


def grouped(billed: list[tuple[PlaceOfUse, BilledUse]]) -> BilledUses:
    """Lines by place, in the order given."""
    found: dict[PlaceOfUse, list[BilledUse]] = defaultdict(list)
    for place, line in billed:
        found[place].append(line)
    return {place: tuple(lines) for place, lines in found.items()}
