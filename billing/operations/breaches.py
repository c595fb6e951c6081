"""What the nightly check found, kept until it is gone: a line in a log is nobody's task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import Truncator

from billing.models import BrokenRule
from customers.models import Pass

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from billing.invariants.every import Checked

WORK = "billing.invariants"
EXAMPLES = 20
LONGEST_EXAMPLE = 1_000  # characters


@transaction.atomic
def note(checked: Checked, *, at: dt.datetime) -> BrokenRule | None:
    """The rule holds at `at`, or it is broken, with these breaches; None when it holds.

    What a later check has found already stands.
    """
    broken = BrokenRule.objects.filter(code=checked.code, gone_at=None)
    if later := broken.filter(last_seen_at__gt=at).first():
        return later
    if not checked.breaches:
        broken.update(gone_at=at)
        return None
    seen = {
        "rule": checked.rule,
        "count": len(checked.breaches),
        "examples": [
            Truncator(what).chars(LONGEST_EXAMPLE) for what in checked.breaches[:EXAMPLES]
        ],
        "last_seen_at": at,
    }
    found, _is_new = broken.update_or_create(
        code=checked.code,
        gone_at=None,
        defaults=seen,
        create_defaults={**seen, "first_seen_at": at},
    )
    return found


def note_turn(number: int, *, at: dt.datetime) -> None:
    """A check has come to the rule of this number, counted from 0."""
    Pass.objects.update_or_create(work=WORK, defaults={"after": number + 1, "moved_at": at})


@transaction.atomic
def note_end(codes: Collection[str], *, at: dt.datetime) -> None:
    """Each of `codes` has had its turn. A rule of before that is none of them is broken no more."""
    BrokenRule.objects.filter(gone_at=None).exclude(code__in=codes).update(gone_at=at)
    Pass.objects.update_or_create(work=WORK, defaults={"after": 0, "finished_at": at})
