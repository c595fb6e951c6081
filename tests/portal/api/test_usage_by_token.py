"""An application reports its own usage with the access token that it works with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from billing.invariants import counted, metered, reported
from billing.metering.models import CountedEvent, DailyTotal, UsageEvent
from billing.metering.operations import credentials as metering_credentials
from customers.models import Environment
from subscriptions.applications import credentials, operations
from subscriptions.applications.models import Authorisation, Credential
from tests.factories.customers import TenantFactory
from tests.factories.metering import (
    NOON,
    MeterFactory,
    body,
    correction,
    event,
    platform_credential,
    report,
)
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.api.oauth_world import TOKEN, World, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def world(db: None) -> World:
    MeterFactory()
    return World()


def send(value: str, *events: dict[str, Any]) -> Any:
    return Client().post(
        "/api/v1/usage/events",
        body(events),
        content_type="application/json",
        headers={"authorization": f"Bearer {value}"},
    )


def own(world: World, tenant: str = "Cust12345", **fields: Any) -> dict[str, Any]:
    """An event as the application of the token sends it, from a source of its own."""
    return event(tenant, source=source_of(world), **fields)


def source_of(world: World) -> str:
    return f"{world.issued.credential.client_id}/gateway-1"


def test_it_reports_for_itself_on_the_tenant_of_the_token(world: World) -> None:
    client_id = world.issued.credential.client_id

    response = send(world.token(), own(world), own(world, "cust12345", application=client_id))

    assert response.json()["accepted"] == 2
    assert DailyTotal.objects.get().application == client_id
    rows = UsageEvent.objects.values_list("credential", "authorisation", "application")
    assert set(rows) == {(None, world.authorisation.pk, client_id)}
    assert [*metered.check(at=NOON), *counted.check(at=NOON)] == []


def test_for_nobody_else_and_nowhere_else(world: World) -> None:
    elsewhere = TenantFactory(organisation=world.organisation, identifier="Cust222")
    AuthorisationFactory(application=world.application, tenant=elsewhere, active=True)

    response = send(
        world.token(),
        own(world, application="somebody-else"),
        own(world, "Cust222"),
        own(world, environment=Environment.SOD),
        own(world, "Cust999"),
        own(world, **{"class": "IncludedApps"}),
        event("Cust12345"),
    )

    assert response.json()["accepted"] == 0
    assert [each["code"] for each in response.json()["rejections"]] == [
        "other_application",
        "unknown_tenant",
        "unknown_tenant",
        "unknown_tenant",
        "class_not_yours",
        "source_not_yours",
    ]
    assert CountedEvent.objects.count() == 0


def test_a_resend_is_counted_once_whoever_sends_it(world: World) -> None:
    same = own(world, application=world.issued.credential.client_id)
    send(world.token(), same)

    again = send(world.token(), same)
    by_the_platform = report(same, by=platform_credential(), at=NOON)

    assert again.json()["duplicate"] == by_the_platform.duplicate == 1
    assert DailyTotal.objects.get().events == 1


def test_it_corrects_what_it_reported_and_not_what_others_did(world: World) -> None:
    mine, other = own(world), own(world, application="somebody-else")
    of_the_platform = event("Cust12345", application=world.issued.credential.client_id)
    send(world.token(), mine)
    report(other, of_the_platform, by=platform_credential(), at=NOON)

    response = send(
        world.token(),
        correction("Cust12345", mine["id"], source=source_of(world)),
        correction("Cust12345", other["id"], source=source_of(world)),
        correction("Cust12345", of_the_platform["id"]),
    )

    assert response.json()["accepted"] == 1
    assert [each["code"] for each in response.json()["rejections"]] == [
        "other_application",
        "source_not_yours",
    ]


def test_a_token_without_the_scope_is_told_which(world: World) -> None:
    issued = ask(TOKEN, world.issued, tenant="Cust12345", scope="entitlements:read")

    response = send(issued.json()["access_token"], own(world))

    assert (response.status_code, response.json()["scope"]) == (403, "usage:write")
    assert CountedEvent.objects.count() == 0


def test_once_it_was_shut_out_its_token_reports_nothing(world: World) -> None:
    value = world.token()
    operations.revoke(world.authorisation, reason="Enough", by=world.owner, at=NOON)

    response = send(value, own(world))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert CountedEvent.objects.count() == 0


@pytest.mark.parametrize("damage", ["tenant", "application", "environment", "authorisation"])
def test_what_a_token_reported_for_another_is_found(world: World, damage: str) -> None:
    send(world.token(), own(world), own(world))
    assert [*reported.check(at=NOON)] == []
    rows, client_id = UsageEvent.objects.all(), world.issued.credential.client_id
    where = f"{client_id} on tenant {world.tenant.pk}"
    match damage:
        case "tenant":
            elsewhere = TenantFactory()
            rows.update(tenant=elsewhere)
            where = f"{client_id} on tenant {elsewhere.pk}"
        case "application":
            rows.update(application="somebody-else")
            where = f"somebody-else on tenant {world.tenant.pk}"
        case "environment":
            Credential.objects.update(environment=Environment.SOD)
        case "authorisation":
            Authorisation.objects.update(tenant=TenantFactory())

    assert [*reported.check(at=NOON)] == [
        f"authorisation {world.authorisation.pk}: 2 events of {where}"
    ]


def test_what_a_revoked_client_reported_stays_its_application_s(world: World) -> None:
    send(world.token(), own(world))
    credentials.revoke(world.issued.credential, by=world.developer, at=NOON)

    assert [*reported.check(at=NOON)] == []


def test_what_a_credential_reported_for_another_application_is_found(world: World) -> None:
    credential = metering_credentials.issue_for_application(
        world.application, name="Shop", reference="shop-1", by=world.developer, at=NOON
    ).credential
    report(event("Cust12345", source="shop-1/a"), by=credential, at=NOON)
    report(event("Cust12345", application="shop-2"), by=platform_credential(), at=NOON)
    assert [*reported.check(at=NOON)] == []

    UsageEvent.objects.filter(credential=credential).update(application="shop-2")

    assert [*reported.check(at=NOON)] == [f"credential {credential.pk}: 1 events of shop-2"]


def test_an_event_was_reported_by_one_and_only_one(world: World) -> None:
    send(world.token(), own(world))
    report(event("Cust12345"), by=platform_credential(), at=NOON)
    by_token = UsageEvent.objects.filter(credential=None)
    by_credential = UsageEvent.objects.exclude(credential=None)

    for rows, wrong in (
        (by_token, {"authorisation": None}),
        (by_token, {"credential": platform_credential().pk}),
        (by_token, {"application": ""}),
        (by_credential, {"credential": None}),
    ):
        assert rows.count() == 1
        with (
            pytest.raises(IntegrityError, match="usage_event_reported_by_one"),
            transaction.atomic(),
        ):
            rows.update(**wrong)
