"""What a replaced sandbox loses: every yes that was given before it was replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.history import record
from subscriptions.applications.deactivation import cut_off
from subscriptions.applications.letters import write_to_approvers, write_to_maker
from subscriptions.applications.lifecycle import Action, allows, outcome
from subscriptions.applications.models import Authorisation

if TYPE_CHECKING:
    import datetime as dt

    from customers.actors import Actor
    from customers.models import Tenant

REASON = "BackupRestored"  # the platform's word: it is the platform that says so


def lose_consents_from_before(
    restored_at: dt.datetime, tenant: Tenant, *, by: Actor, at: dt.datetime
) -> list[Authorisation]:
    """Revoke what was agreed to before `restored_at`, or deny what waits for the app manager.

    What was agreed to since, and what is only asked for, stays. The caller holds the
    organisation's lock.
    """
    from_before = (
        Authorisation.objects.on(tenant)
        .filter(confirmed_at__lte=restored_at)
        .with_names()
        .select_for_update(of=["self"])
        .order_by("pk")
    )
    lost: dict[str, list[Authorisation]] = {"revoked": [], "denied": []}
    for authorisation in from_before:
        if allows(authorisation.status, Action.REVOKE):
            action, told = Action.REVOKE, "revoked"
        elif allows(authorisation.status, Action.DENY):
            action, told = Action.DENY, "denied"
        else:  # closed already
            continue
        authorisation.status = outcome(authorisation.status, action)
        authorisation.closed_at, authorisation.deactivation = at, ""
        authorisation.reason = REASON
        authorisation.save()
        _tell(authorisation, told, by=by, at=at)
        lost[told].append(authorisation)
    for told, these in lost.items():
        write_to_approvers(these, told, at=at)
        write_to_maker(these, told, at=at)
    everything = [*lost["revoked"], *lost["denied"]]
    cut_off(everything)
    return everything


def _tell(authorisation: Authorisation, told: str, *, by: Actor, at: dt.datetime) -> None:
    record(
        authorisation,
        "authorisation.revoked" if told == "revoked" else "authorisation.denied",
        organisation=authorisation.tenant.organisation,
        tenant=authorisation.tenant,
        by=by,
        at=at,
        reason=REASON,
        details={"application": authorisation.application.name},
    )
