"""Reads that speak billing's language."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.causes import VIES_LETS_THROUGH
from customers.models import Organisation

if TYPE_CHECKING:
    import datetime as dt

    from billing.models import (  # noqa: F401 - named in the bases below
        BillingHold,
        BillingPolicy,
        BillingRun,
        CreditProposal,
        Invoice,
        MonthPreview,
        PreviewRow,
        RunItem,
    )
    from catalog.models import Seller
    from customers.models import Person


def _customer_called(text: str) -> Q:
    return Q(organisation__name__icontains=text) | Q(organisation__customer_number__iexact=text)


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, person: Person) -> InvoiceQuerySet:
        return self.filter(organisation__in=Organisation.objects.visible_to(person))

    def reached_by(self, organisation: Organisation) -> InvoiceQuerySet:
        """For its programs: as `visible_to` for its people."""
        return self.filter(organisation__in=Organisation.objects.reached_by(organisation))

    def of_month(self, month: dt.date) -> InvoiceQuerySet:
        """`month`: its first day."""
        return self.filter(month=month)

    def of(self, organisation: Organisation) -> InvoiceQuerySet:
        return self.filter(organisation=organisation)

    def of_seller(self, seller: Seller) -> InvoiceQuerySet:
        return self.filter(seller=seller)

    def matching(self, text: str) -> InvoiceQuerySet:
        """By number, or by name or number of the customer; all when it is empty."""
        if not text:
            return self
        return self.filter(Q(number__icontains=text) | _customer_called(text))

    def numbered(self, text: str) -> InvoiceQuerySet:
        return self.filter(number__iexact=text)

    def numbered_like(self, text: str) -> InvoiceQuerySet:
        return self.filter(number__icontains=text)

    def issued_in(self, year: int) -> InvoiceQuerySet:
        return self.filter(issued_on__year=year)

    def newest_first(self) -> InvoiceQuerySet:
        return self.order_by("-month", "-issued_on", "-pk")

    def with_names(self) -> InvoiceQuerySet:
        return self.select_related("organisation", "seller")

    def with_credited(self) -> InvoiceQuerySet:
        """`credited`: "whole" or "partly" where staff gave an invoice back, and "" elsewhere."""
        by_hand = self.model.objects.filter(corrects=OuterRef("pk"), origin="correction")
        given_back = by_hand.order_by().values("corrects").values(sum=Sum("gross"))
        return self.annotate(credited_gross=Coalesce(Subquery(given_back), Decimal(0))).annotate(
            credited=Case(
                When(models.Q(credited_gross=0) | ~models.Q(kind="invoice"), then=Value("")),
                When(credited_gross__gte=models.F("gross"), then=Value("whole")),
                default=Value("partly"),
            )
        )


class BillingRunQuerySet(models.QuerySet["BillingRun"]):
    def of_seller(self, seller: Seller) -> BillingRunQuerySet:
        return self.filter(seller=seller)

    def unfinished(self) -> BillingRunQuerySet:
        return self.filter(finished_at__isnull=True)

    def approved(self) -> BillingRunQuerySet:
        return self.filter(approved_at__isnull=False)

    def awaiting_approval(self) -> BillingRunQuerySet:
        return self.filter(approved_at__isnull=True)

    def oldest_month_first(self) -> BillingRunQuerySet:
        return self.order_by("month", "seller")

    def newest_month_first(self) -> BillingRunQuerySet:
        return self.order_by("-month", "seller")


class RunItemQuerySet(models.QuerySet["RunItem"]):
    def of(self, organisation: Organisation) -> RunItemQuerySet:
        return self.filter(organisation=organisation)

    def pending(self) -> RunItemQuerySet:
        return self.filter(outcome="pending")

    def dealt_with(self) -> RunItemQuerySet:
        """Invoiced, or found to owe nothing."""
        return self.filter(outcome__in=["invoiced", "nothing_due"])

    def needing_attention(self) -> RunItemQuerySet:
        return self.filter(outcome__in=["held", "failed"])

    def caused_by(self, cause: str) -> RunItemQuerySet:
        return self.filter(cause=cause)

    def unexplained(self) -> RunItemQuerySet:
        return self.needing_attention().filter(explanation="")

    def in_open_runs(self) -> RunItemQuerySet:
        """Of runs that are not closed: what may still be tried again."""
        return self.filter(run__closed_at__isnull=True)

    def invoiced_unasked(self) -> RunItemQuerySet:
        """Of runs that were let go: what waits for a worker, or for an answer of VIES."""
        let_go = self.in_open_runs().filter(run__approved_at__isnull=False)
        return let_go.pending() | let_go.needing_attention().filter(cause__in=VIES_LETS_THROUGH)

    def matching(self, text: str) -> RunItemQuerySet:
        """By name or number of the customer; all when it is empty."""
        return self.filter(_customer_called(text)) if text else self

    def with_names(self) -> RunItemQuerySet:
        return self.select_related("organisation", "run__seller", "explained_by")


class BillingHoldQuerySet(models.QuerySet["BillingHold"]):
    def of(self, organisation: Organisation) -> BillingHoldQuerySet:
        return self.filter(organisation=organisation)

    def unreleased(self) -> BillingHoldQuerySet:
        return self.filter(released_at__isnull=True)

    def applying_to(self, month: dt.date) -> BillingHoldQuerySet:
        """What keeps a customer out of the run of `month`, given by its first day."""
        return self.unreleased().filter(Q(month=month) | Q(month__isnull=True))

    def with_names(self) -> BillingHoldQuerySet:
        return self.select_related("organisation", "placed_by", "released_by")


class BillingPolicyQuerySet(models.QuerySet["BillingPolicy"]):
    def of_seller(self, seller: Seller) -> BillingPolicyQuerySet:
        """The newest first: that one counts."""
        return self.filter(seller=seller).order_by("-pk")

    def with_names(self) -> BillingPolicyQuerySet:
        return self.select_related("set_by")


class MonthPreviewQuerySet(models.QuerySet["MonthPreview"]):
    def of_seller(self, seller: Seller) -> MonthPreviewQuerySet:
        return self.filter(seller=seller)

    def unfinished(self) -> MonthPreviewQuerySet:
        return self.filter(finished_at__isnull=True)


class PreviewRowQuerySet(models.QuerySet["PreviewRow"]):
    def matching(self, text: str) -> PreviewRowQuerySet:
        """By name or number of the customer; all when it is empty."""
        return self.filter(_customer_called(text)) if text else self

    def shown_as(self, kind: str) -> PreviewRowQuerySet:
        """`held` (or failed), `new`, `changed`, `gone`, `same` or `done`; all when it is empty."""
        if not kind:
            return self
        return self.exclude(state="ready") if kind == "held" else self.filter(change=kind)

    def by_name(self) -> PreviewRowQuerySet:
        return self.select_related("organisation").order_by(
            "organisation__name", "organisation", "currency"
        )


class CreditProposalQuerySet(models.QuerySet["CreditProposal"]):
    def waiting(self) -> CreditProposalQuerySet:
        return self.filter(status="waiting")

    def asked_by_others_than(self, person: Person) -> CreditProposalQuerySet:
        return self.exclude(requested_by=person)

    def oldest_first(self) -> CreditProposalQuerySet:
        return self.order_by("requested_at", "pk")

    def with_names(self) -> CreditProposalQuerySet:
        return self.select_related(
            "invoice__organisation",
            "invoice__seller",
            "requested_by",
            "decided_by",
            "credit_note",
        )
