"""What may become of an authorisation. Pure: no rows, no clock.

Expiry is a date, `valid_until`: a yes past it gives nothing, whether or not a job has written
EXPIRED down. What a licence or a tenant's state takes away is not here either:
see `availability.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class AuthorisationStatus(TextChoices):
    REQUESTED = "requested", _("Waiting for the customer")
    CONFIRMED = "confirmed", _("Waiting for the app manager")
    ACTIVE = "active", _("Active")
    NEEDS_REAPPROVAL = "needs_reapproval", _("Needs approval again")
    DENIED = "denied", _("Denied")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    DEACTIVATED = "deactivated", _("Deactivated")


# Over until somebody asks anew, on the same row.
OVER = (
    AuthorisationStatus.DENIED,
    AuthorisationStatus.EXPIRED,
    AuthorisationStatus.REVOKED,
)
# With the instant it was closed; what is deactivated may come back by itself.
CLOSED = (*OVER, AuthorisationStatus.DEACTIVATED)
# The customer has said yes, and neither took it back nor is asked for another.
STANDING = (
    AuthorisationStatus.CONFIRMED,
    AuthorisationStatus.ACTIVE,
    AuthorisationStatus.DEACTIVATED,
)
# It works, or did until it could do more than was agreed to: the end of its licence ends both.
LET_IN = (AuthorisationStatus.ACTIVE, AuthorisationStatus.NEEDS_REAPPROVAL)
# The customer is asked for its yes.
ASKED = (AuthorisationStatus.REQUESTED, AuthorisationStatus.NEEDS_REAPPROVAL)


class Action(StrEnum):
    REQUEST = "request"
    APPROVE = "approve"  # the customer, for a standard application
    CONFIRM = "confirm"  # the customer, for a custom one
    GRANT = "grant"  # the app manager
    DENY = "deny"
    REVOKE = "revoke"
    EXPIRE = "expire"
    DEACTIVATE = "deactivate"  # the licence it needs is gone
    RESTORE = "restore"
    WIDEN = "widen"  # the application can do more than was agreed to


_S = AuthorisationStatus

TRANSITIONS: tuple[tuple[AuthorisationStatus, Action, AuthorisationStatus], ...] = (
    (_S.REQUESTED, Action.APPROVE, _S.ACTIVE),
    (_S.REQUESTED, Action.CONFIRM, _S.CONFIRMED),
    (_S.REQUESTED, Action.DENY, _S.DENIED),
    (_S.REQUESTED, Action.WIDEN, _S.REQUESTED),
    (_S.CONFIRMED, Action.GRANT, _S.ACTIVE),
    (_S.CONFIRMED, Action.DENY, _S.DENIED),
    (_S.CONFIRMED, Action.EXPIRE, _S.EXPIRED),
    (_S.CONFIRMED, Action.WIDEN, _S.REQUESTED),  # the yes was to something smaller
    (_S.ACTIVE, Action.REVOKE, _S.REVOKED),
    (_S.ACTIVE, Action.EXPIRE, _S.EXPIRED),
    (_S.ACTIVE, Action.DEACTIVATE, _S.DEACTIVATED),
    (_S.ACTIVE, Action.WIDEN, _S.NEEDS_REAPPROVAL),
    (_S.NEEDS_REAPPROVAL, Action.APPROVE, _S.ACTIVE),
    (_S.NEEDS_REAPPROVAL, Action.CONFIRM, _S.CONFIRMED),
    (_S.NEEDS_REAPPROVAL, Action.DENY, _S.DENIED),
    (_S.NEEDS_REAPPROVAL, Action.REVOKE, _S.REVOKED),
    (_S.NEEDS_REAPPROVAL, Action.EXPIRE, _S.EXPIRED),  # what it was let in for is over as well
    (_S.NEEDS_REAPPROVAL, Action.WIDEN, _S.NEEDS_REAPPROVAL),
    (_S.NEEDS_REAPPROVAL, Action.DEACTIVATE, _S.DEACTIVATED),  # its consent outlasts no promise
    (_S.NEEDS_REAPPROVAL, Action.RESTORE, _S.ACTIVE),  # it can do no more than agreed to, again
    (_S.DEACTIVATED, Action.RESTORE, _S.ACTIVE),
    (_S.DEACTIVATED, Action.WIDEN, _S.DEACTIVATED),  # looked at when it comes back
    (_S.DEACTIVATED, Action.REVOKE, _S.REVOKED),
    (_S.DEACTIVATED, Action.REQUEST, _S.REQUESTED),
    (_S.DENIED, Action.REQUEST, _S.REQUESTED),
    (_S.EXPIRED, Action.REQUEST, _S.REQUESTED),
    (_S.REVOKED, Action.REQUEST, _S.REQUESTED),
)

_OUTCOMES = {(source, action): target for source, action, target in TRANSITIONS}


class WrongStep(Refusal):
    """The authorisation is not at the step that this belongs to; it may have moved meanwhile."""

    sentence = _("This is no longer possible: somebody has dealt with the request already.")


def outcome(status: str, action: Action) -> AuthorisationStatus:
    """The status after `action`. Raises WrongStep when `status` does not allow it."""
    try:
        return _OUTCOMES[AuthorisationStatus(status), action]
    except KeyError:
        raise WrongStep(f"an authorisation that is {status} cannot {action}") from None


def allows(status: str, action: Action) -> bool:
    return (AuthorisationStatus(status), action) in _OUTCOMES


class Capability(TextChoices):
    """What a customer has to agree to anew when an application gains it (D3.5)."""

    SYSTEM_USER = "system_user", _("System user")
    WEBHOOKS = "webhooks", _("Webhooks")
    MIRRORING = "mirroring", _("Database mirroring")


class Wanted(NamedTuple):
    """What an application asks a customer for, by its published version."""

    capabilities: list[str]
    scopes: list[str]

    def beyond(self, agreed: Collection[str]) -> list[str]:
        """What of it was not agreed to, capabilities first."""
        return [each for each in (*self.capabilities, *self.scopes) if each not in agreed]


def is_wider(wanted: Iterable[str], agreed: Iterable[str]) -> bool:
    """Whether `wanted` holds a capability that was not agreed to."""
    return not set(wanted) <= set(agreed)
