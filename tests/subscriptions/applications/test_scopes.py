"""More scopes wait for the customer's yes, and what was agreed to goes on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import Environment, History, OutgoingMail, Person, Tenant
from subscriptions.applications import (
    credentials,
    operations,
    scope_consent,
    scopes,
    tokens,
    versions,
)
from subscriptions.applications.approvers import NotYoursToApprove
from subscriptions.applications.lifecycle import WrongStep
from subscriptions.applications.models import Application, Authorisation, Scope
from subscriptions.operations import orders
from tests.factories.customers import PersonFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Collection

LATER = NOON + dt.timedelta(hours=1)
READ, WRITE = Scope.CRM_READ, Scope.CRM_WRITE


@pytest.fixture
def application(shop: None) -> Application:
    return ApplicationFactory(name="Webshop sync", standard=True, version__scopes=[READ])


@pytest.fixture
def let_in(application: Application, tenant: Tenant, administrator: Person) -> Authorisation:
    asked = AuthorisationFactory(application=application, tenant=tenant)
    return operations.approve(asked, read=[READ], by=administrator, at=NOON)


def publish(application: Application, wanted: Collection[str], by: Person) -> None:
    """The next version in production, with these scopes."""
    developer = PersonFactory()
    version = versions.start_next(application, by=developer, at=LATER)
    settings = versions.Settings(redirect_uris=[], scopes=list(wanted), capabilities=[])
    version = versions.change(version, settings, note="", by=developer, at=LATER)
    asked = versions.submit(version, Environment.PRODUCTION, by=developer, at=LATER)
    versions.publish(asked, by=by, at=LATER)


def token_for(authorisation: Authorisation, *wanted: str) -> list[str]:
    issued = credentials.create(
        authorisation.application, Environment.PRODUCTION, by=PersonFactory(), at=NOON
    )
    token = tokens.issue(
        issued.credential.secrets.get(),
        tenant=authorisation.tenant.identifier,
        value=tokens.new_value(),
        scopes=wanted,
        now=lambda: LATER,
    )
    return list(token.get_scopes())


def test_a_token_has_what_the_customer_agreed_to_and_no_more(
    let_in: Authorisation, app_manager: Person
) -> None:
    publish(let_in.application, [READ, WRITE], by=app_manager)

    let_in.refresh_from_db()
    assert (let_in.status, let_in.agreed_scopes) == ("active", [READ])
    assert token_for(let_in, READ, WRITE) == [READ]


def test_a_token_for_what_was_not_agreed_to_alone_is_refused(
    let_in: Authorisation, app_manager: Person
) -> None:
    publish(let_in.application, [READ, WRITE], by=app_manager)

    with pytest.raises(tokens.Refused) as refused:
        token_for(let_in, WRITE)

    assert refused.value.reason == "scopes_not_agreed"


def test_the_customer_is_asked_and_agrees(
    let_in: Authorisation, app_manager: Person, administrator: Person
) -> None:
    publish(let_in.application, [READ, WRITE], by=app_manager)
    let_in.refresh_from_db()
    assert scopes.not_agreed(let_in) == [WRITE]
    assert OutgoingMail.objects.filter(
        to=administrator.email, subject="Webshop sync asks to do more"
    ).exists()

    scope_consent.agree(let_in, read=[WRITE], by=administrator, at=LATER)

    let_in.refresh_from_db()
    assert let_in.agreed_scopes == [READ, WRITE]
    assert scopes.not_agreed(let_in) == []
    told = History.objects.about(let_in).filter(verb__startswith="authorisation.scopes")
    assert [(each.verb, each.details["scopes"]) for each in told.order_by("pk")] == [
        ("authorisation.scopes_asked", ["crm:write"]),
        ("authorisation.scopes_agreed", ["crm:write"]),
    ]
    assert OutgoingMail.objects.filter(
        to=let_in.application.technical_contact, subject="Webshop sync may do more"
    ).exists()


def test_nobody_agrees_to_what_they_did_not_read(
    let_in: Authorisation, app_manager: Person, administrator: Person
) -> None:
    publish(let_in.application, [READ, WRITE, Scope.USAGE_WRITE], by=app_manager)

    with pytest.raises(scope_consent.ScopesChanged):
        scope_consent.agree(let_in, read=[WRITE], by=administrator, at=LATER)

    let_in.refresh_from_db()
    assert let_in.agreed_scopes == [READ]


def test_only_the_customer_agrees_and_only_when_asked(
    let_in: Authorisation, app_manager: Person, administrator: Person
) -> None:
    with pytest.raises(WrongStep):
        scope_consent.agree(let_in, read=[], by=administrator, at=LATER)
    publish(let_in.application, [READ, WRITE], by=app_manager)

    for outsider in (app_manager, PersonFactory()):
        with pytest.raises(NotYoursToApprove):
            scope_consent.agree(let_in, read=[WRITE], by=outsider, at=LATER)


def test_what_was_published_meanwhile_is_asked_for_when_it_comes_back(
    let_in: Authorisation, app_manager: Person, owner: Person
) -> None:
    """It waited for a licence, as a custom application does."""
    Authorisation.objects.update(
        status="deactivated",
        deactivation="licence_ended",
        closed_at=NOON,
        restore_until=NOON + dt.timedelta(days=30),
        told_stopped_at=NOON,
    )
    publish(let_in.application, [READ, WRITE], by=app_manager)
    assert not History.objects.filter(verb="authorisation.scopes_asked").exists()

    orders.subscribe(
        let_in.tenant.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=let_in.tenant,
        by=owner,
        at=LATER,
    )

    let_in.refresh_from_db()
    assert let_in.status == "active"
    assert History.objects.about(let_in).filter(verb="authorisation.scopes_asked").exists()


def test_fewer_scopes_ask_nobody(let_in: Authorisation, app_manager: Person) -> None:
    publish(let_in.application, [READ], by=app_manager)

    assert not History.objects.filter(verb="authorisation.scopes_asked").exists()


def test_who_reads_of_fewer_scopes_does_not_approve(
    application: Application, tenant: Tenant, administrator: Person, app_manager: Person
) -> None:
    """Another version was published while the page was open."""
    asked = AuthorisationFactory(application=application, tenant=tenant)
    publish(application, [READ, WRITE], by=app_manager)

    with pytest.raises(operations.CapabilitiesChanged):
        operations.approve(asked, read=[READ], by=administrator, at=LATER)
