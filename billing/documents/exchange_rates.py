"""Exchange rates that staff enter: for the VAT that a seller states in its own currency as well."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.documents.models import ExchangeRate, Rendering
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Person

# By how much a rate may differ from the last one before somebody must say that it is right.
SELDOM_MORE_THAN = Decimal("0.10")


class RateIsThere(Refusal):
    sentence = _("The rate of this day has been entered already, and never changes.")


class DayHasNotCome(Refusal):
    sentence = _("This day has not come yet.")


class FarFromTheLast(Refusal):
    sentence = _("This is far from the last rate. What is entered cannot be changed: is it right?")


def rate_of(counting: Iterable[ExchangeRate], *, issued_at: dt.datetime) -> ExchangeRate | None:
    """At which of those that count on its day, the nearest first, what a document charges is
    converted: the nearest that was known when it was issued, else the one that was entered first.

    So what is entered later changes nothing, also where nothing is written down of it because it
    bears no VAT (docs/decisions/0071).
    """
    later: list[tuple[dt.datetime, ExchangeRate]] = []
    for rate in counting:
        if rate.entered_at is None or rate.entered_at <= issued_at:
            return rate
        later.append((rate.entered_at, rate))
    return min(later, key=lambda each: each[0])[1] if later else None


@transaction.atomic
def enter(
    *,
    currency: str,
    in_currency: str,
    on: dt.date,
    rate: Decimal,
    source: str,
    is_certain: bool = False,
    by: Person,
    at: dt.datetime,
) -> ExchangeRate:
    """What one unit of `currency` was worth `in_currency` that day; documents that were held for
    want of it are made anew, by the next turn.

    `is_certain` says that a rate far from the last one is right. Raises RateIsThere,
    DayHasNotCome, FarFromTheLast.
    """
    if on > at.date():
        raise DayHasNotCome
    of_pair = ExchangeRate.objects.of_pair(currency, in_currency)
    last = of_pair.order_by("-on").first()
    if last and not is_certain and abs(rate - last.rate) > last.rate * SELDOM_MORE_THAN:
        raise FarFromTheLast
    entered, is_new = of_pair.get_or_create(
        on=on,
        defaults={
            "currency": currency,
            "in_currency": in_currency,
            "rate": rate,
            "source": source,
            "entered_by": by,
            "entered_at": at,
        },
    )
    if not is_new:
        raise RateIsThere
    Rendering.objects.held_for_rate(entered).update(
        status=Rendering.Status.PENDING,
        attempts=0,
        next_attempt_at=at,
        retried_by=by,
        retried_at=at,
    )
    return entered
