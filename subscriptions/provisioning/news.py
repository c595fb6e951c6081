"""What the platform tells the portal, as it comes in: read and checked, without any row."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from customers.models import CrmSuitePlan, TenantState, UserPlan

_SAYS = {
    "tenant.state": "Of type tenant.state it says a `state`, and nothing else.",
    "tenant.changed": "Of type tenant.changed it says a `change`, and nothing else.",
    "tenant.plans": "Of type tenant.plans it says `plans`, and nothing else.",
}
LARGEST_BODY = 64_000  # bytes: an event takes less than one of them
_WITHOUT_NUL = r"^[^\u0000]*$"  # which no text in the database holds


class UnreadableEvent(Exception):
    """Not an event of docs/operation-center.json; the message says where and why."""


class Change(StrEnum):
    """The platform's words (D2.3)."""

    UPGRADE = "Upgrade"
    BACKUP_RESTORED = "BackupRestored"  # also sent after a sandbox was replaced
    SUSPEND = "Suspend"
    RESUME = "Resume"
    DELETE = "Delete"
    MOVE = "Move"


# The state that a change leads to; the others leave it as it is.
LEADS_TO = {
    Change.SUSPEND: TenantState.SUSPENDED,
    Change.RESUME: TenantState.RUNNING,
    Change.DELETE: TenantState.DELETED,
}


class Place(msgspec.Struct, frozen=True):
    environment: Literal["sod", "stage", "production"]
    identifier: Annotated[str, Meta(pattern=r"^[Cc][Uu][Ss][Tt][0-9]{1,12}$")]


class Plans(msgspec.Struct, frozen=True):
    """All that the tenant has: who is not named has no users, and without a plan there is none."""

    users: dict[UserPlan, Annotated[int, Meta(ge=0, le=1_000_000)]]
    crm_suite_plan: CrmSuitePlan | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a tenant is in or has, or something that was done to it. Numbered per tenant."""

    id: Annotated[str, Meta(min_length=1, max_length=100, pattern=_WITHOUT_NUL)]
    type: Literal["tenant.state", "tenant.changed", "tenant.plans"]
    tenant: Place
    sequence: Annotated[int, Meta(ge=1, le=2**62)]
    at: Annotated[dt.datetime, Meta(tz=True)]
    state: TenantState | None = None
    change: Change | None = None
    version: Annotated[str, Meta(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=20)] | None = None
    public_endpoint: Annotated[str, Meta(max_length=200, pattern=_WITHOUT_NUL)] = ""
    # Unset, not None: the fingerprints of events from before it was known stay what they are.
    plans: Plans | msgspec.UnsetType = msgspec.UNSET

    @property
    def new_state(self) -> TenantState | None:
        return LEADS_TO.get(self.change) if self.change else self.state


def read(body: bytes) -> Event:
    """Raises UnreadableEvent."""
    try:
        event = msgspec.json.decode(body, type=Event)
    except (msgspec.DecodeError, msgspec.ValidationError) as wrong:
        raise UnreadableEvent(str(wrong)) from None
    said = {
        "tenant.state": event.state is not None,
        "tenant.changed": event.change is not None,
        "tenant.plans": event.plans is not msgspec.UNSET,
    }
    if [type_ for type_, is_said in said.items() if is_said] != [event.type]:
        raise UnreadableEvent(_SAYS[event.type])
    if event.change is Change.UPGRADE and event.version is None:
        raise UnreadableEvent("An Upgrade says to which `version`.")
    return event
