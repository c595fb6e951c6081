"""Whether an application may be used on a tenant at an instant: from facts to the answer. Pure.

Pages come here through `availability.py`, the entitlement API and tokens through
`entitlement_facts.py`: one rule for all, so that they cannot differ.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from catalog.eligibility import Deployment, Scenario, development_tools_needed
from subscriptions.entitlements import DATABASE_MIRRORING, DEVELOPMENT_TOOLS, SOD, latest_end

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from subscriptions.entitlements import Licence, Place

ACTIVE = "active"
DEACTIVATED = "deactivated"
# By the customer, perhaps for a time: what asks for more does so within that time.
GIVEN = (ACTIVE, "confirmed", "needs_reapproval")
MIRRORING = "mirroring"  # the capability
CUSTOM = "custom"
SCENARIOS = {
    CUSTOM: Scenario.ACTIVATE_CUSTOM_APPLICATION,
    "standard": Scenario.PUBLISH_STANDARD_APPLICATION,
}


class Obstacle(StrEnum):
    """Why an application is not available, the first that applies."""

    NOT_AUTHORISED = "not_authorised"
    EXPIRED = "expired"  # let in for a time that is over, whether or not that was written down
    BLOCKED = "blocked"  # the application itself, by the vendor, wherever it was let in
    LICENCE_MISSING = "licence_missing"  # of Development Tools, whatever is missing besides
    MIRRORING_MISSING = "mirroring_missing"  # the licence of Database Mirroring alone
    TENANT_NOT_RUNNING = "tenant_not_running"


UNLICENSED = (Obstacle.LICENCE_MISSING, Obstacle.MIRRORING_MISSING)


@dataclass(frozen=True, slots=True)
class Availability:
    obstacle: Obstacle | None
    # When a licence it lives on, or the time it was let in for, is known to end.
    until: dt.datetime | None = None
    # The codes of the products that it waits for, of one that is let in or deactivated.
    missing: frozenset[str] = frozenset()

    @property
    def available(self) -> bool:
        return self.obstacle is None


def products_needed(
    kind: str, deployment: str, environment: str, agreed_capabilities: Collection[str] | None
) -> frozenset[str]:
    """The codes of all the products that must give a licence for such an application.

    Development Tools by the seed's table: custom always, standard only on-premise. A custom one
    that was let in with mirroring needs Database Mirroring as well; a standard one brings it
    along (D1.4), and on-premise the database is the customer's own. Nothing on a free SOD
    tenant.
    """
    mirrors = agreed_capabilities is not None and MIRRORING in agreed_capabilities
    return _products_needed(kind, deployment, environment == SOD, mirrors)


@cache
def _products_needed(kind: str, deployment: str, is_sod: bool, mirrors: bool) -> frozenset[str]:
    if is_sod or not development_tools_needed(SCENARIOS[kind], Deployment(deployment)):
        return frozenset()
    if mirrors and kind == CUSTOM and deployment == Deployment.ONLINE:
        return frozenset({DEVELOPMENT_TOOLS, DATABASE_MIRRORING})
    return frozenset({DEVELOPMENT_TOOLS})


class Consent(msgspec.Struct, frozen=True):
    """An application, and how far it has come on the tenant; no status: it never asked."""

    id: int
    kind: str
    status: str | None
    deactivation: str | None = ""  # why, of one that is deactivated
    valid_until: dt.datetime | None = None
    agreed_capabilities: tuple[str, ...] | None = None  # that the customer's yes was to
    is_blocked: bool = False  # by the vendor, on every tenant


def judge(
    consent: Consent, place: Place, licences: Iterable[Licence], at: dt.datetime
) -> Availability:
    """Whether the application may be used on the tenant."""
    until = consent.valid_until
    if consent.status in GIVEN and until and until <= at:
        return Availability(Obstacle.EXPIRED)
    if consent.status not in (ACTIVE, DEACTIVATED):
        return Availability(Obstacle.NOT_AUTHORISED)
    needed = products_needed(
        consent.kind, place.deployment, place.environment, consent.agreed_capabilities
    )
    giving: dict[str, list[Licence]] = {code: [] for code in needed}
    for licence in licences:
        if licence.product_code in giving:
            giving[licence.product_code].append(licence)
    missing = frozenset(code for code, given in giving.items() if not given)
    if consent.status != ACTIVE:
        return Availability(Obstacle.NOT_AUTHORISED, missing=missing)
    if consent.is_blocked or missing:
        obstacle = Obstacle.BLOCKED if consent.is_blocked else _obstacle(missing)
        return Availability(obstacle, missing=missing)
    if not place.is_running:
        return Availability(Obstacle.TENANT_NOT_RUNNING)
    ends = (until, *(latest_end(given) for given in giving.values()))
    return Availability(None, min((end for end in ends if end), default=None))


def _obstacle(missing: Collection[str]) -> Obstacle:
    tools = DEVELOPMENT_TOOLS in missing
    return Obstacle.LICENCE_MISSING if tools else Obstacle.MIRRORING_MISSING


class Code(IntEnum):
    """The platform's own result codes for an application on a tenant (D3.6).

    Those of a sign-in at the platform are not given here: 2, 6 and 7.
    """

    NO_ERROR = 0
    REVOKED = 1
    EXPIRED = 3
    DENIED = 4
    NEEDS_REAPPROVAL = 5


class Verdict(msgspec.Struct, frozen=True):
    """Whether an application may be used on a tenant, and what to say when it may not."""

    allowed: bool
    code: Code
    reason: str | None
    detail: str
    until: dt.datetime | None


_NEVER_ASKED = "not_requested"
_DETAILS: dict[str | None, tuple[Code, str]] = {
    None: (Code.NO_ERROR, "The application may be used."),
    _NEVER_ASKED: (Code.DENIED, "The application never asked to be let in here."),
    "requested": (Code.DENIED, "The customer has not answered yet."),
    "confirmed": (Code.DENIED, "The customer has confirmed; the app manager has not granted yet."),
    "denied": (Code.DENIED, "Access was denied."),
    "needs_reapproval": (
        Code.NEEDS_REAPPROVAL,
        "The application can do more than the customer agreed to.",
    ),
    Obstacle.EXPIRED: (Code.EXPIRED, "The time that access was given for is over."),
    "revoked": (Code.REVOKED, "Access was revoked."),
    Obstacle.BLOCKED: (Code.REVOKED, "The application is blocked by the vendor of the CRM."),
    "licence_ended": (Code.REVOKED, "The subscription that the application needs has ended."),
    "needs_more": (
        Code.REVOKED,
        "The application needs a subscription that it did not need before.",
    ),
    "plan_changed": (
        Code.REVOKED,
        "The CRM Suite plan no longer includes what the application needs.",
    ),
    Obstacle.LICENCE_MISSING: (
        Code.REVOKED,
        "The subscription that the application needs is missing or suspended.",
    ),
    Obstacle.MIRRORING_MISSING: (
        Code.REVOKED,
        "Database Mirroring, which the application needs as well, is missing or suspended.",
    ),
    # Consent stands, and so does the licence: nothing has to be asked for again.
    Obstacle.TENANT_NOT_RUNNING: (Code.NO_ERROR, "The tenant is not running."),
}


def verdict(
    consent: Consent, place: Place, licences: Iterable[Licence], at: dt.datetime
) -> Verdict:
    """The same as `judge`, in the platform's words."""
    return told(consent, judge(consent, place, licences, at))


def told(consent: Consent, found: Availability) -> Verdict:
    """What was judged, in the platform's words."""
    reason: str | None = found.obstacle
    if found.obstacle is Obstacle.NOT_AUTHORISED:
        reason = consent.deactivation or consent.status or _NEVER_ASKED
    if reason == Obstacle.LICENCE_MISSING and found.missing:
        reason = _obstacle(found.missing)  # also of one that waits for its first licence
    code, detail = _DETAILS[reason]
    return Verdict(found.available, code, reason, detail, found.until)
