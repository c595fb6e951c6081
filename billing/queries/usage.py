"""What was used, what it costs, and why a usage line of an invoice is the amount it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from billing.accounts import load_account
from billing.forecast import expected
from billing.metering.known import anything_kept_since
from billing.metering.queries import meters, months_with_refusals, months_with_usage
from billing.models import InvoiceLine
from billing.queries.days_of_use import (
    Asked,
    counted,
    days_of_use,
    sums_of_tenants,
    tenants_with_use,
)
from billing.queries.shown import name_in
from billing.usage import Free
from billing.usage_accounts import rated_meters
from catalog.money import Currency, Money
from catalog.pricing import parts_of
from catalog.queries import seller_for
from customers.paging import part_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from billing.models import Invoice
    from billing.queries.days_of_use import Counted, DayOfUse, Rows, SumOfUse
    from billing.usage import MonthlyUse
    from customers.models import Organisation
    from customers.paging import Slice


@dataclass(frozen=True, kw_only=True)
class PlaceOfMonth:
    """A metered service at a tenant (or, with an empty label, the whole organisation).

    `meter` is the code of what is counted. `cost` is what the month costs by now; `forecast`
    what it costs if the rest of the month goes as its hours so far (`billing.forecast`). Net.
    """

    tenant_id: int | None
    tenant: str
    product: str
    component: str
    meter: str
    charged: int
    free: int
    allowance: int
    cost: Money
    forecast_quantity: int
    forecast: Money
    is_example: bool

    @property
    def percent(self) -> int | None:
        """Of the allowance; None where there is none."""
        return 100 * self.charged // self.allowance if self.allowance else None


@dataclass(frozen=True, kw_only=True)
class UsageMonth:
    month: Month
    now: Month
    asked: Asked  # all of its use
    places: tuple[PlaceOfMonth, ...]

    @property
    def is_over(self) -> bool:
        return self.month < self.now

    @cached_property
    def months(self) -> tuple[dt.date, ...]:
        """Those with use, or with what was refused, and the current one, the newest first."""
        used = months_with_usage(self.asked.organisation)
        kept_since = anything_kept_since(self.now)
        refused = months_with_refusals(self.asked.organisation, since=kept_since)
        return tuple(sorted({self.now.first_day, *used, *refused}, reverse=True))


@dataclass(frozen=True, kw_only=True)
class PageOfUsage:
    """Some tenants by id, and what they used."""

    tenants: Slice[int]
    sums: tuple[SumOfUse, ...]
    places: tuple[PlaceOfMonth, ...]


@dataclass(frozen=True, kw_only=True)
class WhyThisAmount:
    """A usage line, what it follows from, and the other lines about the same use.

    `days` and their sum are as they are counted now.
    """

    line: InvoiceLine
    why: Mapping[str, Any]
    product: str
    component: str
    currency: Currency
    days: Rows[DayOfUse]
    counted: Counted
    others: tuple[InvoiceLine, ...]

    @property
    def has_changed(self) -> bool:
        """Whether something was counted or voided since the line was made."""
        return bool(self.counted.fingerprint != self.why["fingerprint"])

    @property
    def is_carried(self) -> bool:
        """Whether another line takes all of that into account already."""
        prints: list[str] = [each.why["fingerprint"] for each in self.others if each.why]
        return self.counted.fingerprint in prints


def usage_of(
    organisation: Organisation, month: Month | None, *, at: dt.datetime, language: str = ""
) -> UsageMonth:
    """`month` is the current one unless said otherwise. Reads daily totals, never events."""
    seller = seller_for(organisation.country)
    now = Month.at(at, seller.zone)
    month = month or now
    account = load_account(organisation, seller=seller, use_since=month)
    return UsageMonth(
        month=month,
        now=now,
        asked=Asked(
            organisation=organisation, month=month, meters=rated_meters(account.usage, month)
        ),
        places=tuple(
            _place(use, expected(use.charged, month, at=at, zone=seller.zone), language)
            for use in account.usage
            if use.month == month
        ),
    )


def page_of_usage(found: UsageMonth, *, size: int, after: Sequence[Any] | None) -> PageOfUsage:
    """What `size` tenants used, by their ids behind `after`; the organisation's own comes first.

    Raises UnreadableCursor for an `after` that no page ended with.
    """
    places = {place.tenant_id for place in found.places if place.tenant_id is not None}
    tenants = part_of(places | tenants_with_use(found.asked), size=size, after=after)
    shown = {*tenants.rows} if after else {*tenants.rows, None}
    return PageOfUsage(
        tenants=tenants,
        sums=tuple(sums_of_tenants(found.asked, tenants.rows)),
        places=tuple(place for place in found.places if place.tenant_id in shown),
    )


def usage_line(invoice: Invoice, line_id: int) -> InvoiceLine | None:
    """A line of the invoice that was charged by use; None when it is none."""
    return invoice.lines.filter(pk=line_id, why__isnull=False).first()


def why_this_amount(
    line: InvoiceLine, organisation: Organisation, language: str = ""
) -> WhyThisAmount:
    """Reads what is kept with the line and the totals per day, never events."""
    why: Mapping[str, Any] = line.why or {}
    month = Month.of(line.period_from)
    about_it = InvoiceLine.objects.filter(
        invoice__organisation=organisation,
        product_code=line.product_code,
        tenant=line.tenant_id,
        period_from__gte=month.first_day,
        period_from__lt=month.next.first_day,
        why__meter=why["meter"],
    )
    was_free = any(each["free"] == Free.NOT_SUBSCRIBED for each in why["used"])
    asked = Asked(
        organisation=organisation,
        month=month,
        meters={why["meter"]: Free.NOT_SUBSCRIBED if was_free else None},
        tenant_id=line.tenant_id,
        meter=why["meter"],
    )
    return WhyThisAmount(
        line=line,
        why=why,
        product=name_in(line.product_names, language),
        component=name_in(line.component_names, language),
        currency=Currency(line.invoice.currency),
        days=days_of_use(asked),
        counted=counted(asked),
        others=tuple(
            about_it.exclude(pk=line.pk).select_related("invoice").order_by("invoice_id", "pk")
        ),
    )


def meter_names(language: str) -> dict[str, str]:
    return {meter.code: meter.name_in(language) for meter in meters()}


def _place(use: MonthlyUse, expected_quantity: int, language: str) -> PlaceOfMonth:
    return PlaceOfMonth(
        tenant_id=use.service.tenant_id,
        tenant=use.service.tenant_label,
        product=name_in(use.service.product_names, language),
        component=name_in(use.component.names, language),
        meter=use.meter,
        charged=use.charged,
        free=sum(each.quantity for each in use.used if each.free),
        allowance=use.component.rate.allowance(use.users),
        cost=_cost(use, use.charged),
        forecast_quantity=expected_quantity,
        forecast=_cost(use, expected_quantity),
        is_example=use.service.is_example,
    )


def _cost(use: MonthlyUse, quantity: int) -> Money:
    """Each line rounded, as on the invoice."""
    parts = parts_of(use.component.rate, quantity, users=use.users)
    currency = use.service.currency
    return Money(
        sum((Money(part.amount, currency).rounded().amount for part in parts), Decimal(0)), currency
    )
