from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery

from billing.models import Invoice
from customers.models import History
from subscriptions.applications.models import Authorisation
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django.db import models

RULE = "Each invoice is in history; the last word on a subscription or authorisation is its state."

# By model and status: the last of these verbs that was told is one of the status's own.
TOLD_BY: tuple[tuple[type[models.Model], dict[str, tuple[str, ...]]], ...] = (
    (
        Subscription,
        {
            Status.REQUESTED: ("requested",),
            Status.ACTIVE: ("started", "resumed"),
            Status.SUSPENDED: ("suspended",),
            Status.ENDED: ("ended",),
            Status.REJECTED: ("rejected",),
            Status.WITHDRAWN: ("withdrawn",),
        },
    ),
    (
        Authorisation,
        {
            "requested": ("requested", "consent_needed"),
            "confirmed": ("confirmed",),
            "active": ("approved", "granted", "restored"),
            "denied": ("denied",),
            "revoked": ("revoked",),
            # A consent that waits for its licence is told by the consent itself.
            "deactivated": ("deactivated", "approved", "granted"),
        },
    ),
)


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - history has its own times
    yield from _states()
    issued = History.objects.filter(
        subject_type="invoice", subject_id=OuterRef("pk"), verb="invoice.issued"
    )
    for invoice in Invoice.objects.exclude(Exists(issued)).order_by("pk"):
        yield f"{invoice}: history does not say that it was issued"


def _states() -> Iterator[str]:
    for model, by_status in TOLD_BY:
        noun = model._meta.model_name  # noqa: SLF001 - Django's documented API
        known = {f"{noun}.{verb}" for verbs in by_status.values() for verb in verbs}
        newest = History.objects.filter(
            subject_type=noun, subject_id=OuterRef("pk"), verb__in=known
        ).order_by("-pk")
        rows = (
            model._default_manager.filter(status__in=by_status)  # noqa: SLF001
            .annotate(told=Subquery(newest.values("verb")[:1]))
            .order_by("pk")
        )
        for pk, status, told in rows.values_list("pk", "status", "told"):
            if told not in {f"{noun}.{verb}" for verb in by_status[status]}:
                yield f"{noun} {pk} is {status}, and history says: {told or 'nothing'}"
