"""Reads that speak the ledger's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from billing.payments.models import LedgerEntry  # noqa: F401 - named in the base below
    from catalog.models import Seller
    from subscriptions.periods import Month


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    def of_month(self, seller: Seller, month: Month) -> LedgerEntryQuerySet:
        """Entered on a day of that month, in the order of the books."""
        return self.filter(
            seller=seller,
            entered_on__gte=month.first_day,
            entered_on__lt=month.next.first_day,
        ).order_by("entered_on", "pk")
