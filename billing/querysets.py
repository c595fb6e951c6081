"""Reads that speak billing's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from customers.models import Organisation

if TYPE_CHECKING:
    from billing.models import (  # noqa: F401 - named in the bases below
        BillingRun,
        CreditProposal,
        Invoice,
        RunItem,
    )
    from catalog.models import Seller
    from customers.models import Person


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, person: Person) -> InvoiceQuerySet:
        """Customers see what was issued; drafts are the vendor's business."""
        return self.issued().filter(organisation__in=Organisation.objects.visible_to(person))

    def of(self, organisation: Organisation) -> InvoiceQuerySet:
        return self.filter(organisation=organisation)

    def issued(self) -> InvoiceQuerySet:
        return self.filter(status="issued")

    def drafts(self) -> InvoiceQuerySet:
        return self.filter(status="draft")

    def matching(self, text: str) -> InvoiceQuerySet:
        """By number, or by name or number of the customer; all when it is empty."""
        if not text:
            return self
        return self.filter(
            Q(number__icontains=text)
            | Q(organisation__name__icontains=text)
            | Q(organisation__customer_number__iexact=text)
        )

    def newest_first(self) -> InvoiceQuerySet:
        return self.order_by("-month", "-issued_on", "-pk")

    def with_names(self) -> InvoiceQuerySet:
        return self.select_related("organisation", "seller")


class BillingRunQuerySet(models.QuerySet["BillingRun"]):
    def of_seller(self, seller: Seller) -> BillingRunQuerySet:
        return self.filter(seller=seller)

    def unfinished(self) -> BillingRunQuerySet:
        return self.filter(finished_at__isnull=True)

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

    def with_names(self) -> RunItemQuerySet:
        return self.select_related("organisation", "run__seller")


class CreditProposalQuerySet(models.QuerySet["CreditProposal"]):
    def waiting(self) -> CreditProposalQuerySet:
        return self.filter(status="waiting")

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
