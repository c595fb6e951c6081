"""How somebody becomes a customer: sales fill in a form, the first owner follows the link."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import History, Invitation, Membership, Organisation, OutgoingMail, Role
from tests.factories.customers import OrganisationFactory, PersonFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

WANTED = {
    "kind": "customer",
    "name": "Molen & Zonen B.V.",
    "country": "NL",
    "language": "nl",
    "invoice_language": "de",
    "street": "Molenweg 1",
    "postal_code": "1234 AB",
    "city": "Utrecht",
    "vat_number": "nl 0000 99998 B57",
    "owner": "Eva@Molen.example",
}


@pytest.fixture
def address(shop: None) -> str:
    return reverse("backoffice:new_customer")


def test_the_organisation_and_the_invitation_of_its_owner(
    client: Client, sales: Person, address: str
) -> None:
    OrganisationFactory(customer_number="90345")
    partner = OrganisationFactory(is_partner=True, name="Helder Advies")
    client.force_login(sales)

    page = client.post(
        address, WANTED | {"partner": partner.pk, "representative": sales.pk}, follow=True
    )

    found = Organisation.objects.get(name="Molen & Zonen B.V.")
    assert page.redirect_chain == [(reverse("backoffice:customer", args=[found.pk]), 302)]
    assert "An invitation is on its way to Eva@Molen.example." in page.content.decode()
    assert (found.kind, found.customer_number, found.country) == ("customer", "90346", "NL")
    assert (found.currency, found.language, found.vat_number) == ("EUR", "nl", "NL000099998B57")
    assert found.invoice_language == "de"
    assert (found.street, found.postal_code, found.city) == ("Molenweg 1", "1234 AB", "Utrecht")
    assert (found.partner, found.representative) == (partner, sales)
    invitation = Invitation.objects.get(organisation=found)
    assert (invitation.email, invitation.role) == ("eva@molen.example", Role.OWNER)
    told = History.objects.of(found).order_by("pk")
    assert [(row.verb, row.actor) for row in told] == [
        ("organisation.created", sales),
        ("invitation.sent", sales),
    ]


def test_the_owner_follows_the_link_and_is_in(client: Client, sales: Person, address: str) -> None:
    client.force_login(sales)
    client.post(address, WANTED)
    client.logout()
    letter = OutgoingMail.objects.get(to="eva@molen.example")
    link = re.search(r"/invitations/\S+", letter.body)
    assert link
    client.get(link[0])

    client.post(
        reverse("account_signup"),
        {
            "email": "eva@molen.example",
            "name": "Eva Molen",
            "password1": "correct horse battery staple",
            "password2": "correct horse battery staple",
        },
    )

    owner = Membership.objects.get(organisation__name="Molen & Zonen B.V.")
    assert (owner.person.email, owner.role) == ("eva@molen.example", Role.OWNER)
    overview = reverse("pages:overview", args=[owner.organisation_id])
    assert client.get(overview).status_code == 200


@pytest.mark.parametrize(
    ("given", "currency"),
    [
        pytest.param({"country": "NO", "vat_number": ""}, "NOK", id="of who sells in Norway"),
        pytest.param({"country": "SE", "vat_number": ""}, "EUR", id="of who sells elsewhere"),
        pytest.param({"currency": "NOK"}, "NOK", id="as wished"),
    ],
)
def test_the_currency(
    client: Client, sales: Person, address: str, given: dict[str, str], currency: str
) -> None:
    client.force_login(sales)

    client.post(address, WANTED | given)

    assert Organisation.objects.get(name="Molen & Zonen B.V.").currency == currency


def test_a_partner_under_a_number_of_its_own(client: Client, sales: Person, address: str) -> None:
    client.force_login(sales)

    client.post(address, WANTED | {"kind": "partner", "customer_number": "P-7"})

    assert Organisation.objects.get(customer_number="P-7").kind == Organisation.Kind.PARTNER


def test_a_second_click_takes_nobody_on(client: Client, sales: Person, address: str) -> None:
    client.force_login(sales)
    wanted = WANTED | {"seen": client.get(address).context["seen"]}
    client.post(address, wanted)

    told = client.post(address, wanted)

    assert told.status_code == 409
    [sentence] = told.context["form"].errors["name"]
    assert "An organisation of this name is here already" in sentence
    [found] = Organisation.objects.filter(name=WANTED["name"])
    assert Invitation.objects.get().organisation == found
    assert OutgoingMail.objects.count() == 1


def test_another_of_the_same_name_is_taken_on_by_who_knows(
    client: Client, sales: Person, address: str
) -> None:
    OrganisationFactory(name=WANTED["name"].upper())
    client.force_login(sales)
    told = client.post(address, WANTED | {"seen": client.get(address).context["seen"]})
    assert not Invitation.objects.exists()

    known = WANTED | {"seen": told.context["seen"]}
    assert [client.post(address, known).status_code for _click in range(2)] == [302, 409]

    assert Invitation.objects.get().organisation.name == WANTED["name"]


def test_who_found_a_namesake_may_type_another_name(
    client: Client, sales: Person, address: str
) -> None:
    OrganisationFactory(name=WANTED["name"])
    client.force_login(sales)
    told = client.post(address, WANTED | {"seen": client.get(address).context["seen"]})

    other = WANTED | {"name": "Molen Zuid B.V.", "seen": told.context["seen"]}
    assert client.post(address, other).status_code == 302


@pytest.mark.parametrize(
    ("given", "status", "field", "sentence"),
    [
        pytest.param(
            {"vat_number": "NL123456789B01"},
            409,
            "vat_number",
            "This is not a VAT number of that country.",
            id="VAT number",
        ),
        pytest.param(
            {"country": "NO", "vat_number": "", "registration_number": "123456789"},
            409,
            "registration_number",
            "A Norwegian organisation number has nine digits, the last one a check digit.",
            id="registration number",
        ),
        pytest.param(
            {"customer_number": "70001"},
            409,
            "customer_number",
            "Another organisation already has this customer number.",
            id="customer number",
        ),
        pytest.param(
            {"customer_number": "999999999"},
            409,
            "customer_number",
            "choose one up to 999000000.",
            id="number after which there is none",
        ),
        pytest.param(
            {"country": "DE", "vat_number": "", "postal_code": ""},
            409,
            "postal_code",
            "In this country an invoice names the postal code too.",
            id="postal code",
        ),
        pytest.param({"owner": ""}, 422, "owner", "This field is required.", id="nobody invited"),
        pytest.param(
            {"owner": "Colleague@Vendor.example"},
            409,
            "owner",
            "This person works for Expander Services",
            id="one of ours",
        ),
        pytest.param({"country": "XX"}, 422, "country", "Select a valid choice.", id="country"),
    ],
)
def test_what_is_refused_leaves_nothing(
    client: Client,
    sales: Person,
    address: str,
    given: dict[str, str],
    status: int,
    field: str,
    sentence: str,
) -> None:
    OrganisationFactory(customer_number="70001")
    PersonFactory(staff=True, email="colleague@vendor.example")
    client.force_login(sales)

    response = client.post(address, WANTED | given)

    assert response.status_code == status
    assert sentence in response.context["form"].errors[field][0]
    assert not Organisation.objects.filter(name="Molen & Zonen B.V.").exists()
    assert not OutgoingMail.objects.exists()


def test_the_list_leads_there_for_those_whose_task_it_is(
    client: Client, sales: Person, operations: Person, address: str
) -> None:
    customers = reverse("backoffice:customers")

    client.force_login(sales)
    empty = client.get(customers).content.decode()
    OrganisationFactory()
    filled = client.get(customers).content.decode()
    client.force_login(operations)
    of_others = client.get(customers).content.decode()

    assert empty.count(f'href="{address}"') == 2
    assert "No customers yet" in empty
    assert filled.count(f'href="{address}"') == 1
    assert address not in of_others


def test_a_person_who_has_an_account_keeps_it(client: Client, sales: Person, address: str) -> None:
    known = PersonFactory(email="eva@molen.example", language="nl")
    client.force_login(sales)

    client.post(address, WANTED | {"language": "en"})

    letter = OutgoingMail.objects.get(to=known.email)
    assert letter.subject == "Uitnodiging voor het klantportaal van Molen & Zonen B.V."
