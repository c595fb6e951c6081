"""What the vendor decided for the whole portal, as values that staff change. Pure.

Policies of one product are in its versions (`catalog/policies.py`), those of one seller's runs and
one meter beside them (`billing/`). Here are those that concern everybody: what each may be, and
what it is until somebody changes it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


class Policy(StrEnum):
    LICENCE_FILE_WARNING = "licence_file_warning"  # before the end of the paid month
    LICENCE_FILE_GRACE = "licence_file_grace"  # after it (D2.6)
    ENTITLEMENTS_STAND = "entitlements_stand"  # who asked may rely on the answer
    SECRET_WARNING = "secret_warning"  # noqa: S105 - before an old client secret ends
    INVITATION_LASTS = "invitation_lasts"
    WEBHOOK_PATIENCE = "webhook_patience"  # of nothing but failures
    WEBHOOKS_KEPT = "webhooks_kept"
    ATTEMPTS_KEPT = "attempts_kept"  # to tell the platform
    MAIL_KEPT = "mail_kept"  # its text and attachments


class OutOfBounds(ValueError):
    """A policy cannot have this value."""


@dataclass(frozen=True, slots=True)
class Range:
    """How long a policy may be, in whole `unit`s, ends included."""

    default: int
    lowest: int
    highest: int
    unit: dt.timedelta = DAY

    def span(self, value: int) -> dt.timedelta:
        """Raises OutOfBounds."""
        if not self.lowest <= value <= self.highest:
            raise OutOfBounds(f"{value} is not between {self.lowest} and {self.highest}")
        return value * self.unit


RANGES: dict[Policy, Range] = {
    Policy.LICENCE_FILE_WARNING: Range(7, lowest=1, highest=28),
    Policy.LICENCE_FILE_GRACE: Range(12, lowest=0, highest=92),
    Policy.ENTITLEMENTS_STAND: Range(60, lowest=1, highest=3600, unit=SECOND),
    Policy.SECRET_WARNING: Range(7, lowest=1, highest=30),
    Policy.INVITATION_LASTS: Range(14, lowest=1, highest=90),
    # The attempts at one message take three days.
    Policy.WEBHOOK_PATIENCE: Range(5, lowest=4, highest=30),
    Policy.WEBHOOKS_KEPT: Range(90, lowest=7, highest=3650),
    Policy.ATTEMPTS_KEPT: Range(90, lowest=7, highest=3650),
    # Of letters with a link it says nothing: they go when they are sent, or given up for 15 days
    # and no invitation as old is open any more.
    Policy.MAIL_KEPT: Range(90, lowest=15, highest=3650),
}
