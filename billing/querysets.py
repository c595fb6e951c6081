"""Reads that speak billing's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from customers.models import Organisation

if TYPE_CHECKING:
    from billing.models import BillingRun, Invoice, RunItem
    from customers.models import Person


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, person: Person) -> InvoiceQuerySet:
        """Customers see what was issued; drafts are the vendor's business."""
        return self.issued().filter(organisation__in=Organisation.objects.visible_to(person))

    def of(self, organisation: Organisation) -> InvoiceQuerySet:
        return self.filter(organisation=organisation)

    def issued(self) -> InvoiceQuerySet:
        return self.filter(status="issued")

    def newest_first(self) -> InvoiceQuerySet:
        return self.order_by("-issued_on", "-sequence")


class BillingRunQuerySet(models.QuerySet["BillingRun"]):
    def unfinished(self) -> BillingRunQuerySet:
        return self.filter(finished_at__isnull=True)


class RunItemQuerySet(models.QuerySet["RunItem"]):
    def pending(self) -> RunItemQuerySet:
        return self.filter(outcome="pending")

    def needing_attention(self) -> RunItemQuerySet:
        return self.filter(outcome__in=["held", "failed"])
