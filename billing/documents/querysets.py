"""Reads that speak of documents."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef

from billing.documents.conversion import RATE_GOES_FOR
from customers.models import Membership

if TYPE_CHECKING:
    from collections.abc import Iterable

    from billing.documents.models import (  # noqa: F401 - named in the bases below
        Document,
        ExchangeRate,
        Rendering,
        Transmission,
    )
    from billing.models import Invoice


class ExchangeRateQuerySet(models.QuerySet["ExchangeRate"]):
    def of_pair(self, currency: str, in_currency: str) -> ExchangeRateQuerySet:
        return self.filter(currency=currency, in_currency=in_currency)

    def counting_on(self, day: dt.date) -> ExchangeRateQuerySet:
        """That of the day, and those before it that still count; the nearest first."""
        return self.filter(on__lte=day, on__gt=day - RATE_GOES_FOR).order_by("-on")


class RenderingQuerySet(models.QuerySet["Rendering"]):
    def due_at(self, at: dt.datetime) -> RenderingQuerySet:
        return self.filter(next_attempt_at__lte=at).order_by("next_attempt_at", "pk")

    def ready(self) -> RenderingQuerySet:
        return self.filter(status="ready")

    def needing_attention(self) -> RenderingQuerySet:
        """Held by a rule, or failed: those that are tried again by themselves as well."""
        return self.filter(status__in=["held", "failed"])

    def untold(self) -> RenderingQuerySet:
        """Made, and sent to nobody: the customer had no owner or billing contact to write to."""
        return self.filter(status="ready", told_at__isnull=True)

    def with_readers(self) -> RenderingQuerySet:
        """Of customers where somebody gets letters about invoices now."""
        readers = Membership.objects.hearing_of_money()
        return self.filter(Exists(readers.filter(organisation=OuterRef("invoice__organisation"))))

    def held_for_rate(self, rate: ExchangeRate) -> RenderingQuerySet:
        """That waited for such a rate of a day for which it counts."""
        days = (rate.on + dt.timedelta(days=day) for day in range(RATE_GOES_FOR.days))
        return self.filter(
            status="held",
            cause="exchange_rate_missing",
            detail__in=[f"{rate.currency}/{rate.in_currency} {day}" for day in days],
        )

    def oldest_first(self) -> RenderingQuerySet:
        return self.order_by("invoice__issued_at", "pk")

    def with_names(self) -> RenderingQuerySet:
        return self.select_related("invoice__organisation", "invoice__seller")


class DocumentQuerySet(models.QuerySet["Document"]):
    def of(self, invoice: Invoice) -> DocumentQuerySet:
        """Those of a rendering that is ready: what is held or has failed is nobody's document."""
        ready = self.filter(rendering__invoice=invoice, rendering__status="ready")
        return ready.order_by("pk")

    def ready_of(self, ids: Iterable[int]) -> DocumentQuerySet:
        """As `of`, of many invoices."""
        return self.filter(rendering__invoice__in=ids, rendering__status="ready")

    def pdf(self) -> DocumentQuerySet:
        return self.filter(kind="pdf")

    def without_content(self) -> DocumentQuerySet:
        return self.defer("content")


class TransmissionQuerySet(models.QuerySet["Transmission"]):
    def of(self, invoice: Invoice) -> TransmissionQuerySet:
        return self.filter(document__rendering__invoice=invoice)

    def due_at(self, at: dt.datetime) -> TransmissionQuerySet:
        return self.filter(next_attempt_at__lte=at).order_by("next_attempt_at", "pk")

    def given_up(self) -> TransmissionQuerySet:
        """Tried as often as it is tried by itself: staff let it wait anew."""
        return self.filter(sent_at__isnull=True, next_attempt_at__isnull=True)

    def oldest_first(self) -> TransmissionQuerySet:
        return self.order_by("created_at", "pk")

    def with_names(self) -> TransmissionQuerySet:
        """Of the invoice and its buyer; without the document itself."""
        invoice = "document__rendering__invoice"
        return self.select_related(f"{invoice}__organisation").defer("document__content")
