"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task

from customers import clock
from customers.turns import come_back, go_on, place
from portal.webhooks.operations import deliveries, dispatching
from portal.webhooks.queries import something_is_due

if TYPE_CHECKING:
    from celery import Task

DELIVERERS = 2  # at once, whatever is due: other people's servers never keep every worker
MESSAGE_SECONDS = 10  # a message that has waited longer is worth nothing: `tell` has rung anew


@shared_task
def tell() -> int:
    """Every few seconds: make events of what was noted, and wake a worker for what is due."""
    at = clock.now()
    made = dispatching.dispatch(at=at)
    if something_is_due(at):
        deliver.delay()
    return made


@shared_task(bind=True, expires=MESSAGE_SECONDS)
def deliver(self: Task) -> int:
    """Attempt what is due for one turn; then the next message, until nothing is.

    Nothing when two workers deliver already: then it comes back.
    """
    with place("webhooks.deliver", of=DELIVERERS) as is_free:
        if not is_free:
            come_back(self)
            return 0
        attempted = deliveries.deliver_due(at=clock.now(), signed_at=clock.real_now())
    if attempted:
        go_on(self)
    return attempted


@shared_task
def forget() -> int:
    """Every night: what nobody will ask to have sent again."""
    return deliveries.forget_old(at=clock.now())
