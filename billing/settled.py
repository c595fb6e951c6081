"""Up to which month the runs answer for a customer: what is due before it was billed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.db.models import Max

from billing.models import BillingRun, RunItem
from customers.bulk import any_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from billing.drafts import Account
    from catalog.models import Seller


def newest_finished(seller: Seller) -> BillingRun | None:
    finished = BillingRun.objects.of_seller(seller).filter(finished_at__isnull=False)
    return finished.newest_month_first().first()


def unsettled_months() -> Mapping[int, list[Month]]:
    """By organisation id, of whoever waits, was held or failed."""
    months: dict[int, list[Month]] = defaultdict(list)
    items = RunItem.objects.exclude(outcome__in=["invoiced", "nothing_due"])
    for organisation_id, month in items.values_list("organisation_id", "run__month"):
        months[organisation_id].append(Month.of(month))
    return months


def looked_at(organisation_ids: Iterable[int]) -> Mapping[tuple[int, Month], dt.datetime]:
    """When the run of which month had dealt with which organisation."""
    items = RunItem.objects.dealt_with().filter(any_of("organisation", organisation_ids))
    return {
        (organisation_id, Month.of(month)): done_at
        for organisation_id, month, done_at in items.values_list(
            "organisation_id", "run__month", "done_at"
        )
        if done_at
    }


def last_looked_at(organisation_ids: Iterable[int]) -> Mapping[int, dt.datetime]:
    """When a run last dealt with each."""
    items = RunItem.objects.dealt_with().filter(any_of("organisation", organisation_ids))
    return dict(items.order_by().values_list("organisation_id").annotate(Max("done_at")))


def settled_until(account: Account, newest: Month, unsettled: list[Month]) -> Month:
    """The month whose run, or one before it, has dealt with all that was due.

    `newest` is the seller's newest finished run. Whoever was held or failed is still owed an
    invoice; their earlier months count, and what a later month's invoice carried does.
    """
    month = min([newest, *unsettled]).previous if unsettled else newest
    return max(month, account.known_until or month)
