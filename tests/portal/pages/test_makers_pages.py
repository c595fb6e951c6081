"""What a developer is asked of an application, where it can go, and what it used where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from billing.queries.use_of_application import UseAtTenant, use_by_tenant
from customers import clock
from customers.models import Environment, Role
from subscriptions.applications import credentials
from subscriptions.periods import Month
from tests.factories.customers import MembershipFactory, PartnerAccessFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.factories.usage import CALLS, count, open_metered_services
from tests.portal.pages.test_application_versions import browser_of, maker, page

if TYPE_CHECKING:
    from customers.models import Membership

__all__ = ["maker"]  # a fixture

pytestmark = pytest.mark.django_db


def test_what_a_type_has_no_use_for_is_not_asked(maker: Membership) -> None:
    client = browser_of(maker.person)
    forms = {}
    for type_ in ("server", "web"):
        application = ApplicationFactory(owner=maker.organisation, unpublished=True, type=type_)
        address = page("application_version", application, application.versions.get().pk)
        forms[type_] = client.get(address).content.decode()
        saved = client.post(address, {"scopes": ["crm:read"], "deployments": ["online"]})
        assert saved.status_code == 302

    assert 'name="redirect_uris"' in forms["web"]
    assert 'name="redirect_uris"' not in forms["server"]
    assert "At least one, to publish." in forms["server"]
    legends = re.findall(r"<legend>(.*?)</legend>", forms["server"])
    assert legends[0] == "Scopes"


def test_nobody_is_asked_where_nothing_is_published(maker: Membership) -> None:
    application = ApplicationFactory(
        owner=maker.organisation, version__environments=[Environment.SOD]
    )
    tenant = TenantFactory(organisation=maker.organisation, name="Own")

    asking = browser_of(maker.person).get(page("authorisation_request", application)).text

    [option] = re.findall(rf'<option value="{tenant.pk}"[^>]*>[^<]*', asking)
    assert "disabled" in option
    assert "(not published in Production)" in option
    assert asking.count('data-shown-for="tenant="') == 3


def test_the_maker_sees_where_it_used_how_much(maker: Membership) -> None:
    open_metered_services()
    application = ApplicationFactory(owner=maker.organisation)
    at = clock.now()
    issued = credentials.create(application, Environment.PRODUCTION, by=maker.person, at=at)
    busy, quiet = (
        AuthorisationFactory(application=application, tenant=TenantFactory(name=name)).tenant
        for name in ("Busy", "Quiet")
    )
    client_id = issued.credential.client_id
    for tenant, calls, said in ((busy, 18_231, client_id), (quiet, 7, client_id), (quiet, 9, "x")):
        count(tenant, f"{at:%Y-%m-%d}", calls, application=said)

    html = browser_of(maker.person).get(page("application_detail", application)).content.decode()

    of_use = html[html.index("Use this month, by tenant") :]
    assert of_use.index("18,231") < of_use.index("Quiet")
    assert "€" not in of_use[: of_use.index("</table>")]
    assert use_by_tenant(application, Month.of(at.date()), "en") == [
        UseAtTenant(busy.organisation.name, busy.label, Environment.PRODUCTION, CALLS, 18_231),
        UseAtTenant(quiet.organisation.name, quiet.label, Environment.PRODUCTION, CALLS, 7),
    ]


def test_whom_the_maker_let_in_does_not_read_whose_its_customers_are(maker: Membership) -> None:
    open_metered_services()
    application = ApplicationFactory(owner=maker.organisation)
    at = clock.now()
    issued = credentials.create(application, Environment.PRODUCTION, by=maker.person, at=at)
    tenant = AuthorisationFactory(application=application).tenant
    count(tenant, f"{at:%Y-%m-%d}", 18_231, application=issued.credential.client_id)
    partner = PartnerAccessFactory(customer=maker.organisation).partner
    consultant = MembershipFactory(organisation=partner, role=Role.DEVELOPER)

    answer = browser_of(consultant.person).get(page("application_detail", application))

    html = answer.content.decode()
    assert answer.status_code == 200
    for of_its_customer in (tenant.name, tenant.organisation.name, "18,231", "Use this month"):
        assert of_its_customer not in html
