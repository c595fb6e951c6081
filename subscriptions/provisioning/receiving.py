"""What the platform's events do here: once each, and the same in whatever order they arrive.

They are numbered per tenant by the platform. A later state outlives an earlier one that comes
after it; what was restored concerns the consents from before it; deleted is deleted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from customers.actors import PLATFORM
from customers.history import record
from customers.locks import lock_organisation
from customers.models import Deployment, Tenant, TenantKind, TenantState
from customers.operations.tenants import change_crm_version
from subscriptions.operations import tenants
from subscriptions.operations.plans import Plans, change_plans
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import PlatformEvent
from subscriptions.provisioning.news import Change
from subscriptions.provisioning.restored import lose_consents_from_before

if TYPE_CHECKING:
    from subscriptions.provisioning import news
    from subscriptions.provisioning.news import Event

Outcome = PlatformEvent.Outcome
NOT_AHEAD = dt.timedelta()


class UnknownTenant(Exception):
    """No online tenant goes by this identifier in this environment."""


class OtherContent(Exception):
    """An event of this id, or of this number, has arrived with another content.

    `last` is the highest number known of the tenant: a platform that was restored from a backup
    goes on behind it.
    """

    def __init__(self, last: int) -> None:
        super().__init__(last)
        self.last = last


@transaction.atomic
def receive(
    said: Event, *, at: dt.datetime, ahead_by: dt.timedelta = NOT_AHEAD
) -> tuple[PlatformEvent, bool]:
    """Write the event down and do what it says; whether it was new comes with it.

    `ahead_by` is how far the portal's clock runs ahead of the platform's: by that much later
    it happened here. A second delivery finds the first and changes nothing, wherever the clock
    is by then. Raises UnknownTenant, OtherContent.
    """
    event = msgspec.structs.replace(said, at=said.at + ahead_by)
    tenant = _tenant_of(event)
    lock_organisation(tenant.organisation_id)
    tenant.refresh_from_db()
    digest = hashlib.sha256(msgspec.json.encode(said)).hexdigest()
    known = PlatformEvent.objects.of_number_or_id(tenant, event.sequence, event.id).first()
    if known is not None:
        if known.digest != digest:
            raise OtherContent(PlatformEvent.objects.last_number_of(tenant))
        return known, False
    outcome = _carry_out(event, tenant, at=at)
    row = PlatformEvent.objects.create(
        event_id=event.id,
        tenant=tenant,
        sequence=event.sequence,
        type=event.type,
        change=event.change or "",
        state=event.new_state,
        at=event.at,
        received_at=at,
        digest=digest,
        content=msgspec.to_builtins(said),
        outcome=outcome,
    )
    return row, True


def _tenant_of(event: Event) -> Tenant:
    place = event.tenant
    known = Tenant.objects.known_as(place.identifier, place.environment)
    tenant = known.filter(deployment=Deployment.ONLINE).select_related("organisation").first()
    if tenant is None:
        raise UnknownTenant
    return tenant


def _carry_out(event: Event, tenant: Tenant, *, at: dt.datetime) -> PlatformEvent.Outcome:
    if tenant.state == TenantState.DELETED:
        return _of_a_deleted_one(event, tenant, at=at)
    if event.plans is not msgspec.UNSET:
        return _plans_changed(event, event.plans, tenant, at=at)
    if event.change is Change.BACKUP_RESTORED:
        return _restored(event, tenant, at=at)
    if event.change is Change.UPGRADE:
        return _upgraded(event, tenant, at=at)
    if event.change is Change.MOVE:
        return _moved(event, tenant, at=at)
    return _state_changed(event, tenant, at=at)


def _state_changed(event: Event, tenant: Tenant, *, at: dt.datetime) -> PlatformEvent.Outcome:
    state = event.new_state
    if state is None:  # read() has refused it
        raise ValueError(event)
    earlier = PlatformEvent.objects.filter(tenant=tenant, state__isnull=False)
    if state != TenantState.DELETED and earlier.later_than(event.sequence).exists():
        return Outcome.OUTDATED
    reason = event.change or ""
    tenants.change_state(tenant, state, by=PLATFORM, at=at, reason=reason)
    return Outcome.APPLIED


def _of_a_deleted_one(event: Event, tenant: Tenant, *, at: dt.datetime) -> PlatformEvent.Outcome:
    """Nothing, but what it still had ends when the platform says once more that it is gone."""
    if event.new_state != TenantState.DELETED:
        return Outcome.IGNORED
    ended = tenants.end_all(tenant, reason=event.change or "", by=PLATFORM, at=at)
    return Outcome.APPLIED if ended else Outcome.IGNORED


def _upgraded(event: Event, tenant: Tenant, *, at: dt.datetime) -> PlatformEvent.Outcome:
    earlier = PlatformEvent.objects.filter(tenant=tenant, change=Change.UPGRADE)
    if earlier.later_than(event.sequence).exists():
        return Outcome.OUTDATED
    version = event.version or tenant.crm_version
    change_crm_version(tenant, version, by=PLATFORM, at=event.at, recorded_at=at)
    facts.tell([tenant.pk], at=at)
    return Outcome.APPLIED


def _plans_changed(
    event: Event, said: news.Plans, tenant: Tenant, *, at: dt.datetime
) -> PlatformEvent.Outcome:
    earlier = PlatformEvent.objects.filter(tenant=tenant, type=event.type)
    if earlier.later_than(event.sequence).exists():
        return Outcome.OUTDATED
    plans = Plans(users=said.users, crm_suite_plan=said.crm_suite_plan)
    change_plans(tenant, plans, by=PLATFORM, at=at)
    return Outcome.APPLIED


def _moved(event: Event, tenant: Tenant, *, at: dt.datetime) -> PlatformEvent.Outcome:
    """The host changes routinely and is kept nowhere (D2.1): a line of history."""
    record(
        tenant,
        "tenant.moved",
        organisation=tenant.organisation,
        tenant=tenant,
        by=PLATFORM,
        at=event.at,
        recorded_at=at,
        details={"public_endpoint": event.public_endpoint},
    )
    return Outcome.APPLIED


def _restored(event: Event, tenant: Tenant, *, at: dt.datetime) -> PlatformEvent.Outcome:
    """A replaced sandbox knows no application any more; a production tenant keeps them all."""
    record(
        tenant,
        "tenant.backup_restored",
        organisation=tenant.organisation,
        tenant=tenant,
        by=PLATFORM,
        at=event.at,
        recorded_at=at,
    )
    if tenant.kind == TenantKind.SANDBOX:
        lose_consents_from_before(event.at, tenant, by=PLATFORM, at=at)
        facts.tell([tenant.pk], at=at)
    return Outcome.APPLIED
