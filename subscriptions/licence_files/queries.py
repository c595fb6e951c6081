"""Which licence files there are, and who waits for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.models import Deployment
from subscriptions.licence_files.models import LicenceFile
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt

    from customers.models import Tenant
    from subscriptions.licence_files.querysets import LicenceFileQuerySet


def files_of(tenant: Tenant) -> LicenceFileQuerySet:
    """The newest first, with their tenant."""
    return LicenceFile.objects.of(tenant).newest_first().select_related("tenant")


def waiting_for_their_first(at: dt.datetime) -> list[int]:
    """Ids of on-premise tenants that subscribe to something and have no present file."""
    found = (
        Subscription.objects.in_force_at(at)
        .filter(status=Status.ACTIVE, tenant__deployment=Deployment.ON_PREMISE)
        .exclude(tenant__in=LicenceFile.objects.present().values("tenant"))
    )
    return sorted(set(found.values_list("tenant", flat=True)))
