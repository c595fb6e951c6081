from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from subscriptions.applications.availability import availabilities
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.applications.verdicts import UNLICENSED
from subscriptions.models import Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Tenant

RULE = "No application is active without a live licence of all that it needs."

# An end that has come takes effect at once, and is written down by the next tick of the schedule.
GRACE = dt.timedelta(minutes=10)


def check(*, at: dt.datetime) -> Iterator[str]:
    """A suspended subscription keeps its applications authorised, so it counts as live."""
    active = Authorisation.objects.filter(status=AuthorisationStatus.ACTIVE)
    authorisations = list(active.select_related("application", "tenant").order_by("pk"))
    for pk, availability in availabilities(authorisations, at).items():
        if availability.obstacle in UNLICENSED:
            authorisation = next(a for a in authorisations if a.pk == pk)
            for product in sorted(availability.missing):
                if not _has_live_subscription(authorisation.tenant, product, at):
                    yield f"authorisation {pk} on tenant {authorisation.tenant_id}: {product}"


def _has_live_subscription(tenant: Tenant, product: str, at: dt.datetime) -> bool:
    serving = Subscription.objects.serving(tenant).filter(product__code=product)
    return serving.in_force_at(at).exists() or serving.in_force_at(at - GRACE).exists()
