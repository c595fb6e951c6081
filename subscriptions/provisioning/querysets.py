from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, RowNumber

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from customers.models import Tenant
    from subscriptions.provisioning.models import (  # noqa: F401 - QuerySet["…"]
        Attempt,
        Difference,
        Fact,
        Feed,
        PlatformEvent,
        Reconciliation,
        Told,
    )

KEEPS_FAILING = 3  # failures in a row


class FactQuerySet(models.QuerySet["Fact"]):
    def of(self, tenant: Tenant) -> FactQuerySet:
        return self.filter(tenant=tenant)

    def waiting(self) -> FactQuerySet:
        return self.filter(is_waiting=True)

    def replaced(self) -> FactQuerySet:
        """By later ones: not to be sent, unless the platform asks for their numbers."""
        return self.filter(is_waiting=False, delivered_at__isnull=True)

    def not_replaced(self) -> FactQuerySet:
        return self.filter(Q(is_waiting=True) | Q(delivered_at__isnull=False))

    def in_state(self, state: str) -> FactQuerySet:
        """One of `FactState`, or all."""
        from subscriptions.provisioning.models import FactState, Feed

        match state:
            case FactState.WAITING:
                return self.waiting()
            case FactState.FAILING:
                failing = Feed.objects.failing().filter(pk=OuterRef("tenant"))
                return self.waiting().filter(Exists(failing))
            case FactState.DELIVERED:
                return self.filter(is_waiting=False, delivered_at__isnull=False)
            case FactState.REPLACED:
                return self.replaced()
        return self

    def of_kind(self, kind: str) -> FactQuerySet:
        """One of `FactType`, or all."""
        return self.filter(type=kind) if kind else self

    def of_identifier(self, identifier: str) -> FactQuerySet:
        """Of the tenants with this identifier, in any case and environment; or of all."""
        return self.filter(tenant__identifier__iexact=identifier) if identifier else self

    def true_between(self, since: dt.datetime | None, until: dt.datetime | None) -> FactQuerySet:
        """From `since`, before `until`; None is without a bound."""
        facts = self if since is None else self.filter(at__gte=since)
        return facts if until is None else facts.filter(at__lt=until)

    def first_of_each(self, tenant_ids: Iterable[int], count: int) -> FactQuerySet:
        """The first `count` of each tenant, in order."""
        number = Window(RowNumber(), partition_by="tenant", order_by="sequence")
        return (
            self.filter(tenant__in=list(tenant_ids))
            .annotate(turn=number)
            .filter(turn__lte=count)
            .order_by("tenant", "sequence")
        )

    def numbered(self, first: int, last: int) -> FactQuerySet:
        """Both included."""
        return self.filter(sequence__gte=first, sequence__lte=last)

    def sent_since(self, at: dt.datetime) -> FactQuerySet:
        return self.filter(attempts__attempt__at__gte=at)

    def taken_since(self, at: dt.datetime) -> FactQuerySet:
        """For the first time; what is sent once more keeps its instant."""
        return self.filter(delivered_at__gte=at)

    def newest_first(self) -> FactQuerySet:
        return self.order_by("-at", "tenant", "-sequence")

    def with_names(self) -> FactQuerySet:
        return self.select_related("tenant__organisation")


class ToldQuerySet(models.QuerySet["Told"]):
    def of_any(self, tenant_ids: Iterable[int]) -> ToldQuerySet:
        return self.filter(tenant__in=list(tenant_ids))

    def over_by(self, at: dt.datetime) -> ToldQuerySet:
        """Told to last until an instant that has come."""
        return self.filter(until__lte=at)


class FeedQuerySet(models.QuerySet["Feed"]):
    def with_waiting_facts(self) -> FeedQuerySet:
        from subscriptions.provisioning.models import Fact

        return self.filter(Exists(Fact.objects.waiting().filter(tenant=OuterRef("pk"))))

    def due_at(self, at: dt.datetime) -> FeedQuerySet:
        """With something to send, and not put off by a failure; those put off longest go last."""
        return (
            self.with_waiting_facts()
            .filter(Q(retry_at__isnull=True) | Q(retry_at__lte=at))
            .order_by(F("retry_at").asc(nulls_first=True), "tenant")
        )

    def longest_failing_first(self) -> FeedQuerySet:
        return self.order_by("failing_since", "tenant")

    def failing(self) -> FeedQuerySet:
        return self.filter(failures__gt=0)

    def that_keep_failing(self) -> FeedQuerySet:
        """When the first attempts, within minutes, have all failed: nobody looks before."""
        return self.filter(failures__gt=KEEPS_FAILING)

    def with_news(self) -> FeedQuerySet:
        """`news`: what makes it worth telling. That the platform is silent is one, for all."""
        silent = models.When(trouble="silent", then=Value("silent"))
        each = Cast("tenant_id", models.CharField())
        return self.annotate(news=models.Case(silent, default=each))


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def made_before(self, at: dt.datetime) -> AttemptQuerySet:
        return self.filter(at__lt=at)

    def that_explain_nothing(self) -> AttemptQuerySet:
        """Without those that are the last one of a fact that waits."""
        from subscriptions.provisioning.models import AttemptedFact

        later = AttemptedFact.objects.filter(fact=OuterRef("fact"), pk__gt=OuterRef("pk"))
        explains = AttemptedFact.objects.filter(
            ~Exists(later), attempt=OuterRef("pk"), fact__is_waiting=True
        )
        return self.filter(~Exists(explains))


class PlatformEventQuerySet(models.QuerySet["PlatformEvent"]):
    def of_number_or_id(
        self, tenant: Tenant, sequence: int, event_id: str
    ) -> PlatformEventQuerySet:
        return self.filter(Q(tenant=tenant, sequence=sequence) | Q(event_id=event_id))

    def last_number_of(self, tenant: Tenant) -> int:
        """0 before the first."""
        numbers = (
            self.filter(tenant=tenant).order_by("-sequence").values_list("sequence", flat=True)
        )
        return numbers.first() or 0

    def later_than(self, sequence: int) -> PlatformEventQuerySet:
        return self.filter(sequence__gt=sequence)


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    def with_a_result(self) -> ReconciliationQuerySet:
        """Those that have ended and had a report: no other says whether both sides agree."""
        ended = self.filter(finished_at__isnull=False)
        return ended.exclude(tenants=0, in_flight=0, trouble__gt="")


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def with_names(self) -> DifferenceQuerySet:
        return self.select_related("tenant__organisation", "repaired_by")

    def found_before(self, at: dt.datetime) -> DifferenceQuerySet:
        return self.filter(reconciliation__started_at__lt=at)

    def only_there(self) -> DifferenceQuerySet:
        """What the platform has for tenants that are not known here, or deleted."""
        return self.filter(kind__in=["stranger", "deleted"])

    def for_a_person(self) -> DifferenceQuerySet:
        """Those that nothing was said to repair."""
        return self.filter(repaired_by__isnull=True)

    def with_news(self) -> DifferenceQuerySet:
        """`news`: the same for what the comparison of the day before found as well."""
        text = models.TextField()
        stranger = Concat(
            KeyTextTransform("environment", "reported"),
            Value(" "),
            KeyTextTransform("identifier", "reported"),
            output_field=text,
        )
        where = Coalesce(Cast("tenant_id", text), stranger, Value(""), output_field=text)
        return self.annotate(
            news=Concat("kind", Value(" "), "subject", Value(" "), where, output_field=text)
        )

    def of_both(self) -> DifferenceQuerySet:
        """Of tenants that both sides should know."""
        return self.exclude(kind__in=["stranger", "deleted"])
