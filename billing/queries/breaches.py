"""Which rules do not hold, as staff see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from billing.models import BrokenRule, Invoice
from billing.operations.breaches import WORK
from customers.models import Pass

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

NUMBER = re.compile(r"\b\w+-\d{4}-C?\d{6,}\b")  # as `billing.numbering` writes it


def broken_rules() -> QuerySet[BrokenRule]:
    """The longest broken first."""
    found: QuerySet[BrokenRule] = BrokenRule.objects.filter(gone_at=None)
    return found.order_by("first_seen_at", "pk")


def invoices_named(rules: Iterable[BrokenRule]) -> dict[str, int]:
    """By number, those that the examples speak of; one query."""
    named = {number for rule in rules for what in rule.examples for number in NUMBER.findall(what)}
    return dict(Invoice.objects.filter(number__in=named).values_list("number", "pk"))


def rules_that_hold_again() -> QuerySet[BrokenRule]:
    """The last of them first."""
    found: QuerySet[BrokenRule] = BrokenRule.objects.exclude(gone_at=None)
    return found.order_by("-gone_at", "-pk")


def is_being_checked() -> bool:
    """Whether a check has begun that has not come to its last rule."""
    return Pass.objects.filter(work=WORK, after__gt=0).exists()


def checked_last_at() -> dt.datetime | None:
    """When a check of all rules ended; None: never."""
    found = Pass.objects.filter(work=WORK).first()
    return found.finished_at if found else None
