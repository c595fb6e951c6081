from __future__ import annotations

import datetime as dt

import pytest

from customers import history
from customers.actors import SCHEDULE
from customers.models import (
    AdviceQuestion,
    Environment,
    History,
    Invitation,
    Organisation,
    Tenant,
)
from tests.factories.customers import (
    AdviceQuestionFactory,
    InvitationFactory,
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 15, 12, 0, tzinfo=dt.UTC)


class TestVisibleTo:
    """Nobody sees a row of an organisation that did not let them in."""

    @pytest.mark.parametrize(
        ("who", "sees"),
        [
            pytest.param("member", True, id="member"),
            pytest.param("partner", True, id="partner's person"),
            pytest.param("shut out", False, id="partner's person, shut out"),
            pytest.param("partner of record", False, id="partner of record without access"),
            pytest.param("inactive", False, id="inactive member"),
            pytest.param("staff", False, id="staff"),
            pytest.param("stranger", False, id="stranger"),
        ],
    )
    def test_organisation_tenants_and_history(self, who: str, sees: bool) -> None:
        partner = OrganisationFactory(is_partner=True)
        customer = OrganisationFactory(partner=partner if who == "partner of record" else None)
        tenant = TenantFactory(organisation=customer)
        entry = history.record(
            tenant, "tenant.seen", organisation=customer, tenant=tenant, by=SCHEDULE, at=AT
        )
        person = PersonFactory(staff=who == "staff", is_active=who != "inactive")
        if who in {"member", "inactive"}:
            MembershipFactory(organisation=customer, person=person)
        if who in {"partner", "shut out", "partner of record"}:
            MembershipFactory(organisation=partner, person=person)
        if who in {"partner", "shut out"}:
            PartnerAccessFactory(customer=customer, partner=partner, withdrawn=who == "shut out")

        assert (customer in Organisation.objects.visible_to(person)) is sees
        assert (tenant in Tenant.objects.visible_to(person)) is sees
        assert (entry in History.objects.visible_to(person)) is sees

    def test_an_organisation_let_in_twice_is_seen_once(self) -> None:
        access = PartnerAccessFactory()
        person = MembershipFactory(organisation=access.customer).person
        MembershipFactory(organisation=access.partner, person=person)

        visible = Organisation.objects.visible_to(person).filter(pk=access.customer.pk)

        assert visible.count() == 1

    def test_the_partner_that_was_asked_sees_the_question(self) -> None:
        partner = OrganisationFactory(is_partner=True)
        consultant = MembershipFactory(organisation=partner).person
        asked = AdviceQuestionFactory(partner=partner)
        AdviceQuestionFactory()

        assert list(AdviceQuestion.objects.visible_to(consultant)) == [asked]


class TestMatching:
    @pytest.mark.parametrize("text", ["bakk", "77001", "cust4711", "SER-1"])
    def test_name_number_identifier_or_serial_number(self, text: str) -> None:
        wanted = OrganisationFactory(name="Bakker B.V.", customer_number="77001")
        TenantFactory(organisation=wanted, identifier="Cust4711")
        TenantFactory(organisation=wanted, on_premise=True, serial_number="ser-1")
        OrganisationFactory(name="Other")

        assert list(Organisation.objects.matching(text)) == [wanted]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("Els@Bakker.example", id="address of a member"),
            pytest.param("new@bakker.EXAMPLE", id="address of somebody invited"),
            pytest.param("els de v", id="name of a person"),
            pytest.param("nl 8100.00.000.b01", id="VAT number"),
            pytest.param("123 456 78", id="registration number"),
            pytest.param("bakk", id="name"),
            pytest.param("CUST4711", id="tenant"),
        ],
    )
    def test_what_a_caller_says(self, text: str) -> None:
        wanted = OrganisationFactory(
            name="Bakker B.V.", vat_number="NL810000000B01", registration_number="12345678"
        )
        MembershipFactory(
            organisation=wanted, person__name="Els de Vries", person__email="els@bakker.example"
        )
        InvitationFactory(organisation=wanted, email="New@bakker.example")
        TenantFactory.create_batch(2, organisation=wanted)
        TenantFactory(organisation=wanted, identifier="Cust4711")
        other = OrganisationFactory(name="Other")
        MembershipFactory(organisation=other, person__name="Jan")
        InvitationFactory(organisation=other, email="jan@other.example")

        assert list(Organisation.objects.matching_a_caller(text)) == [wanted]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("@bakker.example", id="a part of an address"),
            pytest.param("done@bakker.example", id="withdrawn"),
            pytest.param("-", id="no number"),
        ],
    )
    def test_what_finds_nobody(self, text: str) -> None:
        organisation = OrganisationFactory(name="Bakker B.V.")
        MembershipFactory(organisation=organisation, person__email="els@bakker.example")
        InvitationFactory(
            organisation=organisation,
            email="done@bakker.example",
            withdrawn_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        )

        assert not Organisation.objects.matching_a_caller(text).exists()

    def test_partners_do_not_search_by_people(self) -> None:
        member = MembershipFactory(person__name="Els de Vries")

        assert not Organisation.objects.matching("Els").exists()
        assert Organisation.objects.matching_a_caller("Els").get() == member.organisation

    def test_no_text_matches_everything(self) -> None:
        OrganisationFactory.create_batch(2)

        assert Organisation.objects.matching("").count() == 2
        assert Organisation.objects.matching_a_caller("").count() == 2


def test_open_invitations_are_neither_expired_nor_decided() -> None:
    later = AT + dt.timedelta(seconds=1)
    open_one = InvitationFactory(expires_at=later)
    InvitationFactory(expires_at=AT)
    InvitationFactory(expires_at=later, withdrawn_at=AT)
    InvitationFactory(expires_at=later, accepted_at=AT, accepted_by=PersonFactory())

    assert list(Invitation.objects.open_at(AT)) == [open_one]


def test_a_tenant_is_known_by_its_identity() -> None:
    online = TenantFactory(identifier="Cust4711")
    sod = TenantFactory(identifier="Cust4711", developer=True)
    on_premise = TenantFactory(on_premise=True, serial_number="123")

    assert list(Tenant.objects.known_as("CUST4711")) == [online]
    assert list(Tenant.objects.known_as("cust4711", Environment.SOD)) == [sod]
    assert list(Tenant.objects.known_as("", serial_number="123")) == [on_premise]
    assert not Tenant.objects.known_as("").exists()


def test_history_is_read_newest_first_and_by_subject() -> None:
    tenant = TenantFactory()
    first = history.record(
        tenant, "tenant.first", organisation=tenant.organisation, by=SCHEDULE, at=AT
    )
    second = history.record(
        tenant, "tenant.second", organisation=tenant.organisation, by=SCHEDULE, at=AT
    )
    history.record(
        tenant.organisation,
        "organisation.seen",
        organisation=tenant.organisation,
        by=SCHEDULE,
        at=AT,
    )

    assert list(History.objects.about(tenant).newest_first()) == [second, first]
