"""What the nightly check found, kept until it is gone: a line in a log is nobody's task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.text import Truncator

from billing.models import BrokenRule
from customers.models import Pass

if TYPE_CHECKING:
    import datetime as dt

    from billing.invariants import Checked

WORK = "billing.invariants"
EXAMPLES = 20
LONGEST_EXAMPLE = 1_000  # characters


@transaction.atomic
def note(checked: Checked, *, at: dt.datetime) -> BrokenRule | None:
    """The rule holds at `at`, or it is broken, with these breaches; None when it holds."""
    broken = BrokenRule.objects.filter(code=checked.code, gone_at=None)
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


def note_end(*, at: dt.datetime) -> None:
    """Every rule has had its turn."""
    Pass.objects.update_or_create(work=WORK, defaults={"finished_at": at})
