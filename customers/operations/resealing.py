"""What is sealed in rows, sealed anew: after the key has changed, in steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import models, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 500  # rows of a transaction


class Resealed(NamedTuple):
    """How many rows there are, how many were sealed anew, and which no key opens any more."""

    rows: int
    renewed: int
    lost: list[int]


def reseal_second_factors(renewed: Callable[[str], str]) -> Resealed:
    """Keys of apps, and what recovery codes are made from. A second time changes nothing.

    `renewed` gives what is sealed with the present key as it is, and raises InvalidToken for what
    no key opens.
    """

    def of_row(data: dict[str, Any]) -> dict[str, Any]:
        """allauth seals these, and only these."""
        now: dict[str, Any] = {
            name: renewed(data[name]) for name in ("secret", "seed") if name in data
        }
        if "migrated_codes" in data:
            now["migrated_codes"] = [renewed(each) for each in data["migrated_codes"]]
        return data | now

    return reseal(Authenticator.objects.all(), "data", of_row)


def reseal[T](kept: models.QuerySet[Any], field: str, renewed: Callable[[T], T]) -> Resealed:
    """The `field` of all of these, by `renewed` as above; what is lost keeps nothing back."""
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
