"""A program asks for authorisation and revokes it; it says yes to nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from customers.models import History, OrganisationToken, OutgoingMail, TokenScope
from subscriptions.applications.models import Authorisation
from tests.factories.customers import OrganisationFactory, PartnerAccessFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.api.v1.conftest import NOON, subscribed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django.fixtures import Settings

    from customers.models import Organisation, Tenant
    from subscriptions.applications.models import Application
    from tests.portal.api.v1.conftest import Program


@pytest.fixture
def application(customer: Organisation) -> Application:
    """Published everywhere, of a developer whom the customer has not let in."""
    built: Application = ApplicationFactory(name="Webshop sync")
    return built


@pytest.fixture
def developer(application: Application, program_of: Callable[..., Program]) -> Program:
    return program_of(application.owner)


@pytest.fixture
def contact(customer: Organisation) -> str:
    return str(customer.memberships.get().person.email)


def by_id(application: Application, contact: str, **more: Any) -> dict[str, Any]:
    return {
        "application_id": application.pk,
        "tenant": {"identifier": "cust10001", "contact_email": contact} | more,
        "note": "For the webshop.",
    }


def test_a_partner_reads_nothing_of_others_who_let_the_customers_application_in(
    customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
) -> None:
    application = ApplicationFactory(owner=customer)
    here = AuthorisationFactory(application=application, tenant=tenant, active=True)
    elsewhere = AuthorisationFactory(application=application, active=True)
    partner = PartnerAccessFactory(customer=customer).partner
    own = AuthorisationFactory(application=ApplicationFactory(owner=partner), active=True)
    theirs, of_partner = program_of(customer), program_of(partner)

    def listed(program: Program, organisation: Organisation) -> list[int]:
        answer = program.get(f"authorisations?organisation_id={organisation.pk}")
        return sorted(each["id"] for each in answer.json()["items"])

    assert listed(theirs, customer) == [here.pk, elsewhere.pk]
    assert listed(of_partner, customer) == [here.pk]
    assert listed(of_partner, partner) == [own.pk]
    for row, status in ((here, 200), (own, 200), (elsewhere, 404)):
        assert of_partner.get(f"authorisations/{row.pk}").status_code == status


def test_it_says_when_each_side_said_yes_and_when_it_was_over(
    program: Program, program_of: Callable[..., Program], customer: Organisation, tenant: Tenant
) -> None:
    application = ApplicationFactory(owner=OrganisationFactory())
    asked = AuthorisationFactory(application=application, tenant=tenant)
    let_in = AuthorisationFactory(tenant=tenant, active=True, application=ApplicationFactory())
    fields = ("confirmed_at", "granted_at", "closed_at")

    def times(reader: Program, authorisation: Authorisation) -> list[str | None]:
        answer = reader.get(f"authorisations/{authorisation.pk}").json()
        return [answer[name] for name in fields]

    builder = program_of(let_in.application.owner)
    assert times(program, asked) == [None, None, None]
    confirmed, granted = (_text(at) for at in (let_in.confirmed_at, let_in.granted_at))
    assert times(builder, let_in) == times(program, let_in) == [confirmed, granted, None]
    program.post(f"authorisations/{let_in.pk}/revocation", {"reason": "It leaked."})
    let_in.refresh_from_db()
    assert times(builder, let_in) == [confirmed, granted, _text(let_in.closed_at)]


def test_what_is_deactivated_says_until_when_it_comes_back(
    program: Program, tenant: Tenant
) -> None:
    closed_at = NOON - dt.timedelta(days=2)
    stopped = AuthorisationFactory(
        tenant=tenant, status="deactivated", deactivation="licence_ended", closed_at=closed_at
    )
    works = AuthorisationFactory(tenant=tenant, active=True)

    until = program.get(f"authorisations/{stopped.pk}").json()["restore_until"]

    assert until == _text(closed_at + dt.timedelta(days=30))
    assert program.get(f"authorisations/{works.pk}").json()["restore_until"] is None


def _text(at: dt.datetime | None) -> str:
    assert at
    return at.isoformat().replace("+00:00", "Z")


class TestRequest:
    def test_a_developer_asks_by_tenant_id_and_contact(
        self, developer: Program, application: Application, tenant: Tenant, contact: str
    ) -> None:
        response = developer.post("authorisations", by_id(application, contact.upper()))

        assert response.status_code == 201
        answer = response.json()
        assert response.headers["Location"] == f"/api/v1/authorisations/{answer['id']}"
        assert (answer["status"], answer["is_available"]) == ("requested", False)
        assert answer == developer.get(f"authorisations/{answer['id']}").json()
        row, token = Authorisation.objects.get(), OrganisationToken.objects.get()
        assert (row.tenant, row.contact_email, row.note) == (tenant, contact, "For the webshop.")
        assert (row.requested_by, row.confirmed_by) == (token.made_by, None)
        assert [mail.to for mail in OutgoingMail.objects.filter(to=contact)] == [contact]

    def test_it_asks_for_itself_and_not_for_the_customer(
        self, developer: Program, application: Application, tenant: Tenant, contact: str
    ) -> None:
        developer.post("authorisations", by_id(application, contact))

        told = History.objects.get(verb="authorisation.requested")
        assert (told.organisation, told.tenant) == (tenant.organisation, tenant)
        assert (told.actor, told.token) == (None, OrganisationToken.objects.get())
        assert told.on_behalf_of is None

    @pytest.mark.usefixtures("tenant")
    def test_asked_once_however_often_it_is_sent(
        self, developer: Program, application: Application, contact: str
    ) -> None:
        wanted = by_id(application, contact)

        answers = [developer.post("authorisations", wanted, key="one") for _time in range(2)]
        again = developer.post("authorisations", wanted)

        assert answers[0].json() == answers[1].json()
        assert (again.status_code, again.json()["code"]) == (409, "already_requested")
        assert History.objects.filter(verb="authorisation.requested").count() == 1

    @pytest.mark.usefixtures("tenant")
    @pytest.mark.parametrize(
        "wrong",
        [
            pytest.param({"identifier": "Cust99999"}, id="no such tenant"),
            pytest.param({"environment": "stage"}, id="not in that environment"),
            pytest.param({"contact_email": "nobody@example.com"}, id="nobody there"),
        ],
    )
    def test_who_tries_ids_learns_nothing(
        self, developer: Program, application: Application, contact: str, wrong: dict[str, str]
    ) -> None:
        response = developer.post("authorisations", by_id(application, contact, **wrong))

        assert (response.status_code, response.json()["code"]) == (422, "tenant_unknown")
        assert not Authorisation.objects.exists()

    @pytest.mark.usefixtures("tenant")
    def test_so_many_ids_are_tried_in_a_minute(
        self, developer: Program, application: Application, contact: str, settings: Settings
    ) -> None:
        settings.TENANT_IDS_PER_MINUTE = 2
        wrong = by_id(application, contact, identifier="Cust99999")

        codes = [developer.post("authorisations", wrong).json()["code"] for _try in range(2)]
        over = developer.post("authorisations", by_id(application, contact))

        assert codes == ["tenant_unknown"] * 2
        assert (over.status_code, over.json()["code"]) == (409, "too_many_tries")
        assert not Authorisation.objects.exists()

    @pytest.mark.usefixtures("tenant")
    def test_what_is_not_published_there_is_not_asked_for(
        self, developer: Program, application: Application, contact: str
    ) -> None:
        unpublished = ApplicationFactory(owner=application.owner, unpublished=True)

        response = developer.post("authorisations", by_id(unpublished, contact))

        assert (response.status_code, response.json()["code"]) == (409, "not_published")

    def test_a_partner_names_a_tenant_of_who_let_it_in(
        self, developer: Program, application: Application, tenant: Tenant
    ) -> None:
        PartnerAccessFactory(customer=tenant.organisation, partner=application.owner)

        response = developer.post(
            "authorisations", {"application_id": application.pk, "tenant_id": tenant.pk}
        )

        assert response.status_code == 201
        told = History.objects.get(verb="authorisation.requested")
        assert told.on_behalf_of is None  # it asks the customer, and not in its name

    def test_a_customer_asks_again_for_what_it_knows(
        self, program: Program, tenant: Tenant
    ) -> None:
        known = AuthorisationFactory(tenant=tenant, status="revoked", closed_at=NOON)
        another = TenantFactory(organisation=tenant.organisation)

        answers = [
            program.post(
                "authorisations",
                {"application_id": known.application_id, "tenant_id": each.pk},
            ).json()["status"]
            for each in (tenant, another)
        ]

        assert answers == ["requested", "requested"]

    @pytest.mark.parametrize("builder_is", ["ours", "theirs"])
    def test_nobody_names_a_tenant_of_somebody_else(
        self,
        developer: Program,
        application: Application,
        stranger: Organisation,
        program_of: Callable[..., Program],
        builder_is: str,
    ) -> None:
        theirs = TenantFactory(organisation=stranger)
        wanted = {"application_id": application.pk, "tenant_id": theirs.pk}
        asking = developer if builder_is == "ours" else program_of(OrganisationFactory())

        response = asking.post("authorisations", wanted)

        assert response.status_code == 404
        assert not Authorisation.objects.exists()

    def test_nobody_asks_from_outside_for_what_another_built(
        self, program: Program, application: Application, tenant: Tenant, contact: str
    ) -> None:
        AuthorisationFactory(tenant=tenant, application=application, active=True)

        response = program.post("authorisations", by_id(application, contact))

        assert response.status_code == 404

    @pytest.mark.parametrize("more", [{}, {"tenant_id": 1, "tenant": {}}], ids=["none", "two"])
    def test_one_tenant_is_said(
        self, developer: Program, application: Application, contact: str, more: dict[str, Any]
    ) -> None:
        wanted = by_id(application, contact)
        wanted = {"application_id": application.pk} if not more else wanted | {"tenant_id": 1}

        response = developer.post("authorisations", wanted)

        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


class TestRevocation:
    WHY: Any = {"reason": "The supplier reported a leak."}

    def test_it_is_shut_out_at_once_and_its_builder_hears_why(
        self, program: Program, tenant: Tenant
    ) -> None:
        subscribed(tenant)
        authorisation = AuthorisationFactory(tenant=tenant, active=True)
        at = f"authorisations/{authorisation.pk}"
        assert program.get(at).json()["is_available"]

        response = program.post(f"{at}/revocation", self.WHY)

        assert response.status_code == 200
        answer = response.json()
        assert answer == program.get(at).json()
        assert (answer["status"], answer["is_available"]) == ("revoked", False)
        assert answer["reason"] == self.WHY["reason"]
        told = History.objects.get(verb="authorisation.revoked")
        assert (told.actor, told.token) == (None, OrganisationToken.objects.get())
        assert told.reason == self.WHY["reason"]
        assert OutgoingMail.objects.filter(to="developer@example.com").exists()

    def test_what_is_over_is_not_revoked(self, program: Program, tenant: Tenant) -> None:
        authorisation = AuthorisationFactory(tenant=tenant)

        response = program.post(f"authorisations/{authorisation.pk}/revocation", self.WHY)

        assert (response.status_code, response.json()["code"]) == (409, "wrong_step")
        authorisation.refresh_from_db()
        assert authorisation.status == "requested"

    @pytest.mark.parametrize("reason", ["", "  ", "a\x00", "x" * 501])
    def test_it_takes_a_reason(self, program: Program, tenant: Tenant, reason: str) -> None:
        authorisation = AuthorisationFactory(tenant=tenant, active=True)

        response = program.post(f"authorisations/{authorisation.pk}/revocation", {"reason": reason})

        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
        authorisation.refresh_from_db()
        assert authorisation.status == "active"

    @pytest.mark.parametrize("who", ["builder", "partner", "stranger"])
    def test_only_whose_tenant_it_is(
        self, customer: Organisation, tenant: Tenant, program_of: Callable[..., Program], who: str
    ) -> None:
        authorisation = AuthorisationFactory(tenant=tenant, active=True)
        asking = authorisation.application.owner
        if who == "partner":
            asking = PartnerAccessFactory(customer=customer).partner
        if who == "stranger":
            asking = OrganisationFactory()

        response = program_of(asking).post(
            f"authorisations/{authorisation.pk}/revocation", self.WHY
        )

        assert response.status_code == 404
        authorisation.refresh_from_db()
        assert authorisation.status == "active"

    def test_it_takes_a_scope_of_its_own(
        self, customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
    ) -> None:
        authorisation = AuthorisationFactory(tenant=tenant, active=True)
        others = [each for each in TokenScope if each != TokenScope.AUTHORISATIONS_REVOKE]

        response = program_of(customer, *others).post(
            f"authorisations/{authorisation.pk}/revocation", self.WHY
        )

        assert (response.status_code, response.json()["scope"]) == (403, "authorisations:revoke")


@pytest.mark.parametrize("answer", ["approval", "confirmation", "grant", "denial"])
def test_there_is_no_address_at_which_a_program_answers(
    program: Program, tenant: Tenant, answer: str
) -> None:
    authorisation = AuthorisationFactory(tenant=tenant)

    response = program.post(f"authorisations/{authorisation.pk}/{answer}", {})

    assert response.status_code == 404


def test_a_program_does_not_get_in_at_the_pages(
    program: Program, customer: Organisation, tenant: Tenant
) -> None:
    authorisation = AuthorisationFactory(tenant=tenant, application__standard=True)

    response = Client(headers={"authorization": f"Bearer {program.secret}"}).post(
        f"/organisations/{customer.pk}/authorisations/{authorisation.pk}/",
        {"decision": "approve"},
    )

    assert response.status_code in (302, 403)
    authorisation.refresh_from_db()
    assert authorisation.status == "requested"
