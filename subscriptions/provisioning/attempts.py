"""What came of requests to the platform is kept for a while; what was said, for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customers.bulk import delete_in_steps
from customers.policies import Policy
from customers.policy_queries import in_force
from subscriptions.provisioning.models import Attempt

if TYPE_CHECKING:
    import datetime as dt


def forget_old(*, at: dt.datetime) -> int:
    """Delete attempts of long ago (`Policy.ATTEMPTS_KEPT`), with their answers; returns how many.

    The last attempt of a fact that is not delivered stays, with all that went in its request:
    it says why the fact still waits.
    """
    old = Attempt.objects.made_before(at - in_force(Policy.ATTEMPTS_KEPT)).that_explain_nothing()
    return delete_in_steps(old.order_by("at"))
