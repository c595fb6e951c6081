"""What the worker does for customers. Thin: the rows say what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from customers import clock, queries
from customers.operations import mail, sign_ups
from customers.turns import go_on

if TYPE_CHECKING:
    from celery import Task


@shared_task(bind=True, expires=settings.MESSAGE_SECONDS)
def deliver_mail(self: Task) -> int:
    """Send what is due for one turn; then the next message, while some goes out."""
    sent = mail.deliver_due(clock.now())
    if sent and queries.mail_is_due(clock.now()):
        go_on(self)
    return sent


@shared_task
def forget_mail() -> int:
    """Delete text and attachments of letters that went out long ago."""
    return mail.forget_texts(at=clock.now())


@shared_task
def forget_sign_ups() -> int:
    """Delete the accounts of developers who never confirmed their address."""
    return sign_ups.forget_unconfirmed(at=clock.now())
