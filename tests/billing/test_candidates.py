from __future__ import annotations

import pytest

from billing.invariants import every
from billing.models import Invoice
from billing.operations import runs
from subscriptions.operations import endings
from subscriptions.operations.cancellations import CancelWhen, cancel, consequences
from tests.factories.billing import local, subscriber

JUST_BEFORE_MIDNIGHT = local("2026-11-30", "23:59")
DECEMBER_RUN = local("2026-12-01", "00:01")
JANUARY_RUN = local("2027-01-01", "00:01")

pytestmark = [pytest.mark.usefixtures("shop"), pytest.mark.usefixtures("credits_go")]


@pytest.mark.parametrize("when", CancelWhen, ids=str)
def test_who_cancelled_while_the_run_was_at_work_is_credited_by_the_next(when: CancelWhen) -> None:
    """The click was before midnight; it waited for a lock, and the run did not know of it."""
    _customer, subscription = subscriber(local("2026-11-10"))
    read = consequences(subscription, when=when, at=JUST_BEFORE_MIDNIGHT)
    runs.run_due(at=DECEMBER_RUN)
    cancel(
        subscription,
        when=when,
        confirmed=read.fingerprint,
        by=subscription.ordered_by,
        at=JUST_BEFORE_MIDNIGHT,
    )
    endings.end_due(at=DECEMBER_RUN)

    runs.run_due(at=JANUARY_RUN)

    credit = Invoice.objects.get(kind=Invoice.Kind.CREDIT_NOTE)
    [line] = credit.lines.all()
    assert (str(line.period_from), str(line.period_until)) == ("2026-12-01", "2027-01-01")
    assert str(line.net) == "49.00"
    assert every.check_all(at=JANUARY_RUN) == []
