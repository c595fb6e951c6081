"""How a meter's events are treated: decided by staff, from now on, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.metering.models import MeterPolicy
from customers.locks import take_turns_setting_policies
from customers.refusals import ChangedMeanwhile, Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from catalog.models import Meter
    from customers.models import Person

LONGEST_DETAIL = 120  # months


class DetailWouldBeGone(Refusal):
    sentence = _(
        "Detail has to be kept longer than events may be late: at least a month more than the "
        "maximum age, and at most 120 months."
    )


@transaction.atomic
def decide(
    meter: Meter,
    *,
    accepts_late: bool,
    max_age_days: int,
    detail_months: int,
    as_seen: Callable[[Meter], bool] | None = None,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> MeterPolicy:
    """In force for every event that arrives from now on; what was counted stays counted.

    Raises DetailWouldBeGone, ChangedMeanwhile when the meter's policy is no longer `as_seen`.
    """
    if not 1 <= max_age_days <= (detail_months - 1) * 28 or detail_months > LONGEST_DETAIL:
        raise DetailWouldBeGone
    take_turns_setting_policies()
    if as_seen and not as_seen(meter):
        raise ChangedMeanwhile
    return MeterPolicy.objects.create(
        meter=meter,
        accepts_late=accepts_late,
        max_age_days=max_age_days,
        detail_months=detail_months,
        reason=reason,
        decided_by=by,
        decided_at=at,
    )
