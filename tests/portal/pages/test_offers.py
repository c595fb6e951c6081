"""A customer finds a standard application, reads what it asks for, and lets it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.models import Environment, Role, TenantState
from subscriptions.applications.models import (
    Application,
    Publication,
)
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.pages.conftest import NOON
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Organisation, Person, Tenant

    type Address = Callable[..., str]


class TestTheList:
    @pytest.mark.usefixtures("planner")
    def test_it_says_who_built_it_what_it_asks_for_and_where_it_can_be_let_in(
        self, signed_in: Client, page: Address, tenant: Tenant
    ) -> None:
        html = read(signed_in, page("offer_list"))

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
        html = read(signed_in, page("offer_list"))

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

        html = read(signed_in, page("offer_list"))

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

        html = read(signed_in, f"{page('offer_list')}?q={text}")

        assert "Route planner" in html
        assert "Survey" not in html

    def test_nothing_found_and_nothing_on_offer(self, signed_in: Client, page: Address) -> None:
        assert "No application is on offer yet" in read(signed_in, page("offer_list"))
        assert "Nothing found" in read(signed_in, f"{page('offer_list')}?q=unheard")

    def test_it_comes_in_pages(self, signed_in: Client, page: Address) -> None:
        maker = OrganisationFactory(is_partner=True)
        for number in range(13):
            ApplicationFactory(standard=True, owner=maker, name=f"Connector {number:02}")

        first = read(signed_in, page("offer_list"))
        second = read(signed_in, f"{page('offer_list')}?page=2")

        assert "Connector 00" in first
        assert "Connector 12" not in first
        assert "Connector 12" in second

    def test_the_applications_page_leads_there(self, signed_in: Client, page: Address) -> None:
        assert page("offer_list") in read(signed_in, page("application_list"))

    def test_tenants_of_others_are_not_named(
        self, signed_in: Client, page: Address, planner: Application, tenant: Tenant
    ) -> None:
        theirs = TenantFactory(name="Elsewhere")
        AuthorisationFactory(active=True, application=planner, tenant=theirs)

        for address in (page("offer_list"), page("offer_detail", planner.pk)):
            html = read(signed_in, address)
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

        html = read(signed_in, page("offer_detail", planner.pk))

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

        html = read(signed_in, page("offer_detail", cloud.pk))

        assert "It is available for Online tenants; this is On-premise." in html

    def test_who_may_not_decide_reads_who_can(
        self,
        page: Address,
        planner: Application,
        tenant: Tenant,
        member_of: Callable[[Role], Person],
        browser_of: Callable[[Person], Client],
    ) -> None:
        html = read(browser_of(member_of(Role.READER)), page("offer_detail", planner.pk))

        assert "Can be let in" in html
        assert page("offer_consent", planner.pk, tenant.pk) not in html
        assert "It can be done by: Owner, Tenant administrator." in html
