"""After a restored backup: the platform has had facts, and numbers, that are not known here.

What was lost cannot be told again, and the next number of ours is one that it has had: it refuses
that for ever. So numbers go on behind its last one, and what a tenant should have is said anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from customers.history import record
from customers.models import Deployment, Tenant
from customers.turns import each_alone
from subscriptions.provisioning import delivery, facts
from subscriptions.provisioning.models import Fact, FactType, Feed
from subscriptions.provisioning.reports import NoReport, key_of, reports
from subscriptions.provisioning.wanted import SETTINGS, wanted_by

if TYPE_CHECKING:
    import datetime as dt

    from customers.clock import Clock
    from customers.models import Person
    from subscriptions.provisioning.reports import Report

MOST_LOST = 10_000  # numbers of one tenant: more is no lost backup, but another platform


class TooManyLost(Exception):
    """The platform names a number so high that no facts of ours can have led to it."""


def catch_up(*, reason: str, by: Person, now: Clock, real_now: Clock) -> int:
    """Go on behind what the platform reports, wherever that is ahead; returns for how many tenants.

    What is wrong with one is logged and stops no other. Raises NoReport.
    """
    reported = reports(real_now)
    online = Tenant.objects.filter(deployment=Deployment.ONLINE).select_related("organisation")
    known = [each for each in online.order_by("organisation", "pk") if key_of(each) in reported]
    return each_alone(
        known,
        lambda tenant: _catch_up_with(reported[key_of(tenant)], tenant, reason, by=by, now=now),
        trouble="not gone on behind what the platform reports",
        named=lambda tenant: {"tenant": tenant.pk},
    )


@transaction.atomic
def _catch_up_with(report: Report, tenant: Tenant, reason: str, *, by: Person, now: Clock) -> bool:
    """Whether there was something to catch up with.

    Waits for a delivery that is under way, for that reads what waits here.
    """
    if report.odd_field:
        raise NoReport(f"not as agreed: {report.odd_field}")
    facts.lock_organisations_of([tenant.pk])
    feed = Feed.objects.select_for_update().filter(pk=tenant.pk).first()
    ours = Fact.objects.of(tenant)
    newest = ours.order_by("-sequence").first()
    last = newest.sequence if newest else 0
    # Facts written since the restore carry numbers that the platform has had as well.
    taken = ours.waiting().numbered(1, report.sequence)
    if last >= report.sequence and not taken.exists():
        return False
    if report.sequence - last > MOST_LOST:
        raise TooManyLost(f"{report.sequence} after {last}")
    at = now()
    taken.update(is_waiting=False, replaced_at=at)
    _write_numbers_between(last, report.sequence, tenant, at=at)
    facts.tell([tenant.pk], at=at)
    anew = facts.told_to([tenant.pk])[tenant.pk].keys() | report.holds.keys()
    [first, *_others] = facts.tell_anew(tenant.pk, anew, at=at)
    if feed is not None:
        delivery.go_on(feed)
    record(
        tenant,
        "tenant.facts_said_anew",
        organisation=tenant.organisation,
        tenant=tenant,
        by=by,
        at=at,
        reason=reason,
        details={"from": str(last), "to": str(first.sequence)},
    )
    return True


def _write_numbers_between(after: int, last: int, tenant: Tenant, *, at: dt.datetime) -> None:
    """So that numbers have no gap: a platform that is restored in its turn asks for all of them."""
    value = wanted_by([tenant], at)[tenant.pk][SETTINGS]
    Fact.objects.bulk_create(
        Fact(
            tenant=tenant,
            sequence=number,
            type=FactType.SETTINGS_CHANGED,
            subject=SETTINGS,
            value=value,
            at=at,
            is_waiting=False,
            replaced_at=at,
        )
        for number in range(after + 1, last + 1)
    )
