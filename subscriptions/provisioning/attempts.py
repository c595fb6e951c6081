"""What came of requests to the platform is kept for a while; what was said, for ever."""

from __future__ import annotations

import datetime as dt

from subscriptions.provisioning.models import Attempt

KEPT_FOR = dt.timedelta(days=90)
FORGOTTEN_AT_ONCE = 1000


def forget_old(*, at: dt.datetime) -> int:
    """Delete attempts of more than 90 days ago, with their answers; returns how many.

    The last attempt of a fact that is not delivered stays, with all that went in its request:
    it says why the fact still waits.
    """
    forgotten = 0
    while True:
        old = Attempt.objects.made_before(at - KEPT_FOR).that_explain_nothing().order_by("at")
        some = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        if not some:
            return forgotten
        Attempt.objects.filter(pk__in=some).delete()
        forgotten += len(some)
