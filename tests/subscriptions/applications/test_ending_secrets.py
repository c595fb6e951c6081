"""Those who hear of errors are told once that a client secret is about to end."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError
from django.db.models import Q

from customers.models import Environment, Membership, OutgoingMail, Role
from subscriptions.applications import credentials
from subscriptions.applications.models import ClientSecret, ContactAddress
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.subscriptions import ApplicationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from customers.models import Person
    from subscriptions.applications.models import Credential

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
ENDS = NOON + 30 * DAY
IN_TIME = ENDS - 7 * DAY
TOO_EARLY = IN_TIME - dt.timedelta(seconds=1)


@pytest.fixture
def developer() -> Person:
    return PersonFactory(email="errors@example.com", language="nl")


@pytest.fixture
def credential(developer: Person) -> Credential:
    application = ApplicationFactory(
        name="Webshop sync", error_mails=[developer.email], owner__language="en"
    )
    MembershipFactory(organisation=application.owner, person=developer, role=Role.DEVELOPER)
    made = credentials.create(application, Environment.PRODUCTION, by=developer, at=NOON)
    return made.credential


def warnings() -> QuerySet[OutgoingMail]:
    """Without those that say that it was made."""
    ends = Q(subject__contains="is about to end") | Q(subject__contains="eindigt binnenkort")
    return OutgoingMail.objects.filter(ends)


def rotate(credential: Credential, overlap: dt.timedelta, *, by: Person) -> None:
    credentials.rotate(credential, overlap=overlap, by=by, at=NOON)


def test_a_week_before_its_end_it_is_told_once(credential: Credential, developer: Person) -> None:
    rotate(credential, 30 * DAY, by=developer)

    assert credentials.warn_of_ends(at=TOO_EARLY) == 0
    assert credentials.warn_of_ends(at=IN_TIME) == 1
    assert credentials.warn_of_ends(at=IN_TIME + DAY) == 0

    letters = {mail.to: mail for mail in warnings()}
    assert set(letters) == {"errors@example.com", "developer@example.com"}
    english, dutch = letters["developer@example.com"], letters["errors@example.com"]
    assert english.subject == "A client secret of Webshop sync is about to end"
    assert "in Production" in english.body
    assert "It was never used." in english.body
    assert "Productie" in dutch.body


def test_it_says_when_something_last_used_it(credential: Credential, developer: Person) -> None:
    credential.secrets.update(last_used_at=NOON - DAY)
    rotate(credential, DAY, by=developer)

    credentials.warn_of_ends(at=NOON)

    assert "It was last used at 22 November 2026" in (
        warnings().get(to="developer@example.com").body
    )


def test_when_the_contacts_have_left_its_owners_are_told(
    credential: Credential, developer: Person
) -> None:
    application = credential.application
    owner = MembershipFactory(organisation=application.owner, role=Role.OWNER).person
    rotate(credential, DAY, by=developer)
    Membership.objects.filter(person=developer).delete()
    ContactAddress.objects.all().delete()  # none agreed by letter

    credentials.warn_of_ends(at=NOON)

    letter = warnings().get()
    assert letter.to == owner.email
    assert f"You get this because you are an owner of {application.owner}" in letter.body


@pytest.mark.parametrize("ended", ["at once", "by hand", "with its credential"])
def test_what_is_over_already_is_not_told(
    credential: Credential, developer: Person, ended: str
) -> None:
    rotate(credential, dt.timedelta() if ended == "at once" else DAY, by=developer)
    if ended == "by hand":
        older = credential.secrets.get(ends_at__isnull=False)
        credentials.end_secret(older, by=developer, at=NOON)
    elif ended == "with its credential":
        credentials.revoke(credential, by=developer, at=NOON)

    assert credentials.warn_of_ends(at=NOON) == 0

    assert not warnings().exists()


def test_nobody_is_warned_of_a_secret_without_end(credential: Credential) -> None:
    with pytest.raises(IntegrityError):
        ClientSecret.objects.update(warned_at=NOON)
