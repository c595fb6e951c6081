from __future__ import annotations

import datetime as dt

import pytest

from customers.models import Duty, History, Invitation, Membership, OutgoingMail, Person, Role
from customers.operations import people
from tests.factories.customers import (
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
LATER = AT + dt.timedelta(days=1)


def verbs() -> list[str]:
    return list(History.objects.order_by("pk").values_list("verb", flat=True))


class TestInvite:
    def test_it_writes_an_invitation_and_mails_the_link(self) -> None:
        owner = MembershipFactory(organisation__name="Bakker", organisation__language="en")

        invitation, token = people.invite(
            owner.organisation,
            email=" New@Example.com",
            role=Role.DEVELOPER,
            by=owner.person,
            at=AT,
        )

        assert (invitation.email, invitation.role) == ("new@example.com", Role.DEVELOPER)
        assert invitation.expires_at == AT + dt.timedelta(days=14)
        assert token not in invitation.token_hash
        letter = OutgoingMail.objects.get()
        assert letter.to == "new@example.com"
        assert letter.subject == "Invitation to the customer portal of Bakker"
        assert f"/invitations/{token}/" in letter.body
        assert verbs() == ["invitation.sent"]

    def test_it_refuses_a_member(self) -> None:
        owner = MembershipFactory()

        with pytest.raises(people.AlreadyMember):
            people.invite(
                owner.organisation,
                email=owner.person.email.upper(),
                role=Role.READER,
                by=owner.person,
                at=AT,
            )

        assert not Invitation.objects.exists()
        assert not OutgoingMail.objects.exists()

    @pytest.mark.parametrize("duties", [[Duty.SALES], []], ids=["with a duty", "without"])
    def test_it_refuses_a_colleague_of_ours(self, duties: list[Duty]) -> None:
        owner = MembershipFactory()
        colleague = PersonFactory(staff=True, duties=duties)

        with pytest.raises(people.WorksForTheVendor):
            people.invite(
                owner.organisation,
                email=colleague.email.upper(),
                role=Role.OWNER,
                by=colleague,
                at=AT,
            )
        with pytest.raises(people.WorksForTheVendor):
            people.add_member(
                owner.organisation, person=colleague, role=Role.OWNER, by=colleague, at=AT
            )

        assert not Invitation.objects.exists()
        assert not OutgoingMail.objects.exists()
        assert list(Membership.objects.all()) == [owner]

    def test_a_customer_does_not_find_out_who_works_for_us(self) -> None:
        owner = MembershipFactory()
        colleague = PersonFactory(staff=True)

        _invitation, token = people.invite(
            owner.organisation, email=colleague.email, role=Role.OWNER, by=owner.person, at=AT
        )

        with pytest.raises(people.InvitationForColleague):
            people.accept_invitation(token, person=colleague, at=AT)

    def test_it_refuses_a_second_open_invitation(self) -> None:
        invitation = InvitationFactory(invited_at=AT, expires_at=LATER)

        with pytest.raises(people.AlreadyInvited):
            people.invite(
                invitation.organisation,
                email=invitation.email,
                role=Role.OWNER,
                by=PersonFactory(staff=True),
                at=AT,
            )

        assert Invitation.objects.get() == invitation

    @pytest.mark.parametrize("what", ["removed", "another role", "shut", "of another one"])
    def test_it_refuses_who_is_no_owner_any_more(self, what: str) -> None:
        """The door asked before; meanwhile somebody else had the lock."""
        owner = MembershipFactory()
        person, organisation = owner.person, owner.organisation
        if what == "removed":
            owner.delete()
        elif what == "another role":
            Membership.objects.update(role=Role.DEVELOPER)
        elif what == "shut":
            Person.objects.update(is_active=False)
        else:
            organisation = OrganisationFactory()

        with pytest.raises(people.MayNotInvite):
            people.invite(organisation, email="new@example.com", role=Role.OWNER, by=person, at=AT)

        assert not Invitation.objects.exists()
        assert not OutgoingMail.objects.exists()

    def test_an_expired_invitation_gives_way(self) -> None:
        old = InvitationFactory(expires_at=AT)

        invitation, _token = people.invite(
            old.organisation, email=old.email, role=Role.OWNER, by=PersonFactory(staff=True), at=AT
        )

        old.refresh_from_db()
        assert old.withdrawn_at == AT
        assert list(Invitation.objects.open_at(AT)) == [invitation]


class TestAccept:
    @pytest.fixture
    def offer(self) -> tuple[Invitation, str]:
        owner = MembershipFactory()
        return people.invite(
            owner.organisation, email="new@example.com", role=Role.READER, by=owner.person, at=AT
        )

    def test_it_makes_a_member(self, offer: tuple[Invitation, str]) -> None:
        invitation, token = offer
        person = PersonFactory(email="new@example.com")

        membership = people.accept_invitation(token, person=person, at=LATER)

        assert (membership.organisation, membership.role) == (invitation.organisation, Role.READER)
        assert membership.since_at == LATER
        invitation.refresh_from_db()
        assert (invitation.accepted_at, invitation.accepted_by) == (LATER, person)
        assert verbs() == ["invitation.sent", "invitation.accepted"]

    def test_the_owners_and_the_person_hear_of_it_once_each(
        self, offer: tuple[Invitation, str]
    ) -> None:
        invitation, token = offer
        other = MembershipFactory(organisation=invitation.organisation, role=Role.OWNER)
        MembershipFactory(organisation=invitation.organisation, role=Role.DEVELOPER)
        OutgoingMail.objects.all().delete()

        people.accept_invitation(
            token, person=PersonFactory(email="new@example.com", name="Nora New"), at=LATER
        )

        letters = {letter.to: letter for letter in OutgoingMail.objects.all()}
        assert OutgoingMail.objects.count() == len(letters) == 3
        inviting = invitation.invited_by
        for owner in (inviting, other.person):
            letter = letters[owner.email]
            assert letter.subject.startswith("Nora New now has access to ")
            for told in ("new@example.com", "Role: Reader", f"Invited by: {inviting}"):
                assert told in letter.body
        assert letters["new@example.com"].subject.startswith("You now have access to ")
        assert "Role: Reader" in letters["new@example.com"].body

    def test_a_member_keeps_the_role_they_have(self, offer: tuple[Invitation, str]) -> None:
        invitation, token = offer
        member = MembershipFactory(
            organisation=invitation.organisation,
            person__email="new@example.com",
            role=Role.DEVELOPER,
        )

        membership = people.accept_invitation(token, person=member.person, at=LATER)

        assert (membership, membership.role) == (member, Role.DEVELOPER)
        assert OutgoingMail.objects.count() == 1  # the invitation: nothing else has changed

    def test_it_refuses_who_has_become_a_colleague_of_ours(
        self, offer: tuple[Invitation, str]
    ) -> None:
        person = PersonFactory(email="new@example.com", staff=True)
        person.is_staff = False  # as it was read before

        with pytest.raises(people.InvitationForColleague):
            people.accept_invitation(offer[1], person=person, at=LATER)

        assert not Membership.objects.filter(person=person).exists()
        offer[0].refresh_from_db()
        assert offer[0].accepted_at is None

    def test_it_refuses_somebody_else(self, offer: tuple[Invitation, str]) -> None:
        _invitation, token = offer
        stranger = PersonFactory(email="other@example.com")

        with pytest.raises(people.InvitationForSomeoneElse):
            people.accept_invitation(token, person=stranger, at=LATER)

        assert not Membership.objects.filter(person=stranger).exists()

    def test_it_refuses_a_second_use(self, offer: tuple[Invitation, str]) -> None:
        invitation, token = offer
        person = PersonFactory(email="new@example.com")
        people.accept_invitation(token, person=person, at=AT)

        with pytest.raises(people.InvitationAccepted):
            people.accept_invitation(token, person=person, at=LATER)

        invitation.refresh_from_db()
        assert invitation.accepted_at == AT

    def test_it_refuses_a_withdrawn_one(self, offer: tuple[Invitation, str]) -> None:
        invitation, token = offer
        people.withdraw_invitation(invitation, by=invitation.invited_by, at=AT)
        person = PersonFactory(email="new@example.com")

        with pytest.raises(people.InvitationWithdrawn):
            people.accept_invitation(token, person=person, at=LATER)

        assert not Membership.objects.filter(person=person).exists()

    def test_it_refuses_an_expired_one(self, offer: tuple[Invitation, str]) -> None:
        invitation, token = offer
        person = PersonFactory(email="new@example.com")

        with pytest.raises(people.InvitationExpired):
            people.accept_invitation(token, person=person, at=invitation.expires_at)

        assert not Membership.objects.filter(person=person).exists()

    def test_it_refuses_an_unknown_token(self) -> None:
        with pytest.raises(people.InvitationUnknown):
            people.accept_invitation("never-issued", person=PersonFactory(), at=AT)

        assert not Membership.objects.exists()

    def test_the_link_shows_what_it_offers(self, offer: tuple[Invitation, str]) -> None:
        invitation, token = offer

        assert people.invitation_behind(token, at=LATER) == invitation

        with pytest.raises(people.InvitationUnknown):
            people.invitation_behind(token + "x", at=LATER)


class TestWithdraw:
    def test_it_refuses_an_accepted_one(self) -> None:
        person = PersonFactory()
        invitation = InvitationFactory(accepted_at=AT, accepted_by=person)

        with pytest.raises(people.InvitationAccepted):
            people.withdraw_invitation(invitation, by=person, at=LATER)

        invitation.refresh_from_db()
        assert invitation.withdrawn_at is None

    def test_it_is_told(self) -> None:
        invitation = InvitationFactory()

        people.withdraw_invitation(invitation, by=invitation.invited_by, at=AT)

        assert verbs() == ["invitation.withdrawn"]


class TestRoles:
    def test_a_role_is_changed_and_told(self) -> None:
        owner = MembershipFactory()
        reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)

        people.change_role(reader, role=Role.BILLING_CONTACT, by=owner.person, at=AT)

        reader.refresh_from_db()
        assert reader.role == Role.BILLING_CONTACT
        entry = History.objects.get()
        assert entry.verb == "membership.role_changed"
        assert entry.details == {
            "person": str(reader.person),
            "from": "reader",
            "to": "billing_contact",
        }

    def test_the_same_role_changes_nothing(self) -> None:
        owner = MembershipFactory()

        people.change_role(owner, role=Role.OWNER, by=owner.person, at=AT)

        assert verbs() == []

    def test_the_last_owner_stays_owner(self) -> None:
        owner = MembershipFactory()
        MembershipFactory(organisation=owner.organisation, role=Role.READER)
        MembershipFactory(role=Role.OWNER)  # of another organisation

        with pytest.raises(people.LastOwner):
            people.change_role(owner, role=Role.READER, by=owner.person, at=AT)

        owner.refresh_from_db()
        assert owner.role == Role.OWNER
        assert verbs() == []

    def test_one_of_two_owners_may_step_back(self) -> None:
        owner = MembershipFactory()
        MembershipFactory(organisation=owner.organisation, role=Role.OWNER)

        people.change_role(owner, role=Role.READER, by=owner.person, at=AT)

        owner.refresh_from_db()
        assert owner.role == Role.READER


class TestRemove:
    def test_a_member_is_removed_and_told(self) -> None:
        owner = MembershipFactory()
        reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)

        people.remove_member(reader, by=owner.person, at=AT)

        assert list(Membership.objects.all()) == [owner]
        assert verbs() == ["membership.removed"]

    def test_the_last_owner_cannot_be_removed(self) -> None:
        owner = MembershipFactory()

        with pytest.raises(people.LastOwner):
            people.remove_member(owner, by=owner.person, at=AT)

        assert list(Membership.objects.all()) == [owner]

    def test_an_owner_whose_account_was_shut_does_not_count(self) -> None:
        owner = MembershipFactory()
        MembershipFactory(organisation=owner.organisation, person__is_active=False)

        with pytest.raises(people.LastOwner):
            people.remove_member(owner, by=owner.person, at=AT)

        assert Membership.objects.count() == 2

    def test_who_was_removed_a_moment_ago_is_not_removed_again(self) -> None:
        owner = MembershipFactory()
        reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)
        people.remove_member(Membership.objects.get(pk=reader.pk), by=owner.person, at=AT)

        with pytest.raises(people.NoLongerMember):
            people.remove_member(reader, by=owner.person, at=AT)
        with pytest.raises(people.NoLongerMember):
            people.change_role(reader, role=Role.OWNER, by=owner.person, at=AT)

        assert verbs() == ["membership.removed"]


class TestAdd:
    def test_the_first_owner_comes_without_an_invitation(self) -> None:
        organisation = OrganisationFactory()
        person = PersonFactory()

        membership = people.add_member(
            organisation, person=person, role=Role.OWNER, by=PersonFactory(staff=True), at=AT
        )

        assert list(organisation.memberships.all()) == [membership]
        assert verbs() == ["membership.added"]

    def test_a_member_is_not_added_twice(self) -> None:
        member = MembershipFactory(role=Role.READER)

        with pytest.raises(people.AlreadyMember):
            people.add_member(
                member.organisation, person=member.person, role=Role.OWNER, by=member.person, at=AT
            )

        member.refresh_from_db()
        assert member.role == Role.READER
