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
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, partial
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing import usage, vat
from billing.drafts import (
    Account,
    BilledLine,
    Draft,
    DraftKind,
    DraftLine,
    DraftVat,
    Held,
    HoldCause,
    LineKind,
    is_charge,
)
from billing.layers import Step, layers_by_day, steps_to
from billing.proration import part_of_month
from billing.rating import (
    ChargedComponent,
    ChargedSubscription,
    one_quantity,
    quantities_by_day,
)
from billing.settling import settlements
from billing.vies.rules import vat_number_of
from catalog.pricing import charge
from subscriptions.periods import Month, months

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from catalog.money import Currency
    from catalog.pricing import Rate

ZERO = Decimal(0)
SIX_DECIMALS = Decimal("0.000001")


def draft(account: Account, month: Month) -> tuple[Draft, ...] | Held:
    """The documents of `month`; none when nothing is due.

    One per currency, and another for what is outside the scope of VAT (docs/decisions/0058).
    Everything is taken as it was known when the month began, or as it was known for a later
    month that was invoiced already: knowledge never goes back.
    """
    lines = due_lines(account, month)
    if not lines:
        return ()
    if not account.buyer.has_address:
        return Held(HoldCause.ADDRESS_MISSING, lines)
    number = vat_number_of(account.buyer, at=month.starts_at(account.zone))
    documents: dict[tuple[Currency, bool], list[DraftLine]] = defaultdict(list)
    for line in lines:
        treatment = _treatment(account, number, line)
        if isinstance(treatment, vat.Hold):
            return Held(HoldCause(treatment.reason.value), lines)
        outside_scope = vat.is_outside_scope(treatment.category)
        documents[line.subscription.currency, outside_scope].append(
            replace(line, vat_category=str(treatment.category), vat_rate=treatment.rate)
        )
    note = partial(
        vat.note_of,
        account.seller_country,
        account.buyer.country,
        buyer_vat_number=number,
        on=month.first_day,
    )
    return tuple(_document(documents[key], key[0], month, note) for key in sorted(documents))


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
    lines += [_settlement(*each) for each in settlements(lines, account.by_hand)]
    return tuple(sorted(lines, key=_place_on_invoice))


def _settlement(credit: DraftLine, net: Decimal) -> DraftLine:
    """An amount of the month of `credit`, written as one unit of it."""
    month = Month.of(credit.period_from)
    return replace(
        credit,
        kind=LineKind.SETTLEMENT,
        period_from=month.first_day,
        period_until=month.next.first_day,
        quantity=1,
        unit_price=net,
        net=net,
    )


def _usage_lines(account: Account, month: Month) -> Iterator[DraftLine]:
    """The use of every month that is over when `month` begins, less what was billed for it."""
    for use in account.usage:
        if use.month < month:
            for charge_due in usage.charges(use, account.billed_usage):
                yield _usage_line(charge_due)


def _usage_line(due: usage.UsageCharge) -> DraftLine:
    later = LineKind.ADJUSTMENT if due.net > 0 else LineKind.CREDIT
    return DraftLine(
        kind=LineKind.USAGE if due.is_first else later,
        subscription=due.use.service,
        component=replace(due.use.component, code=due.code),
        period_from=due.period_from,
        period_until=due.period_until,
        month_days=due.use.month.days,
        quantity=due.quantity,
        unit_price=due.unit_price,
        net=due.net,
        vat_category=due.vat_category,
        vat_rate=due.vat_rate,
        why=due.why,
    )


def _lines_of(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    billed: tuple[BilledLine, ...],
    last: Month,
    account: Account,
) -> Iterator[DraftLine]:
    billed_by_month: dict[Month, list[BilledLine]] = defaultdict(list)
    for line in billed:
        billed_by_month[Month.of(line.period_from)].append(line)
    first = min([Month.of(subscription.charged_from), *billed_by_month])
    if account.settled_before is not None:
        first = max(first, account.settled_before)
    for month in months(first, last):
        earlier = billed_by_month.get(month, [])
        rate = _rate_throughout(component, month, account)
        plain = one_quantity(subscription, component, month, account.zone) if rate else None
        if rate and plain and not earlier:
            yield from _first_charge(subscription, component, month, rate, *plain)
        elif not plain or not _is_billed(*plain, earlier, month):
            yield from _differences(subscription, component, month, earlier, account)


def _rate_throughout(component: ChargedComponent, month: Month, account: Account) -> Rate | None:
    """None where the price or the seller's VAT changes within the month: lines are cut there."""
    if vat.changes_within(account.seller_country, month.first_day, month.next.first_day):
        return None
    return component.rate_throughout(month, account.zone)


def _first_charge(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    month: Month,
    rate: Rate,
    days: range,
    quantity: int,
) -> Iterator[DraftLine]:
    """A plain month that was not charged before: one line, unless it costs nothing."""
    if days and _difference(rate, 0, quantity):
        yield _line(subscription, component, month, Step(0, quantity, rate), days, is_first=True)


def _is_billed(days: range, quantity: int, billed: list[BilledLine], month: Month) -> bool:
    """Whether the one line that was billed is the one a plain month wants."""
    if len(billed) != 1 or not days:
        return False
    (line,) = billed
    first_day = month.first_day
    return (
        line.quantity == quantity
        and (line.period_from - first_day).days == days.start
        and (line.period_until - first_day).days == days.stop
    )


def _differences(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    month: Month,
    earlier: list[BilledLine],
    account: Account,
) -> Iterator[DraftLine]:
    """Any month, day by day; days that differ in the same way are one line.

    Where the price or the VAT changes the line is cut.
    """
    wanted = quantities_by_day(subscription, component, month, account.zone)
    rates = component.rates_by_day(month, account.zone)
    steps = [
        (
            tuple(steps_to(quantity, layers, rate)),
            vat.period_of(account.seller_country, month.first_day + dt.timedelta(days=day)),
        )
        for day, (quantity, layers, rate) in enumerate(
            zip(wanted, layers_by_day(earlier, month), rates, strict=True)
        )
    ]
    for (same, _period), offsets in groupby(range(month.days), key=steps.__getitem__):
        every = list(offsets)
        days = range(every[0], every[-1] + 1)
        for step in same:
            yield _line(subscription, component, month, step, days, is_first=not earlier)


def _line(
    subscription: ChargedSubscription,
    component: ChargedComponent,
    month: Month,
    step: Step,
    days: range,
    *,
    is_first: bool,
) -> DraftLine:
    quantity = step.after - step.before
    kind = LineKind.ADJUSTMENT if quantity > 0 else LineKind.CREDIT
    first_day, until, unit_price, net = _charged_for(
        step.rate, step.before, step.after, days, month, subscription.currency
    )
    return DraftLine(
        kind=LineKind.RECURRING if is_first else kind,
        subscription=subscription,
        component=component,
        period_from=first_day,
        period_until=until,
        month_days=month.days,
        quantity=quantity,
        unit_price=unit_price,
        net=net,
        vat_category=step.vat_category,
        vat_rate=step.vat_rate,
    )


@lru_cache(maxsize=4_096)
def _charged_for(
    rate: Rate, before: int, after: int, days: range, month: Month, currency: Currency
) -> tuple[dt.date, dt.date, Decimal, Decimal]:
    """From one quantity to another for `days`: from and until when, the unit price and the net.

    Remembered: in a month most customers have one of a few shapes.
    """
    less, more = charge(rate, before), charge(rate, after)
    unit_price = _difference(rate, before, after) / (after - before)
    period = {"first": days.start, "until": days.stop, "days": month.days}
    net = part_of_month(more, currency=currency, **period) - part_of_month(
        less, currency=currency, **period
    )
    return (
        month.first_day + dt.timedelta(days=days.start),
        month.first_day + dt.timedelta(days=days.stop),
        unit_price.quantize(SIX_DECIMALS, ROUND_HALF_UP),
        net,
    )


@lru_cache(maxsize=4_096)
def _difference(rate: Rate, before: int, after: int) -> Decimal:
    return charge(rate, after) - charge(rate, before)


def _treatment(
    account: Account, number: vat.VatNumber, line: DraftLine
) -> vat.Treatment | vat.Hold:
    """What a credit repeats, else what the table says of the days that the line is for."""
    if line.vat_category:
        return vat.Treatment(vat.Category(line.vat_category), line.vat_rate)
    return vat.decide(
        account.seller_country,
        account.buyer.country,
        buyer_vat_number=number,
        buyer_is_business=account.buyer.is_business,
        on=line.period_from,
        outside_eu=account.outside_eu,
    )


def _document(
    lines: list[DraftLine], currency: Currency, month: Month, note: Callable[[str], vat.Note]
) -> Draft:
    summed = vat.rows_of([(line.vat_category, line.vat_rate, line.net) for line in lines], currency)
    vat_rows = tuple(
        DraftVat(category=category, rate=rate, net=net, vat=tax, note=note(category))
        for category, rate, net, tax in summed
    )
    net = sum([line.net for line in lines], ZERO)
    tax = sum([row.vat for row in vat_rows], ZERO)
    return Draft(
        kind=_kind(lines, net + tax),
        month=month,
        currency=currency,
        lines=tuple(lines),
        vat_rows=vat_rows,
        net=net,
        vat=tax,
        gross=net + tax,
    )


def _kind(lines: Iterable[DraftLine], gross: Decimal) -> DraftKind:
    """Of what comes to nothing, an invoice is what charges something. What only credits, all of
    it given back by hand before, corrects an earlier invoice and names it (art. 219).
    """
    if gross:
        return DraftKind.INVOICE if gross > 0 else DraftKind.CREDIT_NOTE
    charges = any(is_charge(line.kind, line.quantity, line.net) for line in lines)
    return DraftKind.INVOICE if charges else DraftKind.CREDIT_NOTE


def _place_on_invoice(
    line: DraftLine,
) -> tuple[str, int, int, int, int, str, bool, dt.date, bool]:
    """By tenant, product, component and time; a credit after the charge of the same days.

    What was given back by hand comes after all that it is settled with.
    """
    return (
        line.subscription.tenant_label,
        line.subscription.tenant_id or 0,
        line.subscription.product_position,
        line.subscription.id or 0,
        line.component.position,
        line.component.code,
        line.kind is LineKind.SETTLEMENT,
        line.period_from,
        line.quantity < 0,
    )
