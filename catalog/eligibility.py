"""Who needs Development Tools, and what stands in the way of an order. Pure.

Answers are codes with parameters; the words for people live in the portal's presenters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


class Deployment(StrEnum):
    ONLINE = "online"
    ON_PREMISE = "on_premise"


class Scope(StrEnum):
    SITE = "site"  # one licence per tenant, quantity 1
    TENANT = "tenant"  # per tenant, in the quantities ordered
    ORGANISATION = "organisation"  # one licence for all tenants of an organisation


# --- The advisor: "Do I need Development Tools?" (D1.2) ---


class Scenario(StrEnum):
    """What someone wants to do with the CRM."""

    CUSTOMISE_IN_SETTINGS = "customise_in_settings"
    PUBLISH_STANDARD_APPLICATION = "publish_standard_application"
    ACTIVATE_CUSTOM_APPLICATION = "activate_custom_application"


class Reason(StrEnum):
    """Why the answer is what it is."""

    SETTINGS_ARE_FREE = "settings_are_free"  # lists, templates, user-defined fields: always yours
    STANDARD_IS_EMBEDDED = "standard_is_embedded"  # online, App Store applications bring it along
    ON_PREMISE_ALWAYS = "on_premise_always"  # every integration on-premise needs the licence
    CUSTOM_ALWAYS = "custom_always"  # a custom application needs it, wherever it runs


class Already(StrEnum):
    """Why a tenant that needs the licence has nothing to order."""

    SUBSCRIBED = "subscribed"
    IN_PLAN = "in_plan"  # its CRM Suite plan includes the tools (D2.8)
    DEVELOPER_TENANT = "developer_tenant"  # a SOD tenant has the tools for free


@dataclass(frozen=True, slots=True)
class Answer:
    """`needed` is the seed's table; `already` is what a particular tenant has got."""

    scenario: Scenario
    deployment: Deployment
    needed: bool
    reason: Reason
    embedded: bool = False
    already: Already | None = None
    plan: str = ""  # the CRM Suite plan, with Already.IN_PLAN

    @property
    def must_order(self) -> bool:
        return self.needed and self.already is None


_TABLE: dict[tuple[Scenario, Deployment], tuple[bool, Reason]] = {
    (Scenario.CUSTOMISE_IN_SETTINGS, Deployment.ONLINE): (False, Reason.SETTINGS_ARE_FREE),
    (Scenario.CUSTOMISE_IN_SETTINGS, Deployment.ON_PREMISE): (False, Reason.SETTINGS_ARE_FREE),
    (Scenario.PUBLISH_STANDARD_APPLICATION, Deployment.ONLINE): (
        False,
        Reason.STANDARD_IS_EMBEDDED,
    ),
    (Scenario.PUBLISH_STANDARD_APPLICATION, Deployment.ON_PREMISE): (
        True,
        Reason.ON_PREMISE_ALWAYS,
    ),
    (Scenario.ACTIVATE_CUSTOM_APPLICATION, Deployment.ONLINE): (True, Reason.CUSTOM_ALWAYS),
    (Scenario.ACTIVATE_CUSTOM_APPLICATION, Deployment.ON_PREMISE): (True, Reason.CUSTOM_ALWAYS),
}


def advise(scenario: Scenario, deployment: Deployment) -> Answer:
    """The seed's table, for a reader of whom nothing is known."""
    needed, reason = _TABLE[scenario, deployment]
    embedded = reason is Reason.STANDARD_IS_EMBEDDED
    return Answer(scenario, deployment, needed, reason, embedded)


def advise_tenant(
    scenario: Scenario,
    tenant: TenantFacts,
    *,
    subscribed: bool,
    plans_including: Collection[str] = (),
) -> Answer:
    """The same for one tenant. `plans_including`: the CRM Suite plans that hold the tools.

    `subscribed` when a subscription gives it there now: one that is suspended gives nothing.
    """
    general = advise(scenario, Deployment(tenant.deployment))
    already, plan = None, ""
    if subscribed:
        already = Already.SUBSCRIBED
    elif tenant.crm_suite_plan and tenant.crm_suite_plan in plans_including:
        already, plan = Already.IN_PLAN, tenant.crm_suite_plan
    elif tenant.environment == "sod":
        already = Already.DEVELOPER_TENANT
    return Answer(
        general.scenario,
        general.deployment,
        general.needed,
        general.reason,
        general.embedded,
        already,
        plan,
    )


def advice_table() -> tuple[tuple[Answer, ...], ...]:
    """All answers: a row per scenario, a column per deployment, in the seed's order."""
    return tuple(
        tuple(advise(scenario, deployment) for deployment in Deployment) for scenario in Scenario
    )


def development_tools_needed(scenario: Scenario, deployment: Deployment) -> bool:
    return advise(scenario, deployment).needed


# --- Ordering: what stands in the way ---


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What a product version asks of the place where it is ordered."""

    code: str
    scope: Scope
    deployments: frozenset[str]
    minimum_crm_version: tuple[int, ...] | None = None
    prerequisites: frozenset[str] = frozenset()
    included_in_plans: frozenset[str] = frozenset()
    needs_online_source: bool = False  # copies an online production tenant


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """A tenant in plain values, so that the catalogue knows no other package.

    `crm_version` compares as numbers: (9, 10) is later than (9, 2). On-premise has no state and
    is always running.
    """

    deployment: str  # online, on_premise
    environment: str  # sod, stage, production
    kind: str  # production, sandbox, developer
    crm_version: tuple[int, ...]
    is_running: bool
    state: str = ""  # a label to hand back, such as "suspended"
    crm_suite_plan: str | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the tenant, or the organisation, has already: product codes.

    `subscribed` has a live order or subscription, `licensed` may be used right now, through a
    plan as well. `deployments` of the organisation's tenants matter to an ORGANISATION licence;
    None is "not known" and asks nothing.
    """

    subscribed: frozenset[str] = frozenset()
    licensed: frozenset[str] = frozenset()
    deployments: frozenset[str] | None = None


class RefusalCode(StrEnum):
    """Why not, with what `Refusal.needs` and `Refusal.has` hold."""

    WRONG_DEPLOYMENT = "wrong_deployment"  # needs: deployment that fits; has: the tenant's
    CRM_VERSION_TOO_LOW = "crm_version_too_low"  # needs: "10.0"; has: "9.2"
    MISSING_PREREQUISITE = "missing_prerequisite"  # needs: product code
    TENANT_NOT_RUNNING = "tenant_not_running"  # has: state
    ALREADY_SUBSCRIBED = "already_subscribed"
    INCLUDED_IN_PLAN = "included_in_plan"  # has: CRM Suite plan
    NOT_A_PRODUCTION_TENANT = "not_a_production_tenant"  # has: kind; a SOD tenant has tools free
    NO_TENANT_NEEDED = "no_tenant_needed"  # the licence is the organisation's
    TENANT_NEEDED = "tenant_needed"  # the licence is a tenant's, and none was named
    NO_TENANT_YET = "no_tenant_yet"  # the organisation has no production tenant to serve


class WayOut(StrEnum):
    """What the person can do about it."""

    CHOOSE_ANOTHER_TENANT = "choose_another_tenant"
    UPGRADE_CRM = "upgrade_crm"
    ORDER_PREREQUISITE = "order_prerequisite"
    WAIT_UNTIL_RUNNING = "wait_until_running"
    SEE_SUBSCRIPTION = "see_subscription"
    USE_WHAT_THE_PLAN_GIVES = "use_what_the_plan_gives"
    CHOOSE_PRODUCTION_TENANT = "choose_production_tenant"
    ORDER_FOR_ORGANISATION = "order_for_organisation"
    CHOOSE_TENANT = "choose_tenant"
    ASK_ABOUT_MOVING_ONLINE = "ask_about_moving_online"
    HAVE_TENANT_REGISTERED = "have_tenant_registered"


@dataclass(frozen=True, slots=True)
class Refusal:
    code: RefusalCode
    way_out: WayOut
    needs: str = ""
    has: str = ""


def why_not(product: ProductFacts, tenant: TenantFacts | None, holdings: Holdings) -> list[Refusal]:
    """Everything that stands in the way of ordering `product` here; empty when nothing does."""
    if product.scope is Scope.ORGANISATION:
        return _why_not_organisation(product, tenant, holdings)
    if tenant is None:
        return [Refusal(RefusalCode.TENANT_NEEDED, WayOut.CHOOSE_TENANT)]
    found = (
        _had_already(product, tenant, holdings),
        _wrong_place(product, tenant),
        _wrong_deployment(product, tenant),
        _version_too_low(product, tenant),
        _not_running(tenant),
        *_missing(product, holdings),
    )
    return [refusal for refusal in found if refusal]


def _why_not_organisation(
    product: ProductFacts, tenant: TenantFacts | None, holdings: Holdings
) -> list[Refusal]:
    refusals = []
    if tenant is not None:
        refusals.append(Refusal(RefusalCode.NO_TENANT_NEEDED, WayOut.ORDER_FOR_ORGANISATION))
    if product.code in holdings.subscribed:
        refusals.append(Refusal(RefusalCode.ALREADY_SUBSCRIBED, WayOut.SEE_SUBSCRIPTION))
    return [
        *refusals,
        *_serves_none(product, holdings.deployments),
        *_missing(product, holdings),
    ]


def _serves_none(product: ProductFacts, where: frozenset[str] | None) -> list[Refusal]:
    """Whether no tenant of the organisation would have anything of the licence."""
    if where is None or where & product.deployments:
        return []
    if not where:
        return [Refusal(RefusalCode.NO_TENANT_YET, WayOut.HAVE_TENANT_REGISTERED)]
    return [
        Refusal(
            RefusalCode.WRONG_DEPLOYMENT,
            WayOut.ASK_ABOUT_MOVING_ONLINE,
            needs=_listed(product.deployments),
            has=_listed(where),
        )
    ]


def _had_already(product: ProductFacts, tenant: TenantFacts, holdings: Holdings) -> Refusal | None:
    if product.code in holdings.subscribed:
        return Refusal(RefusalCode.ALREADY_SUBSCRIBED, WayOut.SEE_SUBSCRIPTION)
    if tenant.crm_suite_plan and tenant.crm_suite_plan in product.included_in_plans:
        return Refusal(
            RefusalCode.INCLUDED_IN_PLAN,
            WayOut.USE_WHAT_THE_PLAN_GIVES,
            has=tenant.crm_suite_plan,
        )
    return None


def _wrong_place(product: ProductFacts, tenant: TenantFacts) -> Refusal | None:
    """Nothing is sold for SOD or stage; a sandbox is a copy of production, never of a copy."""
    in_production = tenant.environment == "production" and tenant.kind != "developer"
    fits = tenant.kind == "production" if product.needs_online_source else True
    if in_production and fits:
        return None
    return Refusal(
        RefusalCode.NOT_A_PRODUCTION_TENANT, WayOut.CHOOSE_PRODUCTION_TENANT, has=tenant.kind
    )


def _wrong_deployment(product: ProductFacts, tenant: TenantFacts) -> Refusal | None:
    if tenant.deployment in product.deployments:
        return None
    way_out = (
        WayOut.ASK_ABOUT_MOVING_ONLINE
        if Deployment.ONLINE in product.deployments
        else WayOut.CHOOSE_ANOTHER_TENANT
    )
    return Refusal(
        RefusalCode.WRONG_DEPLOYMENT,
        way_out,
        needs=_listed(product.deployments),
        has=tenant.deployment,
    )


def _version_too_low(product: ProductFacts, tenant: TenantFacts) -> Refusal | None:
    minimum = product.minimum_crm_version
    if minimum is None or version_reached(tenant.crm_version, minimum):
        return None
    return Refusal(
        RefusalCode.CRM_VERSION_TOO_LOW,
        WayOut.UPGRADE_CRM,
        needs=version_text(minimum),
        has=version_text(tenant.crm_version),
    )


def _not_running(tenant: TenantFacts) -> Refusal | None:
    if tenant.is_running:
        return None
    return Refusal(RefusalCode.TENANT_NOT_RUNNING, WayOut.WAIT_UNTIL_RUNNING, has=tenant.state)


def _missing(product: ProductFacts, holdings: Holdings) -> list[Refusal]:
    return [
        Refusal(RefusalCode.MISSING_PREREQUISITE, WayOut.ORDER_PREREQUISITE, needs=code)
        for code in sorted(product.prerequisites - holdings.licensed)
    ]


# --- Versions of the CRM ---


def version_parts(text: str) -> tuple[int, ...]:
    """ "10.3" as (10, 3). Raises ValueError for anything but numbers and dots."""
    return tuple(int(part) for part in text.split("."))


def version_text(parts: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in parts)


def version_reached(has: tuple[int, ...], minimum: tuple[int, ...]) -> bool:
    """(10,) is as good as (10, 0): missing parts count as zero."""
    length = max(len(has), len(minimum))
    return _padded(has, length) >= _padded(minimum, length)


def _padded(parts: tuple[int, ...], length: int) -> tuple[int, ...]:
    return parts + (0,) * (length - len(parts))


def _listed(codes: Collection[str]) -> str:
    return ",".join(sorted(codes))
