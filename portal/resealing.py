"""Everything that is sealed in rows, sealed anew after SECRET_KEY has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import models, transaction

from portal.accounts import second_factor
from portal.webhooks import signing
from portal.webhooks.models import EndpointSecret

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 500  # rows of a transaction


class Resealed(NamedTuple):
    """How many rows there are, how many were sealed anew, and which no key opens any more."""

    rows: int
    renewed: int
    lost: list[int]


def reseal_webhook_secrets() -> Resealed:
    """What the deliveries of webhooks are signed with. A second time changes nothing."""
    return _reseal(EndpointSecret.objects.all(), "sealed", signing.SEALS.renewed)


def reseal_second_factors() -> Resealed:
    """Keys of apps, and what recovery codes are made from. A second time changes nothing."""
    return _reseal(Authenticator.objects.all(), "data", _renewed_factor)


def _renewed_factor(data: dict[str, Any]) -> dict[str, Any]:
    """allauth seals these, and only these, by `PortalMFAAdapter.encrypt`."""
    renewed = second_factor.SEALS.renewed
    now: dict[str, Any] = {name: renewed(data[name]) for name in ("secret", "seed") if name in data}
    if "migrated_codes" in data:
        now["migrated_codes"] = [renewed(each) for each in data["migrated_codes"]]
    return data | now


def _reseal[T](kept: models.QuerySet[Any], field: str, renewed: Callable[[T], T]) -> Resealed:
    after, rows, count = 0, 0, 0
    lost: list[int] = []
    while True:
        with transaction.atomic():
            waiting = kept.filter(pk__gt=after).order_by("pk")
            step = list(waiting.select_for_update(no_key=True)[:AT_ONCE])
            for row in step:
                before = getattr(row, field)
                try:
                    now = renewed(before)
                except InvalidToken:
                    lost.append(row.pk)
                    continue
                if now != before:
                    setattr(row, field, now)
                    row.save(update_fields=[field])
                    count += 1
        rows += len(step)
        if not step:
            return Resealed(rows, count, lost)
        after = step[-1].pk
