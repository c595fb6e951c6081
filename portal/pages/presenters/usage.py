"""Words for use: tables by application and by day, and why an amount is what it is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.dates import format_date
from django.core.paginator import Paginator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.metering.models import UsageClass
from billing.queries.days_of_use import DayOfUse
from billing.queries.names_of_use import NOT_SAID, names_of_use
from billing.queries.usage import meter_names
from billing.queries.use_of_application import customers_of, tenants_of
from billing.usage import Free
from catalog.money import Money
from portal.formatting import locale_of, money_text, number_text, period_text
from portal.pages.presenters.subscriptions import language, money

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.core.paginator import Page

    from billing.queries.days_of_use import Asked, SumOfUse
    from billing.queries.names_of_use import NamesOfUse
    from billing.queries.usage import PlaceOfMonth, WhyThisAmount
    from billing.queries.use_of_application import AskedByMaker

FREE = {
    Free.INCLUDED_APPLICATION: gettext_lazy("Free: included application"),
    Free.SANDBOX: gettext_lazy("Free: sandbox"),
    Free.DEVELOPMENT: gettext_lazy("Free: development tenant"),
    Free.NOT_SUBSCRIBED: gettext_lazy("Free: no subscription that month"),
    Free.NO_PRICE: gettext_lazy("Free: no price that month"),
}

CSV_HEADER = (
    gettext_lazy("Day"),
    gettext_lazy("Tenant"),
    gettext_lazy("Meter"),
    gettext_lazy("Application"),
    gettext_lazy("Class"),
    gettext_lazy("Quantity"),
    gettext_lazy("Counts"),
)

MAKERS_CSV_HEADER = (
    gettext_lazy("Day"),
    gettext_lazy("Customer"),
    gettext_lazy("Tenant"),
    gettext_lazy("Meter"),
    gettext_lazy("Client id"),
    gettext_lazy("Quantity"),
)

DAYS_PER_PAGE = 50


@dataclass(frozen=True)
class Row:
    """A month of one application at one tenant; `address`: its days. `client_id` tells rows apart
    where it reports by several.
    """

    tenant: str
    meter: str
    application: str
    usage_class: str
    quantity: str
    charged: str
    address: str = ""
    client_id: str = ""


@dataclass(frozen=True)
class MakersRow:
    """What an application used at one tenant, in the month or on a day of it."""

    customer: str
    tenant: str
    meter: str
    client_id: str
    quantity: str
    day: dt.date | None
    address: str


@dataclass(frozen=True)
class Sum:
    name: str
    quantity: str
    unit_amount: str
    net: Money
    is_this_line: bool


@dataclass(frozen=True, kw_only=True)
class Day(Row):
    day: dt.date
    events: str
    fingerprint: str


@dataclass(frozen=True)
class WhyPage:
    title: str
    period: str
    facts: list[tuple[str, str]]
    used: list[Row]
    sums: list[Sum]
    page: Page[DayOfUse]
    days: list[Day]
    together: list[tuple[str, str]]  # of all days, not of the page alone


def month_text(first_day: dt.date) -> str:
    return format_date(first_day, "MMMM y", locale=locale_of(language()))


def rows(sums: Iterable[SumOfUse], names: NamesOfUse, asked: Asked) -> list[Row]:
    """Each leads to its days."""
    sums = list(sums)
    return [
        replace(row, address=_address(each, names, asked))
        for each, row in zip(sums, _rows(sums, names), strict=True)
    ]


def day_rows(days: Iterable[DayOfUse], names: NamesOfUse) -> list[Day]:
    days = list(days)
    return [
        Day(**vars(row), day=each.day, events=_n(each.events), fingerprint=each.fingerprint)
        for each, row in zip(days, _rows(days, names), strict=True)
    ]


def _rows(sums: Iterable[SumOfUse], clients: NamesOfUse) -> list[Row]:
    sums = list(sums)
    names = meter_names(language())
    apart = _told_apart((each.application for each in sums), clients)
    return [
        Row(
            tenant=each.tenant,
            meter=names.get(each.meter, each.meter),
            application=_application(each.application, clients),
            usage_class=str(each.usage_class.label),
            quantity=_n(each.quantity),
            charged=charged_text(each.free),
            client_id=apart.get(each.application, ""),
        )
        for each in sums
    ]


def _told_apart(said: Iterable[str], names: NamesOfUse) -> dict[str, str]:
    """What was said of applications of which the same name would stand at several."""
    by_name: dict[str, set[str]] = defaultdict(set)
    for each in said:
        by_name[names.of(each)].add(each)
    return {each: each for same in by_name.values() if len(same) > 1 for each in same}


def _application(said: str, names: NamesOfUse) -> str:
    name = names.of(said)
    return _("Not said which") if name == NOT_SAID else name


def _address(used: SumOfUse, names: NamesOfUse, asked: Asked) -> str:
    """The same page, of that application and place alone."""
    wanted = _place(used, asked) | {"application": names.of(used.application)}
    return f"?{urlencode(wanted)}"


def _place(used: SumOfUse, asked: Asked) -> dict[str, str | int]:
    wanted: dict[str, str | int] = {
        "month": str(asked.month),
        "tenant": used.tenant_id,
        "meter": used.meter,
    }
    return wanted | ({"day": asked.day.day} if asked.day else {})


def charged_text(free: Free | None) -> str:
    return str(FREE[free]) if free else _("Yes")


def makers_rows(sums: Iterable[SumOfUse], asked: AskedByMaker) -> list[MakersRow]:
    """Each leads to its days."""
    sums = list(sums)
    customers = customers_of(asked.application, {each.tenant_id for each in sums})
    names = meter_names(language())
    return [
        MakersRow(
            customer=customers.get(each.tenant_id, ""),
            tenant=each.tenant,
            meter=names.get(each.meter, each.meter),
            client_id=each.application,
            quantity=_n(each.quantity),
            day=each.day if isinstance(each, DayOfUse) else None,
            address=f"?{urlencode(_place(each, asked))}",
        )
        for each in sums
    ]


def makers_csv_rows(days: Iterable[DayOfUse], asked: AskedByMaker) -> Iterator[tuple[object, ...]]:
    """A row per day, with days as ISO 8601."""
    customers = customers_of(asked.application, set(tenants_of(asked.application)))
    names = meter_names(language())
    for each in days:
        yield (
            each.day.isoformat(),
            customers.get(each.tenant_id, ""),
            each.tenant,
            names.get(each.meter, each.meter),
            each.application,
            each.quantity,
        )


def places(found: Iterable[PlaceOfMonth], asked: Asked) -> list[PlaceOfMonth]:
    """None for a part of what counts: an allowance is of all applications, for all the month."""
    return [
        each
        for each in found
        if not asked.is_part_of_a_whole
        and asked.tenant_id in (None, each.tenant_id)
        and asked.meter in ("", each.meter)
    ]


def csv_rows(days: Iterable[DayOfUse], clients: NamesOfUse) -> Iterator[tuple[object, ...]]:
    """A row per day, with days as ISO 8601."""
    names = meter_names(language())
    for each in days:
        yield (
            each.day.isoformat(),
            each.tenant,
            names.get(each.meter, each.meter),
            clients.of(each.application) if each.application else "",
            each.usage_class.label,
            each.quantity,
            charged_text(each.free),
        )


def why_page(found: WhyThisAmount, page_number: str | None) -> WhyPage:
    why, line = found.why, found.line
    clients = names_of_use(line.invoice.organisation)
    page = Paginator(found.days, DAYS_PER_PAGE).get_page(page_number)
    names = meter_names(language())
    apart = _told_apart((each["application"] for each in why["used"]), clients)
    return WhyPage(
        title=f"{found.product} · {found.component}",
        period=period_text(line.period_from, line.period_until, language()),
        facts=[
            (_("Counts against the allowance"), _n(why["charged"])),
            *(
                (_("Of which in %(period)s") % {"period": _period(each)}, _n(each["charged"]))
                for each in why.get("stretches", ())
            ),
            (_("Users when the month ended"), _n(why["users"])),
            (_("Allowance"), _n(why["allowance"])),
            (_("Charged above it"), _n(max(0, why["charged"] - why["allowance"]))),
            (_("Billed before"), money(Money(Decimal(why["already_billed"]), found.currency))),
            (_("Fingerprint of the events counted"), why["fingerprint"]),
        ],
        used=[
            Row(
                line.tenant_label or _("For the whole organisation"),
                names.get(why["meter"], why["meter"]),
                _application(each["application"], clients),
                str(UsageClass(each["class"]).label),
                _n(each["quantity"]),
                charged_text(Free(each["free"]) if each["free"] else None),
                client_id=apart.get(each["application"], ""),
            )
            for each in why["used"]
        ],
        sums=[
            Sum(
                name=_sum_name(each["code"]),
                quantity=_n(each["quantity"]),
                unit_amount=money_text(
                    Decimal(each["unit_amount"]), found.currency, language(), exact=True
                ),
                net=Money(Decimal(each["net"]), found.currency),
                is_this_line=each["code"] == why["code"],
            )
            for each in why["sums"]
        ],
        page=page,
        days=day_rows(page, clients),
        together=[
            (_("Counts against the allowance"), _n(found.counted.charged)),
            *((str(FREE[free]), _n(found.counted.free[free])) for free in found.counted.free),
        ],
    )


def _period(stretch: Mapping[str, Any]) -> str:
    first, until = (dt.date.fromisoformat(stretch[side]) for side in ("from", "until"))
    return period_text(first, until, language())


def _sum_name(code: str) -> str:
    part = code.partition(".")[2]
    if part == "minimum":
        return _("Up to the minimum per month")
    return _("Tier %(number)s") % {"number": part} if part else _("All of it")


def _n(number: int) -> str:
    return number_text(number, language())
