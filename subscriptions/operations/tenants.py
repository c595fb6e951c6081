"""What a tenant's state does to what it has: applications stop with it and come back with it.

What is deleted does not come back: its subscriptions end.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers import queries
from customers.models import Tenant, TenantState
from customers.operations import tenants
from customers.refusals import Refusal
from subscriptions.applications.closing import close, is_open
from subscriptions.applications.deactivation import cut_off_suspended, tell_what_works_again
from subscriptions.applications.letters import write_to_maker
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.locks import lock_organisation
from subscriptions.models import Subscription
from subscriptions.operations.endings import end_with_tenant
from subscriptions.operations.orders import quantities_at
from subscriptions.provisioning import facts
from subscriptions.telling import write_of_tenant

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor
    from customers.models import Organisation, Person


class DeletionChanged(Refusal):
    sentence = _("Something has changed since you opened this page. Please read the list again.")


@dataclass(frozen=True)
class Deletion:
    """What ends with a tenant that is deleted, looked up at an instant."""

    ending: tuple[Subscription, ...]
    rejected: tuple[Subscription, ...]  # orders that wait
    stopping: tuple[Authorisation, ...]  # what is let in
    closing: tuple[Authorisation, ...]  # what waits, for a yes or for a licence
    fingerprint: str  # changes when anything does that a person should read again

    @property
    def ends_nothing(self) -> bool:
        return not (self.ending or self.rejected or self.stopping or self.closing)


def deletion(tenant: Tenant, *, at: dt.datetime) -> Deletion:
    """What deleting it would do. Changes nothing."""
    live = Subscription.objects.live().gone_with(tenant).with_names().with_price().order_by("pk")
    rejected = tuple(each for each in live if each.status == Status.REQUESTED)
    ending = tuple(each for each in live if each.status != Status.REQUESTED)
    there = Authorisation.objects.on(tenant).with_names().order_by("application__name", "pk")
    stopping = tuple(each for each in there if each.status == AuthorisationStatus.ACTIVE)
    closing = tuple(each for each in there if is_open(each) and each not in stopping)
    seen = [
        [
            (each.pk, str(each.ends_at), each.price_version_id, quantities_at(each, at))
            for each in ending
        ],
        [each.pk for each in rejected],
        [(each.pk, each.status) for each in (*stopping, *closing)],
    ]
    fingerprint = hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:32]
    return Deletion(ending, rejected, stopping, closing, fingerprint)


@transaction.atomic
def register(
    organisation: Organisation, new: tenants.NewTenant, *, by: Actor, at: dt.datetime
) -> Tenant:
    """Register a tenant, and tell the platform what the organisation's licences give it at once.

    Raises TenantAlreadyRegistered, SandboxSourceUnfit.
    """
    tenant = tenants.register_tenant(organisation, new, by=by, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant


@transaction.atomic
def rename(tenant: Tenant, name: str, *, by: Actor, at: dt.datetime) -> Tenant:
    """Call it something else for people, here and on the platform; its identifier stays."""
    tenant = tenants.rename(tenant, name, by=by, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant


@transaction.atomic
def delete(tenant: Tenant, *, confirmed: str, reason: str, by: Person, at: dt.datetime) -> Tenant:
    """Delete it for good, by hand, with all that it has itself: see `change_state`.

    `confirmed` is the fingerprint of the deletion that the person read. Raises DeletionChanged
    (nothing happened), OnPremiseStateUnknown, and TenantDeleted when it is and has nothing left.
    """
    lock_organisation(tenant.organisation_id)
    found = deletion(tenant, at=at)
    if found.fingerprint != confirmed:
        raise DeletionChanged
    tenant.refresh_from_db(fields=["state"])
    if tenant.state == TenantState.DELETED and found.ends_nothing:
        raise tenants.TenantDeleted
    return change_state(tenant, TenantState.DELETED, by=by, at=at, reason=reason)


@transaction.atomic
def change_state(
    tenant: Tenant, state: TenantState, *, by: Actor, at: dt.datetime, reason: str = ""
) -> Tenant:
    """Note the state the platform reports; where it stops, tokens end in this transaction.

    Consent stays: a tenant that runs again has its applications again, with new tokens. Who
    built them and who answers for the tenant are told of a suspension and of its end. With a
    deletion consent and the tenant's own subscriptions end for good, also those of one that was
    deleted before.
    Raises OnPremiseStateUnknown, TenantDeleted.
    """
    lock_organisation(tenant.organisation_id)
    was_suspended = _last_told_suspended(tenant)
    tenant = tenants.change_tenant_state(tenant, state, by=by, at=at, reason=reason)
    if tenant.is_running:
        tell_what_works_again(tenant, by=by, at=at)
    else:
        cut_off_suspended(tenant, by=by, at=at)
    if tenant.state == TenantState.SUSPENDED and not was_suspended:
        write_of_tenant(tenant, "tenant_suspended", at=at)
    elif tenant.state == TenantState.RUNNING and was_suspended:
        write_of_tenant(tenant, "tenant_resumed", at=at)
    if tenant.state == TenantState.DELETED:
        end_all(tenant, reason=reason, by=by, at=at)
    facts.tell([tenant.pk], at=at)
    return tenant


def _last_told_suspended(tenant: Tenant) -> bool:
    """Whether it was suspended after it ran last, whatever maintenance came between."""
    changes = queries.history_about(tenant).telling(["tenant.state_changed"])
    for change in changes:
        if change.details.get("to") in ("suspended", "running"):
            return bool(change.details["to"] == "suspended")
    return False


def end_all(tenant: Tenant, *, reason: str, by: Actor, at: dt.datetime) -> int:
    """End what a deleted tenant has, its subscriptions and what was let in; how many they were.

    Nothing comes back to a tenant that is gone. The makers of each application are told. The
    caller holds the organisation's lock.
    """
    ended = end_with_tenant(tenant, reason=reason, by=by, at=at)
    there = Authorisation.objects.on(tenant).with_names().order_by("pk")
    closed = close(there.select_for_update(of=["self"]), reason=reason, by=by, at=at)
    for these in closed.values():
        write_to_maker(these, "tenant_deleted", at=at)
    return ended + sum(map(len, closed.values()))
