"""What staff see of the way to the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max, Min, Q

from subscriptions.provisioning.models import (
    Difference,
    Fact,
    Feed,
    PlatformEvent,
    Reconciliation,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from customers.models import Tenant
    from subscriptions.provisioning.models import AttemptedFact
    from subscriptions.provisioning.querysets import (
        DifferenceQuerySet,
        FactQuerySet,
        FeedQuerySet,
        ReconciliationQuerySet,
    )

HEARD = 25
NEWEST = 10


@dataclass(frozen=True)
class Overview:
    """What can be long is a queryset, to be shown a page at a time."""

    waiting: int
    failing: FeedQuerySet  # the longest first
    compared: Reconciliation | None  # the newest with a result: of it are the differences
    without_result: Reconciliation | None  # a newer one, which goes on or had no report
    differences: DifferenceQuerySet
    only_there: DifferenceQuerySet
    newest: Sequence[Fact]
    heard: Sequence[PlatformEvent]  # the newest


def overview() -> Overview:
    newest, compared = Reconciliation.objects.first(), _with_a_result().first()
    found = _differences().with_names().order_by("tenant", "subject", "pk")
    return Overview(
        waiting=Fact.objects.waiting().count(),
        failing=Feed.objects.failing().longest_failing_first().select_related("tenant"),
        compared=compared,
        without_result=newest if newest != compared else None,
        differences=found.of_both(),
        only_there=found.only_there(),
        newest=list(Fact.objects.with_names().newest_first()[:NEWEST]),
        heard=list(PlatformEvent.objects.select_related("tenant")[:HEARD]),
    )


def feeds_that_keep_failing() -> FeedQuerySet:
    """The longest first."""
    found: FeedQuerySet = Feed.objects.that_keep_failing().with_news()
    return found.longest_failing_first()


def differences_to_look_at() -> DifferenceQuerySet:
    """Those that only a person can do something about."""
    return _differences().for_a_person().with_news().order_by("pk")


def _differences() -> DifferenceQuerySet:
    newest = _with_a_result()[:1]
    found: DifferenceQuerySet = Difference.objects.filter(reconciliation__in=newest.values("pk"))
    return found


def _with_a_result() -> ReconciliationQuerySet:
    found: ReconciliationQuerySet = Reconciliation.objects.with_a_result()
    return found


@dataclass(frozen=True)
class Wanted:
    """What to look facts up by; what is empty leaves all in. `since` inclusive, `until` not."""

    tenant: str = ""  # its identifier, in any case
    kind: str = ""  # one of FactType
    state: str = ""  # one of FactState
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def facts_found(wanted: Wanted) -> FactQuerySet:
    """The newest first."""
    facts: FactQuerySet = Fact.objects.with_names().newest_first()
    return (
        facts.of_identifier(wanted.tenant)
        .of_kind(wanted.kind)
        .in_state(wanted.state)
        .true_between(wanted.since, wanted.until)
    )


def no_facts() -> FactQuerySet:
    none: FactQuerySet = Fact.objects.none()
    return none


@dataclass(frozen=True)
class Stretch:
    """Facts of one tenant that follow each other. Their numbers have no gap, and none goes."""

    first: int
    last: int
    count: int
    waiting: int  # of them, already
    since: dt.datetime  # when the first became true


def stretch_of(tenant: Tenant, *, first: int, last: int) -> Stretch | None:
    """What there is between two numbers, both included; None when that is nothing."""
    found = Fact.objects.of(tenant).numbered(first, last).not_replaced().order_by()
    counted = found.aggregate(
        first=Min("sequence"),
        last=Max("sequence"),
        count=Count("pk"),
        waiting=Count("pk", filter=Q(is_waiting=True)),
        since=Min("at"),
    )
    return Stretch(**counted) if counted["count"] else None


def every_fact() -> FactQuerySet:
    return Fact.objects.with_names()


def attempts_of(fact: Fact) -> QuerySet[AttemptedFact]:
    """The newest first, each with how many facts went in its request."""
    return (
        fact.attempts.select_related("attempt")
        .annotate(in_request=Count("attempt__facts"))
        .order_by("-pk")
    )
