"""A developer's own pages: versions, secrets, asking by tenant id, a development tenant."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import Duty, OutgoingMail, Role, Tenant
from subscriptions.applications import credentials, versions
from subscriptions.applications.models import (
    Application,
    Authorisation,
    DevelopmentTenantRequest,
    Publication,
)
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from customers.models import Membership, Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker() -> Membership:
    open_shop()
    membership: Membership = MembershipFactory(
        organisation=OrganisationFactory(is_partner=True, name="Webshop Makers"),
        role=Role.DEVELOPER,
    )
    return membership


@pytest.fixture
def application(maker: Membership) -> Application:
    made: Application = ApplicationFactory(owner=maker.organisation, unpublished=True)
    return made


def browser_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def app_manager() -> Person:
    person: Person = PersonFactory(staff=True, duties=[Duty.APP_MANAGER])
    return person


def page(name: str, application: Application, *more: Any) -> str:
    return reverse(f"pages:{name}", args=[application.owner_id, application.pk, *more])


def test_a_draft_is_saved_published_and_locked(maker: Membership, application: Application) -> None:
    client, version = browser_of(maker.person), application.versions.get()
    address = page("application_version", application, version.pk)

    client.post(
        address,
        {
            "scopes": ["crm:read"],
            "capabilities": ["webhooks"],
            "deployments": ["online"],
            "redirect_uris": "https://shop.example/back\n\nhttp://127.0.0.1:8080/back",
            "note": "First",
        },
    )
    client.post(page("submit_version", application, version.pk), {"environment": "production"})
    asked = Publication.objects.get()
    manager = browser_of(app_manager())
    read = manager.get(reverse("backoffice:publication", args=[asked.pk])).content.decode()
    assert "The developer reads this." in read
    assert "The customer reads this." not in read
    assert "https://shop.example/back" in read
    assert "Works with" in read
    manager.post(reverse("backoffice:publish_version", args=[asked.pk]))

    asked.refresh_from_db()
    version.refresh_from_db()
    assert (asked.status, version.capabilities) == ("published", ["webhooks"])
    assert version.redirect_uris == ["https://shop.example/back", "http://127.0.0.1:8080/back"]
    assert version.deployments == ["online"]
    wider = {"scopes": ["crm:write"], "deployments": ["online", "on_premise"]}
    assert client.post(address, wider).status_code == 409
    version.refresh_from_db()
    assert version.deployments == ["online"]
    shown = client.get(page("application_detail", application)).content.decode()
    assert "Request pending" not in shown
    assert "Published" in shown
    assert "Version 1" in shown


def test_the_app_manager_rejects_with_a_reason(maker: Membership, application: Application) -> None:
    client, version = browser_of(maker.person), application.versions.get()
    client.post(page("submit_version", application, version.pk), {"environment": "stage"})
    asked = Publication.objects.get()

    browser_of(app_manager()).post(
        reverse("backoffice:reject_version", args=[asked.pk]), {"reason": "No logs"}
    )

    assert (
        "No logs"
        in client.get(page("application_version", application, version.pk)).content.decode()
    )
    assert "No logs" in OutgoingMail.objects.get().body


@pytest.mark.parametrize(
    "address", ["http://shop.example/back", "javascript:alert(1)", "https://*.example", "shop"]
)
def test_an_address_people_are_not_sent_to(
    maker: Membership, application: Application, address: str
) -> None:
    version = application.versions.get()

    answer = browser_of(maker.person).post(
        page("application_version", application, version.pk), {"redirect_uris": address}
    )

    assert answer.status_code == 422
    version.refresh_from_db()
    assert version.redirect_uris == []


def test_it_works_somewhere(maker: Membership, application: Application) -> None:
    version, client = application.versions.get(), browser_of(maker.person)
    address = page("application_version", application, version.pk)

    shown = client.get(address).context["form"]
    answer = client.post(address, {"scopes": ["crm:read"]})

    assert shown["deployments"].value() == ["online", "on_premise"]  # at first everywhere
    assert answer.status_code == 422
    version.refresh_from_db()
    assert version.deployments == ["online", "on_premise"]


def test_a_secret_is_shown_once_rotated_and_ended(maker: Membership) -> None:
    application = ApplicationFactory(owner=maker.organisation)
    client = browser_of(maker.person)

    made = client.post(page("make_client", application), {"environment": "sod"})
    first = secret_on(made.content.decode())
    assert made.headers["Cache-Control"] == "no-store, private"
    assert first not in client.get(page("application_detail", application)).content.decode()

    credential = application.credentials.get()
    rotated = client.post(page("rotate_secret", application, credential.pk), {"overlap": "7"})
    second = secret_on(rotated.content.decode())
    at, client_id = clock.now(), credential.client_id
    older = credentials.recognise(client_id, first, at=at)
    assert older is not None
    assert older.ends_at is not None
    assert older.ends_at - at <= dt.timedelta(days=7)
    assert credentials.recognise(client_id, second, at=at)

    client.post(page("end_secret", application, older.pk))
    assert credentials.recognise(client_id, first, at=clock.now()) is None
    client.post(page("revoke_client", application, credential.pk))
    assert credentials.recognise(client_id, second, at=clock.now()) is None


def test_a_second_click_replaces_nothing_and_leads_on(maker: Membership) -> None:
    application = ApplicationFactory(owner=maker.organisation)
    client = browser_of(maker.person)
    made = client.post(page("make_client", application), {"environment": "sod"})
    credential = application.credentials.get()
    address, client_id = page("rotate_secret", application, credential.pk), credential.client_id
    form = {"overlap": "7", "seen": client.get(address).context["seen"]}

    lost = secret_on(client.post(address, form).content.decode())
    again = client.post(address, form)

    assert again.status_code == 409
    assert "If nobody has copied it, make another" in again.content.decode()
    assert credentials.recognise(client_id, lost, at=clock.now())
    last = client.post(address, {"seen": again.context["seen"]})
    secrets = (secret_on(made.content.decode()), lost, secret_on(last.content.decode()))
    good = [bool(credentials.recognise(client_id, each, at=clock.now())) for each in secrets]
    assert good == [True, False, True]


def secret_on(content: str) -> str:
    [found] = re.findall(r'id="secret"[^>]*value="(exc_[^"]+)"', content)
    return str(found)


def test_the_page_of_what_keeps_no_secret_is_not_called_after_one(maker: Membership) -> None:
    client = browser_of(maker.person)
    headed = []
    for type_ in ("native", "web"):
        application = ApplicationFactory(owner=maker.organisation, type=type_)
        made = client.post(page("make_client", application), {"environment": "sod"})
        headed += re.findall(r"<title>\s*(The secret|Client id)", made.content.decode())

    assert headed == ["Client id", "The secret"]


def test_a_customer_is_asked_by_tenant_id_and_contact(maker: Membership) -> None:
    application = ApplicationFactory(owner=maker.organisation, name="Webshop sync")
    contact = MembershipFactory(organisation=OrganisationFactory(dutch=True), role=Role.READER)
    tenant = TenantFactory(organisation=contact.organisation, identifier="Cust54321")
    client, address = browser_of(maker.person), page("authorisation_request", application)
    typed = {"tenant": "", "environment": "production", "identifier": "cust54321", "note": "Hi"}

    strange = client.post(address, typed | {"contact_email": "nobody@example.com"})
    unknown = client.post(
        address, typed | {"identifier": "Cust1", "contact_email": contact.person.email}
    )
    refusal = "We know no tenant of this id where this contact works."
    assert refusal in strange.content.decode()
    assert refusal in unknown.content.decode()
    assert not Authorisation.objects.exists()

    client.post(address, typed | {"contact_email": contact.person.email})
    asked = Authorisation.objects.get()
    assert (asked.tenant, asked.contact_email) == (tenant, contact.person.email)
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == [contact.person.email]


def test_a_customer_reads_what_it_can_do_and_lets_it_in_until_a_day() -> None:
    open_shop()
    owner = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    asked = AuthorisationFactory(
        tenant__organisation=owner.organisation,
        application__standard=True,
        application__version__capabilities=["system_user"],
        application__version__scopes=["crm:read"],
    )
    client = browser_of(owner.person)
    address = reverse("pages:authorisation_detail", args=[owner.organisation.pk, asked.pk])
    page = client.get(address).content.decode()
    assert "System user" in page
    assert "<strong>Read the CRM</strong>" in page
    last_day = (clock.now() + dt.timedelta(days=30)).date()

    client.post(address, {"decision": "approve", "read": ""})
    asked.refresh_from_db()
    assert asked.status == "requested"  # it did not read what it is

    client.post(
        address,
        {
            "decision": "approve",
            "read": "system_user,crm:read",
            "valid_until": last_day.isoformat(),
        },
    )
    asked.refresh_from_db()
    assert (asked.status, asked.agreed_capabilities) == ("active", ["system_user"])
    assert asked.valid_until is not None
    assert asked.valid_until.date() in (last_day, last_day + dt.timedelta(days=1))


def test_a_development_tenant_is_asked_for_and_granted(maker: Membership) -> None:
    client = browser_of(maker.person)
    address = reverse("pages:request_development_tenant", args=[maker.organisation.pk])

    client.post(address, {"purpose": "A webshop"})
    assert client.post(address, {"purpose": "Another"}).status_code == 409
    waiting = client.get(reverse("pages:tenant_list", args=[maker.organisation.pk]))
    assert "You have asked for a development tenant" in waiting.content.decode()
    asked = DevelopmentTenantRequest.objects.get()
    granted = browser_of(app_manager()).post(
        reverse("backoffice:tenant_request", args=[asked.pk]),
        {"identifier": "Cust70001", "crm_version": "10.3"},
    )

    assert granted.status_code == 302
    tenant = Tenant.objects.get()
    assert (tenant.identifier, tenant.environment, tenant.kind) == ("Cust70001", "sod", "developer")
    assert "Cust70001" in OutgoingMail.objects.get(to=maker.person.email).body
    tenants = client.get(reverse("pages:tenant_list", args=[maker.organisation.pk]))
    assert "Cust70001" in tenants.content.decode()
    assert "You have asked" not in tenants.content.decode()


def test_who_has_not_the_duty_grants_no_tenant(maker: Membership) -> None:
    browser_of(maker.person).post(
        reverse("pages:request_development_tenant", args=[maker.organisation.pk]),
        {"purpose": "A webshop"},
    )
    asked = DevelopmentTenantRequest.objects.get()
    sales = browser_of(PersonFactory(staff=True, duties=[Duty.SALES]))

    sales.post(
        reverse("backoffice:tenant_request", args=[asked.pk]),
        {"identifier": "Cust70001", "crm_version": "10.3"},
    )

    assert not Tenant.objects.exists()


def test_details_are_changed_and_the_log_of_it_downloaded_by_both_sides(
    maker: Membership, application: Application
) -> None:
    client, version = browser_of(maker.person), application.versions.get()
    address = page("application_details", application)
    typed = {
        "kind": "standard",
        "type": "server",
        "name": "Webshop sync",
        "technical_contact": "tech@example.com",
        "error_mails": "errors@example.com\nmore@example.com",
    }

    assert client.post(address, typed).status_code == 302
    application.refresh_from_db()
    assert (application.kind, application.type) == ("standard", "server")
    assert application.error_mails == ["errors@example.com", "more@example.com"]

    versions.change(
        version,
        versions.Settings(redirect_uris=[], scopes=["crm:read"], capabilities=["webhooks"]),
        note="First",
        by=maker.person,
        at=clock.now(),
    )
    client.post(page("submit_version", application, version.pk), {"environment": "stage"})
    assert 'name="kind"' not in client.get(address).content.decode()
    client.post(address, typed | {"kind": "custom", "technical_contact": "new@example.com"})
    application.refresh_from_db()
    assert (application.kind, application.technical_contact) == ("standard", "new@example.com")

    own = client.get(f"{page('application_detail', application)}?format=csv")
    publication = reverse("backoffice:publication", args=[Publication.objects.get().pk])
    staff = browser_of(app_manager())
    for log in (own, staff.get(f"{publication}?format=csv")):
        text = log.content.decode("utf-8-sig")
        assert "tech@example.com → new@example.com" in text
        assert "First. " in text
        assert "Capabilities: – → Webhooks" in text
        assert str(maker.person) in text
    assert "– → Webhooks" in staff.get(publication).content.decode()


def test_a_stranger_gets_no_log(maker: Membership, application: Application) -> None:
    stranger = MembershipFactory(role=Role.OWNER)
    address = reverse("pages:application_detail", args=[stranger.organisation.pk, application.pk])

    assert browser_of(stranger.person).get(f"{address}?format=csv").status_code == 404


def test_a_customer_agrees_to_more_scopes_on_the_page() -> None:
    open_shop()
    owner = MembershipFactory(organisation=OrganisationFactory(dutch=True))
    let_in = AuthorisationFactory(
        active=True,
        tenant__organisation=owner.organisation,
        application__version__scopes=["crm:read", "crm:write"],
        agreed_scopes=["crm:read"],
    )
    client = browser_of(owner.person)
    address = reverse("pages:authorisation_detail", args=[owner.organisation.pk, let_in.pk])
    page = client.get(address).content.decode()
    assert "It asks to do more" in page
    assert "<strong>Write to the CRM</strong>" in page

    client.post(address, {"decision": "agree", "read": "crm:write"})

    let_in.refresh_from_db()
    assert let_in.agreed_scopes == ["crm:read", "crm:write"]
    assert "It asks to do more" not in client.get(address).content.decode()


def test_a_reader_sees_that_it_asks_and_cannot_agree() -> None:
    open_shop()
    reader = MembershipFactory(organisation=OrganisationFactory(dutch=True), role=Role.READER)
    let_in = AuthorisationFactory(
        active=True, tenant__organisation=reader.organisation, agreed_scopes=["crm:read"]
    )
    client = browser_of(reader.person)
    address = reverse("pages:authorisation_detail", args=[reader.organisation.pk, let_in.pk])

    page = client.get(address).content.decode()
    assert "It asks to do more" in page
    assert "I agree" not in page
    assert client.post(address, {"decision": "agree", "read": ""}).status_code == 403
