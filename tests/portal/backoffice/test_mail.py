from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock, heartbeat
from customers.models import OutgoingMail, Role
from customers.operations import mail
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.subscriptions import LicenceFileFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person


@pytest.fixture
def given_up(db: None) -> OutgoingMail:
    return OutgoingMail.objects.create(
        to="gone@example.com",
        subject="Your order",
        body="secret-token",
        created_at=clock.now() - dt.timedelta(days=3),
        attempts=7,
        last_error="SMTPRecipientsRefused: 550",
    )


@pytest.fixture
def retrying(db: None) -> OutgoingMail:
    return OutgoingMail.objects.create(
        to="slow@example.com",
        subject="Your invoice",
        body="Text",
        created_at=clock.now(),
        attempts=1,
        next_attempt_at=clock.now() + dt.timedelta(minutes=1),
    )


def test_what_was_given_up_and_what_is_tried_again(
    client: Client, operations: Person, given_up: OutgoingMail, retrying: OutgoingMail
) -> None:
    client.force_login(operations)
    url = reverse("backoffice:mail")

    lost = client.get(url).content.decode()
    hopeful = client.get(url, {"show": "retrying"}).content.decode()
    csv = client.get(url, {"format": "csv"}).content.decode("utf-8-sig")

    assert "gone@example.com" in lost
    assert "SMTPRecipientsRefused: 550" in lost
    assert "slow@example.com" not in lost
    assert "slow@example.com" in hopeful
    at = given_up.created_at.isoformat()
    assert csv.splitlines()[1:] == [
        f"gone@example.com,Your order,{at},7,SMTPRecipientsRefused: 550"
    ]
    assert "secret-token" not in lost + hopeful + csv  # a mail may carry a link that is a key


def test_what_nobody_sends_is_not_called_delivered(client: Client, operations: Person) -> None:
    """No attempt has failed, for none was made."""
    client.force_login(operations)
    url = reverse("backoffice:mail")
    heartbeat.beat(at=clock.real_now())
    before = client.get(url).content.decode()
    now = clock.now()
    for minutes in (7, 9):
        mail.queue_mail(
            to="a@example.com", subject="Hi", body="Text", at=now - dt.timedelta(minutes=minutes)
        )
    heartbeat.beat(at=clock.real_now() - dt.timedelta(hours=1))

    after = client.get(url).content.decode()

    assert "All mail was delivered" in before
    assert "wait to be sent" not in before
    assert "All mail was delivered" not in after
    assert "2 mails wait to be sent, the oldest since" in after
    assert "No worker has answered the scheduler since" in after


def test_sending_again(
    client: Client,
    operations: Person,
    given_up: OutgoingMail,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr("customers.tasks.deliver_mail.delay", lambda: woken.append(True))
    client.force_login(operations)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        response = client.post(reverse("backoffice:send_again", args=[given_up.pk]), follow=True)

    assert "gone@example.com is sent again in a moment" in response.content.decode()
    given_up.refresh_from_db()
    assert given_up.attempts == 0
    assert given_up.next_attempt_at is not None
    assert woken == [True]


def test_sending_all_again_asks_first_and_does_what_was_agreed_to(
    client: Client,
    operations: Person,
    given_up: OutgoingMail,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr("customers.tasks.deliver_mail.delay", lambda: woken.append(True))
    client.force_login(operations)
    url = reverse("backoffice:send_all_again")

    listed = client.get(reverse("backoffice:mail")).content.decode()
    asked = client.get(url).content.decode()
    other = client.post(url, {"confirmed": 2}, follow=True).content.decode()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        agreed = client.post(url, {"confirmed": 1}, follow=True).content.decode()
    nothing = client.get(url, follow=True).content.decode()

    assert url in listed
    assert "Send 1 mail again?" in asked
    assert "not the number of mails you agreed to" in other
    assert "Mails that are sent again in a moment: 1." in agreed
    assert "No mail is given up any more." in nothing
    given_up.refresh_from_db()
    assert given_up.next_attempt_at is not None
    assert woken == [True]


def test_what_was_sent_is_not_sent_again(
    client: Client, operations: Person, given_up: OutgoingMail
) -> None:
    given_up.sent_at = clock.now()
    given_up.save()
    client.force_login(operations)

    response = client.post(reverse("backoffice:send_again", args=[given_up.pk]), follow=True)

    assert "This mail has been sent meanwhile." in response.content.decode()


def test_others_of_the_staff_only_read(
    client: Client, sales: Person, given_up: OutgoingMail
) -> None:
    client.force_login(sales)

    page = client.get(reverse("backoffice:mail")).content.decode()
    response = client.post(reverse("backoffice:send_again", args=[given_up.pk]))
    all_of_them = client.post(reverse("backoffice:send_all_again"), {"confirmed": 1})

    assert "This is a task of: Operations." in page
    assert "Send again" not in page
    assert "Send all again" not in page
    assert response.status_code == all_of_them.status_code == 403


def test_a_licence_file_that_nobody_gets_waits_for_staff(
    client: Client, operations: Person, sales: Person
) -> None:
    deserted, looked_after = (TenantFactory(on_premise=True) for _each in range(2))
    gone = MembershipFactory(organisation=deserted.organisation, person__is_active=False)
    MembershipFactory(organisation=deserted.organisation, role=Role.BILLING_CONTACT)
    MembershipFactory(organisation=looked_after.organisation)
    for tenant in (deserted, looked_after):
        LicenceFileFactory(tenant=tenant)
    url = reverse("backoffice:mail")

    seen = {}
    for person in (operations, sales):
        client.force_login(person)
        seen[person] = client.get(reverse("backoffice:home")).content.decode()

    for html in seen.values():
        mine = html.partition("What can wait here:")[0]
        assert "Licence files with nobody to send them to" in mine
        assert f'href="{url}#files"' in mine
    shown = client.get(url).content.decode()
    assert str(deserted.label) in shown
    assert str(looked_after.label) not in shown
    gone.person.is_active = True
    gone.person.save()
    assert "Licence files" not in client.get(url).content.decode()
