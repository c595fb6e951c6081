"""Who leaves goes on with nothing that the owners were not told of (decision 0037)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from billing.metering.operations import credentials as usage_credentials
from customers import queries
from customers.models import (
    Environment,
    History,
    Membership,
    Organisation,
    OutgoingMail,
    Person,
    Role,
    StaffChange,
    TokenScope,
)
from customers.operations import people, tokens
from portal import leaving
from portal.webhooks.operations import endpoints
from subscriptions.applications import credentials
from tests.factories.customers import (
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PersonFactory,
)
from tests.factories.subscriptions import ApplicationFactory
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from portal.webhooks.models import Endpoint

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=1)
IN_A_MONTH = AT + dt.timedelta(days=30)


@dataclass(frozen=True)
class Place:
    """An organisation with an owner, and somebody who made one of each there."""

    organisation: Organisation
    owner: Person
    maker: Membership
    endpoint: Endpoint
    secret: str

    def letters(self, to: Person) -> list[OutgoingMail]:
        return list(OutgoingMail.objects.filter(to=to.email).order_by("pk"))


def place(role: Role = Role.DEVELOPER) -> Place:
    organisation = OrganisationFactory(name="Bakker B.V.")
    owner = MembershipFactory(organisation=organisation, role=Role.OWNER).person
    maker = MembershipFactory(organisation=organisation, role=role, person__name="Eva Maker")
    OrganisationTokenFactory(
        organisation=organisation, name="Webshop", made_by=maker.person, expires_at=IN_A_MONTH
    )
    endpoint = EndpointFactory(
        organisation=organisation,
        address="https://evas.example/hook",
        event_types=["subscription.started"],
        created_by=maker.person,
    )
    application = ApplicationFactory(owner=organisation, name="Planner")
    issued = credentials.create(application, Environment.PRODUCTION, by=maker.person, at=AT)
    OutgoingMail.objects.all().delete()
    return Place(organisation, owner, maker, endpoint, issued.secret[:8])


def invited(here: Place, email: str, *, by: Person | None = None) -> str:
    """The secret in the link."""
    sender = by or here.maker.person
    _invitation, token = people.invite(
        here.organisation, email=email, role=Role.OWNER, by=sender, at=AT
    )
    return token


def told() -> list[str]:
    found = History.objects.filter(verb__contains="maker_").order_by("verb")
    return list(found.values_list("verb", flat=True))


class TestRemoved:
    def test_the_owners_read_what_works_on(self) -> None:
        here = place()

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        (letter,) = here.letters(here.owner)
        assert letter.subject == "Eva Maker no longer has access to Bakker B.V."
        for named in ("Webshop", "https://evas.example/hook", "Planner", here.secret):
            assert named in letter.body
        assert f"Removed by: {here.owner}" in letter.body
        assert told() == [
            "application.secret_maker_left",
            "organisationtoken.maker_left",
            "webhook.maker_left",
        ]
        assert set(History.objects.filter(verb__contains="maker_").values_list("actor")) == {
            (here.owner.pk,)
        }

    def test_whose_account_was_shut_is_not_written_to(self) -> None:
        here = place()
        here.maker.person.is_active = False
        here.maker.person.save(update_fields=["is_active"])

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        assert len(here.letters(here.owner)) == 1
        assert here.letters(here.maker.person) == []

    def test_nothing_of_it_ends(self) -> None:
        here = place()

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        here.endpoint.refresh_from_db()
        assert here.endpoint.is_enabled
        assert leaving.made_by(here.maker.person, here.organisation, LATER)
        (token,) = queries.tokens_of(here.organisation)
        assert token.is_live(LATER)
        assert token.maker_left

    def test_the_person_hears_of_it_and_not_what_works_on(self) -> None:
        here = place()

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        (letter,) = here.letters(here.maker.person)
        assert letter.subject == "You no longer have access to Bakker B.V."
        assert "Webshop" not in letter.body
        assert "evas.example" not in letter.body

    def test_what_is_over_is_not_told(self) -> None:
        here = place()
        (token,) = queries.tokens_of(here.organisation)
        tokens.revoke(token, by=here.owner, at=AT)
        endpoints.remove(here.endpoint, by=here.owner, at=AT)
        made = leaving.made_by(here.maker.person, here.organisation, LATER)
        credentials.revoke(made.secrets[0].credential, by=here.owner, at=AT)
        OutgoingMail.objects.all().delete()

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        (letter,) = here.letters(here.owner)
        assert "works on" not in letter.body
        assert told() == []

    def test_an_endpoint_that_they_led_elsewhere_is_theirs_too(self) -> None:
        here = place()
        colleague = MembershipFactory(organisation=here.organisation, role=Role.DEVELOPER)
        other = EndpointFactory(organisation=here.organisation, created_by=here.owner)
        endpoints.rotate_secret(other, overlap=dt.timedelta(), by=colleague.person, at=AT)

        made = leaving.made_by(colleague.person, here.organisation, LATER)

        assert made.endpoints == [other]

    def test_of_who_made_nothing_it_is_told_once_as_well(self) -> None:
        owner = MembershipFactory(role=Role.OWNER)
        reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)

        leaving.remove_member(reader, by=owner.person, at=AT)
        with pytest.raises(people.NoLongerMember):
            leaving.remove_member(reader, by=owner.person, at=AT)

        assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == sorted(
            [owner.person.email, reader.person.email]
        )

    def test_the_owners_read_which_applications_name_them_for_mail(self) -> None:
        here = place()
        email = here.maker.person.email
        ApplicationFactory(owner=here.organisation, name="Scanner", error_mails=[email.upper()])
        ApplicationFactory(owner=here.organisation, name="Printer")
        ApplicationFactory(name="Elsewhere", technical_contact=email)

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        (letter,) = here.letters(here.owner)
        told_of = letter.body.partition("name their address for mail")[2]
        assert "- Scanner" in told_of
        assert "Printer" not in told_of
        assert "Elsewhere" not in told_of


class TestAnotherRole:
    def test_the_owners_read_what_may_more(self) -> None:
        here = place()
        reads = OrganisationTokenFactory(
            organisation=here.organisation,
            name="Reads only",
            scopes=[TokenScope.TENANTS_READ],
            made_by=here.maker.person,
            expires_at=IN_A_MONTH,
        )
        here.maker.person.refresh_from_db()

        leaving.change_role(here.maker, role=Role.READER, by=here.owner, at=LATER)

        (letter,) = here.letters(here.owner)
        assert letter.subject == "Eva Maker has another role at Bakker B.V.: Reader"
        assert "https://evas.example/hook" in letter.body
        assert "Planner" in letter.body
        assert reads.name not in letter.body
        assert "webhook.maker_may_less" in told()
        assert "application.secret_maker_may_less" in told()

    def test_an_owner_who_becomes_a_developer_leaves_what_tells_of_invoices(self) -> None:
        here = place(Role.OWNER)
        money = EndpointFactory(
            organisation=here.organisation,
            event_types=["invoice.issued"],
            created_by=here.maker.person,
        )

        leaving.change_role(here.maker, role=Role.DEVELOPER, by=here.owner, at=LATER)

        (letter,) = here.letters(here.owner)
        assert money.address in letter.body
        assert "https://evas.example/hook" not in letter.body
        assert "Planner" not in letter.body

    def test_the_same_role_is_told_to_nobody(self) -> None:
        here = place()

        leaving.change_role(here.maker, role=Role.DEVELOPER, by=here.owner, at=LATER)

        assert not OutgoingMail.objects.exists()
        assert told() == []


class TestShut:
    def test_the_owners_of_each_organisation_read_what_works_on(self) -> None:
        here, elsewhere = place(), MembershipFactory(role=Role.OWNER)
        MembershipFactory(organisation=elsewhere.organisation, person=here.maker.person)

        leaving.shut_account(
            here.maker.person, reason="Left them all", by=PersonFactory(staff=True), at=LATER
        )

        (letter,) = OutgoingMail.objects.all()
        assert letter.to == here.owner.email
        assert "https://evas.example/hook" in letter.body
        assert len(told()) == 3

    def test_owners_read_that_an_application_names_who_made_nothing(self) -> None:
        owner, contact = MembershipFactory(role=Role.OWNER), MembershipFactory()
        MembershipFactory(organisation=owner.organisation, person=contact.person)
        ApplicationFactory(
            owner=owner.organisation, name="Scanner", technical_contact=contact.person.email
        )
        OutgoingMail.objects.all().delete()

        leaving.shut_account(contact.person, reason="Left", by=PersonFactory(staff=True), at=LATER)

        letter = OutgoingMail.objects.get()
        assert letter.to == owner.person.email
        assert f"applications of {owner.organisation} name them" in letter.subject
        assert "- Scanner" in letter.body
        assert "works on" not in letter.subject + letter.body


class TestInvitations:
    """Whoever goes does not come back by a link that they sent to another address of theirs."""

    def test_of_who_is_removed_they_are_withdrawn_and_told(self) -> None:
        here = place(Role.OWNER)
        token = invited(here, "evas.other@example.com")
        of_the_owner = invited(here, "new@example.com", by=here.owner)
        OutgoingMail.objects.all().delete()

        leaving.remove_member(here.maker, by=here.owner, at=LATER)

        with pytest.raises(people.InvitationWithdrawn):
            people.invitation_behind(token, at=LATER)
        people.invitation_behind(of_the_owner, at=LATER)
        (entry,) = History.objects.telling(["invitation.sender_left"])
        assert entry.details == {"email": "evas.other@example.com", "sender": "Eva Maker"}
        (letter,) = here.letters(here.owner)
        assert "- evas.other@example.com (Owner)" in letter.body
        assert "new@example.com" not in letter.body

    def test_of_who_may_invite_no_more_they_are_withdrawn_and_told(self) -> None:
        here = place(Role.OWNER)
        token = invited(here, "evas.other@example.com")
        OutgoingMail.objects.all().delete()

        leaving.change_role(here.maker, role=Role.DEVELOPER, by=here.owner, at=LATER)

        with pytest.raises(people.InvitationWithdrawn):
            people.invitation_behind(token, at=LATER)
        assert History.objects.telling(["invitation.sender_may_less"]).count() == 1
        (letter,) = here.letters(here.owner)
        assert "- evas.other@example.com (Owner)" in letter.body

    def test_of_who_becomes_owner_they_stay(self) -> None:
        """As of before, when they were one."""
        here = place()
        invitation = InvitationFactory(
            organisation=here.organisation, invited_by=here.maker.person, expires_at=IN_A_MONTH
        )

        leaving.change_role(here.maker, role=Role.OWNER, by=here.owner, at=LATER)

        invitation.refresh_from_db()
        assert invitation.withdrawn_at is None

    def test_of_whose_account_is_shut_they_are_withdrawn_and_told(self) -> None:
        owner, other = MembershipFactory(role=Role.OWNER), MembershipFactory(role=Role.OWNER)
        MembershipFactory(organisation=owner.organisation, person=other.person, role=Role.OWNER)
        _invitation, token = people.invite(
            owner.organisation,
            email="evas.other@example.com",
            role=Role.OWNER,
            by=other.person,
            at=AT,
        )
        OutgoingMail.objects.all().delete()

        leaving.shut_account(other.person, reason="Left", by=PersonFactory(staff=True), at=LATER)

        with pytest.raises(people.InvitationWithdrawn):
            people.invitation_behind(token, at=LATER)
        (letter,) = OutgoingMail.objects.all()
        assert letter.to == owner.person.email
        assert "invitations of theirs are withdrawn" in letter.subject
        assert "- evas.other@example.com (Owner)" in letter.body

    def test_one_that_has_expired_is_told_to_nobody(self) -> None:
        here = place(Role.OWNER)
        invited(here, "new@example.com")
        OutgoingMail.objects.all().delete()

        leaving.remove_member(here.maker, by=here.owner, at=AT + dt.timedelta(days=40))

        assert "new@example.com" not in here.letters(here.owner)[0].body
        assert not History.objects.telling(["invitation.sender_left"]).exists()


class TestStaff:
    def test_the_history_names_the_credentials_that_work_on(self) -> None:
        manager, colleague = PersonFactory.create_batch(2, staff=True)
        usage_credentials.issue_for_platform(name="Gateway", by=colleague, at=AT)
        over = usage_credentials.issue_for_platform(name="Old one", by=colleague, at=AT)
        usage_credentials.revoke(over.credential, by=manager, at=AT)

        leaving.end_colleague(colleague, by=manager, at=LATER)

        assert StaffChange.objects.get().works_on == ["Gateway"]
