"""What only the platform has: tenants that are not known here, or deleted here, and hold something.

Nothing is said to repair it. Who is not known here may be a customer's that nobody registered,
and who was deleted here may be in use there: a person looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models.functions import Upper

from customers.models import Deployment, Tenant, TenantState
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import Difference, Fact
from subscriptions.provisioning.wanted import SETTINGS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping

    from subscriptions.provisioning.models import Reconciliation
    from subscriptions.provisioning.reports import Key, Report


def list_only_there(
    run: Reconciliation, reported: Mapping[Key, Report], *, began: dt.datetime
) -> int:
    """Note them as differences of the run; returns how many. `began`: when the report did."""
    found = [*_strangers(run, reported), *_deleted(run, reported, began=began)]
    return len(Difference.objects.bulk_create(found, batch_size=facts.CHUNK))


def in_flight(tenant_ids: Collection[int], *, since: dt.datetime) -> set[int]:
    """Those whose facts wait, or were sent or taken at `since` or later."""
    theirs = Fact.objects.filter(tenant__in=tenant_ids)
    return {
        tenant_id
        for moving in (theirs.waiting(), theirs.sent_since(since), theirs.taken_since(since))
        for tenant_id in moving.values_list("tenant", flat=True)
    }


def _strangers(run: Reconciliation, reported: Mapping[Key, Report]) -> Iterator[Difference]:
    """Asked for after the report: who was registered meanwhile is known."""
    online = Tenant.objects.filter(deployment=Deployment.ONLINE)
    known = set(online.values_list("environment", Upper("identifier")))
    for key in sorted(reported.keys() - known):
        report = reported[key]
        if report.holds or report.odd_field:
            environment, identifier = key
            yield Difference(
                reconciliation=run,
                kind=Difference.Kind.STRANGER,
                reported={
                    "environment": environment,
                    "identifier": identifier,
                    "state": report.state,
                    "holds": sorted(report.holds),
                },
            )


def _deleted(
    run: Reconciliation, reported: Mapping[Key, Report], *, began: dt.datetime
) -> Iterator[Difference]:
    """What was not told to be theirs; without those that are being told of their end."""
    gone = Tenant.objects.filter(deployment=Deployment.ONLINE, state=TenantState.DELETED)
    held = {
        pk: report
        for pk, environment, identifier in gone.values_list(
            "pk", "environment", Upper("identifier")
        )
        if (report := reported.get((environment, identifier)))
        and (report.odd_field or report.holds.keys() - {SETTINGS})
    }
    told = facts.told_to(held)
    moving = in_flight(held, since=began)
    for tenant_id, report in held.items():
        surplus = sorted(report.holds.keys() - told[tenant_id].keys())
        if (surplus or report.odd_field) and tenant_id not in moving:
            yield Difference(
                reconciliation=run,
                tenant_id=tenant_id,
                kind=Difference.Kind.DELETED,
                reported={"state": report.state, "holds": surplus},
            )
