"""Whoever answers for an application hears of a credential, which opens it at every customer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import Duty, Environment, OutgoingMail, Person, Role
from subscriptions.applications import credentials
from tests.factories.customers import MembershipFactory, PersonFactory
from tests.factories.subscriptions import ApplicationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.refusals import Refusal
    from subscriptions.applications.models import Application

pytestmark = pytest.mark.django_db

TECHNICAL_CONTACT = "developer@example.com"


@pytest.fixture
def application() -> Application:
    return ApplicationFactory(name="Webshop sync", owner__language="en")


@pytest.fixture
def owner(application: Application) -> Person:
    owner: Person = MembershipFactory(
        organisation=application.owner, role=Role.OWNER, person__language="nl"
    ).person
    MembershipFactory(organisation=application.owner, role=Role.DEVELOPER)
    return owner


@pytest.fixture
def maker(application: Application) -> Person:
    maker: Person = MembershipFactory(
        organisation=application.owner, role=Role.DEVELOPER, person__name="Mia Maker"
    ).person
    return maker


def letters() -> dict[str, OutgoingMail]:
    found = {mail.to: mail for mail in OutgoingMail.objects.all()}
    OutgoingMail.objects.all().delete()
    return found


def test_owners_and_the_technical_contact_are_told_who_made_one(
    application: Application, owner: Person, maker: Person
) -> None:
    issued = credentials.create(application, Environment.STAGE, by=maker, at=NOON)

    told = letters()
    assert set(told) == {owner.email, TECHNICAL_CONTACT}
    english = told[TECHNICAL_CONTACT]
    assert english.subject == "Webshop sync has a new credential in Stage"
    assert "Mia Maker has made a credential" in english.body
    assert "good until" not in english.body
    assert told[owner.email].subject == "Webshop sync heeft een nieuw client-id in Stage"
    assert not any(issued.secret in mail.body for mail in told.values())


def test_of_what_keeps_no_secret_none_is_told(owner: Person, maker: Person) -> None:
    native = ApplicationFactory(owner=owner.memberships.get().organisation, type="native")

    credentials.create(native, Environment.STAGE, by=maker, at=NOON)

    told = letters()
    assert set(told) == {owner.email, TECHNICAL_CONTACT}
    body = told[TECHNICAL_CONTACT].body
    assert "It has no secret" in body
    assert "has its secret" not in body
    assert "Het heeft geen geheim" in told[owner.email].body


def test_a_new_secret_says_until_when_the_one_before_is_good(
    application: Application, owner: Person, maker: Person
) -> None:
    issued = credentials.create(application, Environment.STAGE, by=maker, at=NOON)
    letters()

    credentials.rotate(issued.credential, overlap=dt.timedelta(days=2), by=maker, at=NOON)

    told = letters()
    english, dutch = told[TECHNICAL_CONTACT], told[owner.email]
    assert english.subject == "Webshop sync has a new secret in Stage"
    assert "has made a new secret for the credential" in english.body
    assert "The secret before it is good until" in english.body
    assert dutch.subject == "Webshop sync heeft een nieuw geheim in Stage"
    assert "heeft een nieuw geheim gemaakt" in dutch.body


def test_and_who_revoked_it(application: Application, owner: Person, maker: Person) -> None:
    issued = credentials.create(application, Environment.STAGE, by=maker, at=NOON)
    letters()

    credentials.revoke(issued.credential, by=maker, at=NOON)

    told = letters()
    assert set(told) == {owner.email, TECHNICAL_CONTACT}
    assert "Mia Maker has revoked the credential" in told[TECHNICAL_CONTACT].body


@pytest.mark.parametrize(
    ("duties", "reason", "refusal"),
    [
        pytest.param([Duty.SALES], "Leaked", credentials.OnlyAppManagersRevoke, id="sales"),
        pytest.param([Duty.APP_MANAGER], " ", credentials.WithoutReason, id="no reason"),
        pytest.param(None, "Leaked", credentials.OnlyAppManagersRevoke, id="a stranger"),
    ],
)
def test_who_does_not_own_it_revokes_nothing_without_duty_and_reason(
    application: Application,
    maker: Person,
    duties: list[Duty] | None,
    reason: str,
    refusal: type[Refusal],
) -> None:
    issued = credentials.create(application, Environment.STAGE, by=maker, at=NOON)
    other = PersonFactory(staff=duties is not None, duties=duties or [])
    letters()

    with pytest.raises(refusal):
        credentials.revoke(issued.credential, reason=reason, by=other, at=NOON)

    assert credentials.recognise(issued.credential.client_id, issued.secret, at=NOON)
    assert letters() == {}


def test_the_app_manager_revokes_for_a_reason(application: Application, maker: Person) -> None:
    issued = credentials.create(application, Environment.STAGE, by=maker, at=NOON)
    app_manager = PersonFactory(staff=True, duties=[Duty.APP_MANAGER])

    credentials.revoke(issued.credential, reason="Leaked", by=app_manager, at=NOON)

    assert not credentials.recognise(issued.credential.client_id, issued.secret, at=NOON)
