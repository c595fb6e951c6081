from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import Invitation, Membership, Organisation, OutgoingMail, Role
from customers.operations import people, sign_ups
from customers.operations.invitation_limits import KNOWN, SIGNED_UP, TooManyInADay, TooManyOpen
from customers.operations.organisations import NewOrganisation, create_organisation
from tests.factories.customers import (
    InvitationFactory,
    MembershipFactory,
    PersonFactory,
    TenantFactory,
)

if TYPE_CHECKING:
    from customers.models import Person

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)
AN_HOUR = dt.timedelta(hours=1)


def signed_up() -> Membership:
    """A developer's own organisation."""
    person = PersonFactory()
    sign_ups.sign_up(person, name="Webshop Makers", country="NL", at=AT)
    sign_ups.confirm(person, at=AT)
    return Membership.objects.get(person=person)


def made_by_staff() -> Membership:
    organisation = create_organisation(
        NewOrganisation(name="Bakker", country="NL", currency="EUR"),
        by=PersonFactory(staff=True),
        at=AT,
    )
    membership: Membership = MembershipFactory(organisation=organisation)
    return membership


def invite(organisation: Organisation, email: str, by: Person, at: dt.datetime = AT) -> Invitation:
    return people.invite(organisation, email=email, role=Role.READER, by=by, at=at)[0]


def invite_many(owner: Membership, count: int) -> list[Invitation]:
    return [
        invite(owner.organisation, f"colleague{number}@example.com", owner.person)
        for number in range(count)
    ]


def sent_before(owner: Membership, count: int, *, at: dt.datetime) -> None:
    InvitationFactory.create_batch(
        count,
        organisation=owner.organisation,
        invited_at=at,
        expires_at=at + dt.timedelta(days=14),
    )


def test_who_signed_up_invites_a_few() -> None:
    owner = signed_up()
    invite_many(owner, SIGNED_UP.open_at_once)

    with pytest.raises(TooManyOpen):
        invite(owner.organisation, "one-more@example.com", owner.person)

    assert Invitation.objects.count() == OutgoingMail.objects.count() == SIGNED_UP.open_at_once


def test_withdrawing_makes_no_room_on_the_same_day() -> None:
    owner = signed_up()
    first, *_others = invite_many(owner, SIGNED_UP.in_a_day)
    people.withdraw_invitation(first, by=owner.person, at=AT)

    with pytest.raises(TooManyInADay):
        invite(owner.organisation, first.email, owner.person, AT + 23 * AN_HOUR)

    tomorrow = AT + 25 * AN_HOUR
    assert invite(owner.organisation, first.email, owner.person, tomorrow).invited_at == tomorrow


@pytest.mark.parametrize("known_by", ["staff made it", "it has a tenant"])
def test_who_is_known_invites_a_team(known_by: str) -> None:
    owner = made_by_staff() if known_by == "staff made it" else signed_up()
    if known_by == "it has a tenant":
        TenantFactory(organisation=owner.organisation)

    invite_many(owner, 20)

    assert Invitation.objects.count() == 20


def test_who_is_known_has_a_limit_as_well() -> None:
    owner = made_by_staff()
    sent_before(owner, KNOWN.in_a_day, at=AT - AN_HOUR)

    with pytest.raises(TooManyInADay):
        invite(owner.organisation, "one-more@example.com", owner.person)

    sent_before(owner, KNOWN.open_at_once - KNOWN.in_a_day, at=AT - 48 * AN_HOUR)
    with pytest.raises(TooManyOpen):
        invite(owner.organisation, "one-more@example.com", owner.person, AT + 24 * AN_HOUR)

    assert not OutgoingMail.objects.exists()


def test_others_do_not_count_and_staff_may_always() -> None:
    owner = signed_up()
    sent_before(MembershipFactory(), SIGNED_UP.open_at_once, at=AT)
    invite_many(owner, SIGNED_UP.open_at_once)

    staff = PersonFactory(staff=True)
    assert invite(owner.organisation, "one-more@example.com", staff).invited_by == staff
