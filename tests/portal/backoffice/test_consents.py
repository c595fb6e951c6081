from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import History
from subscriptions.applications import operations as applications
from subscriptions.applications.models import AuthorisationStatus
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription


def test_the_list_says_who_made_it_and_who_confirmed(
    client: Client, app_manager: Person, consent: Authorisation
) -> None:
    AuthorisationFactory(tenant=consent.tenant, application__name="Not confirmed yet")
    client.force_login(app_manager)

    html = client.get(reverse("backoffice:consents")).content.decode()

    for text in ("Webshop sync", "Helder Advies", "Production (Cust70707)", "Eva Eigenaar"):
        assert text in html
    assert "Missing" in html  # the licence
    assert "Not confirmed yet" not in html


def test_who_grants_reads_what_the_customer_agreed_to(
    client: Client, app_manager: Person, consent: Authorisation
) -> None:
    consent.agreed_capabilities = ["system_user", "webhooks"]
    consent.agreed_scopes = ["crm:read"]
    consent.contact_email = "ict@customer.example"
    consent.save()
    client.force_login(app_manager)

    html = client.get(reverse("backoffice:authorisation", args=[consent.pk])).content.decode()

    assert "Grant consent" in html
    assert "What the customer agreed to" in html
    assert "System user, Webhooks" in html
    assert "Bypasses all CRM rights" in html
    assert "<dt>Scopes</dt><dd>Read the CRM</dd>" in html
    assert "Write to the CRM, Read what the tenant may use" in html  # asked for since
    assert "ict@customer.example" in html


def test_before_the_customer_said_yes_it_is_what_is_asked_for(
    client: Client, sales: Person, tenant: Tenant
) -> None:
    asked = AuthorisationFactory(
        tenant=tenant,
        application__version__capabilities=["mirroring"],
        application__version__scopes=["crm:write"],
    )
    client.force_login(sales)

    html = client.get(reverse("backoffice:authorisation", args=[asked.pk])).content.decode()

    assert "What it asks for" in html
    assert "Database mirroring" in html
    assert "Bypasses all CRM rights" not in html
    assert "<dt>Scopes</dt><dd>Write to the CRM</dd>" in html


def test_granting_with_a_licence_makes_it_work(
    client: Client, app_manager: Person, subscription: Subscription, consent: Authorisation
) -> None:
    client.force_login(app_manager)

    response = client.post(reverse("backoffice:grant", args=[consent.pk]), follow=True)

    assert "Granted: Webshop sync works on Production (Cust70707)." in response.content.decode()
    consent.refresh_from_db()
    assert consent.status == AuthorisationStatus.ACTIVE
    assert consent.granted_by == app_manager
    assert History.objects.about(consent).get(verb="authorisation.granted").actor == app_manager


def test_granting_without_a_licence_waits_for_it(
    client: Client, app_manager: Person, consent: Authorisation
) -> None:
    client.force_login(app_manager)

    page = client.get(reverse("backoffice:authorisation", args=[consent.pk])).content.decode()
    response = client.post(reverse("backoffice:grant", args=[consent.pk]), follow=True)

    assert "The tenant has no licence of Development Tools" in page
    assert "as soon as its licence does" in response.content.decode()
    consent.refresh_from_db()
    assert consent.status == AuthorisationStatus.DEACTIVATED


def test_denying_tells_why(client: Client, app_manager: Person, consent: Authorisation) -> None:
    client.force_login(app_manager)

    without = client.post(reverse("backoffice:deny", args=[consent.pk]), {"reason": ""})
    client.post(reverse("backoffice:deny", args=[consent.pk]), {"reason": "Not validated"})

    assert without.status_code == 422
    consent.refresh_from_db()
    assert (consent.status, consent.reason) == (AuthorisationStatus.DENIED, "Not validated")
    assert History.objects.about(consent).get().reason == "Not validated"


def test_revoking_shuts_it_out(
    client: Client, app_manager: Person, subscription: Subscription, consent: Authorisation
) -> None:
    applications.grant(consent, by=app_manager, at=clock.now())
    client.force_login(app_manager)

    client.post(reverse("backoffice:revoke", args=[consent.pk]), {"reason": "Leaks data"})

    consent.refresh_from_db()
    assert (consent.status, consent.reason) == (AuthorisationStatus.REVOKED, "Leaks data")


def test_of_two_at_once_the_second_is_told(
    client: Client, app_manager: Person, consent: Authorisation
) -> None:
    applications.deny(consent, reason="Quicker", by=app_manager, at=clock.now())
    client.force_login(app_manager)

    response = client.post(reverse("backoffice:grant", args=[consent.pk]), follow=True)

    assert "somebody has dealt with the request already" in response.content.decode()
    consent.refresh_from_db()
    assert consent.status == AuthorisationStatus.DENIED


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, {"Webshop sync", "Planner"}, id="all"),
        pytest.param({"status": "confirmed"}, {"Webshop sync"}, id="by status"),
        pytest.param({"q": "plan"}, {"Planner"}, id="by application"),
        pytest.param({"q": "helder"}, {"Webshop sync"}, id="by maker"),
        pytest.param({"q": "cust70707"}, {"Webshop sync", "Planner"}, id="by tenant"),
        pytest.param({"q": "nobody"}, set(), id="nothing"),
    ],
)
def test_all_authorisations_can_be_filtered(
    client: Client,
    sales: Person,
    consent: Authorisation,
    query: dict[str, str],
    expected: set[str],
) -> None:
    AuthorisationFactory(tenant=consent.tenant, application__name="Planner")
    client.force_login(sales)

    html = client.get(reverse("backoffice:authorisations"), query).content.decode()
    csv = client.get(reverse("backoffice:authorisations"), {**query, "format": "csv"})

    assert {name for name in ("Webshop sync", "Planner") if name in html} == expected
    assert 'name="q"' in html
    assert 'name="status"' in html
    lines = csv.content.decode("utf-8-sig").splitlines()[1:]
    assert {line.split(",")[0] for line in lines} == expected


@pytest.mark.parametrize("name", ["grant", "deny", "revoke"])
def test_only_the_app_manager_decides(
    client: Client, sales: Person, consent: Authorisation, name: str
) -> None:
    client.force_login(sales)

    page = client.get(reverse("backoffice:authorisation", args=[consent.pk])).content.decode()
    response = client.post(reverse(f"backoffice:{name}", args=[consent.pk]), {"reason": "No"})

    assert "This is a task of: App manager." in page
    assert response.status_code == 403
    consent.refresh_from_db()
    assert consent.status == AuthorisationStatus.CONFIRMED


def test_who_grants_reads_what_is_new_since_it_was_granted(
    client: Client, app_manager: Person, owner: Person, tenant: Tenant
) -> None:
    asked = AuthorisationFactory(
        tenant=tenant,
        active=True,
        application__version__capabilities=["webhooks", "system_user"],
        application__version__scopes=["crm:read", "crm:write"],
        agreed_capabilities=["webhooks"],
        agreed_scopes=["crm:read"],
        granted_by=app_manager,
        granted_at=clock.now(),
        status="needs_reapproval",
    )
    address = reverse("backoffice:authorisation", args=[asked.pk])
    client.force_login(app_manager)
    new = "<dt>New since it was agreed to</dt><dd>System user, Write to the CRM</dd>"

    before = client.get(address).content.decode()
    applications.confirm(asked, by=owner, at=clock.now())
    after = client.get(address).content.decode()
    applications.grant(asked, by=app_manager, at=clock.now())
    granted = client.get(address).content.decode()

    assert new in before
    assert new in after
    assert "It worked here before, and is shut out until you grant what is new." in after
    assert "New: System user, Write to the CRM" in after  # in the history
    assert new not in granted
