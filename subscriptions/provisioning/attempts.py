"""What came of requests to the platform is kept for a while; what was said, for ever."""

from __future__ import annotations

import datetime as dt

from customers.bulk import delete_in_steps
from subscriptions.provisioning.models import Attempt

KEPT_FOR = dt.timedelta(days=90)


def forget_old(*, at: dt.datetime) -> int:
    """Delete attempts of more than 90 days ago, with their answers; returns how many.

    The last attempt of a fact that is not delivered stays, with all that went in its request:
    it says why the fact still waits.
    """
    old = Attempt.objects.made_before(at - KEPT_FOR).that_explain_nothing()
    return delete_in_steps(old.order_by("at"))
