"""Who may ask what may be used, and what asking costs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import time_machine
from django.test import Client

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials
from customers.models import (
    Environment,
    Organisation,
    OrganisationToken,
    Person,
    Tenant,
    TokenScope,
)
from customers.operations import tokens
from subscriptions.applications import credentials as client_credentials
from tests.factories.customers import LONG_AGO, MembershipFactory, PersonFactory, TenantFactory
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.api.entitlements.asking import NOON, SCOPE, ask, subscribe
from tests.portal.api.oauth_world import TOKEN
from tests.portal.api.oauth_world import ask as get_token

if TYPE_CHECKING:
    from subscriptions.applications.models import Application


@pytest.mark.parametrize("shown", [None, "", "exs_guessed"])
def test_nobody_asks_without_a_credential(secret: str, tenant: Tenant, shown: str | None) -> None:
    answer = ask(shown, tenant.pk)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_revoked_credential_asks_nothing_from_the_next_question_on(
    secret: str, tenant: Tenant
) -> None:
    assert ask(secret, tenant.pk).status_code == 200

    credentials.revoke(ApiCredential.objects.get(), by=PersonFactory(staff=True), at=NOON)

    assert ask(secret, tenant.pk).status_code == 401


def test_a_credential_for_something_else_is_refused(secret: str, tenant: Tenant) -> None:
    other = credentials.issue_for_platform(name="Usage", by=PersonFactory(staff=True), at=LONG_AGO)

    assert ask(other.secret, tenant.pk).status_code == 403


def test_an_application_asks_about_itself_where_it_was_let_in(secret: str, tenant: Tenant) -> None:
    consent = AuthorisationFactory(tenant=tenant, active=True, application__standard=True)
    other = AuthorisationFactory(tenant=tenant, active=True)
    asked_for = AuthorisationFactory(application=consent.application)
    stranger = TenantFactory()
    own = credential_of(consent.application)
    itself = f"applications/{consent.application_id}"

    statuses = {
        "tenant": ask(own, tenant.pk).status_code,
        "itself": ask(own, tenant.pk, itself).status_code,
        "another": ask(own, tenant.pk, f"applications/{other.application_id}").status_code,
        "tenant that has not answered": ask(own, asked_for.tenant_id).status_code,
        "itself there": ask(own, asked_for.tenant_id, itself).status_code,
        "stranger": ask(own, stranger.pk).status_code,
        "itself at a stranger's": ask(own, stranger.pk, itself).status_code,
    }

    assert statuses == {
        "tenant": 200,
        "itself": 200,
        "another": 404,
        "tenant that has not answered": 404,
        "itself there": 200,
        "stranger": 404,
        "itself at a stranger's": 404,
    }


def credential_of(application: Application) -> str:
    by = PersonFactory(staff=True)
    return credentials.issue_for_application(
        application, name="Shop", reference="shop-1", scope=SCOPE, by=by, at=LONG_AGO
    ).secret


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"valid_until": NOON}, id="the time is over"),
        pytest.param({"application__standard": False}, id="the licence is missing"),
        pytest.param({"tenant__suspended": True}, id="the tenant is suspended"),
    ],
)
def test_an_application_asks_about_a_tenant_while_it_may_be_used_there(
    secret: str, customer: Organisation, change: dict[str, Any]
) -> None:
    let_in = {"application__standard": True, "active": True, "tenant__organisation": customer}
    consent = AuthorisationFactory(**let_in | change)
    own = credential_of(consent.application)

    assert ask(own, consent.tenant_id).status_code == 404
    itself = ask(own, consent.tenant_id, f"applications/{consent.application_id}")
    assert itself.json()["entitlement"]["allowed"] is False


@pytest.mark.parametrize("path", ["entitlements", "licence-file"])
@pytest.mark.parametrize("shows", ["a credential", "an access token"])
def test_what_an_application_is_told_stands_no_longer_than_it_is_let_in(
    secret: str, tenant: Tenant, owner: Person, shows: str, path: str
) -> None:
    until = NOON + dt.timedelta(seconds=20)
    subscribe(tenant, owner)
    consent = AuthorisationFactory(
        application__standard=True, active=True, tenant=tenant, valid_until=until
    )
    application = consent.application
    with_token = shows == "an access token"
    own = access_token_of(application) if with_token else credential_of(application)

    told = ask(own, consent.tenant_id, path).json()

    assert dt.datetime.fromisoformat(told["valid_until"]) == until


def access_token_of(application: Application) -> str:
    """For the tenant Cust12345."""
    issued = client_credentials.create(
        application, Environment.PRODUCTION, by=PersonFactory(), at=LONG_AGO
    )
    value: str = get_token(TOKEN, issued, tenant="Cust12345").json()["access_token"]
    return value


def test_an_organisation_asks_about_its_own_tenants(
    secret: str, tenant: Tenant, owner: Person
) -> None:
    own = token_of(tenant.organisation, owner)
    subscribe(tenant, owner)
    consent = AuthorisationFactory(tenant=tenant)
    strangers = AuthorisationFactory()
    nowhere = ApplicationFactory()

    statuses = {
        "its own": ask(own, tenant.pk).status_code,
        "another's": ask(own, strangers.tenant_id).status_code,
        "who asked": ask(own, tenant.pk, f"applications/{consent.application_id}").status_code,
        "who never did": ask(own, tenant.pk, f"applications/{nowhere.pk}").status_code,
    }

    assert statuses == {"its own": 200, "another's": 404, "who asked": 200, "who never did": 404}
    assert OrganisationToken.objects.get().last_used_at == NOON


def test_who_built_an_application_asks_about_it_on_every_tenant(secret: str) -> None:
    consent = AuthorisationFactory()
    builder = consent.application.owner
    own = token_of(builder, MembershipFactory(organisation=builder).person)

    application = ask(own, consent.tenant_id, f"applications/{consent.application_id}")
    tenant = ask(own, consent.tenant_id)

    assert (application.status_code, tenant.status_code) == (200, 404)


@pytest.mark.parametrize("what", ["expired", "revoked", "for something else"])
def test_a_token_that_is_not_good_asks_nothing(
    secret: str, tenant: Tenant, owner: Person, what: str
) -> None:
    scope = TokenScope.USAGE_READ if what == "for something else" else TokenScope.ENTITLEMENTS_READ
    own = token_of(tenant.organisation, owner, scope)
    token = OrganisationToken.objects.get()
    if what == "expired":
        OrganisationToken.objects.update(expires_at=NOON)
    elif what == "revoked":
        tokens.revoke(token, by=owner, at=NOON)

    assert ask(own, tenant.pk).status_code == (403 if what == "for something else" else 401)


def token_of(
    organisation: Organisation, by: Person, scope: TokenScope = TokenScope.ENTITLEMENTS_READ
) -> str:
    expires_at = LONG_AGO + dt.timedelta(days=365)
    return tokens.issue(
        organisation, name="ERP", scopes=[scope], expires_at=expires_at, by=by, at=LONG_AGO
    ).secret


def test_last_use_is_noted_to_the_minute(secret: str, tenant: Tenant) -> None:
    ask(secret, tenant.pk)
    with time_machine.travel(NOON + dt.timedelta(seconds=50), tick=False):
        ask(secret, tenant.pk)

    assert ApiCredential.objects.get().last_used_at == NOON


def test_it_is_asked_with_get(secret: str, tenant: Tenant) -> None:
    refused = Client().post(
        f"/api/v1/tenants/{tenant.pk}/entitlements", headers={"authorization": f"Bearer {secret}"}
    )

    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")


def test_it_costs_one_statement(
    secret: str, tenant: Tenant, owner: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(tenant, owner)
    settings.POLICIES_MEMORY_SECONDS = 60
    ask(secret, tenant.pk)
    settings.CLOCK_CAN_MOVE = False  # as on a server; otherwise the shift is asked for

    sent: list[Any] = []  # by Django, and past it
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, statement: Any, *args: Any, **how: Any) -> Any:
        sent.append(statement)
        return execute(cursor, statement, *args, **how)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    answer = ask(secret, tenant.pk)

    assert answer.status_code == 200
    assert len(sent) == 1, sent


@pytest.mark.parametrize("environment", ["%00", "moon"])
def test_in_an_environment_that_does_not_exist_nobody_is_there(
    secret: str, tenant: Tenant, environment: str
) -> None:
    path = f"entitlements?environment={environment}"

    assert ask(secret, tenant.identifier, path).status_code == 404
    assert ask("exs_guessed", tenant.identifier, path).status_code == 401
