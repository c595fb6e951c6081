from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from billing.models import Invoice
from customers.models import History
from subscriptions.applications.models import Authorisation
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from django.db import models

RULE = "Every state of a subscription, authorisation and invoice has its history."

# By model and status: one of these was told.
TOLD_BY: tuple[tuple[type[models.Model], dict[str, tuple[str, ...]]], ...] = (
    (
        Subscription,
        {
            Status.REQUESTED: ("requested",),
            Status.ACTIVE: ("started",),
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
    (Invoice, {"issued": ("issued",)}),
)


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - history has its own times
    for model, by_status in TOLD_BY:
        noun = model._meta.model_name  # noqa: SLF001 - Django's documented API
        for status, verbs in by_status.items():
            told = History.objects.filter(
                subject_type=noun,
                subject_id=OuterRef("pk"),
                verb__in=[f"{noun}.{verb}" for verb in verbs],
            )
            silent = model._default_manager.filter(~Exists(told), status=status)  # noqa: SLF001
            for pk in silent.order_by("pk").values_list("pk", flat=True):
                yield f"{noun} {pk} is {status}, and nothing tells since when"
