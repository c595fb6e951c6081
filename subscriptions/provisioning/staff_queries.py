"""What staff see of the way to the platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from subscriptions.provisioning.models import (
    Difference,
    Fact,
    Feed,
    PlatformEvent,
    Reconciliation,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from subscriptions.provisioning.models import AttemptedFact
    from subscriptions.provisioning.querysets import FactQuerySet

ROWS = 25


@dataclass(frozen=True)
class Overview:
    waiting: int
    failing: Sequence[Feed]  # the longest first
    compared: Reconciliation | None
    differences: Sequence[Difference]
    heard: Sequence[PlatformEvent]  # the newest


def overview() -> Overview:
    compared = Reconciliation.objects.first()
    failing = Feed.objects.failing().longest_failing_first().select_related("tenant")
    return Overview(
        waiting=Fact.objects.waiting().count(),
        failing=list(failing[:ROWS]),
        compared=compared,
        differences=list(compared.differences.with_names()[: 4 * ROWS]) if compared else [],
        heard=list(PlatformEvent.objects.select_related("tenant")[:ROWS]),
    )


def facts_shown(*, waiting: bool) -> FactQuerySet:
    """The newest first; all, or those that wait."""
    facts: FactQuerySet = Fact.objects.with_names().newest_first()
    return facts.waiting() if waiting else facts


def every_fact() -> FactQuerySet:
    return Fact.objects.with_names()


def attempts_of(fact: Fact) -> QuerySet[AttemptedFact]:
    """The newest first, each with how many facts went in its request."""
    return (
        fact.attempts.select_related("attempt")
        .annotate(in_request=Count("attempt__facts"))
        .order_by("-pk")
    )
