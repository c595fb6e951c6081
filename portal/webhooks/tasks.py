"""What the schedule wakes. Rows say what is due; a second delivery changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task

from customers import clock
from customers.turns import come_back, go_on, place, turn
from portal.webhooks.operations import deliveries, dispatching, underway
from portal.webhooks.queries import something_is_due, something_is_under_way

if TYPE_CHECKING:
    from celery import Task

DELIVERERS = 2  # at once, whatever is due: other people's servers never keep every worker
MESSAGE_SECONDS = 10  # a message that has waited longer is worth nothing: `tell` has rung anew


@shared_task
def tell() -> int:
    """Every few seconds: make events of what was noted, and wake workers for what is to be done."""
    at = clock.now()
    made = dispatching.dispatch(at=at)
    if something_is_under_way():
        work_off.delay()
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


@shared_task(bind=True, expires=MESSAGE_SECONDS)
def work_off(self: Task) -> int:
    """Go on with what takes longer than a request, for one turn. One worker at a time."""
    with place("webhooks.work_off") as is_free:
        if not is_free:
            return 0
        steps, is_through = turn(underway.take_steps)
    if something_is_due(clock.now()):
        deliver.delay()
    if not is_through:
        go_on(self)
    return steps


@shared_task
def forget() -> int:
    """Every night: what nobody will ask to have sent again."""
    return deliveries.forget_old(at=clock.now())
