from __future__ import annotations

import datetime as dt
from functools import partial

import pytest

from customers.actors import PLATFORM
from customers.models import History, Organisation, OutgoingMail, PartnerAccess, Role
from customers.operations import organisations
from customers.operations.organisations import NewOrganisation
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


def verbs() -> list[str]:
    return list(History.objects.order_by("pk").values_list("verb", flat=True))


class TestCreate:
    def test_it_takes_the_next_free_number(self) -> None:
        dutch = NewOrganisation(name="Bakker B.V.", country="NL", currency="EUR")
        norwegian = NewOrganisation(name="Fjord AS", country="NO", currency="NOK")

        first = organisations.create_organisation(dutch, by=PLATFORM, at=AT)
        second = organisations.create_organisation(norwegian, by=PLATFORM, at=AT)

        assert (first.customer_number, second.customer_number) == ("10001", "10002")
        assert verbs() == ["organisation.created", "organisation.created"]

    def test_it_keeps_the_number_given_and_goes_on_after_it(self) -> None:
        given = NewOrganisation(
            name="Bakker B.V.", country="NL", currency="EUR", customer_number="20000"
        )
        other = NewOrganisation(name="Fjord AS", country="NO", currency="NOK")

        first = organisations.create_organisation(given, by=PLATFORM, at=AT)
        second = organisations.create_organisation(other, by=PLATFORM, at=AT)

        assert (first.customer_number, second.customer_number) == ("20000", "20001")

    def test_it_refuses_a_number_after_which_there_is_hardly_another(self) -> None:
        new = partial(NewOrganisation, name="Bakker B.V.", country="NL", currency="EUR")
        too_high = new(customer_number="999000001")

        with pytest.raises(organisations.CustomerNumberTooHigh):
            organisations.create_organisation(too_high, by=PLATFORM, at=AT)
        assert not Organisation.objects.exists()

        longer = new(customer_number="9990000000")  # nothing follows it
        for each in (new(customer_number="999000000"), longer, new()):
            last = organisations.create_organisation(each, by=PLATFORM, at=AT)
        assert last.customer_number == "999000001"

    def test_it_refuses_a_number_taken(self) -> None:
        taken = OrganisationFactory()
        new = NewOrganisation(
            name="Other", country="NL", currency="EUR", customer_number=taken.customer_number
        )

        with pytest.raises(organisations.CustomerNumberTaken):
            organisations.create_organisation(new, by=PLATFORM, at=AT)

        assert list(Organisation.objects.all()) == [taken]

    @pytest.mark.parametrize(
        ("new", "refusal"),
        [
            pytest.param(
                NewOrganisation(
                    name="X", country="NL", currency="EUR", vat_number="NL000099999B57"
                ),
                organisations.VatNumberMalformed,
                id="VAT number",
            ),
            pytest.param(
                NewOrganisation(
                    name="X", country="NO", currency="NOK", registration_number="311111117"
                ),
                organisations.RegistrationNumberMalformed,
                id="Norwegian organisation number",
            ),
        ],
    )
    def test_it_refuses_a_malformed_number(
        self, new: NewOrganisation, refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            organisations.create_organisation(new, by=PLATFORM, at=AT)

        assert not Organisation.objects.exists()

    def test_it_refuses_a_customer_as_partner(self) -> None:
        customer = OrganisationFactory()
        new = NewOrganisation(name="X", country="NL", currency="EUR", partner=customer)

        with pytest.raises(organisations.NotAPartner):
            organisations.create_organisation(new, by=PLATFORM, at=AT)

        assert list(Organisation.objects.all()) == [customer]

    def test_the_vat_number_is_stored_without_decoration(self) -> None:
        new = NewOrganisation(name="X", country="NO", currency="NOK", vat_number="311 111 116 mva")

        organisation = organisations.create_organisation(new, by=PLATFORM, at=AT)

        assert organisation.vat_number == "311111116MVA"


class TestPartnerAccess:
    def test_an_owner_lets_a_partner_in(self) -> None:
        owner = MembershipFactory()
        partner = OrganisationFactory(is_partner=True)
        consultant = MembershipFactory(organisation=partner).person

        organisations.grant_partner_access(
            owner.organisation, partner=partner, by=owner.person, at=AT
        )

        assert owner.organisation in Organisation.objects.visible_to(consultant)
        assert verbs() == ["partner_access.granted"]

    def test_the_owners_of_both_hear_that_it_is_let_in_and_shut_out(self) -> None:
        owner = MembershipFactory(organisation__name="Bakker")
        partner = OrganisationFactory(is_partner=True, name="Helpers")
        theirs = MembershipFactory(organisation=partner, role=Role.OWNER).person
        MembershipFactory(organisation=partner, role=Role.DEVELOPER)

        access = organisations.grant_partner_access(
            owner.organisation, partner=partner, by=owner.person, at=AT
        )
        organisations.withdraw_partner_access(access, by=owner.person, at=AT)

        letters = OutgoingMail.objects.order_by("pk").values_list("to", "subject")
        assert list(letters) == [
            (owner.person.email, "Helpers may act for Bakker"),
            (theirs.email, "You may act for Bakker"),
            (owner.person.email, "Helpers may no longer act for Bakker"),
            (theirs.email, "You may no longer act for Bakker"),
        ]
        assert f"Let in by: {owner.person}" in OutgoingMail.objects.earliest("pk").body

    @pytest.mark.parametrize("who", ["reader", "staff", "partner"])
    def test_nobody_else_lets_a_partner_in(self, who: str) -> None:
        owner = MembershipFactory()
        partner = OrganisationFactory(is_partner=True)
        people = {
            "reader": MembershipFactory(organisation=owner.organisation, role=Role.READER).person,
            "staff": PersonFactory(staff=True),
            "partner": MembershipFactory(organisation=partner).person,
        }

        with pytest.raises(organisations.OnlyOwnersDecide):
            organisations.grant_partner_access(
                owner.organisation, partner=partner, by=people[who], at=AT
            )

        assert not PartnerAccess.objects.exists()

    def test_only_partners_are_let_in(self) -> None:
        owner = MembershipFactory()

        with pytest.raises(organisations.NotAPartner):
            organisations.grant_partner_access(
                owner.organisation, partner=OrganisationFactory(), by=owner.person, at=AT
            )

        assert not PartnerAccess.objects.exists()

    def test_a_partner_lets_nobody_in(self) -> None:
        owner = MembershipFactory(organisation__is_partner=True)

        with pytest.raises(organisations.PartnersLetNobodyIn):
            organisations.grant_partner_access(
                owner.organisation,
                partner=OrganisationFactory(is_partner=True),
                by=owner.person,
                at=AT,
            )

        assert not PartnerAccess.objects.exists()

    def test_a_partner_is_let_in_once(self) -> None:
        access = PartnerAccessFactory()
        owner = MembershipFactory(organisation=access.customer)

        with pytest.raises(organisations.AccessAlreadyGranted):
            organisations.grant_partner_access(
                access.customer, partner=access.partner, by=owner.person, at=AT
            )

        assert list(PartnerAccess.objects.all()) == [access]

    def test_an_owner_shuts_a_partner_out(self) -> None:
        access = PartnerAccessFactory()
        owner = MembershipFactory(organisation=access.customer)
        consultant = MembershipFactory(organisation=access.partner).person

        organisations.withdraw_partner_access(access, by=owner.person, at=AT)

        assert access.customer not in Organisation.objects.visible_to(consultant)
        assert verbs() == ["partner_access.withdrawn"]

    def test_access_is_withdrawn_once(self) -> None:
        access = PartnerAccessFactory(withdrawn=True)
        owner = MembershipFactory(organisation=access.customer)

        with pytest.raises(organisations.AccessAlreadyWithdrawn):
            organisations.withdraw_partner_access(access, by=owner.person, at=AT)

        assert verbs() == []
