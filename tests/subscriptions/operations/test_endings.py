from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subscriptions.lifecycle import Status
from subscriptions.operations import endings
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.billing import local, subscriber
from tests.factories.subscriptions import cancel_as_read

if TYPE_CHECKING:
    from customers.models import Organisation
    from subscriptions.models import Subscription

ORDERED = local("2026-11-10")
MIDNIGHT = local("2026-12-01", "00:00")

pytestmark = pytest.mark.usefixtures("shop")


def ending_at_midnight() -> Subscription:
    _customer, subscription = subscriber(ORDERED)
    return cancel_as_read(subscription, CancelWhen.MONTH_END, at=ORDERED)


def test_what_is_wrong_with_one_customer_stops_nobody_elses_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, fine = ending_at_midnight(), ending_at_midnight()
    real = endings.end_due_of

    def end_due_of(organisation: Organisation, **how: object) -> int:
        if organisation == broken.organisation:
            raise ValueError("something in this customer's rows")
        return real(organisation, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(endings, "end_due_of", end_due_of)
        assert endings.end_due(at=MIDNIGHT) == 1

    fine.refresh_from_db()
    broken.refresh_from_db()
    assert (fine.status, broken.status) == (Status.ENDED, Status.ACTIVE)
    assert endings.end_due(at=MIDNIGHT) == 1
