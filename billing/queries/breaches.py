"""Which rules do not hold, as staff see it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from billing.models import BrokenRule, Invoice
from billing.operations.breaches import WORK
from customers.models import Pass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

NUMBER = re.compile(r"\b\w+-\d{4}-C?\d{6,}\b")  # as `billing.numbering` writes it

# Longer than a rule may take (CELERY_TASK_TIME_LIMIT), and its message may wait.
LONGEST_STEP = dt.timedelta(minutes=30)


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


def is_being_checked(*, at: dt.datetime) -> bool:
    """Whether a check has begun that has not come to its last rule, and still goes on.

    One that stands still longer than LONGEST_STEP has lost its worker, or its message.
    """
    still_moves = Pass.objects.filter(work=WORK, after__gt=0, moved_at__gt=at - LONGEST_STEP)
    return still_moves.exists()


def checked_last_at() -> dt.datetime | None:
    """When a check of all rules ended; None: never."""
    found = Pass.objects.filter(work=WORK).first()
    return found.finished_at if found else None
