"""What a tenant's state does to what it has: applications stop with it and come back with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from customers.operations import tenants
from subscriptions.applications.deactivation import cut_off_suspended, tell_what_works_again
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor
    from customers.models import Tenant, TenantState


@transaction.atomic
def change_state(
    tenant: Tenant, state: TenantState, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note the state the platform reports; where it stops, tokens end in this transaction.

    Consent stays: a tenant that runs again has its applications again, with new tokens. Who
    built them is told of a suspension and of its end.
    Raises OnPremiseStateUnknown, TenantDeleted.
    """
    tenant = tenants.change_tenant_state(tenant, state, by=by, at=at, reason=reason)
    if tenant.is_running:
        tell_what_works_again(tenant, at)
    else:
        cut_off_suspended(tenant, at)
    facts.tell([tenant.pk], at=at)
    return tenant
