"""Applications that are active although nobody has what they need: found, and stopped.

None should be: an end stops what needed it. But what an application needs can grow, as it did
when mirroring came to need Database Mirroring (docs/decisions/0077), and no subscription ended.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from catalog.queries import current_version
from customers.actors import SCHEDULE
from customers.models import Tenant
from customers.turns import each_alone
from subscriptions.applications.availability import FOR_APPLICATIONS, availabilities
from subscriptions.applications.deactivation import deactivate_unlicensed, said_of
from subscriptions.applications.letters import write_to_approvers
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.applications.verdicts import UNLICENSED
from subscriptions.locks import lock_organisation
from subscriptions.models import Subscription
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subscriptions.applications.querysets import AuthorisationQuerySet

# An end that has come takes effect at once, and is written down by the next tick of the schedule.
GRACE = dt.timedelta(minutes=10)


class Unlicensed(NamedTuple):
    authorisation: Authorisation
    product: str  # the code of one that it needs and that is not subscribed to


def unlicensed_at(
    at: dt.datetime, among: AuthorisationQuerySet | None = None
) -> Iterator[Unlicensed]:
    """A suspended subscription keeps its applications authorised, so it counts as live."""
    found = Authorisation.objects.all() if among is None else among
    active = found.filter(status=AuthorisationStatus.ACTIVE)
    authorisations = {
        each.pk: each for each in active.select_related("application", "tenant").order_by("pk")
    }
    for pk, availability in availabilities(authorisations.values(), at).items():
        if availability.obstacle in UNLICENSED:
            for product in sorted(availability.missing):
                if not _is_subscribed_to(product, authorisations[pk].tenant, at):
                    yield Unlicensed(authorisations[pk], product)


def _is_subscribed_to(product: str, tenant: Tenant, at: dt.datetime) -> bool:
    serving = Subscription.objects.serving(tenant).filter(product__code=product)
    return serving.in_force_at(at).exists() or serving.in_force_at(at - GRACE).exists()


def stop_unlicensed(*, at: dt.datetime) -> int:
    """Deactivate each of them, as the end of what it needs would have; on how many tenants.

    Status, tokens, history, letters and the facts for the platform in a transaction of each
    tenant. They come back with the licence, in the days in which that takes no new consent. What
    is wrong with one is logged and stops no other; a second run finds nothing left to do.
    """
    tenants = {
        each.authorisation.tenant_id: each.authorisation.tenant for each in unlicensed_at(at)
    }
    return each_alone(
        sorted((pk, tenant.organisation_id) for pk, tenant in tenants.items()),
        lambda found: _stop_on(*found, at),
        trouble="an application without its licence was not stopped",
        named=lambda found: {"tenant": found[0]},
    )


@transaction.atomic
def _stop_on(tenant_id: int, organisation_id: int, at: dt.datetime) -> bool:
    lock_organisation(organisation_id)
    tenant = Tenant.objects.select_related("organisation").get(pk=tenant_id)
    missing = {each.product for each in unlicensed_at(at, Authorisation.objects.on(tenant))}
    if not missing:
        return False  # somebody was quicker
    # Without the first that an application needs, it is of no use to have the others.
    [first, *_others] = [code for code in FOR_APPLICATIONS if code in missing]
    stopped, shut_out = deactivate_unlicensed(
        tenant,
        products=missing,
        why=Authorisation.Deactivation.NEEDS_MORE,
        restore_days=current_version(first).policy.restore_days,
        by=SCHEDULE,
        at=at,
        recorded_at=at,
    )
    write_to_approvers(stopped, "deactivated", said_of(stopped, missing, at), at=at)
    facts.tell([tenant.pk], at=at)
    return bool(stopped or shut_out)
