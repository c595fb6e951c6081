"""What may be used on a tenant at an instant: from facts and times to the answer. Pure.

Pages come here through `licences.py`, the entitlement API through `entitlement_facts.py`: one
rule for both, so that they cannot differ. Of applications it is `applications/verdicts.py`.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from catalog.eligibility import version_reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEVELOPMENT_TOOLS = "development-tools"
DATABASE_MIRRORING = "database-mirroring"
SOD = "sod"  # the environment in which every developer has the tools for free (D1.2)


# --- Licences ---


class Term(msgspec.Struct, frozen=True):
    """The times of one subscription; `paused` holds its suspensions as half-open periods."""

    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    paused: tuple[tuple[dt.datetime, dt.datetime | None], ...] = ()

    def in_force(self, at: dt.datetime) -> bool:
        """Started and not over: at the very instant of `ends_at` it is over."""
        if self.starts_at is None or at < self.starts_at:
            return False
        return self.ends_at is None or at < self.ends_at

    def gives_access(self, at: dt.datetime) -> bool:
        paused = any(start <= at and (end is None or at < end) for start, end in self.paused)
        return self.in_force(at) and not paused

    def stands_until(self, at: dt.datetime) -> dt.datetime | None:
        """The next known instant after `at` at which the answer may change, or None."""
        instants = [self.starts_at, self.ends_at, *(i for pause in self.paused for i in pause)]
        return min((i for i in instants if i is not None and i > at), default=None)


@dataclass(frozen=True, slots=True)
class Content:
    """What a product version unlocks, and where. Written once, so it may be remembered."""

    product_code: str
    capabilities: tuple[str, ...]
    deployments: frozenset[str]
    included_in_plans: frozenset[str] = frozenset()
    minimum_versions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


class Held(msgspec.Struct, frozen=True):
    """A subscription that serves a tenant: its own, or its organisation's."""

    subscription_id: int
    content: Content
    term: Term


class Place(msgspec.Struct, frozen=True):
    """A tenant, as far as it decides what may be used there."""

    deployment: str
    environment: str
    crm_version: tuple[int, ...]
    crm_suite_plan: str
    is_running: bool
    is_gone: bool = False  # deleted for good
    user_plans: tuple[str, ...] = ()  # those that somebody has


class Source(StrEnum):
    """What gives a licence."""

    SUBSCRIPTION = "subscription"
    PLAN = "plan"  # a CRM Suite plan that includes the product (D2.8)
    DEVELOPER_TENANT = "developer_tenant"


class Licence(msgspec.Struct, frozen=True):
    """The right to use a product's capabilities on a tenant."""

    content: Content
    source: Source
    since: dt.datetime | None = None  # None unless a subscription gives it
    until: dt.datetime | None = None  # None while nobody has cancelled
    subscription_id: int | None = None
    plan: str = ""

    @property
    def product_code(self) -> str:
        return self.content.product_code

    @property
    def capabilities(self) -> tuple[str, ...]:
        if self.source is not Source.PLAN:
            return self.content.capabilities
        return tuple(
            code for code in self.content.capabilities if limit_of(code, self.plan) != NONE_OF_IT
        )


def licences_at(
    place: Place, held: Iterable[Held], current: Iterable[Content], at: dt.datetime
) -> tuple[Licence, ...]:
    """Every licence of a tenant. `current` is what is sold today: plans follow it at once.

    One that is gone has none, also of what its organisation has as a whole.
    """
    if place.is_gone:
        return ()
    subscribed = (
        Licence(
            each.content,
            Source.SUBSCRIPTION,
            each.term.starts_at,
            each.term.ends_at,
            each.subscription_id,
        )
        for each in held
        if place.deployment in each.content.deployments and each.term.gives_access(at)
    )
    return (*subscribed, *_given(place, current))


def _given(place: Place, current: Iterable[Content]) -> Iterable[Licence]:
    """What comes without a subscription."""
    for content in current:
        if place.deployment not in content.deployments:
            continue
        if place.crm_suite_plan and place.crm_suite_plan in content.included_in_plans:
            yield Licence(content, Source.PLAN, plan=place.crm_suite_plan)
        elif place.environment == SOD and content.product_code == DEVELOPMENT_TOOLS:
            yield Licence(content, Source.DEVELOPER_TENANT)


def latest_end(licences: Iterable[Licence]) -> dt.datetime | None:
    """When the last of them is known to end; None when one has no known end, or there is none."""
    ends = [licence.until for licence in licences]
    return None if None in ends else max((end for end in ends if end), default=None)


def changes_at(
    held: Iterable[Held], at: dt.datetime, *others: dt.datetime | None
) -> dt.datetime | None:
    """The next known instant after `at` at which an answer may change, or None."""
    known = [*(each.term.stands_until(at) for each in held), *others]
    return min((instant for instant in known if instant and instant > at), default=None)


# --- Capabilities ---


class Missing(StrEnum):
    """Why a capability that a licence gives cannot be used now, the first that applies."""

    TENANT_NOT_RUNNING = "tenant_not_running"
    CRM_VERSION_TOO_LOW = "crm_version_too_low"


class Capability(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something a tenant has a licence for. What is not named here, it may not use."""

    code: str
    available: bool
    source: tuple[Source, ...]
    until: dt.datetime | None = None  # the known end of what gives it
    reason: Missing | None = None
    minimum_crm_version: str | None = None
    right: str | None = None  # the functional right a person needs besides
    user_plans: dict[str, tuple[str, ...]] | None = None  # what people with a plan may do
    limit: int | None = None  # how many the CRM Suite plan allows


RIGHTS = {"screen-designer": "field-administrator"}

_WITH_SERVICE, _WITHOUT = 0, 1
# D1.2: what people do with it depends on their own user plan; several plans add up.
PER_PLAN = {
    "extra-tables": (("view", "edit", "search", "report"), ("view", "edit")),
    "custom-screens": (("use",), ("use_in_web_panel",)),
}
# D2.8: what a CRM Suite plan fences in; a subscription of the tenant's own knows no limit.
NONE_OF_IT = 0
LIMITS = {"extra-tables": {"starter": NONE_OF_IT, "core": NONE_OF_IT, "growth": 15}}


def capabilities_at(place: Place, licences: Iterable[Licence]) -> tuple[Capability, ...]:
    """In the order in which the licences name them."""
    giving: dict[str, list[Licence]] = {}
    for licence in licences:
        for code in licence.capabilities:
            giving.setdefault(code, []).append(licence)
    return tuple(_capability(code, place, given) for code, given in giving.items())


def _capability(code: str, place: Place, given: list[Licence]) -> Capability:
    minimum = min([licence.content.minimum_versions.get(code, ()) for licence in given])
    reason = None
    if not place.is_running:
        reason = Missing.TENANT_NOT_RUNNING
    elif minimum and not version_reached(place.crm_version, minimum):
        reason = Missing.CRM_VERSION_TOO_LOW
    sources = tuple(dict.fromkeys([licence.source for licence in given]))
    return Capability(
        code=code,
        available=reason is None,
        source=sources,
        until=latest_end(given),
        reason=reason,
        minimum_crm_version=".".join(map(str, minimum)) if minimum else None,
        right=RIGHTS.get(code),
        user_plans=_per_plan(code, place.user_plans),
        limit=limit_of(code, place.crm_suite_plan) if sources == (Source.PLAN,) else None,
    )


def _per_plan(code: str, plans: Iterable[str]) -> dict[str, tuple[str, ...]] | None:
    rights = PER_PLAN.get(code)
    if rights is None:
        return None
    return {plan: rights[_WITH_SERVICE if _has_service(plan) else _WITHOUT] for plan in plans}


def _has_service(plan: str) -> bool:
    """The old plan `complete` held all three solutions (D2.6)."""
    return plan == "complete" or plan.startswith("service-")


def limit_of(code: str, plan: str) -> int | None:
    """How many a CRM Suite plan allows; None: as many as one likes."""
    return LIMITS.get(code, {}).get(plan)


def first_plan_with(code: str) -> str | None:
    """The smallest CRM Suite plan that allows any of it, of what the plans fence in."""
    return next((plan for plan, limit in LIMITS.get(code, {}).items() if limit != NONE_OF_IT), None)
