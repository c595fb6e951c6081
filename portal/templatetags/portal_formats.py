"""Filters that write money, numbers, dates and times in the reader's language."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.pricing import PriceModel
from portal import formatting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.pricing import Rate

register = template.Library()


class MoneyLike(Protocol):
    """What `catalog.money.Money` is to a page."""

    @property
    def amount(self) -> Decimal: ...

    @property
    def currency(self) -> Any: ...


def _language() -> str:
    return get_language() or "en"


@register.filter
def money(value: MoneyLike | Decimal | int | None, currency: str = "") -> str:
    """`{{ line.net|money }}` for Money, `{{ amount|money:"EUR" }}` for a bare Decimal."""
    if value is None or value == "":
        return ""
    if isinstance(value, Decimal | int):
        amount, code = Decimal(value), currency
    else:
        amount, code = value.amount, currency or value.currency
    code = str(getattr(code, "code", getattr(code, "value", code)))
    return formatting.money_text(amount, code, _language())


@register.filter
def rate(value: Rate | None, currency: str) -> str:
    """What is charged by use costs: `{{ component.rate|rate:"EUR" }}`, in a few words."""
    return _("not charged") if value is None else "; ".join(_rate_words(value, currency))


def _rate_words(rate: Rate, currency: str) -> Iterator[str]:
    def exact(amount: Decimal) -> str:
        return formatting.money_text(amount, currency, _language(), exact=True)

    if rate.included:
        yield _("%(number)s included") % {"number": number(rate.included)}
    if rate.included_per_user:
        yield _("%(number)s included per user") % {"number": number(rate.included_per_user)}
    if rate.package_size:
        words = {"amount": exact(rate.unit_amount), "number": number(rate.package_size)}
        yield _("%(amount)s per %(number)s") % words
    elif not rate.tiers:
        yield _("%(amount)s each") % {"amount": exact(rate.unit_amount)}
    for tier in rate.tiers:
        words = {"amount": exact(tier.unit_amount), "number": number(tier.up_to)}
        yield _tier_words(rate.model, is_last=tier.up_to is None) % words
    if rate.minimum:
        yield _("at least %(amount)s per month") % {"amount": exact(rate.minimum)}


def _tier_words(model: PriceModel, *, is_last: bool) -> str:
    if model is PriceModel.VOLUME:
        return (
            _("%(amount)s each for more") if is_last else _("%(amount)s each for up to %(number)s")
        )
    return _("%(amount)s each above that") if is_last else _("%(amount)s each up to %(number)s")


@register.filter
def number(value: Decimal | int | None) -> str:
    return "" if value is None else formatting.number_text(value, _language())


@register.filter
def percent(value: Decimal | None) -> str:
    """A rate as a fraction, 0.21, as "21%"."""
    return "" if value is None else formatting.percent_text(value, _language())


def _local(value: dt.datetime, zone: str | dt.tzinfo | None = None) -> dt.datetime:
    if isinstance(zone, str):
        zone = ZoneInfo(zone) if zone else None
    return value.astimezone(zone or timezone.get_current_timezone())


def _date(value: dt.datetime | dt.date) -> dt.date:
    return _local(value).date() if isinstance(value, dt.datetime) else value


@register.filter
def instant(value: dt.datetime | None, zone: str | dt.tzinfo | None = None) -> str:
    """An instant with its zone, in the current one or the one named."""
    return "" if value is None else formatting.instant_text(_local(value, zone), _language())


@register.filter
def short_instant(value: dt.datetime | None, zone: str | dt.tzinfo | None = None) -> str:
    """As `instant`, the month in three letters: for tables and feeds."""
    if value is None:
        return ""
    return formatting.instant_text(_local(value, zone), _language(), short=True)


@register.filter
def instant_of_year(value: dt.datetime, zone: str | dt.tzinfo | None = None) -> str:
    """As `short_instant` and without its year: where nothing is older than weeks."""
    return formatting.instant_of_year_text(_local(value, zone), _language())


@register.filter
def last_minute(value: dt.datetime | None, zone: str | dt.tzinfo | None = None) -> str:
    """A half-open end as people say it: midnight of 1 January is "31 December at 23:59"."""
    if value is None:
        return ""
    at = formatting.last_minute(_local(value, zone))
    return formatting.instant_text(at, _language())


@register.filter
def day(value: dt.datetime | dt.date | None) -> str:
    return "" if value is None else formatting.day_text(_date(value), _language())


@register.filter
def short_day(value: dt.datetime | dt.date | None) -> str:
    return "" if value is None else formatting.day_text(_date(value), _language(), short=True)


@register.filter
def last_day(value: dt.datetime | dt.date | None) -> str:
    """The last day of a half-open period, from its `_until`."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return formatting.day_text(formatting.last_minute(_local(value)).date(), _language())
    return formatting.day_text(value - dt.timedelta(days=1), _language())


@register.filter
def month_name(value: dt.datetime | dt.date | None) -> str:
    return "" if value is None else formatting.month_text(_date(value), _language())


@register.simple_tag
def period(from_: dt.datetime | dt.date, until: dt.datetime | dt.date) -> str:
    """A half-open period, last day included: `{% period line.from_ line.until %}`."""
    return formatting.period_text(_date(from_), _date(until), _language())
