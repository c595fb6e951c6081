"""What an entitlement is judged from: read in one statement, without instances of models.

The statement is a piece of SQL that the caller puts behind its own question who is asking
(`billing/metering/asking.py`), so that both are answered by the same snapshot of the database.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads the annotations
from typing import TYPE_CHECKING

import msgspec

from catalog.eligibility import version_parts
from catalog.models import ProductVersion
from customers.models.tenants import TenantState, runs
from subscriptions.applications.verdicts import Consent  # noqa: TC001 - and these
from subscriptions.entitlements import Content, Held, Place, Term

if TYPE_CHECKING:
    from collections.abc import Iterable

# The conditions by which a tenant is named.
BY_ID = "tenant.id = %(tenant)s"
BY_IDENTIFIER = (
    "upper(tenant.identifier) = upper(%(tenant)s) AND tenant.identifier <> ''"
    " AND tenant.environment = %(environment)s"
)

_CURRENT = """
    SELECT DISTINCT ON (product_id) id, included_in_plans
    FROM catalog_productversion ORDER BY product_id, number DESC
"""

_FACTS = """
SELECT json_build_object(
    'id', tenant.id,
    'identifier', tenant.identifier,
    'deployment', tenant.deployment,
    'environment', tenant.environment,
    'crm_version', tenant.crm_version,
    'crm_suite_plan', tenant.crm_suite_plan,
    'state', tenant.state,
    'user_plans', ARRAY(
        SELECT plan FROM customers_tenantuserplan
        WHERE tenant_id = tenant.id AND users > 0 ORDER BY plan),
    'held', ARRAY(
        SELECT json_build_array(held.id, held.product_version_id, held.starts_at, held.ends_at,
            ARRAY(
                SELECT json_build_array(suspended_at, resumed_at)
                FROM subscriptions_suspension WHERE subscription_id = held.id
                ORDER BY suspended_at, id))
        FROM (
            SELECT id, product_version_id, starts_at, ends_at FROM subscriptions_subscription
            WHERE tenant_id = tenant.id
            UNION ALL
            SELECT id, product_version_id, starts_at, ends_at FROM subscriptions_subscription
            WHERE organisation_id = tenant.organisation_id AND tenant_id IS NULL
        ) AS held
        WHERE held.starts_at IS NOT NULL AND (held.ends_at IS NULL OR held.ends_at > %(at)s)
        ORDER BY held.id),
    'current', CASE
        WHEN tenant.crm_suite_plan <> '' OR tenant.environment = 'sod'
        THEN ARRAY(SELECT id FROM ({current}) AS current ORDER BY id)
    END,
    'application', {application}
)::text AS facts
FROM customers_tenant AS tenant
WHERE {named} AND ({seen}) AND {there}
"""

ASKED_ABOUT = "%(application)s"
_ASKED_ABOUT_IS_THERE = "EXISTS (SELECT FROM applications_application WHERE id = %(application)s)"

_APPLICATION = """(
    SELECT json_build_object(
        'id', application.id, 'kind', application.kind,
        'status', consent.status, 'deactivation', consent.deactivation,
        'valid_until', consent.valid_until,
        'agreed_capabilities', consent.agreed_capabilities,
        'is_blocked', application.blocked_at IS NOT NULL)
    FROM applications_application AS application
    LEFT JOIN applications_authorisation AS consent
        ON consent.application_id = application.id AND consent.tenant_id = tenant.id
    WHERE application.id = {id})"""


class _Subscription(msgspec.Struct, array_like=True):
    id: int
    version: int
    starts_at: dt.datetime
    ends_at: dt.datetime | None
    paused: tuple[tuple[dt.datetime, dt.datetime | None], ...]


class Facts(msgspec.Struct):
    """As the statement answers them."""

    id: int
    identifier: str
    deployment: str
    environment: str
    crm_version: str
    crm_suite_plan: str
    state: int
    user_plans: tuple[str, ...]
    held: tuple[_Subscription, ...]
    current: tuple[int, ...] | None
    application: Consent | None

    @property
    def place(self) -> Place:
        return Place(
            deployment=self.deployment,
            environment=self.environment,
            crm_version=version_parts(self.crm_version),
            crm_suite_plan=self.crm_suite_plan,
            is_running=runs(self.deployment, self.state),
            is_gone=self.state == TenantState.DELETED,
            user_plans=self.user_plans,
        )

    def held_there(self) -> tuple[Held, ...]:
        contents = contents_of(each.version for each in self.held)
        return tuple(
            Held(each.id, content, Term(each.starts_at, each.ends_at, each.paused))
            for each, content in zip(self.held, contents, strict=True)
        )

    def sold_today(self) -> tuple[Content, ...]:
        """Empty unless something may come without a subscription."""
        return contents_of(self.current or ())


_decode = msgspec.json.Decoder(Facts).decode


def statement(*, named: str, seen: str = "TRUE", application: str = "") -> str:
    """One row with `facts`, or none.

    `named` is BY_ID or BY_IDENTIFIER; `seen` a condition on `tenant` that leaves out what the
    one who asks may not see; `application`, in SQL, the id of the one whose consent is read:
    ASKED_ABOUT, another, or nobody's.
    Parameters: tenant, environment, application, at.
    """
    return _FACTS.format(
        current=_CURRENT,
        application=_APPLICATION.format(id=application) if application else "NULL",
        named=named,
        seen=seen,
        there=_ASKED_ABOUT_IS_THERE if application == ASKED_ABOUT else "TRUE",
    )


def read(facts: str) -> Facts:
    return _decode(facts)


# A version is written once (its trigger sees to it), so what was read of it stays true.
_known: dict[int, Content] = {}


def contents_of(versions: Iterable[int]) -> tuple[Content, ...]:
    """What these product versions unlock, in the same order; asks for each of them once."""
    versions = tuple(versions)
    unknown = [pk for pk in versions if pk not in _known]
    if unknown:
        _known.update(_read_contents(unknown))
    return tuple(_known[pk] for pk in versions)


def _read_contents(versions: Iterable[int]) -> Iterable[tuple[int, Content]]:
    rows = ProductVersion.objects.filter(pk__in=versions).values_list(
        "pk", "product__code", "capabilities", "deployments", "included_in_plans", "inside"
    )
    for pk, code, capabilities, deployments, plans, inside in rows:
        yield (
            pk,
            Content(
                product_code=code,
                capabilities=tuple(capabilities),
                deployments=frozenset(deployments),
                included_in_plans=frozenset(plans),
                minimum_versions={
                    each["code"]: version_parts(each["minimum_crm_version"])
                    for each in inside
                    if each["minimum_crm_version"]
                },
            ),
        )
