from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core import mail as sent_mail

from customers import tasks
from customers.operations import mail

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


@time_machine.travel(AT, tick=False)
def test_mail_that_is_due_is_delivered_once() -> None:
    mail.queue_mail(to="reader@example.com", subject="Hello", body="Text", at=AT)
    mail.queue_mail(
        to="later@example.com", subject="Hello", body="Text", at=AT + dt.timedelta(minutes=1)
    )

    assert tasks.deliver_mail() == 1
    assert tasks.deliver_mail() == 0

    assert [message.to for message in sent_mail.outbox] == [["reader@example.com"]]
