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


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    rung: list[object] = []
    monkeypatch.setattr(tasks, "go_on", rung.append)
    return rung


def three_are_due() -> None:
    for number in range(3):
        mail.queue_mail(to=f"reader{number}@example.com", subject="Hello", body="Text", at=AT)


@time_machine.travel(AT, tick=False)
def test_a_turn_rings_for_the_next_while_mail_goes_out(
    rung: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TURN_SECONDS", 0)
    three_are_due()

    for _turn in range(2):
        assert tasks.deliver_mail() == 1
    assert len(rung) == 2
    assert tasks.deliver_mail() == 1
    assert len(rung) == 2


@time_machine.travel(AT, tick=False)
def test_a_server_that_accepts_no_connection_waits_for_the_schedule(
    rung: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_line: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", refuse)
    three_are_due()

    assert tasks.deliver_mail() == 0
    assert rung == []
