"""Finding an application, blocking it on every tenant, and revoking a credential of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from customers import clock
from customers.models import Environment, History, OutgoingMail
from subscriptions.applications import blocking, credentials, versions
from tests.factories.customers import TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Person
    from subscriptions.applications.models import Authorisation, Publication


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, {"Webshop sync", "Planner"}, id="all"),
        pytest.param({"q": "plan"}, {"Planner"}, id="by name"),
        pytest.param({"q": "helder"}, {"Webshop sync"}, id="by maker"),
        pytest.param({"blocked": "on"}, {"Planner"}, id="blocked"),
        pytest.param({"q": "webshop", "blocked": "on"}, set(), id="both"),
    ],
)
def test_applications_are_found(
    client: Client,
    sales: Person,
    app_manager: Person,
    consent: Authorisation,
    query: dict[str, str],
    expected: set[str],
) -> None:
    planner = ApplicationFactory(name="Planner")
    blocking.block(planner, reason="Leaks", by=app_manager, at=clock.now())
    client.force_login(sales)

    html = client.get(reverse("backoffice:applications"), query).content.decode()

    assert {name for name in ("Webshop sync", "Planner") if name in html} == expected


def test_blocking_takes_a_reason_and_is_lifted_with_one(
    client: Client, app_manager: Person, consent: Authorisation
) -> None:
    application, address = (
        consent.application,
        reverse("backoffice:application", args=[consent.application_id]),
    )
    client.force_login(app_manager)

    without = client.post(address + "block/", {"reason": ""})
    application.refresh_from_db()
    assert (without.status_code, application.is_blocked) == (422, False)

    page = client.post(address + "block/", {"reason": "Leaks data"}, follow=True)
    application.refresh_from_db()
    assert (application.blocked_by, application.block_reason) == (app_manager, "Leaks data")
    assert "Ali Apps blocked it on" in page.content.decode()
    grant = client.get(reverse("backoffice:authorisation", args=[consent.pk])).content.decode()
    assert "Grant consent" not in grant

    again = client.post(address + "block/", {"reason": "Leaks data"}, follow=True)
    assert "This application is blocked already." in again.content.decode()

    client.post(address + "unblock/", {"reason": "Mended"})
    application.refresh_from_db()
    assert not application.is_blocked


def test_a_credential_is_revoked_for_a_reason_that_its_developer_reads(
    client: Client, app_manager: Person, owner: Person, consent: Authorisation
) -> None:
    application = consent.application
    issued = credentials.create(application, Environment.PRODUCTION, by=owner, at=clock.now())
    address = reverse("backoffice:revoke_client", args=[application.pk, issued.credential.pk])
    client.force_login(app_manager)

    asked = client.get(address).content.decode()
    assert issued.credential.client_id in asked
    assert ">Cancel<" not in asked  # which is said of subscriptions alone: in Dutch, Opzeggen
    assert client.post(address, {"reason": ""}).status_code == 422
    assert credentials.recognise(issued.credential.client_id, issued.secret, at=clock.now())

    client.post(address, {"reason": "Seen in a public repository"})

    assert not credentials.recognise(issued.credential.client_id, issued.secret, at=clock.now())
    told = History.objects.get(verb="application.credential_revoked")
    assert (told.actor, told.reason) == (app_manager, "Seen in a public repository")
    letter = OutgoingMail.objects.filter(to=application.technical_contact).latest("pk")
    assert "Reason: Seen in a public repository" in letter.body
    assert client.post(address, {"reason": "Twice"}).status_code == 404


def test_what_is_blocked_is_not_called_active(client: Client, app_manager: Person) -> None:
    application = AuthorisationFactory(active=True).application
    address = reverse("backoffice:application", args=[application.pk])
    client.force_login(app_manager)

    before = client.get(address).content.decode()
    blocking.block(application, reason="Leaks data", by=app_manager, at=clock.now())
    after = client.get(address).content.decode()

    assert (before.count("Active</span>"), after.count("Active</span>")) == (1, 0)


def test_its_versions_say_what_it_may_do_in_each_environment(
    client: Client, sales: Person, owner: Person
) -> None:
    application = ApplicationFactory(
        version__environments=[Environment.STAGE],
        version__capabilities=["system_user"],
        version__scopes=["usage:write"],
    )
    draft = versions.start_next(application, by=owner, at=clock.now())
    client.force_login(sales)
    address = reverse("backoffice:application", args=[application.pk])

    html = client.get(address).content.decode()

    for text in ("Stage", "Version 1", "System user", "Bypasses all CRM rights", "Report usage"):
        assert text in html
    assert f"Version {draft.number}</a>" not in html  # a draft is nobody's but its developer's


def test_who_built_it_and_who_has_it_read_that_it_is_blocked(
    client: Client, app_manager: Person, owner: Person, consent: Authorisation
) -> None:
    blocking.block(consent.application, reason="Leaks data", by=app_manager, at=clock.now())
    client.force_login(owner)
    organisation = consent.tenant.organisation_id

    pages = [
        reverse("pages:application_detail", args=[organisation, consent.application_id]),
        reverse("pages:authorisation_detail", args=[organisation, consent.pk]),
    ]

    for address in pages:
        html = client.get(address).content.decode()
        assert "Blocked by us since" in html, address
        assert "Leaks data" in html, address


def asked_to_publish(consent: Authorisation, by: Person, *capabilities: str) -> Publication:
    version = versions.start_next(consent.application, by=by, at=clock.now())
    wanted = versions.Settings(
        redirect_uris=[], scopes=["crm:read"], capabilities=list(capabilities)
    )
    version = versions.change(version, wanted, note="", by=by, at=clock.now())
    return versions.submit(version, Environment.PRODUCTION, by=by, at=clock.now())


def test_whom_a_version_shuts_out_is_said_before_it_is_published_and_after(
    client: Client, app_manager: Person, owner: Person, consent: Authorisation
) -> None:
    application = consent.application
    let_in = [
        AuthorisationFactory(active=True, application=application, agreed_capabilities=agreed)
        for agreed in ([], [], ["webhooks"])
    ]
    beside = TenantFactory(organisation=let_in[0].tenant.organisation)
    AuthorisationFactory(active=True, application=application, tenant=beside)
    over = clock.now() - dt.timedelta(days=1)
    AuthorisationFactory(active=True, application=application, valid_until=over)
    asked = asked_to_publish(consent, owner, "webhooks")
    client.force_login(app_manager)

    before = client.get(reverse("backoffice:publication", args=[asked.pk])).text
    publish = reverse("backoffice:publish_version", args=[asked.pk])
    after = client.post(publish, follow=True).text

    assert "It can do more than 2 customers agreed to" in before
    assert "2 customers have to agree again; until then it is shut out there." in after


def test_a_version_that_can_do_no_more_shuts_nobody_out(
    client: Client, app_manager: Person, owner: Person, consent: Authorisation
) -> None:
    AuthorisationFactory(active=True, application=consent.application)
    asked = asked_to_publish(consent, owner)
    client.force_login(app_manager)

    before = client.get(reverse("backoffice:publication", args=[asked.pk])).text
    publish = reverse("backoffice:publish_version", args=[asked.pk])
    after = client.post(publish, follow=True).text

    assert "nobody is shut out." in before
    assert "agree again" not in after
