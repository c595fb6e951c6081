"""Prices that were announced and have not come yet, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.formatting import day_text
from portal.pages.presenters.subscriptions import end, language, money
from subscriptions.periods import local_day
from subscriptions.prices import coming_price_changes, full_month
from subscriptions.ways_out import ways_out

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from subscriptions.models import PriceChange
    from subscriptions.queries import Held
    from subscriptions.ways_out import WaysOut


@dataclass(frozen=True)
class PriceChangeShown:
    title: str
    sentence: str
    for_staff: str


def price_changes(held: Held, at: dt.datetime, zone: ZoneInfo) -> list[PriceChangeShown]:
    """The prices that were announced and have not come yet."""
    coming = coming_price_changes(held.subscription, at)
    return [_price_change(held, change, at, zone) for change in coming]


def _price_change(
    held: Held, change: PriceChange, at: dt.datetime, zone: ZoneInfo
) -> PriceChangeShown:
    quantities = {each.component.code: each.quantity for each in held.positions}
    then = full_month(change.price_version, quantities).total
    told = {"told": day_text(local_day(change.announced_at, zone), language())}
    words = {
        "day": day_text(local_day(change.effective_at, zone), language()),
        "amount": money(then),
    }
    found = ways_out(held.subscription, before=change.effective_at, at=at)
    out = list(_ways_out(found, words["day"], zone))
    return PriceChangeShown(
        title=_("From %(day)s: %(amount)s per month, excl. VAT") % words,
        sentence=" ".join([_("We told you on %(told)s.") % told, *out]),
        for_staff=" ".join([_("Announced on %(told)s.") % told, *out]),
    )


def _ways_out(found: WaysOut, day: str, zone: ZoneInfo) -> Iterator[str]:
    """To end before `day`, for whoever reads it, who perhaps may not cancel."""
    if found.at_month_end:
        notice_days = found.at_month_end.notice_days
        yield (
            ngettext(
                "Once an owner or tenant administrator has cancelled it, it ends with the month in "
                "which %(number)s day of notice is over.",
                "Once an owner or tenant administrator has cancelled it, it ends with the month in "
                "which %(number)s days of notice are over.",
                notice_days,
            )
            % {"number": notice_days}
            if notice_days
            else _("It ends with the month in which an owner or tenant administrator cancels it.")
        )
        yield _("To end before %(day)s it has to be cancelled by %(by)s at the latest.") % {
            "by": end(found.at_month_end.cancelled_before, zone),
            "day": day,
        }
    if found.at_once:
        yield (
            _("It can also be ended at once, on any day before %(day)s.")
            if found.at_month_end
            else _(
                "An owner or tenant administrator can end it at once, on any day before %(day)s."
            )
        ) % {"day": day}
