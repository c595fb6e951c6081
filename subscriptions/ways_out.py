"""How a subscription can still end before a day, as its product's policy has it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.queries import seller_for
from subscriptions.lifecycle import Status
from subscriptions.periods import Month

if TYPE_CHECKING:
    from subscriptions.models import Subscription


@dataclass(frozen=True)
class AtMonthEnd:
    """It ends with the month in which it is cancelled, or in which `notice_days` are over then.

    Cancelled before `cancelled_before` that is in time.
    """

    cancelled_before: dt.datetime
    notice_days: int


@dataclass(frozen=True)
class WaysOut:
    """Either of them, or both; `at_once`: it may be ended on any day before.

    `is_chosen`: whoever cancels is asked when it should end, also where only “now” is in time.
    """

    at_month_end: AtMonthEnd | None
    at_once: bool
    is_chosen: bool

    def __bool__(self) -> bool:
        return self.at_once or self.at_month_end is not None


def ways_out(subscription: Subscription, *, before: dt.datetime, at: dt.datetime) -> WaysOut:
    """What whoever may cancel can still do at `at`, so that it has ended by `before`.

    An order that waits is withdrawn and not cancelled; what has an end can only end sooner.
    """
    policy = subscription.product_version.policy
    if subscription.status not in (Status.ACTIVE, Status.SUSPENDED) or at >= before:
        return WaysOut(None, at_once=False, is_chosen=False)
    found = None
    at_month_end = policy.cancel_at_month_end and subscription.ends_at is None
    if at_month_end:
        zone = seller_for(subscription.organisation.country).zone
        last = Month.at(before, zone).starts_at(zone)
        # The notice has to be over before that end (`periods.month_end`).
        cancelled_before = last - dt.timedelta(days=policy.notice_days)
        if at < cancelled_before:
            found = AtMonthEnd(cancelled_before, policy.notice_days)
    return WaysOut(found, at_once=policy.cancel_now, is_chosen=at_month_end and policy.cancel_now)
