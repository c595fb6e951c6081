"""Whom an application names gets one letter, and the others once they have agreed to it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from customers.models import Environment, OutgoingMail, Person, Role
from customers.operations import invitation_limits
from subscriptions.applications import contacts, credentials, details, operations
from subscriptions.applications.letters import write_to_maker
from subscriptions.applications.models import (
    Application,
    ApplicationKind,
    ApplicationType,
    Authorisation,
    ContactAddress,
)
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    TenantFactory,
)
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.letters import receivers
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Membership

pytestmark = pytest.mark.django_db

STRANGER = "stranger@example.com"
A_DAY = dt.timedelta(days=1)


@pytest.fixture
def maker() -> Membership:
    membership: Membership = MembershipFactory(
        organisation=OrganisationFactory(is_partner=True, name="Webshop Makers"),
        role=Role.DEVELOPER,
    )
    return membership


def register(maker: Membership, **more: Any) -> Application:
    given: dict[str, Any] = {
        "name": "CLICK HERE",
        "technical_contact": maker.person.email,
        "at": NOON,
    } | more
    return details.register(
        maker.organisation,
        kind=ApplicationKind.CUSTOM,
        by=maker.person,
        **(given | {"at": NOON} | more),
    )


def details_of(application: Application, **changed: Any) -> details.Details:
    return details.Details(
        **{
            "kind": ApplicationKind(application.kind),
            "type": ApplicationType(application.type),
            "name": application.name,
            "summary": application.summary,
            "technical_contact": application.technical_contact,
            "error_mails": application.error_mails,
            "uninstall_mails": application.uninstall_mails,
        }
        | changed
    )


def told_of_an_end(application: Application) -> list[str]:
    """Who hears that it is shut out somewhere."""
    OutgoingMail.objects.all().delete()
    authorisation = AuthorisationFactory(application=application, active=True)
    write_to_maker(
        Authorisation.objects.with_names().filter(pk=authorisation.pk),
        "revoked",
        {"reason": ""},
        at=NOON,
    )
    return receivers()


def test_a_stranger_is_asked_once_and_not_in_the_applications_words(maker: Membership) -> None:
    first = register(maker, technical_contact=STRANGER)
    register(maker, name="Another", uninstall_mails=[STRANGER.upper(), maker.person.email])

    letter = OutgoingMail.objects.get()
    assert letter.to == STRANGER
    assert "Webshop Makers" in letter.subject
    assert "CLICK HERE" not in letter.subject + letter.body
    assert f"/contact-addresses/{contacts.token_of(ContactAddress.objects.get())}/" in letter.body
    assert contacts.not_heard(first) == ([STRANGER], [])


def test_nothing_else_goes_there_until_they_agree(maker: Membership) -> None:
    application = register(maker, uninstall_mails=[STRANGER])

    assert told_of_an_end(application) == [maker.person.email]

    contact = ContactAddress.objects.get()
    for _click in range(2):
        contacts.confirm(contacts.token_of(contact), at=NOON)

    assert told_of_an_end(application) == sorted([maker.person.email, STRANGER])
    assert contacts.not_heard(application) == ([], [])


def test_who_agreed_for_one_owner_did_so_for_no_other(maker: Membership) -> None:
    ApplicationFactory(technical_contact=STRANGER)  # of somebody else, agreed to

    application = register(maker, technical_contact=STRANGER)

    assert receivers() == [STRANGER]
    assert told_of_an_end(application) == []


def test_what_would_reach_nobody_goes_to_the_owners(maker: Membership) -> None:
    owner, shut = MembershipFactory.create_batch(
        2, organisation=maker.organisation, role=Role.OWNER
    )
    Person.objects.filter(pk=shut.person_id).update(is_active=False)
    MembershipFactory(role=Role.OWNER)  # of somebody else
    of_a_stranger = register(maker, technical_contact=STRANGER)
    application = register(maker, name="Another")
    assert told_of_an_end(application) == [maker.person.email]

    maker.delete()

    assert told_of_an_end(application) == [owner.person.email]
    assert told_of_an_end(of_a_stranger) == [owner.person.email]
    assert contacts.not_heard(application) == ([], [maker.person.email])


def test_whoever_else_it_names_hears_in_nobodys_place(maker: Membership) -> None:
    MembershipFactory(organisation=maker.organisation, role=Role.OWNER)
    reader = MembershipFactory(organisation=maker.organisation, role=Role.READER)
    application = register(maker, uninstall_mails=[reader.person.email])

    maker.delete()

    assert told_of_an_end(application) == [reader.person.email]


def test_who_left_is_asked_when_the_details_are_saved(maker: Membership) -> None:
    owner = MembershipFactory(organisation=maker.organisation, role=Role.OWNER).person
    application = register(maker)
    maker.delete()

    details.change(application, details_of(application), by=owner, at=NOON)

    assert receivers() == [maker.person.email]
    assert contacts.not_heard(application) == ([maker.person.email], [])


def test_who_is_new_in_its_details_is_asked(maker: Membership) -> None:
    application = register(maker)

    details.change(
        application,
        details_of(application, error_mails=[STRANGER]),
        by=maker.person,
        at=NOON,
    )

    assert receivers() == [STRANGER]


def test_so_many_strangers_a_day(maker: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = invitation_limits.Limit(open_at_once=9, in_a_day=2)
    monkeypatch.setattr(contacts, "limit_of", lambda _organisation: limit)
    register(maker, error_mails=["one@example.com", "two@example.com"])

    with pytest.raises(contacts.TooManyAddresses):
        register(maker, name="Another", technical_contact=STRANGER)

    assert receivers() == ["one@example.com", "two@example.com"]
    assert Application.objects.count() == 1
    register(maker, name="Another", technical_contact=STRANGER, at=NOON + A_DAY)
    assert STRANGER in receivers()


@pytest.mark.parametrize(
    ("days", "letters"),
    [
        pytest.param([14], 1, id="soon"),
        pytest.param([15, 15], 2, id="long after"),
        pytest.param([15, 30, 45, 60], 2, id="and never a third time"),
    ],
)
def test_who_has_not_agreed_is_asked_once_more_when_the_details_are_saved(
    maker: Membership, days: list[int], letters: int
) -> None:
    application = register(maker, technical_contact=STRANGER)

    for each in days:
        at = NOON + each * A_DAY
        details.change(application, details_of(application), by=maker.person, at=at)

    assert receivers() == [STRANGER] * letters


def test_who_has_agreed_is_not(maker: Membership) -> None:
    application = register(maker, technical_contact=STRANGER)
    contacts.confirm(contacts.token_of(ContactAddress.objects.get()), at=NOON)

    details.change(application, details_of(application), by=maker.person, at=NOON + 15 * A_DAY)

    assert receivers() == [STRANGER]


def test_asking_again_waits_for_room_and_stands_in_the_way_of_no_change(
    maker: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = register(maker, error_mails=["one@example.com", "two@example.com"])
    limit = invitation_limits.Limit(open_at_once=9, in_a_day=1)
    monkeypatch.setattr(contacts, "limit_of", lambda _organisation: limit)
    OutgoingMail.objects.all().delete()
    renamed = details_of(application, name="Renamed")

    for day in (20, 21, 22):
        details.change(application, renamed, by=maker.person, at=NOON + day * A_DAY)

    assert receivers() == ["one@example.com", "two@example.com"]
    application.refresh_from_db()
    assert application.name == "Renamed"


def test_a_link_that_was_made_up_is_of_no_use(maker: Membership) -> None:
    register(maker, technical_contact=STRANGER)
    token = contacts.token_of(ContactAddress.objects.get())
    missing = contacts.token_of(ContactAddress(pk=999_999))

    for wrong in (token[:-1], f"x{token}", "1", "²:x", f"{'9' * 30}:x", ":", missing):
        with pytest.raises(contacts.LinkUnusable):
            contacts.confirm(wrong, at=NOON)

    assert ContactAddress.objects.get().confirmed_at is None


def test_a_link_tells_the_logs_on_its_way_no_address(maker: Membership) -> None:
    register(maker, technical_contact=STRANGER)
    row = ContactAddress.objects.get()

    number, signature = contacts.token_of(row).split(":")

    assert number == str(row.pk)
    assert len(signature) == 43  # of SHA-256, whatever was signed


@pytest.mark.parametrize("what", ["address", "owner"])
def test_a_letter_of_before_a_restore_confirms_nobody_who_got_its_number(
    maker: Membership, what: str
) -> None:
    """The sequence gives numbers that were given after the backup once more."""
    register(maker, technical_contact=STRANGER)
    lost = ContactAddress.objects.get()
    token = contacts.token_of(lost)
    ContactAddress.objects.all().delete()
    other = OrganisationFactory() if what == "owner" else maker.organisation
    address = "somebody.else@example.com" if what == "address" else STRANGER
    ContactAddress.objects.create(pk=lost.pk, owner=other, address=address, asked_at=NOON)

    with pytest.raises(contacts.LinkUnusable):
        contacts.confirm(token, at=NOON)

    assert ContactAddress.objects.get().confirmed_at is None


def test_a_link_of_any_address_opens(maker: Membership) -> None:
    register(maker, technical_contact="o'hara/errors+crm@example.com")
    token = contacts.token_of(ContactAddress.objects.get())

    assert reverse("contact_address", args=[token]) in OutgoingMail.objects.get().body
    assert contacts.confirm(token, at=NOON).confirmed_at == NOON


def test_credentials_are_made_so_many_times_a_day(
    maker: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "IN_A_DAY", 2)
    application = ApplicationFactory(owner=maker.organisation)
    for _time in range(2):
        issued = credentials.create(application, Environment.STAGE, by=maker.person, at=NOON)
        credentials.revoke(issued.credential, by=maker.person, at=NOON)
    letters = OutgoingMail.objects.count()

    with pytest.raises(credentials.TooManyInADay):
        credentials.create(application, Environment.STAGE, by=maker.person, at=NOON)

    assert OutgoingMail.objects.count() == letters
    tomorrow = credentials.create(application, Environment.STAGE, by=maker.person, at=NOON + A_DAY)
    assert tomorrow.secret
    credentials.rotate(tomorrow.credential, overlap=A_DAY * 0, by=maker.person, at=NOON + A_DAY)
    with pytest.raises(credentials.TooManyInADay):
        credentials.rotate(tomorrow.credential, overlap=A_DAY * 0, by=maker.person, at=NOON + A_DAY)


def test_so_many_customers_are_asked_in_a_day(
    maker: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = invitation_limits.Limit(open_at_once=9, in_a_day=2)
    monkeypatch.setattr(operations, "limit_of", lambda _organisation: limit)
    application = ApplicationFactory(owner=maker.organisation)

    def ask() -> Authorisation:
        decides = MembershipFactory(role=Role.OWNER)
        tenant = TenantFactory(organisation=decides.organisation)
        return operations.request_by_id(
            application,
            identifier=tenant.identifier,
            environment=tenant.environment,
            contact_email=decides.person.email,
            by=maker.person,
            at=NOON,
        )

    for _customer in range(2):
        ask()
    with pytest.raises(operations.TooManyAsked):
        ask()

    assert Authorisation.objects.count() == OutgoingMail.objects.count() == 2
