"""Reads that speak of the register and its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F

if TYPE_CHECKING:
    from billing.vies.models import Consultation  # noqa: F401 - named in the base below
    from customers.models import Organisation


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def of(self, organisation: Organisation) -> ConsultationQuerySet:
        """About the number that it has now."""
        return self.filter(
            organisation=organisation,
            country=organisation.country,
            vat_number=organisation.vat_number,
        )

    def of_present_numbers(self) -> ConsultationQuerySet:
        """About numbers that their organisations still have."""
        return self.filter(
            country=F("organisation__country"), vat_number=F("organisation__vat_number")
        )

    def silent(self) -> ConsultationQuerySet:
        return self.filter(outcome="silent")

    def answered(self) -> ConsultationQuerySet:
        return self.exclude(outcome="silent")

    def newest_first(self) -> ConsultationQuerySet:
        return self.order_by("-pk")
