"""What a tenant's state does to what it has: applications stop with it and come back with it.

What is deleted does not come back: its subscriptions end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from customers.locks import lock_organisation
from customers.models import Tenant, TenantState
from customers.operations import tenants
from subscriptions.applications.deactivation import (
    cut_off_suspended,
    tell_that_it_is_gone,
    tell_what_works_again,
)
from subscriptions.operations.endings import end_with_tenant
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor


@transaction.atomic
def change_state(
    tenant: Tenant, state: TenantState, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note the state the platform reports; where it stops, tokens end in this transaction.

    Consent stays: a tenant that runs again has its applications again, with new tokens. Who
    built them is told of a suspension and of its end, and of a deletion.
    Raises OnPremiseStateUnknown, TenantDeleted.
    """
    lock_organisation(tenant.organisation_id)
    was_there = Tenant.objects.filter(pk=tenant.pk).exclude(state=TenantState.DELETED).exists()
    tenant = tenants.change_tenant_state(tenant, state, by=by, at=at, reason=reason)
    if tenant.is_running:
        tell_what_works_again(tenant, at)
    else:
        cut_off_suspended(tenant, at)
    if was_there and tenant.state == TenantState.DELETED:
        tell_that_it_is_gone(tenant, at)
        end_with_tenant(tenant, reason=reason, by=by, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant
