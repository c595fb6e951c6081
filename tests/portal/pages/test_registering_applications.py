"""A maker registers an application and asks tenants to let it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscriptions.applications.models import Application, ApplicationKind
from tests.factories.customers import TenantFactory
from tests.factories.subscriptions import ApplicationFactory
from tests.portal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from customers.models import Membership, Organisation, Person, Tenant

    type Address = Callable[..., str]


def test_an_application_is_registered_and_a_name_only_once(
    signed_in: Client, page: Address, customer: Organisation
) -> None:
    typed = {
        "kind": ApplicationKind.CUSTOM,
        "name": "Stock report",
        "summary": "Counts boxes",
        "technical_contact": "developer@example.com",
        "type": "server",
        "uninstall_mails": "left@example.com\nleft@example.com",
    }

    first = signed_in.post(page("application_register"), typed)
    second = signed_in.post(page("application_register"), typed)

    application = Application.objects.get(owner=customer)
    assert first["Location"] == page("application_detail", application.pk)
    assert (application.type, application.uninstall_mails) == ("server", ["left@example.com"])
    assert second.status_code == 409
    assert "You have an application of this name already." in second.content.decode()
    assert "Counts boxes" in second.content.decode()


def test_what_is_missing_is_said(signed_in: Client, page: Address) -> None:
    answer = signed_in.post(page("application_register"), {"name": "Stock report"})

    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert not Application.objects.exists()


def test_own_tenants_are_asked_and_not_twice(
    signed_in: Client, page: Address, customer: Organisation, tenant: Tenant
) -> None:
    application = ApplicationFactory(owner=customer)
    address = page("authorisation_request", application.pk)

    first = signed_in.post(address, {"tenant": tenant.pk, "note": "For the webshop"})
    second = signed_in.post(address, {"tenant": tenant.pk})

    authorisation = application.authorisations.get()
    assert first["Location"] == page("authorisation_detail", authorisation.pk)
    assert authorisation.note == "For the webshop"
    assert second.status_code == 422
    assert "It has been asked for there already, or works there." in second.content.decode()


def test_a_partner_asks_tenants_of_customers_that_let_it_in_and_no_others(
    partner_of_customer: Membership,
    browser_of: Callable[[Person], Client],
    tenant: Tenant,
) -> None:
    partner = partner_of_customer.organisation
    application = ApplicationFactory(owner=partner)
    elsewhere = TenantFactory(name="Elsewhere")
    client = browser_of(partner_of_customer.person)
    address = f"/organisations/{partner.pk}/applications/{application.pk}/request/"

    html = read(client, address)
    refused = client.post(address, {"tenant": elsewhere.pk})
    answer = client.post(address, {"tenant": tenant.pk}, follow=True)

    assert "Voorbeeld B.V.: Productie (Cust10001)" in html
    assert "Elsewhere" not in html
    assert refused.status_code == 422
    assert application.authorisations.get().tenant == tenant
    assert "Partners and consultants cannot." in answer.content.decode()
