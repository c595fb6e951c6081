"""What an answer of the register is worth, and when it is asked again. Pure.

The register is VIES, in which the member states of the European Union say whose VAT numbers are
valid. What is decided upon it, and why these spans: docs/decisions/0044.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from msgspec import Struct

from billing.vat import VatNumber
from subscriptions.periods import Month, start_of

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from billing.drafts import Buyer

# A yes counts for the two runs after it, so that an outage of a whole round stops nobody.
COUNTS_FOR = dt.timedelta(days=62)
# Everybody is asked about once a month, from this day on: before the month's run.
ROUND_BEGINS_ON = 25
# A no is asked again after this: registers are late with new businesses.
ASKED_AGAIN_AFTER = dt.timedelta(days=7)
# While a member state does not answer, after its first silence, the second, …; the last repeats.
RETRY_AFTER = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
)


class Answer(Struct, frozen=True, kw_only=True):
    """What the register said last of a buyer's number."""

    is_valid: bool
    asked_at: dt.datetime


def vat_number_of(buyer: Buyer, *, at: dt.datetime) -> VatNumber:
    """What is known of the buyer's VAT number, for what is issued as of `at`.

    An answer that counts at the beginning of a month counts for that month's run however late
    it is; one that came meanwhile counts too.
    """
    if not buyer.vat_number_well_formed:
        return VatNumber.MISSING
    if not buyer.asks_register:
        return VatNumber.VALID
    if buyer.answer is None:
        return VatNumber.UNCONFIRMED
    if not buyer.answer.is_valid:
        return VatNumber.REFUSED
    counts = at - buyer.answer.asked_at <= COUNTS_FOR
    return VatNumber.VALID if counts else VatNumber.UNCONFIRMED


def round_begun(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Since when everybody must have been asked about: the last 25th, at midnight."""
    month = Month.at(at, zone)
    begins = _round_of(month, zone)
    return begins if begins <= at else _round_of(month.previous, zone)


def retry_at(asked_at: dt.datetime, silences: int) -> dt.datetime:
    """When a member state is asked again that was silent `silences` times on end."""
    return asked_at + RETRY_AFTER[min(silences, len(RETRY_AFTER)) - 1]


def _round_of(month: Month, zone: ZoneInfo) -> dt.datetime:
    return start_of(month.first_day.replace(day=ROUND_BEGINS_ON), zone)
