"""The OAuth doors: tokens for one tenant, good only while the application may be used there."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.idp.oidc.models import Token
from django.test import Client
from django.urls import reverse

from customers import clock
from customers.models import Duty, Environment, TenantState
from customers.operations.tenants import change_tenant_state
from subscriptions.applications import blocking, credentials, operations, tokens, versions
from subscriptions.applications.models import Authorisation, Scope
from subscriptions.operations import suspensions
from tests.factories.customers import (
    PersonFactory,
    TenantFactory,
)
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory
from tests.portal.api.oauth_world import (
    INTROSPECT,
    REVOKE,
    TOKEN,
    WHOAMI,
    World,
    ask,
    call,
    is_active,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_a_token_is_opaque_short_and_for_one_tenant(world: World) -> None:
    response = ask(TOKEN, world.issued, tenant="cust12345")

    said = response.json()
    assert response.headers["Cache-Control"] == "no-store"
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 900)
    assert "refresh_token" not in said
    row = Token.objects.get()
    assert row.hash == tokens.hash_of(said["access_token"])
    assert said["access_token"] not in str(row.__dict__)
    shown = Client(headers={"authorization": f"Bearer {said['access_token']}"}).get(reverse(WHOAMI))
    assert shown.json()["tenant"]["identifier"] == "Cust12345"
    assert shown.json()["application"] == world.application.pk


class TestAsking:
    """What an access token may ask about: its own tenant, and its own application."""

    @staticmethod
    def status(value: str, path: str) -> int:
        client = Client(headers={"authorization": f"Bearer {value}"})
        return int(client.get(f"/api/v1/tenants/{path}").status_code)

    def test_about_its_tenant_by_either_name(self, world: World) -> None:
        value, pk = world.token(), world.tenant.pk

        assert self.status(value, f"{pk}/entitlements") == 200
        assert self.status(value, "cust12345/entitlements") == 200
        assert self.status(value, f"{pk}/applications/{world.application.pk}") == 200

    def test_about_nothing_else(self, world: World) -> None:
        value = world.token()
        elsewhere = TenantFactory(identifier="Cust777")
        AuthorisationFactory(application=world.application, tenant=elsewhere, active=True)
        other = AuthorisationFactory(tenant=world.tenant, active=True).application

        assert self.status(value, f"{elsewhere.pk}/entitlements") == 404
        assert self.status(value, f"{elsewhere.pk}/applications/{world.application.pk}") == 404
        assert self.status(value, f"{world.tenant.pk}/applications/{other.pk}") == 404

    def test_no_longer_when_it_may_not_be_used(self, world: World) -> None:
        value = world.token()
        world.cancel_now()

        assert self.status(value, "Cust12345/entitlements") == 401

    def test_not_without_the_scope(self, world: World) -> None:
        value = world.token()
        token = Token.objects.get()
        token.set_scopes(["crm:read"])
        token.save()

        assert self.status(value, "Cust12345/entitlements") == 403


def test_a_blocked_application_is_refused_everywhere_at_once(world: World) -> None:
    value, manager = world.token(), PersonFactory(staff=True, duties=[Duty.APP_MANAGER])

    blocking.block(world.application, reason="Leaks data", by=manager, at=clock.now())

    refused = ask(TOKEN, world.issued, tenant="Cust12345")
    assert refused.status_code == 400
    assert (refused.json()["code"], refused.json()["reason"]) == (1, "blocked")
    assert call(value) == 401
    assert not is_active(world, value)
    assert not Token.objects.exists()

    blocking.unblock(world.application, reason="Mended", by=manager, at=clock.now())

    assert call(value) == 401
    assert call(world.token()) == 200


def test_the_secret_may_come_in_the_form(world: World) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": world.issued.credential.client_id,
        "client_secret": world.issued.secret,
        "tenant": "Cust12345",
    }

    assert Client().post(reverse(TOKEN), form).status_code == 200


@pytest.mark.parametrize("name", [TOKEN, REVOKE, INTROSPECT])
@pytest.mark.parametrize("header", ["", "Basic !", "Basic eDp5", "Bearer nobody"])
def test_who_does_not_say_who_it_is_gets_a_challenge(world: World, name: str, header: str) -> None:
    client = Client(headers={"authorization": header} if header else {})

    response = client.post(reverse(name), {"grant_type": "client_credentials"})

    assert response.status_code == 401
    is_program = name == INTROSPECT and header == "Bearer nobody"
    challenge = 'Bearer error="invalid_token"' if is_program else "Basic realm="
    assert response.headers["WWW-Authenticate"].startswith(challenge)
    assert response.json()["error"] == ("invalid_token" if is_program else "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        pytest.param({"tenant": "Cust99999"}, "invalid_grant", id="a-tenant-nobody-has"),
        pytest.param({}, "invalid_request", id="no-tenant"),
        pytest.param({"tenant": "Cust12345", "scope": "all"}, "invalid_scope", id="scope"),
        pytest.param(
            {"tenant": "Cust12345", "grant_type": "refresh_token"},
            "unsupported_grant_type",
            id="refresh",
        ),
    ],
)
def test_what_cannot_be_had(world: World, form: dict[str, str], error: str) -> None:
    response = ask(TOKEN, world.issued, **form)

    assert (response.status_code, response.json()["error"]) == (400, error)
    assert not Token.objects.exists()


@pytest.mark.parametrize("name", [TOKEN, REVOKE, INTROSPECT])
@pytest.mark.parametrize("client_id", ["another", "a\x00", "\ufffd"])
def test_who_names_another_client_than_it_shows_is_nobody(
    world: World, name: str, client_id: str
) -> None:
    response = ask(name, world.issued, tenant="Cust12345", client_id=client_id)

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("text", ["\x00", "Cust12345\x00"])
def test_a_character_of_no_text_names_nothing(world: World, text: str) -> None:
    as_tenant = ask(TOKEN, world.issued, tenant=text)
    form = {"client_id": text, "client_secret": world.issued.secret}
    as_client = Client().post(reverse(TOKEN), form)

    assert (as_tenant.status_code, as_tenant.json()["reason"]) == (400, "not_requested")
    assert (as_client.status_code, as_client.json()["error"]) == (401, "invalid_client")


def test_a_tenant_that_did_not_let_it_in_looks_like_none(world: World) -> None:
    TenantFactory(identifier="Cust22222")

    theirs = ask(TOKEN, world.issued, tenant="Cust22222").json()

    assert theirs == ask(TOKEN, world.issued, tenant="Cust33333").json()
    assert (theirs["code"], theirs["reason"]) == (4, "not_requested")


def test_a_token_carries_the_scopes_asked_for(world: World) -> None:
    said = ask(TOKEN, world.issued, tenant="Cust12345", scope="crm:read").json()

    assert said["scope"] == "crm:read"
    assert call(said["access_token"]) == 403  # the door asks for another


def test_cancelled_now_is_off_at_once_and_comes_back_with_the_same_client(world: World) -> None:
    value = world.token()
    assert (call(value), is_active(world, value)) == (200, True)

    world.cancel_now()

    assert (call(value), is_active(world, value)) == (401, False)
    assert not Token.objects.exists()
    refused = ask(TOKEN, world.issued, tenant="Cust12345")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (refused.json()["code"], refused.json()["reason"]) == (1, "licence_ended")

    world.subscribe()
    assert call(world.token()) == 200
    assert call(value) == 401  # what died stays dead


def test_a_suspension_cuts_off_and_its_end_needs_no_consent(world: World) -> None:
    value = world.token()

    suspensions.suspend(world.subscription, reason="Unpaid", by=world.owner, at=clock.now())
    assert (call(value), is_active(world, value)) == (401, False)
    assert not Token.objects.exists()
    assert ask(TOKEN, world.issued, tenant="Cust12345").json()["reason"] == "licence_missing"

    suspensions.resume(world.subscription, by=world.owner, at=clock.now())
    assert call(world.token()) == 200


def test_a_suspended_tenant_cuts_off(world: World) -> None:
    value = world.token()

    change_tenant_state(world.tenant, TenantState.SUSPENDED, by=world.owner, at=clock.now())
    assert (call(value), is_active(world, value)) == (401, False)
    assert ask(TOKEN, world.issued, tenant="Cust12345").json()["reason"] == "tenant_not_running"

    change_tenant_state(world.tenant, TenantState.RUNNING, by=world.owner, at=clock.now())
    assert call(world.token()) == 200


def test_an_end_that_no_job_has_noticed_is_an_end(world: World) -> None:
    value = world.token()
    until = clock.now() + dt.timedelta(minutes=5)

    Authorisation.objects.filter(pk=world.authorisation.pk).update(valid_until=until)

    assert tokens.recognise(value, at=until - dt.timedelta(seconds=1))
    assert tokens.recognise(value, at=until) is None
    said = ask(TOKEN, world.issued, tenant="Cust12345").json()
    assert 295 <= said["expires_in"] <= 300  # no longer than it may be used


def test_a_token_is_said_to_end_with_what_it_is_for(world: World) -> None:
    """The platform may keep the answer until `exp`."""
    value = world.token()
    until = (clock.now() + dt.timedelta(minutes=5)).replace(microsecond=0)

    Authorisation.objects.filter(pk=world.authorisation.pk).update(valid_until=until)

    said = ask(INTROSPECT, world.issued, token=value).json()
    assert (said["active"], said["exp"]) == (True, int(until.timestamp()))


def test_revoked_by_the_customer(world: World) -> None:
    value = world.token()

    operations.revoke(world.authorisation, reason="Leaks", by=world.owner, at=clock.now())

    assert (call(value), Token.objects.count()) == (401, 0)
    said = ask(TOKEN, world.issued, tenant="Cust12345").json()
    assert (said["code"], said["reason"]) == (1, "revoked")


def test_what_can_do_more_loses_its_tokens(world: World) -> None:
    value = world.token()
    manager = PersonFactory(staff=True, duties=["app_manager"])
    at = clock.now()
    version = versions.start_next(world.application, by=world.developer, at=at)
    wider = versions.Settings(
        redirect_uris=[], scopes=[Scope.CRM_READ], capabilities=["system_user"]
    )
    versions.change(version, wider, note="", by=world.developer, at=at)
    asked = versions.submit(version, Environment.PRODUCTION, by=world.developer, at=at)
    assert call(value) == 200

    versions.publish(asked, by=manager, at=at)

    assert (call(value), Token.objects.count()) == (401, 0)
    assert ask(TOKEN, world.issued, tenant="Cust12345").json()["code"] == 5


def test_a_client_has_no_say_over_anothers_token(world: World) -> None:
    value = world.token()
    other = AuthorisationFactory(tenant=world.tenant, active=True).application
    stranger = world.client_of(other)

    assert ask(INTROSPECT, stranger, token=value).json() == {"active": False}
    assert ask(REVOKE, stranger, token=value).status_code == 200

    assert call(value) == 200
    assert ask(TOKEN, stranger, secret=world.issued.secret, tenant="Cust12345").status_code == 401
    assert ask(REVOKE, world.issued, token=value).status_code == 200
    assert call(value) == 401


def test_a_client_of_another_environment_does_not_reach_the_tenant(world: World) -> None:
    sod = credentials.create(world.application, Environment.SOD, by=world.developer, at=world.at)

    assert ask(TOKEN, sod, tenant="Cust12345").json()["reason"] == "not_requested"


def test_two_secrets_are_good_during_a_rotation(world: World) -> None:
    old = world.token()
    after = credentials.rotate(
        world.issued.credential, overlap=dt.timedelta(days=2), by=world.developer, at=clock.now()
    )

    assert call(world.token()) == 200
    new = ask(TOKEN, after, tenant="Cust12345").json()["access_token"]

    older = after.credential.secrets.get(ends_at__isnull=False)
    assert older.last_used_at is not None
    credentials.end_secret(older, by=world.developer, at=clock.now())
    assert ask(TOKEN, world.issued, tenant="Cust12345").status_code == 401
    assert (call(old), call(new)) == (401, 200)


def test_the_newest_secret_is_replaced_during_a_rotation_and_the_older_goes_on(
    world: World,
) -> None:
    old, credential = world.token(), world.issued.credential
    lost = credentials.rotate(
        credential, overlap=dt.timedelta(days=2), by=world.developer, at=clock.now()
    )
    leaked = ask(TOKEN, lost, tenant="Cust12345").json()["access_token"]
    older = credential.secrets.get(ends_at__isnull=False)

    found = credentials.rotate(
        credential, overlap=dt.timedelta(days=9), by=world.developer, at=clock.now()
    )

    assert ask(TOKEN, lost, tenant="Cust12345").status_code == 401
    assert (call(leaked), call(old)) == (401, 200)
    assert call(ask(TOKEN, found, tenant="Cust12345").json()["access_token"]) == 200
    assert call(world.token()) == 200
    assert credential.secrets.get(pk=older.pk).ends_at == older.ends_at
    assert credential.secrets.good_at(clock.now()).count() == 2


def test_a_revoked_credential_opens_nothing(world: World) -> None:
    value = world.token()

    credentials.revoke(world.issued.credential, by=world.developer, at=clock.now())

    assert (call(value), Token.objects.count()) == (401, 0)
    assert ask(TOKEN, world.issued, tenant="Cust12345").status_code == 401
    assert world.client_of(world.application).credential.client_id != (
        world.issued.credential.client_id
    )


def test_a_native_application_has_no_secret(world: World) -> None:
    native = ApplicationFactory(type="native")

    issued = world.client_of(native)

    assert issued.secret == ""
    with pytest.raises(credentials.KeepsNoSecret):
        credentials.rotate(
            issued.credential, overlap=dt.timedelta(), by=world.developer, at=world.at
        )


def test_what_has_long_expired_is_swept(world: World) -> None:
    world.token()

    assert tokens.sweep(at=clock.now() + dt.timedelta(minutes=30)) == 0
    assert tokens.sweep(at=clock.now() + dt.timedelta(hours=2)) == 1
    assert not Token.objects.exists()
