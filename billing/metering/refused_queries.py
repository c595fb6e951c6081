"""What was refused, for the back office."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.metering.models import RefusedUsage
from customers.queries import search_organisations

if TYPE_CHECKING:
    from billing.metering.querysets import RefusedUsageQuerySet


@dataclass(frozen=True)
class Wanted:
    """What to look refused usage up by; what is empty leaves all in. Days are those of UTC."""

    code: str = ""
    customer: str = ""  # as staff look for one
    first: dt.date | None = None
    last: dt.date | None = None


def refused_found(wanted: Wanted) -> RefusedUsageQuerySet:
    """The newest first."""
    found: RefusedUsageQuerySet = RefusedUsage.objects.newest_first()
    found = found.because_of(wanted.code).between(wanted.first, wanted.last)
    return found.of_those(search_organisations(wanted.customer)) if wanted.customer else found


def nothing_refused() -> RefusedUsageQuerySet:
    none: RefusedUsageQuerySet = RefusedUsage.objects.none()
    return none


def refused_to_look_at(at: dt.datetime) -> RefusedUsageQuerySet:
    """What the platform reported in vain on days that are over, the first of them first."""
    waiting: RefusedUsageQuerySet = RefusedUsage.objects.to_look_at()
    return waiting.before(at.astimezone(dt.UTC).date()).order_by("day", "pk")
