from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import (
    Invitation,
    Membership,
    OutgoingMail,
    PartnerAccess,
    Role,
    TokenScope,
)
from customers.operations import people
from tests.factories.customers import (
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    OrganisationTokenFactory,
    PartnerAccessFactory,
)
from tests.factories.subscriptions import ApplicationFactory
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client: Client) -> Membership:
    membership: Membership = MembershipFactory(person__name="Els Bakker")
    client.force_login(membership.person)
    return membership


def page(name: str, membership: Membership, *more: int) -> str:
    return reverse(f"pages:{name}", args=[membership.organisation_id, *more])


def test_the_page_lists_members_open_invitations_and_partners(
    client: Client, owner: Membership
) -> None:
    MembershipFactory(organisation=owner.organisation, person__name="Jan Jansen")
    people.invite(
        owner.organisation,
        email="new@example.com",
        role=Role.READER,
        by=owner.person,
        at=clock.now(),
    )
    InvitationFactory(organisation=owner.organisation, email="expired@example.com")
    PartnerAccessFactory(customer=owner.organisation, partner__name="Helpende Hand")

    html = client.get(page("people", owner)).content.decode()

    for text in ("Els Bakker", "Jan Jansen", "new@example.com", "Helpende Hand"):
        assert text in html
    assert "expired@example.com" not in html


def test_who_may_not_manage_people_sees_no_way_to(client: Client) -> None:
    reader = MembershipFactory(role=Role.READER)
    client.force_login(reader.person)

    html = client.get(page("people", reader)).content.decode()

    assert page("invite", reader) not in html
    assert "Change role" not in html
    refused = client.get(page("invite", reader))
    assert refused.status_code == 403
    assert "It can be done by: Owner." in refused.content.decode()


def test_an_invitation_is_sent(client: Client, owner: Membership) -> None:
    response = client.post(
        page("invite", owner), {"email": "new@example.com", "role": Role.DEVELOPER}
    )

    assert response["Location"] == page("people", owner)
    assert Invitation.objects.get().role == Role.DEVELOPER


def test_a_refused_invitation_says_why(client: Client, owner: Membership) -> None:
    response = client.post(
        page("invite", owner), {"email": owner.person.email, "role": Role.DEVELOPER}
    )

    assert "already belongs to the organisation" in response.content.decode()
    assert not Invitation.objects.exists()


def test_an_invitation_is_withdrawn(client: Client, owner: Membership) -> None:
    invitation, _token = people.invite(
        owner.organisation,
        email="new@example.com",
        role=Role.READER,
        by=owner.person,
        at=clock.now(),
    )

    client.post(page("withdraw_invitation", owner, invitation.pk))

    invitation.refresh_from_db()
    assert invitation.withdrawn_at is not None


def test_a_role_is_changed(client: Client, owner: Membership) -> None:
    reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)
    assert client.get(page("change_role", owner, reader.pk)).status_code == 200

    response = client.post(page("change_role", owner, reader.pk), {"role": Role.DEVELOPER})

    assert response["Location"] == page("people", owner)
    reader.refresh_from_db()
    assert reader.role == Role.DEVELOPER


def test_the_owners_hear_which_tokens_may_more_than_the_new_role(
    client: Client, owner: Membership
) -> None:
    other = MembershipFactory(organisation=owner.organisation, role=Role.OWNER)
    tomorrow = clock.now() + dt.timedelta(days=1)
    for scope in (TokenScope.TENANTS_READ, TokenScope.INVOICES_READ):
        OrganisationTokenFactory(
            organisation=owner.organisation,
            made_by=other.person,
            name=scope.value,
            scopes=[scope.value],
            expires_at=tomorrow,
        )

    client.post(page("change_role", owner, other.pk), {"role": Role.DEVELOPER})

    letter = OutgoingMail.objects.get(to=owner.person.email)
    assert "invoices:read" in letter.body
    assert "tenants:read" not in letter.body


def test_the_last_owner_is_told_why_not(client: Client, owner: Membership) -> None:
    response = client.post(page("change_role", owner, owner.pk), {"role": Role.READER})

    assert "keeps at least one owner" in response.content.decode()
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_a_member_is_removed_after_a_question(client: Client, owner: Membership) -> None:
    reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)
    client.get(page("remove_member", owner, reader.pk))
    assert Membership.objects.filter(pk=reader.pk).exists()

    client.post(page("remove_member", owner, reader.pk))

    assert not Membership.objects.filter(pk=reader.pk).exists()


def test_the_page_says_what_works_on_when_somebody_is_removed(
    client: Client, owner: Membership
) -> None:
    developer = MembershipFactory(organisation=owner.organisation, role=Role.DEVELOPER)
    endpoint = EndpointFactory(organisation=owner.organisation, created_by=developer.person)
    colleagues = EndpointFactory(organisation=owner.organisation, created_by=owner.person)
    where = reverse("pages:webhook_detail", args=[owner.organisation_id, endpoint.pk])

    for name in ("remove_member", "change_role"):
        html = client.get(page(name, owner, developer.pk)).content.decode()

        assert "What they made works on" in html
        assert f'href="{where}"' in html
        assert colleagues.address not in html

    reader = MembershipFactory(organisation=owner.organisation, role=Role.READER)
    html = client.get(page("remove_member", owner, reader.pk)).content.decode()
    assert "What they made works on" not in html

    client.post(page("remove_member", owner, developer.pk))
    assert endpoint.address in OutgoingMail.objects.get(to=owner.person.email).body


def test_the_page_says_which_invitations_go_with_who_sent_them(
    client: Client, owner: Membership
) -> None:
    other = MembershipFactory(organisation=owner.organisation, role=Role.OWNER)
    for email, sender in (("theirs@example.com", other), ("mine@example.com", owner)):
        people.invite(
            owner.organisation, email=email, role=Role.OWNER, by=sender.person, at=clock.now()
        )

    for name in ("remove_member", "change_role"):
        html = client.get(page(name, owner, other.pk)).content.decode()

        assert "Open invitations that they sent" in html
        assert "theirs@example.com" in html
        assert "mine@example.com" not in html


def test_the_page_says_which_applications_name_whoever_is_removed(
    client: Client, owner: Membership
) -> None:
    contact = MembershipFactory(organisation=owner.organisation, role=Role.DEVELOPER)
    application = ApplicationFactory(
        owner=owner.organisation, technical_contact=contact.person.email
    )
    where = reverse("pages:application_detail", args=[owner.organisation_id, application.pk])

    html = client.get(page("remove_member", owner, contact.pk)).content.decode()

    assert f'href="{where}"' in html
    assert "What they made works on" not in html


def test_who_steps_out_lands_where_they_may_be(client: Client, owner: Membership) -> None:
    MembershipFactory(organisation=owner.organisation, role=Role.OWNER)
    elsewhere = MembershipFactory(person=owner.person)

    response = client.post(page("remove_member", owner, owner.pk))

    assert response["Location"] == page("overview", elsewhere)


def test_no_partner_is_named_before_its_number(client: Client, owner: Membership) -> None:
    partner = OrganisationFactory(is_partner=True, name="Helpende Hand")

    html = client.get(page("grant_partner_access", owner)).content.decode()

    assert "Helpende Hand" not in html
    assert partner.customer_number not in html


@pytest.mark.parametrize("what", ["nothing has", "a customer has"])
def test_a_number_that_no_partner_has_is_refused_alike(
    client: Client, owner: Membership, what: str
) -> None:
    customer = OrganisationFactory(name="Gewone Klant")
    number = {"nothing has": "nobody-s", "a customer has": customer.customer_number}[what]

    response = client.post(
        page("grant_partner_access", owner), {"customer_number": number, "confirmed": "on"}
    )

    html = response.content.decode()
    assert "No partner has this customer number." in html
    assert "Gewone Klant" not in html
    assert 'name="confirmed"' not in html  # what is typed next is asked about anew
    assert not PartnerAccess.objects.exists()


def test_a_partner_learns_of_no_other_by_its_number(client: Client) -> None:
    stranger = MembershipFactory(organisation__is_partner=True)
    client.force_login(stranger.person)
    partner = OrganisationFactory(is_partner=True, name="Helpende Hand")

    response = client.post(
        page("grant_partner_access", stranger), {"customer_number": partner.customer_number}
    )

    html = response.content.decode()
    assert "Only a customer can let a partner in." in html
    assert "Helpende Hand" not in html


def test_a_partner_is_let_in_and_shut_out(client: Client, owner: Membership) -> None:
    partner = OrganisationFactory(is_partner=True, name="Helpende Hand")
    typed = {"customer_number": f" {partner.customer_number}"}

    html = client.post(page("grant_partner_access", owner), typed).content.decode()
    assert f"{partner.customer_number} is <strong>Helpende Hand</strong>" in html
    assert not PartnerAccess.objects.exists()

    client.post(page("grant_partner_access", owner), typed | {"confirmed": "on"})

    access = PartnerAccess.objects.get()
    assert (access.customer, access.partner) == (owner.organisation, partner)

    assert client.get(page("withdraw_partner_access", owner, access.pk)).status_code == 200
    client.post(page("withdraw_partner_access", owner, access.pk))

    access.refresh_from_db()
    assert access.withdrawn_at is not None


@pytest.mark.parametrize(
    "name", ["change_role", "remove_member", "withdraw_invitation", "withdraw_partner_access"]
)
def test_what_is_foreign_is_not_there(client: Client, owner: Membership, name: str) -> None:
    foreign = {
        "change_role": lambda: MembershipFactory().pk,
        "remove_member": lambda: MembershipFactory().pk,
        "withdraw_invitation": lambda: InvitationFactory().pk,
        "withdraw_partner_access": lambda: PartnerAccessFactory().pk,
    }[name]()

    response = client.post(page(name, owner, foreign), {"role": Role.READER})

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("name", "typed", "status", "sentence"),
    [
        pytest.param(
            "invite", {"email": "nobody", "role": "reader"}, 422, "valid email", id="no address"
        ),
        pytest.param(
            "invite", {"email": "els@example.com", "role": "reader"}, 409, "belongs", id="a member"
        ),
        pytest.param("change_role", {"role": "king"}, 422, "Select a valid choice", id="no role"),
        pytest.param("change_role", {"role": "reader"}, 409, "owner", id="the last owner"),
        pytest.param(
            "grant_partner_access", {"customer_number": ""}, 422, "required", id="no number"
        ),
        pytest.param(
            "grant_partner_access", {"customer_number": "1"}, 409, "partner", id="no partner's"
        ),
    ],
)
def test_what_cannot_be_is_answered_at_its_field(
    client: Client, name: str, typed: dict[str, str], status: int, sentence: str
) -> None:
    owner = MembershipFactory(person__email="els@example.com")
    client.force_login(owner.person)
    which = [owner.pk] if name == "change_role" else []

    answer = client.post(page(name, owner, *which), typed)

    assert answer.status_code == status
    [errors] = answer.context["form"].errors.values()
    assert sentence in errors[0]


def test_many_members_come_in_pages(
    client: Client, owner: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        MembershipFactory(organisation=owner.organisation, person__name=f"Reader {number}")
    monkeypatch.setattr("portal.pages.people.ROWS_OF_CUSTOMERS", 2)

    first = client.get(page("people", owner)).content.decode()
    second = client.get(page("people", owner), {"page": 2}).content.decode()

    assert "Els Bakker" in first
    assert "Reader 0" in first
    assert "Reader 1" not in first
    assert "Reader 1" in second


def test_the_only_owner_is_not_offered_to_be_removed(client: Client, owner: Membership) -> None:
    remove = page("remove_member", owner, owner.pk)

    alone = client.get(page("people", owner)).content.decode()
    MembershipFactory(organisation=owner.organisation)
    together = client.get(page("people", owner)).content.decode()

    assert remove not in alone
    assert "The only owner stays" in alone
    assert remove in together
