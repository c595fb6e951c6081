"""Off means off, and the way back: what a licence's end and return do to applications."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from catalog.queries import current_version
from customers.history import Entry, record_many
from subscriptions.applications.availability import DEVELOPMENT_TOOLS, needs_development_tools
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.licences import products_of

if TYPE_CHECKING:
    from customers.actors import Actor
    from customers.models import Tenant


def deactivate_unlicensed(
    tenant: Tenant, *, by: Actor, at: dt.datetime, recorded_at: dt.datetime
) -> list[Authorisation]:
    """Deactivate every application on `tenant` whose licence is gone at `at`.

    Online those are the custom applications, on-premise all of them. Must run in the
    transaction that ends the licence; a second run finds nothing left to do.
    """
    if DEVELOPMENT_TOOLS in products_of(tenant, at):
        return []
    stopped = [
        authorisation
        for authorisation in _on(tenant, AuthorisationStatus.ACTIVE)
        if needs_development_tools(authorisation.application, tenant)
    ]
    for authorisation in stopped:
        authorisation.status = AuthorisationStatus.DEACTIVATED
        authorisation.deactivation = Authorisation.Deactivation.LICENCE_ENDED
        authorisation.closed_at = at
        authorisation.save(update_fields=["status", "deactivation", "closed_at"])
    _tell(stopped, "deactivated", by=by, at=at, recorded_at=recorded_at)
    return stopped


def restore_licensed(
    tenant: Tenant, *, restore_days: int, by: Actor, at: dt.datetime
) -> tuple[list[Authorisation], list[Authorisation]]:
    """Bring back what waits for a licence that `tenant` has again at `at`.

    Within `restore_days` of its deactivation an application is active at once; after that
    its consent is asked for again. Returns (restored, asking for consent).
    """
    if DEVELOPMENT_TOOLS not in products_of(tenant, at):
        return [], []
    restored, asking = [], []
    for authorisation in _on(tenant, AuthorisationStatus.DEACTIVATED):
        if comes_back(authorisation, restore_days=restore_days, at=at):
            _reopen(authorisation, AuthorisationStatus.ACTIVE)
            restored.append(authorisation)
        else:
            forget_consent(authorisation)
            _reopen(authorisation, AuthorisationStatus.REQUESTED)
            asking.append(authorisation)
    _tell(restored, "restored", by=by, at=at, recorded_at=at)
    _tell(asking, "consent_needed", by=by, at=at, recorded_at=at)
    return restored, asking


def comes_back(authorisation: Authorisation, *, restore_days: int, at: dt.datetime) -> bool:
    """Whether a deactivated application needs no new consent when its licence returns at `at`."""
    closed_at = authorisation.closed_at
    return closed_at is not None and at <= closed_at + dt.timedelta(days=restore_days)


def waits_for_its_licence(authorisation: Authorisation, at: dt.datetime) -> bool:
    """Whether a new subscription at `at` would bring a deactivated application back by itself."""
    if authorisation.status != AuthorisationStatus.DEACTIVATED:
        return False
    policy = current_version(DEVELOPMENT_TOOLS).policy
    return comes_back(authorisation, restore_days=policy.restore_days, at=at)


def forget_consent(authorisation: Authorisation) -> None:
    """Clear the customer's yes and the app manager's grant on the object; the caller saves."""
    authorisation.confirmed_by = authorisation.granted_by = None
    authorisation.confirmed_at = authorisation.granted_at = None


def _reopen(authorisation: Authorisation, status: AuthorisationStatus) -> None:
    authorisation.status = status
    authorisation.deactivation = ""
    authorisation.closed_at = None
    authorisation.save()


def _on(tenant: Tenant, status: AuthorisationStatus) -> list[Authorisation]:
    """Locked in primary-key order, with their applications."""
    return list(
        Authorisation.objects.on(tenant)
        .filter(status=status)
        .select_related("application")
        .select_for_update(of=["self"])
        .order_by("pk")
    )


def _tell(
    authorisations: list[Authorisation],
    verb: str,
    *,
    by: Actor,
    at: dt.datetime,
    recorded_at: dt.datetime,
) -> None:
    record_many(
        Entry(
            subject=authorisation,
            verb=f"authorisation.{verb}",
            organisation=authorisation.tenant.organisation,
            tenant=authorisation.tenant,
            by=by,
            at=at,
            recorded_at=recorded_at,
            details={"application": authorisation.application.name},
        )
        for authorisation in authorisations
    )
