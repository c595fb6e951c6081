"""What the worker does for customers. Thin: the rows say what is due."""

from __future__ import annotations

from celery import shared_task

from customers import clock
from customers.operations import answers, mail, sign_ups


@shared_task
def deliver_mail() -> int:
    """Send what is due; a second delivery of this task finds nothing left to do."""
    return mail.deliver_due(clock.now(), limit=100)


@shared_task
def forget_answers() -> int:
    """Drop what programs were answered days ago; nobody repeats such a request any more."""
    return answers.forget(at=clock.now())


@shared_task
def forget_sign_ups() -> int:
    """Delete the accounts of developers who never confirmed their address."""
    return sign_ups.forget_unconfirmed(at=clock.now())
