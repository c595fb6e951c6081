"""Who manages the staff invites colleagues, and they come in by a link in the mail."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from django.urls import reverse

from billing.metering.operations import credentials
from customers import clock
from customers.models import Duty, OutgoingMail, Person, Role, StaffChange
from customers.operations.mail import deliver_due
from tests.factories.customers import (
    PASSWORD,
    InvitationFactory,
    OrganisationFactory,
    PersonFactory,
)

if TYPE_CHECKING:
    from django.test import Client

NEW = {
    "email": "nina@vendor.example",
    "name": "Nina New",
    "language": "en",
    "duties": ["sales", "billing"],
}


@pytest.fixture
def manager(db: None) -> Person:
    return PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER], name="Mia Manager")


def test_a_colleague_chooses_a_password_and_is_in(client: Client, manager: Person) -> None:
    client.force_login(manager)
    page = client.post(reverse("backoffice:invite_to_staff"), NEW, follow=True).content.decode()
    client.logout()
    assert "A letter is on its way to nina@vendor.example." in page
    assert "Nina New was invited: Sales, Billing" in page

    client.post(reverse("account_reset_password"), {"email": "nina@vendor.example"})
    deliver_due(clock.now())
    letters = [str(sent.body) for sent in mail.outbox if sent.to == ["nina@vendor.example"]]
    link = next(
        found[0] for body in letters if (found := re.search(r"/accounts/\S*reset/key/\S+", body))
    )
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    response = client.post(
        reverse("account_login"), {"login": "nina@vendor.example", "password": PASSWORD}
    )

    assert response.headers["Location"] == reverse("backoffice:home")
    assert client.get(reverse("backoffice:home")).status_code == 200
    assert client.get(reverse("backoffice:staff")).status_code == 403


def test_duties_are_changed_and_end(client: Client, manager: Person) -> None:
    colleague = PersonFactory(staff=True, duties=[Duty.SALES], name="Carla")
    address = reverse("backoffice:colleague", args=[colleague.pk])
    client.force_login(manager)

    changed = client.post(address, {"duties": ["billing"]}, follow=True).content.decode()
    emptied = client.post(address, {}, follow=True).content.decode()
    ended = client.post(
        reverse("backoffice:end_colleague", args=[colleague.pk]), follow=True
    ).content.decode()

    assert "The duties are changed." in changed
    assert "Carla has other duties: Billing" in changed
    assert "Carla has other duties: none, may look" in emptied
    assert "Carla comes into the back office no more." in ended
    assert "Carla is no colleague any more" in ended
    colleague.refresh_from_db()
    assert (colleague.is_staff, colleague.duties) == (False, [])
    client.force_login(colleague)
    assert client.get(reverse("backoffice:home")).status_code == 404


def test_credentials_of_who_leaves_are_named_until_they_are_revoked(
    client: Client, manager: Person
) -> None:
    colleague = PersonFactory(staff=True, name="Carla")
    issued = credentials.issue_for_platform(name="Gateway", by=colleague, at=clock.now())
    client.force_login(manager)
    notice = "Whoever made these credentials is no colleague any more"
    before = client.get(reverse("backoffice:staff")).content.decode()
    asked = client.get(reverse("backoffice:colleague", args=[colleague.pk])).content.decode()

    ended = client.post(
        reverse("backoffice:end_colleague", args=[colleague.pk]), follow=True
    ).content.decode()

    assert notice not in before
    assert "Credentials of programs that they made work on" in asked
    assert notice in ended
    assert "Gateway (Carla)" in ended
    assert "Credentials of theirs that work on: Gateway" in ended
    metering = client.get(reverse("backoffice:metering")).content.decode()
    assert "No colleague any more" in metering
    credentials.revoke(issued.credential, by=manager, at=clock.now())
    after = client.get(reverse("backoffice:staff")).content.decode()
    assert notice not in after
    assert "Credentials of theirs that work on: Gateway" in after  # it did


def test_open_invitations_of_who_leaves_are_named_and_stay(client: Client, manager: Person) -> None:
    colleague = PersonFactory(staff=True, name="Carla")
    sent = {"organisation": OrganisationFactory(name="Bakker"), "invited_by": colleague}
    invitation = InvitationFactory(
        **sent,
        email="carlas.other@example.com",
        role=Role.OWNER,
        expires_at=clock.now() + dt.timedelta(days=1),
    )
    InvitationFactory(**sent, email="expired@example.com")
    client.force_login(manager)
    named = "carlas.other@example.com (Bakker)"

    asked = client.get(reverse("backoffice:colleague", args=[colleague.pk])).text
    ended = client.post(reverse("backoffice:end_colleague", args=[colleague.pk]), follow=True).text

    assert "Open invitations that they sent" in asked
    assert "carlas.other@example.com" in asked
    assert f"Open invitations of theirs: {named}" in ended
    assert "expired@example.com" not in asked + ended
    invitation.refresh_from_db()
    assert invitation.withdrawn_at is None


def test_nobody_promotes_themselves(client: Client, manager: Person) -> None:
    client.force_login(manager)

    response = client.post(
        reverse("backoffice:colleague", args=[manager.pk]), {"duties": ["staff_manager", "billing"]}
    )

    assert response.status_code == 409
    sentence = "Nobody gives duties to themselves. Ask a colleague."
    assert response.context["form"].errors["duties"] == [sentence]
    manager.refresh_from_db()
    assert manager.duties == ["staff_manager"]


def test_the_last_who_manages_the_staff_does_not_leave(client: Client, manager: Person) -> None:
    client.force_login(manager)

    page = client.post(reverse("backoffice:end_colleague", args=[manager.pk]), follow=True)

    sentence = "Somebody has to manage the staff. Give a colleague that duty first."
    assert sentence in page.content.decode()
    manager.refresh_from_db()
    assert manager.is_staff


def test_one_of_two_may_give_the_duty_up(client: Client, manager: Person) -> None:
    PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER])
    client.force_login(manager)

    page = client.post(reverse("backoffice:colleague", args=[manager.pk]), {}, follow=True)

    assert page.status_code == 200
    assert "The duties are changed." in page.content.decode()
    manager.refresh_from_db()
    assert (manager.is_staff, manager.duties) == (True, [])


def test_one_of_two_may_leave(client: Client, manager: Person) -> None:
    PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER])
    client.force_login(manager)

    response = client.post(reverse("backoffice:end_colleague", args=[manager.pk]))

    assert response.headers["Location"] == reverse("home")
    assert StaffChange.objects.get().by == manager


def test_a_colleague_is_not_invited_again(client: Client, manager: Person) -> None:
    PersonFactory(staff=True, email="nina@vendor.example")
    client.force_login(manager)

    response = client.post(reverse("backoffice:invite_to_staff"), NEW)

    assert response.status_code == 409
    assert "email" in response.context["form"].errors
    assert not OutgoingMail.objects.exists()


def test_the_navigation_leads_there_for_those_who_manage_staff(
    client: Client, manager: Person, sales: Person
) -> None:
    home, staff = reverse("backoffice:home"), f'href="{reverse("backoffice:staff")}"'

    client.force_login(manager)
    mine = client.get(home).content.decode()
    client.force_login(sales)
    of_others = client.get(home).content.decode()

    assert staff in mine
    assert staff not in of_others
