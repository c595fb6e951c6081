"""Two who change the same: the second is told, sees what it is now, and loses nothing typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from customers import clock
from customers.models import Role
from portal.webhooks import addresses
from portal.webhooks.operations import endpoints
from subscriptions.applications import details, versions
from subscriptions.applications.models import ApplicationKind, ApplicationType
from tests.factories.customers import MembershipFactory, OrganisationFactory, PersonFactory
from tests.factories.shop import open_shop
from tests.factories.subscriptions import ApplicationFactory
from tests.factories.webhooks import EndpointFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Membership
    from portal.webhooks.models import Endpoint
    from subscriptions.applications.models import Application, ApplicationVersion

pytestmark = pytest.mark.django_db

TOLD = "Somebody has changed it meanwhile"


@pytest.fixture
def maker(client: Client) -> Membership:
    open_shop()
    membership: Membership = MembershipFactory(
        organisation=OrganisationFactory(is_partner=True), role=Role.OWNER
    )
    client.force_login(membership.person)
    return membership


@pytest.fixture
def application(maker: Membership) -> Application:
    made: Application = ApplicationFactory(owner=maker.organisation, unpublished=True)
    return made


@pytest.fixture
def version(application: Application) -> ApplicationVersion:
    return application.versions.get()


@pytest.fixture
def endpoint(maker: Membership, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setattr(addresses, "check", lambda _address: None)
    made: Endpoint = EndpointFactory(
        organisation=maker.organisation, event_types=["tenant.registered"]
    )
    return made


def typed(client: Client, page: str, **changed: Any) -> dict[str, Any]:
    """The form as the page fills it in, and what somebody types over it."""
    shown = client.get(page)
    values = {bound.name: bound.value() for bound in shown.context["form"]}
    return {**values, "seen": shown.context["seen"], **changed}


def test_details_that_a_colleague_changed(client: Client, application: Application) -> None:
    page = reverse("pages:application_details", args=[application.owner_id, application.pk])
    mine = typed(client, page, summary="My words")
    details.change(
        application,
        details.Details(
            kind=ApplicationKind(application.kind),
            type=ApplicationType.WEB,
            name=application.name,
            summary="Your words",
            technical_contact=application.technical_contact,
            error_mails=["errors@example.com"],
            uninstall_mails=[],
        ),
        by=PersonFactory(),
        at=clock.now(),
    )

    told = client.post(page, mine)

    html = told.content.decode()
    assert (told.status_code, TOLD in html) == (409, True)
    assert "My words" in html
    assert ("Summary", "Your words") in told.context["now"]
    assert ("Type", str(ApplicationType.WEB.label)) in told.context["now"]
    assert "Summary: Your words" in html
    application.refresh_from_db()
    assert application.summary == "Your words"

    saved = client.post(page, {**mine, "seen": told.context["seen"]})

    assert saved.status_code == 302
    application.refresh_from_db()
    assert (application.summary, application.error_mails) == ("My words", [])


def test_a_draft_that_a_colleague_changed(client: Client, version: ApplicationVersion) -> None:
    application = version.application
    args = [application.owner_id, application.pk, version.pk]
    page = reverse("pages:application_version", args=args)
    mine = typed(client, page, scopes=["crm:read"], note="Reads")
    theirs = versions.Settings(scopes=["crm:write"], capabilities=["webhooks"], redirect_uris=[])
    versions.change(version, theirs, note="Writes", by=PersonFactory(), at=clock.now())

    told = client.post(page, mine)

    assert (told.status_code, TOLD in told.content.decode()) == (409, True)
    assert ("What changed", "Writes") in told.context["now"]
    version.refresh_from_db()
    assert version.scopes == ["crm:write"]

    assert client.post(page, {**mine, "seen": told.context["seen"]}).status_code == 302
    version.refresh_from_db()
    assert (version.scopes, version.note) == (["crm:read"], "Reads")


def test_an_endpoint_that_a_colleague_changed(client: Client, endpoint: Endpoint) -> None:
    page = reverse("pages:webhook_change", args=[endpoint.organisation_id, endpoint.pk])
    mine = typed(client, page, description="Mine")
    endpoints.change(
        endpoint,
        address="https://other.example/",
        description="Theirs",
        event_types=endpoint.event_types,
        by=PersonFactory(),
        at=clock.now(),
    )

    told = client.post(page, mine)

    html = told.content.decode()
    assert (told.status_code, TOLD in html, 'value="Mine"' in html) == (409, True, True)
    assert ("Description", "Theirs") in told.context["now"]
    endpoint.refresh_from_db()
    assert endpoint.address == "https://other.example/"

    assert client.post(page, {**mine, "seen": told.context["seen"]}).status_code == 302
    endpoint.refresh_from_db()
    assert endpoint.description == "Mine"


def test_a_mistake_in_between_does_not_hide_what_the_colleague_did(
    client: Client, version: ApplicationVersion
) -> None:
    application = version.application
    args = [application.owner_id, application.pk, version.pk]
    page = reverse("pages:application_version", args=args)
    mine = typed(client, page, redirect_uris="nonsense")
    theirs = versions.Settings(scopes=["crm:write"], capabilities=[], redirect_uris=[])
    versions.change(version, theirs, note="", by=PersonFactory(), at=clock.now())

    mistaken = client.post(page, mine)
    told = client.post(page, {**mine, "redirect_uris": "", "seen": mistaken.context["seen"]})

    assert (mistaken.status_code, told.status_code) == (422, 409)
    version.refresh_from_db()
    assert version.scopes == ["crm:write"]


def test_who_saves_without_a_change_in_between_is_told_nothing(
    client: Client, version: ApplicationVersion
) -> None:
    application = version.application
    args = [application.owner_id, application.pk, version.pk]
    page = reverse("pages:application_version", args=args)

    saved = client.post(page, typed(client, page, capabilities=["webhooks"]))

    assert saved.status_code == 302
    version.refresh_from_db()
    assert version.capabilities == ["webhooks"]
