"""What the worker does for the doors themselves."""

from __future__ import annotations

from importlib import import_module

from celery import shared_task
from django.conf import settings

from customers import clock, heartbeat
from customers.operations import second_factors
from portal.backoffice import digests


@shared_task
def forget_visits() -> None:
    """Delete who was signed in until their time was over; Django leaves those rows behind.

    And from where: neither address nor browser is of use when nobody is signed in there.
    """
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    second_factors.forget_where_nobody_is_signed_in()


@shared_task(expires=settings.MESSAGE_SECONDS)
def beat() -> None:
    """At every tick: the scheduler rings, and a worker answers."""
    heartbeat.beat(at=clock.real_now())


@shared_task
def tell_staff() -> int:
    """Every hour: who has a duty reads what waits for them, when something new does."""
    return digests.tell_staff(at=clock.now())
