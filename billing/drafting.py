"""From what somebody has and what was billed already to draft invoices. Pure.

Billing is a difference (docs/decisions/0002): for every day of every month up to the one being
invoiced, what should be charged less what was charged already. Preview and invoice both come
from `draft`, so they cannot differ.

Amounts telescope: going from one quantity to another costs the fee of the second less the fee of
the first, for those days. Whatever the way to a month's final quantities, its lines sum to the
same cents, and a credit never gives back more than was charged.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any

from billing import usage, vat
from billing.proration import part_of_month
from billing.rating import ChargedComponent, ChargedSubscription, quantities_by_day
from catalog.money import Currency, Money
from catalog.pricing import charge
from subscriptions.periods import Month, months

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from billing.rating import Charged
    from billing.usage import BilledUses, MonthlyUse
    from catalog.pricing import Rate

SIX_DECIMALS = Decimal("0.000001")


class LineKind(StrEnum):
    RECURRING = "recurring"  # the first time a month is charged
    USAGE = "usage"  # the first time the use of a month is charged
    ADJUSTMENT = "adjustment"  # more of a month already charged
    CREDIT = "credit"  # less of a month already charged


class DraftKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class HoldCause(StrEnum):
    """Why nobody may be invoiced without a person looking first."""

    COUNTRY_UNKNOWN = vat.HoldReason.COUNTRY_UNKNOWN.value
    TERRITORY_UNCLEAR = vat.HoldReason.TERRITORY_UNCLEAR.value
    VAT_NUMBER_MISSING = vat.HoldReason.VAT_NUMBER_MISSING.value
    NO_RULE = vat.HoldReason.NO_RULE.value
    ADDRESS_MISSING = "address_missing"  # an invoice names its buyer in full (art. 226(5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """What of an organisation decides how it is invoiced. `country` is ISO 3166-1 alpha-2."""

    country: str
    vat_number_valid: bool
    has_address: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledLine:
    """A line of an earlier document, signed: negative where it credited."""

    period_from: dt.date
    period_until: dt.date
    quantity: int
    vat_category: str
    vat_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One organisation as its invoices are made from it.

    `billed` holds earlier lines by (subscription id, component code), oldest first.
    `known_until` is the latest month it was already invoiced with the knowledge of.
    """

    seller_country: str
    zone: ZoneInfo
    buyer: Buyer
    subscriptions: tuple[ChargedSubscription, ...]
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]]
    known_until: Month | None = None
    usage: tuple[MonthlyUse, ...] = ()
    billed_usage: BilledUses = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """Signed: what is owed is positive, what is given back negative, whatever the document.

    `unit_price` is the price of one unit for the full month: of the difference, where tiers
    make it an average.
    """

    kind: LineKind
    subscription: Charged
    component: ChargedComponent
    period_from: dt.date
    period_until: dt.date
    month_days: int
    quantity: int
    unit_price: Decimal
    net: Decimal
    vat_category: str = ""  # empty: as the buyer is treated now
    vat_rate: Decimal = Decimal(0)
    why: Mapping[str, Any] | None = None  # what a usage line follows from

    @property
    def days(self) -> int:
        return (self.period_until - self.period_from).days


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftVat:
    category: str
    rate: Decimal  # per cent
    net: Decimal
    vat: Decimal
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One document to be. Amounts are signed like its lines: a credit note's are negative."""

    kind: DraftKind
    month: Month
    currency: Currency
    lines: tuple[DraftLine, ...]
    vat_rows: tuple[DraftVat, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Held:
    """Something is due, but a person must look at the buyer first. `lines` carry no VAT yet."""

    cause: HoldCause
    lines: tuple[DraftLine, ...] = ()


def draft(account: Account, month: Month) -> tuple[Draft, ...] | Held:
    """The documents of `month`, one per currency; none when nothing is due.

    Everything is taken as it was known when the month began, or as it was known for a later
    month that was invoiced already: knowledge never goes back.
    """
    lines = due_lines(account, month)
    if not lines:
        return ()
    if not account.buyer.has_address:
        return Held(HoldCause.ADDRESS_MISSING, lines)
    treated: list[DraftLine] = []
    for line in lines:
        treatment = _treatment(account, line)
        if isinstance(treatment, vat.Hold):
            return Held(HoldCause(treatment.reason.value), lines)
        treated.append(
            replace(line, vat_category=treatment.category.value, vat_rate=treatment.rate)
        )
    by_currency: dict[Currency, list[DraftLine]] = defaultdict(list)
    for line in treated:
        by_currency[line.subscription.currency].append(line)
    return tuple(
        _document(by_currency[currency], currency, month, account.seller_country)
        for currency in sorted(by_currency)
    )


def due_lines(account: Account, month: Month) -> tuple[DraftLine, ...]:
    """What is due up to `month` and not billed yet, in the order of the invoice."""
    known = max(month, account.known_until or month).starts_at(account.zone)
    lines: list[DraftLine] = []
    for subscription in account.subscriptions:
        # What starts within the month waits for the next invoice, with its part-month.
        if subscription.starts_at < known:
            as_known = subscription.as_known_before(known)
            for component in as_known.components:
                billed = account.billed.get((subscription.id, component.code), ())
                lines += _lines_of(as_known, component, billed, month, account)
    lines += _usage_lines(account, max(month, account.known_until or month))
    return tuple(sorted(lines, key=_place_on_invoice))


def _usage_lines(account: Account, month: Month) -> Iterator[DraftLine]:
    """The use of every month that is over when `month` begins, less what was billed for it."""
    for use in account.usage:
        if use.month < month:
            for charge_due in usage.charges(use, account.billed_usage):
                yield _usage_line(charge_due)


def _usage_line(due: usage.UsageCharge) -> DraftLine:
    later = LineKind.ADJUSTMENT if due.net > 0 else LineKind.CREDIT
    month = due.use.month
    return DraftLine(
        kind=LineKind.USAGE if due.is_first else later,
        subscription=due.use.service,
        component=replace(due.use.component, code=due.code),
        period_from=month.first_day,
        period_until=month.next.first_day,
        month_days=month.days,
        quantity=due.quantity,
        unit_price=due.unit_price,
        net=due.net,
        vat_category=due.vat_category,
        vat_rate=due.vat_rate,
        why=due.why,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """From one quantity to another, at a rate; the VAT of the line that a credit corrects."""

    before: int
    after: int
    rate: Rate
    vat_category: str = ""
    vat_rate: Decimal = Decimal(0)


# What was charged for one day: quantities that were added, with their VAT, the newest last.
type _Layers = list[tuple[int, str, Decimal]]


def _lines_of(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    billed: tuple[BilledLine, ...],
    last: Month,
    account: Account,
) -> Iterator[DraftLine]:
    seller_country, zone = account.seller_country, account.zone
    billed_by_month: dict[Month, list[BilledLine]] = defaultdict(list)
    for line in billed:
        billed_by_month[Month.of(line.period_from)].append(line)
    first = min([Month.of(subscription.charged_from), *billed_by_month])
    for month in months(first, last):
        earlier = billed_by_month.get(month, [])
        wanted = quantities_by_day(subscription, component, month, zone)
        rates = component.rates_by_day(month, zone)
        steps = [
            tuple(_steps(rate, layers, quantity))
            for rate, layers, quantity in zip(
                rates, _layers_by_day(earlier, month), wanted, strict=True
            )
        ]
        # Days that differ in nothing are one line; where the price or the VAT changes, it is cut.
        alike = [
            (same, vat.period_of(seller_country, month.first_day + dt.timedelta(days=day)))
            for day, same in enumerate(steps)
        ]
        for (same, _period), offsets in groupby(range(month.days), key=alike.__getitem__):
            days = list(offsets)
            for step in same:
                yield _line(subscription, component, month, step, days, is_first=not earlier)


def _layers_by_day(billed: Iterable[BilledLine], month: Month) -> list[_Layers]:
    days: list[_Layers] = [[] for _day in range(month.days)]
    for line in billed:
        first = (line.period_from - month.first_day).days
        for layers in days[first : (line.period_until - month.first_day).days]:
            if line.quantity > 0:
                layers.append((line.quantity, line.vat_category, line.vat_rate))
            else:
                list(_taken_off(layers, -line.quantity))
    return days


def _taken_off(layers: _Layers, quantity: int) -> Iterator[tuple[int, str, Decimal]]:
    """Take `quantity` off the newest layers, and tell what was taken off which."""
    while quantity > 0 and layers:
        there, category, rate = layers.pop()
        taken = min(there, quantity)
        if there > taken:
            layers.append((there - taken, category, rate))
        quantity -= taken
        yield taken, category, rate


def _steps(rate: Rate, layers: _Layers, wanted: int) -> Iterator[_Step]:
    """How a day gets from what was charged to what should be; nothing when that costs the same."""
    charged = sum(quantity for quantity, _category, _rate in layers)
    if charged == wanted or charge(rate, charged) == charge(rate, wanted):
        return
    if wanted > charged:
        yield _Step(charged, wanted, rate)
        return
    for taken, category, vat_rate in _taken_off(layers, charged - wanted):
        yield _Step(charged, charged - taken, rate, category, vat_rate)
        charged -= taken


def _line(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    month: Month,
    step: _Step,
    days: list[int],
    *,
    is_first: bool,
) -> DraftLine:
    before, after = charge(step.rate, step.before), charge(step.rate, step.after)
    quantity = step.after - step.before
    kind = LineKind.ADJUSTMENT if quantity > 0 else LineKind.CREDIT
    period = {"first": days[0], "until": days[-1] + 1, "days": month.days}
    currency = subscription.currency
    return DraftLine(
        kind=LineKind.RECURRING if is_first else kind,
        subscription=subscription,
        component=component,
        period_from=month.first_day + dt.timedelta(days=days[0]),
        period_until=month.first_day + dt.timedelta(days=days[-1] + 1),
        month_days=month.days,
        quantity=quantity,
        unit_price=((after - before) / quantity).quantize(SIX_DECIMALS, ROUND_HALF_UP),
        net=part_of_month(after, currency=currency, **period)
        - part_of_month(before, currency=currency, **period),
        vat_category=step.vat_category,
        vat_rate=step.vat_rate,
    )


def _treatment(account: Account, line: DraftLine) -> vat.Treatment | vat.Hold:
    """What a credit repeats, else what the table says of the days that the line is for."""
    if line.vat_category:
        return vat.Treatment(vat.Category(line.vat_category), line.vat_rate)
    return vat.decide(
        account.seller_country,
        account.buyer.country,
        buyer_vat_number_valid=account.buyer.vat_number_valid,
        on=line.period_from,
    )


def _document(
    lines: list[DraftLine], currency: Currency, month: Month, seller_country: str
) -> Draft:
    vat_rows = tuple(_vat_rows(lines, currency, seller_country))
    net = _sum((line.net for line in lines), currency)
    tax = _sum((row.vat for row in vat_rows), currency)
    return Draft(
        kind=DraftKind.INVOICE if net + tax >= 0 else DraftKind.CREDIT_NOTE,
        month=month,
        currency=currency,
        lines=tuple(lines),
        vat_rows=vat_rows,
        net=net,
        vat=tax,
        gross=net + tax,
    )


def _vat_rows(
    lines: Iterable[DraftLine], currency: Currency, seller_country: str
) -> Iterator[DraftVat]:
    nets: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in lines:
        nets[line.vat_category, line.vat_rate] += line.net
    for (category, rate), net in sorted(nets.items()):
        yield DraftVat(
            category=category,
            rate=rate,
            net=net,
            vat=vat.vat_of(net, rate, currency),
            note=vat.note_of(seller_country, category),
        )


def _sum(amounts: Iterable[Decimal], currency: Currency) -> Decimal:
    return Money.total((Money(amount, currency) for amount in amounts), currency).amount


def _place_on_invoice(
    line: DraftLine,
) -> tuple[str, int, int, int, int, str, dt.date, bool]:
    """By tenant, product, component and time; a credit after the charge of the same days."""
    return (
        line.subscription.tenant_label,
        line.subscription.tenant_id or 0,
        line.subscription.product_position,
        line.subscription.id or 0,
        line.component.position,
        line.component.code,
        line.period_from,
        line.quantity < 0,
    )
