from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Duty, Role
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
)

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person

pytestmark = pytest.mark.django_db


def chooser(client: Client, person: Person, query: str = "") -> str:
    client.force_login(person)
    return str(client.get(reverse("pages:organisation_chooser") + query).content.decode())


def test_one_sees_ones_own_organisations_and_those_that_let_ones_partner_in(
    client: Client,
) -> None:
    membership = MembershipFactory(role=Role.DEVELOPER, organisation__name="Eigen Zaak")
    at_partner = MembershipFactory(
        person=membership.person,
        organisation__name="Helpende Hand",
        organisation__kind="partner",
        role=Role.OWNER,
    )
    PartnerAccessFactory(partner=at_partner.organisation, customer__name="Open Deur")
    PartnerAccessFactory(
        partner=at_partner.organisation, customer__name="Dichte Deur", withdrawn=True
    )
    OrganisationFactory(name="Vreemde")

    html = chooser(client, membership.person)

    assert "Eigen Zaak" in html
    assert "Developer" in html
    assert "Open Deur" in html
    assert "Owner at Helpende Hand, who works for this customer" in html
    assert "Dichte Deur" not in html
    assert "Vreemde" not in html


@pytest.mark.parametrize(("organisations", "searches"), [(8, False), (9, True)])
def test_a_search_appears_where_looking_no_longer_finds(
    client: Client, organisations: int, searches: bool
) -> None:
    person = PersonFactory()
    MembershipFactory.create_batch(organisations, person=person)

    assert ('type="search"' in chooser(client, person)) is searches


def test_the_search_narrows_and_says_when_nothing_fits(client: Client) -> None:
    person = PersonFactory()
    MembershipFactory.create_batch(9, person=person)
    MembershipFactory(person=person, organisation__name="Zoekgeraakt")

    assert "Zoekgeraakt" in chooser(client, person, "?q=geraakt")
    assert "Organisation 0" not in chooser(client, person, "?q=geraakt")
    assert "Nothing found" in chooser(client, person, "?q=nergens")


def test_who_was_let_in_nowhere_is_told_what_to_do(client: Client) -> None:
    assert "Ask an owner of your organisation to invite you" in chooser(client, PersonFactory())


def test_staff_find_the_way_to_the_back_office(client: Client) -> None:
    html = chooser(client, PersonFactory(staff=True, duties=[Duty.SALES]))

    assert reverse("backoffice:home") in html


def test_home_leads_to_the_sign_in_and_then_to_where_one_belongs(client: Client) -> None:
    membership = MembershipFactory()

    before = client.get("/")
    client.force_login(membership.person)
    after = client.get("/")

    assert before.headers["Location"] == reverse("account_login")
    assert after.headers["Location"] == reverse("pages:overview", args=[membership.organisation_id])


def test_a_partners_person_is_shown_as_such_in_the_frame(client: Client) -> None:
    access = PartnerAccessFactory(customer__name="Open Deur", partner__name="Helpende Hand")
    consultant = MembershipFactory(organisation=access.partner, role=Role.DEVELOPER).person
    client.force_login(consultant)

    html = client.get(reverse("pages:people", args=[access.customer_id])).content.decode()

    assert "Developer at Helpende Hand" in html
