from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from django.urls import reverse

from billing.operations import buyers
from customers import clock
from customers.models import History, Invitation, Role
from customers.operations import people
from customers.operations.organisations import VatNumberMalformed
from customers.refusals import ChangedMeanwhile
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    TenantFactory,
)

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Organisation, Person, Tenant
    from customers.refusals import Refusal
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, {"Voorbeeld B.V.", "Fjord AS", "Helder Advies"}, id="all"),
        pytest.param({"q": "voorb"}, {"Voorbeeld B.V."}, id="part of the name"),
        pytest.param({"q": " 70001 "}, {"Voorbeeld B.V."}, id="customer number"),
        pytest.param({"q": "CUST70707"}, {"Voorbeeld B.V."}, id="tenant identifier"),
        pytest.param({"q": "1000424242"}, {"Fjord AS"}, id="serial number"),
        pytest.param({"country": "NO"}, {"Fjord AS"}, id="country"),
        pytest.param({"kind": "partner"}, {"Helder Advies"}, id="kind"),
        pytest.param({"q": "fjord", "country": "NL"}, set(), id="both must hold"),
    ],
)
def test_the_search(
    client: Client, sales: Person, tenant: Tenant, query: dict[str, str], expected: set[str]
) -> None:
    TenantFactory(
        organisation=OrganisationFactory(norwegian=True, name="Fjord AS"),
        on_premise=True,
        serial_number="1000424242",
    )
    OrganisationFactory(is_partner=True, name="Helder Advies")
    client.force_login(sales)

    html = client.get(reverse("backoffice:customers"), query).content.decode()
    csv = client.get(reverse("backoffice:customers"), {**query, "format": "csv"})

    names = ("Voorbeeld B.V.", "Fjord AS", "Helder Advies")
    assert {name for name in names if name in html} == expected
    lines = csv.content.decode("utf-8-sig").splitlines()[1:]
    assert {line.split(",")[1] for line in lines} == expected


def test_pages_keep_the_filters(client: Client, sales: Person) -> None:
    OrganisationFactory.create_batch(30, dutch=True)
    client.force_login(sales)

    first = client.get(reverse("backoffice:customers"), {"country": "NL"}).content.decode()
    second = client.get(reverse("backoffice:customers"), {"country": "NL", "page": "2"})

    assert "30 organisations" in first
    assert "?country=NL&amp;page=2" in first
    assert second.content.decode().count("<tr>") == 1 + 5


def test_the_page_of_a_customer_says_everything(
    client: Client,
    sales: Person,
    customer: Organisation,
    owner: Person,
    subscription: Subscription,
    consent: Authorisation,
) -> None:
    PartnerAccessFactory(customer=customer, partner__name="Helpende Hand", granted_by=owner)
    people.invite(customer, email="new@example.com", role=Role.READER, by=owner, at=clock.now())
    client.force_login(sales)

    html = client.get(reverse("backoffice:customer", args=[customer.pk])).content.decode()

    for text in (
        "70001",
        customer.vat_number,
        "Netherlands",
        "Eva Eigenaar",
        "new@example.com",
        "Helpende Hand",
        "Production (Cust70707)",
        "Running",
        "Development Tools",
        "€49.00",
        "Webshop sync",
        "No invoices",
        "Development Tools on Production started",
    ):
        assert text in html


def test_the_whole_history_has_pages(
    client: Client, sales: Person, customer: Organisation, subscription: Subscription
) -> None:
    client.force_login(sales)

    html = client.get(reverse("backoffice:customer_history", args=[customer.pk])).content.decode()

    assert "Development Tools on Production ordered" in html


def test_inviting_a_person(client: Client, operations: Person, customer: Organisation) -> None:
    client.force_login(operations)
    url = reverse("backoffice:invite_person", args=[customer.pk])

    done = client.post(url, {"email": "first@example.com", "role": Role.OWNER})
    again = client.post(url, {"email": "first@example.com", "role": Role.OWNER})

    assert done.status_code == 302
    assert Invitation.objects.get().invited_by == operations
    assert again.status_code == 409
    assert "has an open invitation already" in again.content.decode()


def test_an_invitation_gives_way_to_one_with_a_new_link(
    client: Client, operations: Person, customer: Organisation, owner: Person
) -> None:
    at = clock.now()
    lost, token = people.invite(customer, email="a@example.com", role=Role.OWNER, by=owner, at=at)
    client.force_login(operations)
    page = reverse("backoffice:customer", args=[customer.pk])
    url = reverse("backoffice:send_new_link", args=[customer.pk, lost.pk])

    assert url in client.get(page).content.decode()
    done = client.post(url, follow=True)
    again = client.post(url)

    assert "A new link is on its way to a@example.com" in done.content.decode()
    with pytest.raises(people.InvitationWithdrawn):
        people.invitation_behind(token, at=clock.now())
    new = Invitation.objects.exclude(pk=lost.pk).get()
    assert (new.email, new.role) == ("a@example.com", Role.OWNER)
    assert new.invited_by == owner  # and with them it goes
    assert again.status_code == 404
    assert _told_about_invitations() == [
        "invitation.sent",
        "invitation.withdrawn",
        "invitation.sent",
    ]


def test_an_invitation_is_not_lost_when_no_other_can_go_out(
    client: Client, operations: Person, customer: Organisation, owner: Person
) -> None:
    at = clock.now()
    lost, _token = people.invite(customer, email="a@example.com", role=Role.READER, by=owner, at=at)
    MembershipFactory(organisation=customer, person__email="a@example.com")
    client.force_login(operations)

    url = reverse("backoffice:send_new_link", args=[customer.pk, lost.pk])
    html = client.post(url, follow=True).content.decode()

    assert "This person already belongs to the organisation." in html
    lost.refresh_from_db()
    assert lost.withdrawn_at is None


def test_withdrawing_an_invitation(
    client: Client, sales: Person, customer: Organisation, owner: Person
) -> None:
    at = clock.now()
    sent, _token = people.invite(customer, email="a@example.com", role=Role.READER, by=owner, at=at)
    other = OrganisationFactory(dutch=True)
    client.force_login(sales)

    elsewhere = client.post(reverse("backoffice:withdraw_invitation", args=[other.pk, sent.pk]))
    url = reverse("backoffice:withdraw_invitation", args=[customer.pk, sent.pk])
    html = client.post(url, follow=True).content.decode()

    assert elsewhere.status_code == 404
    assert "The invitation is withdrawn" in html
    assert url not in html
    assert _told_about_invitations() == ["invitation.sent", "invitation.withdrawn"]


def test_others_are_not_offered_what_to_do_with_an_invitation(
    client: Client, billing: Person, customer: Organisation, owner: Person
) -> None:
    at = clock.now()
    people.invite(customer, email="a@example.com", role=Role.READER, by=owner, at=at)
    client.force_login(billing)

    html = client.get(reverse("backoffice:customer", args=[customer.pk])).content.decode()

    assert "a@example.com" in html
    assert "Send a new link" not in html


def _told_about_invitations() -> list[str]:
    told = History.objects.filter(verb__startswith="invitation.").order_by("pk")
    return list(told.values_list("verb", flat=True))


GERMAN = {
    "name": "Voorbeeld Duitsland GmbH",
    "street": "Beispielweg 1",
    "postal_code": "10115",
    "city": "Berlin",
    "country": "DE",
    "vat_number": "DE 136 695 976",
    "registration_number": "",
    "invoice_language": "de",
}


def test_correcting_the_billing_details(
    client: Client, billing: Person, customer: Organisation
) -> None:
    client.force_login(billing)
    url = reverse("backoffice:change_billing_details", args=[customer.pk])

    malformed = client.post(url, GERMAN | {"vat_number": "DE136695977"})
    done = client.post(url, GERMAN)

    assert malformed.status_code == 422
    assert "not a VAT number of Germany, such as DE123456788." in malformed.content.decode()
    assert done.status_code == 302
    customer.refresh_from_db()
    assert (customer.country, customer.vat_number) == ("DE", "DE136695976")
    assert customer.invoice_language == "de"
    told = customer.history.get(verb="organisation.billing_details_changed")
    assert told.actor == billing
    assert told.details["from"]["country"] == "NL"


@pytest.mark.parametrize(
    ("refusal", "field"),
    [
        pytest.param(buyers.SellerWouldChange(), "country", id="of another seller"),
        pytest.param(VatNumberMalformed(), "vat_number", id="a number that the form let by"),
        pytest.param(ChangedMeanwhile(), "__all__", id="no field's fault"),
    ],
)
def test_what_is_refused_of_the_billing_details_is_said_at_its_field(
    client: Client,
    billing: Person,
    customer: Organisation,
    monkeypatch: pytest.MonkeyPatch,
    refusal: Refusal,
    field: str,
) -> None:
    monkeypatch.setattr(buyers, "change_billing_details", Mock(side_effect=refusal))
    client.force_login(billing)

    answer = client.post(reverse("backoffice:change_billing_details", args=[customer.pk]), GERMAN)

    assert answer.status_code == 409
    assert answer.context["form"].errors == {field: [str(refusal)]}
