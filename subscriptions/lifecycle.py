"""What may become of a subscription. Pure: no database, no clock.

What will happen later is a date on the subscription, never a status: a subscription with an
`ends_at` in the future is ACTIVE.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from customers.refusals import Refusal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Status(StrEnum):
    REQUESTED = "requested"  # waits for the vendor's staff to confirm
    ACTIVE = "active"
    SUSPENDED = "suspended"  # keeps everything, gives nothing
    ENDED = "ended"
    REJECTED = "rejected"  # by staff
    WITHDRAWN = "withdrawn"  # by the customer, before it was confirmed

    @classmethod
    def choices(cls) -> list[tuple[str, _StrPromise]]:
        return [(status.value, LABELS[status]) for status in cls]


LABELS = {
    Status.REQUESTED: _("Requested"),
    Status.ACTIVE: _("Active"),
    Status.SUSPENDED: _("Suspended"),
    Status.ENDED: _("Ended"),
    Status.REJECTED: _("Rejected"),
    Status.WITHDRAWN: _("Withdrawn"),
}

# Only one of these per site licence and tenant: the database refuses a second.
LIVE = (Status.REQUESTED, Status.ACTIVE, Status.SUSPENDED)


class Action(StrEnum):
    CONFIRM = "confirm"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    CHANGE_QUANTITY = "change_quantity"
    CANCEL = "cancel"
    WITHDRAW_CANCELLATION = "withdraw_cancellation"
    SUSPEND = "suspend"
    RESUME = "resume"
    END = "end"


TRANSITIONS: tuple[tuple[Status, Action, Status], ...] = (
    (Status.REQUESTED, Action.CONFIRM, Status.ACTIVE),
    (Status.REQUESTED, Action.REJECT, Status.REJECTED),
    (Status.REQUESTED, Action.WITHDRAW, Status.WITHDRAWN),
    (Status.ACTIVE, Action.CHANGE_QUANTITY, Status.ACTIVE),
    (Status.ACTIVE, Action.CANCEL, Status.ACTIVE),
    (Status.ACTIVE, Action.WITHDRAW_CANCELLATION, Status.ACTIVE),
    (Status.ACTIVE, Action.SUSPEND, Status.SUSPENDED),
    (Status.ACTIVE, Action.END, Status.ENDED),
    (Status.SUSPENDED, Action.RESUME, Status.ACTIVE),
    # Fewer: it goes on being charged meanwhile.
    (Status.SUSPENDED, Action.CHANGE_QUANTITY, Status.SUSPENDED),
    (Status.SUSPENDED, Action.CANCEL, Status.SUSPENDED),
    (Status.SUSPENDED, Action.WITHDRAW_CANCELLATION, Status.SUSPENDED),
    (Status.SUSPENDED, Action.END, Status.ENDED),
)

_OUTCOMES = {(source, action): target for source, action, target in TRANSITIONS}


class NotAllowedNow(Refusal):
    """The subscription's status does not allow this; somebody may have been quicker."""

    sentence = _(
        "This is no longer possible: the subscription has changed in the meantime. "
        "Below you see it as it is now."
    )

    def __init__(self, status: Status, action: Action) -> None:
        super().__init__(f"a subscription that is {status} cannot {action}")
        self.status = status
        self.action = action


def outcome(status: Status, action: Action) -> Status:
    """The status after `action`. Raises NotAllowedNow when `status` does not allow it."""
    try:
        return _OUTCOMES[status, action]
    except KeyError:
        raise NotAllowedNow(status, action) from None


def allows(status: Status, action: Action) -> bool:
    return (status, action) in _OUTCOMES
