"""The tenant that comes with a subscription: a copy of the one it was ordered for (D1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Environment, Tenant, TenantKind, TenantState, UserPlan
from customers.operations.tenants import NewTenant, register_tenant
from customers.refusals import Refusal
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from customers.models import Person


class SandboxNotSetUp(Refusal):
    sentence = _("Give the identifier and CRM version of the sandbox that the platform has made.")


class SandboxThereAlready(Refusal):
    """Another one than the one that was named: two would be paid for as one."""

    sentence = _(
        "Another sandbox of this tenant has been registered since you opened this page. "
        "Please look at the order again."
    )


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """The sandbox that the platform has made."""

    identifier: str
    crm_version: str


def sandbox_of(subscription: Subscription) -> Tenant | None:
    """The copy that came with it; of an order that waits, the one that it will use again.

    None for what brings none.
    """
    if subscription.status == Status.REQUESTED:
        return sandbox_in_use(subscription)
    return subscription.delivered_tenant


def left_sandbox(subscription: Subscription) -> Tenant | None:
    """The sandbox that came with it, if the platform has not taken that away."""
    tenant = subscription.delivered_tenant
    return None if tenant is None or tenant.is_gone else tenant


def goes_on_in(subscription: Subscription) -> Tenant | None:
    """The sandbox that came with it, if something that was ordered for that has no end."""
    tenant = left_sandbox(subscription)
    if tenant is None:
        return None
    own = Subscription.objects.live().filter(tenant=tenant, ends_at__isnull=True)
    return tenant if own.exists() else None


def sandbox_in_use(order: Subscription) -> Tenant | None:
    """The copy of its tenant that is there, if it brings one: the next one is a new one."""
    if not order.product_version.makes_tenant or order.tenant is None:
        return None
    there = Tenant.objects.copied_from(order.tenant).exclude(state=TenantState.DELETED)
    return there.newest_first().first()


def waits_for_set_up(order: Subscription) -> bool:
    """Whether a confirmation has to say which tenant the platform has made."""
    return order.product_version.makes_tenant and sandbox_in_use(order) is None


@transaction.atomic
def provide(
    subscription: Subscription,
    set_up: SetUp | None,
    *,
    users: Mapping[str, int],
    by: Person,
    at: dt.datetime,
) -> Tenant:
    """The sandbox that is there, or the one that was set up, registered with `users` per plan.

    It is noted as what came with the subscription; the caller holds the organisation's lock, and
    tells the platform when that starts. Raises SandboxNotSetUp, SandboxThereAlready,
    TenantAlreadyRegistered, SandboxSourceUnfit.
    """
    there = sandbox_in_use(subscription)
    if there and set_up and set_up.identifier.upper() != there.identifier.upper():
        raise SandboxThereAlready
    tenant = there or _registered(subscription, set_up, users=users, by=by, at=at)
    subscription.delivered_tenant = tenant
    subscription.save(update_fields=["delivered_tenant"])
    return tenant


def _registered(
    subscription: Subscription,
    set_up: SetUp | None,
    *,
    users: Mapping[str, int],
    by: Person,
    at: dt.datetime,
) -> Tenant:
    source = subscription.tenant
    if set_up is None or source is None:
        raise SandboxNotSetUp
    new = NewTenant(
        name=f"{source.name[:90]} sandbox",
        environment=Environment(source.environment),
        kind=TenantKind.SANDBOX,
        source=source,
        identifier=set_up.identifier,
        crm_version=set_up.crm_version,
        users={UserPlan(code): count for code, count in users.items() if code in UserPlan},
    )
    return register_tenant(subscription.organisation, new, by=by, at=at)
