"""A customer finds a standard application, reads what it asks for, and lets it in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers.models import Environment, Role, TenantState
from subscriptions.applications.models import (
    Application,
    Authorisation,
    AuthorisationStatus,
    Publication,
    Scope,
)
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.pages.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person, Tenant

    type Address = Callable[..., str]

READ = ",".join(["webhooks", *Scope])


@pytest.fixture
def planner(customer: Organisation) -> Application:
    application: Application = ApplicationFactory(
        standard=True,
        name="Route planner",
        summary="Plans visits on the map",
        owner__name="Planmakers",
        version__capabilities=["webhooks"],
    )
    return application


@pytest.fixture
def basement(customer: Organisation) -> Tenant:
    tenant: Tenant = TenantFactory(organisation=customer, name="Kelder", on_premise=True)
    return tenant


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


class TestTheList:
    @pytest.mark.usefixtures("planner")
    def test_it_says_who_built_it_what_it_asks_for_and_where_it_can_be_let_in(
        self, signed_in: Client, page: Address, tenant: Tenant
    ) -> None:
        html = text_of(signed_in, page("offer_list"))

        for text in (
            "Route planner",
            "by Planmakers",
            "Plans visits on the map",
            "Read the CRM",
            "Webhooks",
            "It needs no subscription on your tenants.",
            tenant.name,
            "Can be let in",
        ):
            assert text in html

    @pytest.mark.usefixtures("planner", "basement")
    def test_what_a_tenant_must_have_for_it(self, signed_in: Client, page: Address) -> None:
        html = text_of(signed_in, page("offer_list"))

        assert "On-premise it needs Development Tools." in html
        assert "Needs a subscription" in html

    @pytest.mark.usefixtures("planner")
    def test_nobody_sees_what_is_custom_or_not_published_in_production(
        self, signed_in: Client, page: Address
    ) -> None:
        hidden = [
            ApplicationFactory(name="Made for one"),
            ApplicationFactory(name="A draft", standard=True, unpublished=True),
            ApplicationFactory(
                name="Being tried", standard=True, version__environments=[Environment.SOD]
            ),
            ApplicationFactory(
                name="Asked to publish", standard=True, version__environments=[Environment.STAGE]
            ),
        ]
        Publication.objects.create(
            version=hidden[3].versions.get(),
            application=hidden[3],
            environment=Environment.PRODUCTION,
            status="pending",
            requested_by=hidden[3].versions.get().created_by,
            requested_at=NOON,
        )

        html = text_of(signed_in, page("offer_list"))

        assert "Route planner" in html
        for application in hidden:
            assert application.name not in html
            assert signed_in.get(page("offer_detail", application.pk)).status_code == 404

    @pytest.mark.usefixtures("planner")
    @pytest.mark.parametrize("text", ["route", "MAP", "planmak"])
    def test_it_is_found_by_name_summary_and_maker(
        self, signed_in: Client, page: Address, text: str
    ) -> None:
        ApplicationFactory(standard=True, name="Survey", owner__name="Askers")

        html = text_of(signed_in, f"{page('offer_list')}?q={text}")

        assert "Route planner" in html
        assert "Survey" not in html

    def test_nothing_found_and_nothing_on_offer(self, signed_in: Client, page: Address) -> None:
        assert "No application is on offer yet" in text_of(signed_in, page("offer_list"))
        assert "Nothing found" in text_of(signed_in, f"{page('offer_list')}?q=unheard")

    def test_it_comes_in_pages(self, signed_in: Client, page: Address) -> None:
        maker = OrganisationFactory(is_partner=True)
        for number in range(13):
            ApplicationFactory(standard=True, owner=maker, name=f"Connector {number:02}")

        first = text_of(signed_in, page("offer_list"))
        second = text_of(signed_in, f"{page('offer_list')}?page=2")

        assert "Connector 00" in first
        assert "Connector 12" not in first
        assert "Connector 12" in second

    def test_the_applications_page_leads_there(self, signed_in: Client, page: Address) -> None:
        assert page("offer_list") in text_of(signed_in, page("application_list"))

    def test_tenants_of_others_are_not_named(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        theirs = TenantFactory(name="Elsewhere")
        AuthorisationFactory(active=True, application=planner, tenant=theirs)

        for address in (page("offer_list"), page("offer_detail", planner.pk)):
            html = text_of(signed_in, address)
            assert tenant.name in html
            assert theirs.name not in html


class TestOneApplication:
    def test_where_it_can_be_let_in_and_where_not_and_why(
        self,
        signed_in: Client,
        page: Address,
        planner: Application,
        customer: Organisation,
        tenant: Tenant,
        basement: Tenant,
    ) -> None:
        stopped = TenantFactory(organisation=customer, name="Oud", state=TenantState.SUSPENDED)
        running = AuthorisationFactory(
            active=True,
            application=planner,
            tenant=TenantFactory(organisation=customer, name="Tweede"),
        )
        gone = TenantFactory(organisation=customer, name="Weg", state=TenantState.DELETED)

        html = text_of(signed_in, page("offer_detail", planner.pk))

        assert page("offer_consent", planner.pk, tenant.pk) in html
        assert page("offer_consent", planner.pk, basement.pk) not in html
        assert f"{page('subscribe', 'development-tools')}?tenant={basement.pk}" in html
        assert "Development Tools: missing or suspended" in html
        assert page("offer_consent", planner.pk, stopped.pk) not in html
        assert "Its state: Suspended." in html
        assert page("authorisation_detail", running.pk) in html
        assert gone.label not in html

    @pytest.mark.usefixtures("basement")
    def test_one_for_online_alone(self, signed_in: Client, page: Address) -> None:
        cloud = ApplicationFactory(standard=True, version__deployments=["online"])

        html = text_of(signed_in, page("offer_detail", cloud.pk))

        assert "It is available for Online tenants; this is On-premise." in html

    def test_who_may_not_decide_reads_who_can(
        self,
        page: Address,
        planner: Application,
        tenant: Tenant,
        member_of: Callable[[Role], Person],
        browser_of: Callable[[Person], Client],
    ) -> None:
        html = text_of(browser_of(member_of(Role.READER)), page("offer_detail", planner.pk))

        assert "Can be let in" in html
        assert page("offer_consent", planner.pk, tenant.pk) not in html
        assert "It can be done by: Owner, Tenant administrator." in html


class TestConsent:
    def test_the_page_says_exactly_what_will_be_possible(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        html = text_of(signed_in, page("offer_consent", planner.pk, tenant.pk))

        for text in (
            "You let Route planner of Planmakers work with the data of Productie (Cust10001).",
            *(str(scope.label) for scope in Scope),
            "Webhooks: it hears at once when something changes in the CRM.",
            "You can end it at any moment",
            "I approve",
        ):
            assert text in html

    def test_it_says_what_is_published_in_the_environment_of_the_tenant(
        self, signed_in: Client, page: Address, planner: Application, customer: Organisation
    ) -> None:
        sod = TenantFactory(organisation=customer, environment=Environment.SOD)
        Publication.objects.filter(application=planner, environment=Environment.SOD).update(
            version=planner.versions.create(
                number=2,
                scopes=["crm:write"],
                created_by=planner.versions.get().created_by,
                created_at=NOON,
            )
        )

        html = text_of(signed_in, page("offer_consent", planner.pk, sod.pk))

        assert 'name="read" value="crm:write"' in html
        assert "Read the CRM" not in html

    @pytest.mark.parametrize("role", [Role.OWNER, Role.TENANT_ADMINISTRATOR])
    def test_i_approve(
        self,
        page: Address,
        planner: Application,
        tenant: Tenant,
        member_of: Callable[[Role], Person],
        browser_of: Callable[[Person], Client],
        role: Role,
    ) -> None:
        person = member_of(role)

        answer = browser_of(person).post(
            page("offer_consent", planner.pk, tenant.pk),
            {"read": READ, "valid_until": "2026-12-31"},
            follow=True,
        )

        authorisation = Authorisation.objects.get()
        assert authorisation.status == AuthorisationStatus.ACTIVE
        assert authorisation.confirmed_by == person
        # The end of that day in Amsterdam.
        assert authorisation.valid_until == dt.datetime(2026, 12, 31, 23, 0, tzinfo=dt.UTC)
        html = answer.content.decode()
        assert "You have approved Route planner." in html
        assert "Available now" in html
        assert "Revoke the authorisation" in html

    def test_a_double_click_is_answered_as_the_first(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        address = page("offer_consent", planner.pk, tenant.pk)

        first = signed_in.post(address, {"read": READ})
        second = signed_in.post(address, {"read": READ})

        authorisation = Authorisation.objects.get()
        to = page("authorisation_detail", authorisation.pk)
        assert first["Location"] == second["Location"] == to

    def test_the_second_of_two_administrators_is_told(
        self,
        signed_in: Client,
        page: Address,
        planner: Application,
        tenant: Tenant,
        member_of: Callable[[Role], Person],
        browser_of: Callable[[Person], Client],
    ) -> None:
        address = page("offer_consent", planner.pk, tenant.pk)
        browser_of(member_of(Role.TENANT_ADMINISTRATOR)).post(address, {"read": READ})

        answer = signed_in.post(address, {"read": READ})

        assert answer.status_code == 409
        assert "This application was let in there already." in answer.content.decode()
        assert page("authorisation_detail", Authorisation.objects.get().pk) in (
            answer.content.decode()
        )

    @pytest.mark.parametrize("role", [Role.BILLING_CONTACT, Role.DEVELOPER, Role.READER])
    def test_no_other_role(
        self,
        page: Address,
        planner: Application,
        tenant: Tenant,
        member_of: Callable[[Role], Person],
        browser_of: Callable[[Person], Client],
        role: Role,
    ) -> None:
        client, address = browser_of(member_of(role)), page("offer_consent", planner.pk, tenant.pk)

        html = text_of(client, address)
        answer = client.post(address, {"read": READ})

        assert "I approve" not in html
        assert "It can be done by: Owner, Tenant administrator." in html
        assert answer.status_code == 403
        assert not Authorisation.objects.exists()

    def test_no_consultant(
        self,
        page: Address,
        planner: Application,
        tenant: Tenant,
        partner_of_customer: Membership,
        browser_of: Callable[[Person], Client],
    ) -> None:
        client = browser_of(partner_of_customer.person)
        address = page("offer_consent", planner.pk, tenant.pk)

        html = text_of(client, address)
        answer = client.post(address, {"read": READ})

        assert "I approve" not in html
        assert "A partner cannot do this for a customer." in html
        assert answer.status_code == 403
        assert not Authorisation.objects.exists()

    def test_never_on_a_tenant_of_somebody_else(
        self, signed_in: Client, page: Address, planner: Application, owner: Person
    ) -> None:
        elsewhere = MembershipFactory(person=owner, role=Role.READER).organisation
        tenant = TenantFactory(organisation=elsewhere)

        answers = [
            signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ}),
            signed_in.post(
                reverse("pages:offer_consent", args=[elsewhere.pk, planner.pk, tenant.pk]),
                {"read": READ},
            ),
        ]

        assert [answer.status_code for answer in answers] == [404, 403]
        assert not Authorisation.objects.exists()

    def test_a_version_that_asks_for_more_meanwhile_is_read_first(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        version = planner.versions.get()
        version.capabilities = ["system_user", "webhooks"]
        version.save()

        answer = signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})

        html = answer.content.decode()
        assert answer.status_code == 409
        assert "What this application may do has changed. Please read it again." in html
        assert 'name="read" value="system_user,webhooks,' in html
        assert not Authorisation.objects.exists()

    def test_a_day_that_is_over_is_said_beside_the_field(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        answer = signed_in.post(
            page("offer_consent", planner.pk, tenant.pk),
            {"read": READ, "valid_until": "2026-11-22"},
        )

        assert answer.status_code == 409
        assert "The day until which it may work lies in the past." in answer.content.decode()
        assert not Authorisation.objects.exists()

    def test_what_is_no_day_is_said(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        answer = signed_in.post(
            page("offer_consent", planner.pk, tenant.pk), {"read": READ, "valid_until": "soon"}
        )

        assert answer.status_code == 422
        assert not Authorisation.objects.exists()

    def test_without_the_licence_it_says_what_to_subscribe_to(
        self, signed_in: Client, page: Address, planner: Application, basement: Tenant
    ) -> None:
        address = page("offer_consent", planner.pk, basement.pk)

        for answer in (signed_in.get(address), signed_in.post(address, {"read": READ})):
            html = answer.content.decode()
            assert "It needs Development Tools, which is not there yet." in html
            assert f"{page('subscribe', 'development-tools')}?tenant={basement.pk}" in html
            assert "I approve" not in html
        assert answer.status_code == 409
        assert not Authorisation.objects.exists()

    def test_one_that_was_withdrawn_meanwhile_is_gone(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        Publication.objects.filter(application=planner).update(status="replaced")

        answer = signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})

        assert answer.status_code == 404
        assert not Authorisation.objects.exists()

    def test_a_developer_reads_that_the_customer_did_it_and_not_who(
        self,
        signed_in: Client,
        page: Address,
        planner: Application,
        tenant: Tenant,
        customer: Organisation,
        browser_of: Callable[[Person], Client],
    ) -> None:
        signed_in.post(page("offer_consent", planner.pk, tenant.pk), {"read": READ})
        maker = MembershipFactory(organisation=planner.owner, role=Role.DEVELOPER).person
        args = [planner.owner.pk, Authorisation.objects.get().pk]

        html = text_of(browser_of(maker), reverse("pages:authorisation_detail", args=args))
        listed = text_of(
            browser_of(maker),
            reverse("pages:application_detail", args=[planner.owner.pk, planner.pk]),
        )

        assert "Els Bakker" not in html
        assert customer.name in html
        assert tenant.label in listed
        assert "Available now" in listed
