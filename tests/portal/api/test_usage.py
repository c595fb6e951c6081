"""The door for usage events: who may come in, what is taken, and what it costs to ask."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from billing.metering import known
from billing.metering.models import ApiCredential, CountedEvent
from billing.metering.operations import credentials
from customers.models import Role, TokenScope
from customers.operations import tokens
from tests.factories.customers import LONG_AGO, MembershipFactory, PersonFactory, TenantFactory
from tests.factories.metering import NOON, MeterFactory, body, event
from tests.factories.shop import open_shop
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoAssertNumQueries

    from billing.metering.operations.credentials import Issued

ADDRESS = "/api/v1/usage/events"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def platform(db: None) -> Issued:
    open_shop()
    MeterFactory()
    TenantFactory(identifier="Cust12345")
    return credentials.issue_for_platform(
        name="Platform", by=PersonFactory(staff=True), at=LONG_AGO
    )


def send(
    secret: str | None,
    content: bytes = b"",
    content_type: str = "application/json",
    **headers: Any,
) -> Any:
    if secret:
        headers["authorization"] = f"Bearer {secret}"
    return Client().post(ADDRESS, content, content_type=content_type, headers=headers)


def test_a_batch_is_answered_with_what_became_of_it(platform: Issued) -> None:
    known = event("Cust12345")
    send(platform.secret, body([known]))

    response = send(
        platform.secret, body([known, event("Cust12345"), event("Cust12345", quantity=0)])
    )

    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json() == {
        "accepted": 1,
        "duplicate": 1,
        "rejected": 1,
        "rejections": [
            {
                "index": 2,
                "code": "not_positive",
                "reason": "A quantity is at least 1; to take something back, send a correction.",
            }
        ],
    }


@pytest.mark.parametrize("secret", [None, "", "exs_guessed"])
def test_nobody_comes_in_without_a_credential(platform: Issued, secret: str | None) -> None:
    response = send(secret, body([event("Cust12345")]))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert CountedEvent.objects.count() == 0


def test_a_token_of_an_organisation_reports_nothing(platform: Issued) -> None:
    member = MembershipFactory(role=Role.OWNER)
    issued = tokens.issue(
        member.organisation,
        name="ERP",
        scopes=list(TokenScope),
        expires_at=NOON + dt.timedelta(days=1),
        by=member.person,
        at=LONG_AGO,
    )

    response = send(issued.secret, body([event("Cust12345")]))

    assert response.status_code == 401
    assert CountedEvent.objects.count() == 0


def test_a_revoked_credential_opens_nothing_at_once(platform: Issued) -> None:
    credentials.revoke(platform.credential, by=PersonFactory(staff=True), at=NOON)

    response = send(platform.secret, body([event("Cust12345")]))

    assert response.status_code == 401
    assert CountedEvent.objects.count() == 0


def test_a_credential_for_something_else_is_refused(platform: Issued) -> None:
    ApiCredential.objects.update(scope="invoices:read")

    response = send(platform.secret, body([event("Cust12345")]))

    assert response.status_code == 403
    assert CountedEvent.objects.count() == 0


def test_last_use_is_noted_to_the_minute(platform: Issued) -> None:
    send(platform.secret, body([event("Cust12345")]))
    with time_machine.travel(NOON + dt.timedelta(seconds=50), tick=False):
        send(platform.secret, body([event("Cust12345")]))

    assert ApiCredential.objects.get().last_used_at == NOON


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        pytest.param(b"{", "application/json", 400, id="no JSON"),
        pytest.param(b"{}", "text/plain", 415, id="another type"),
        pytest.param(b" " * 1_000_001, "application/json", 413, id="too large"),
    ],
)
def test_what_is_no_batch_is_refused(
    platform: Issued, content: bytes, content_type: str, status: int
) -> None:
    response = send(platform.secret, content, content_type)

    assert response.status_code == response.json()["status"] == status


def test_events_are_posted(platform: Issued) -> None:
    response = Client().get(ADDRESS, headers={"authorization": f"Bearer {platform.secret}"})

    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_there_is_nothing_else_below_the_programs_address(db: None) -> None:
    response = Client().get("/api/v1/nothing")

    assert (response.status_code, response.json()["title"]) == (404, "Not Found")


def test_an_application_reports_its_own_usage_where_it_is_let_in(platform: Issued) -> None:
    let_in, not_let_in = TenantFactory(identifier="Cust1"), TenantFactory(identifier="Cust2")
    application = ApplicationFactory(standard=True)
    AuthorisationFactory(application=application, tenant=let_in, active=True)
    AuthorisationFactory(application=application, tenant=not_let_in)
    own = credentials.issue_for_application(
        application, name="Shop", reference="shop-1", by=PersonFactory(staff=True), at=LONG_AGO
    )

    response = send(
        own.secret,
        body(
            [
                event("Cust1", source="shop-1/a"),
                event("Cust1", source="shop-1/a", application="shop-1"),
                event("Cust1", source="shop-1/a", application="other"),
                event("Cust2", source="shop-1/a", application="shop-1"),
                event("Cust12345", source="shop-1/a", application="shop-1"),
            ]
        ),
    )

    answer = response.json()
    assert answer["accepted"] == 2
    assert [each["code"] for each in answer["rejections"]] == [
        "other_application",
        "unknown_tenant",
        "unknown_tenant",
    ]


def test_a_reference_with_a_control_character_is_written_nowhere(platform: Issued) -> None:
    application = AuthorisationFactory(
        application__standard=True, active=True, tenant__identifier="Cust1"
    ).application
    own = credentials.issue_for_application(
        application, name="Shop", reference="shop\t1", by=PersonFactory(staff=True), at=LONG_AGO
    )

    answer = send(own.secret, body([event("Cust1")])).json()

    assert [each["code"] for each in answer["rejections"]] == ["not_printable"]
    assert CountedEvent.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"valid_until": NOON}, id="the time is over"),
        pytest.param({"application__standard": False}, id="the licence is missing"),
        pytest.param({"tenant__suspended": True}, id="the tenant is suspended"),
    ],
)
def test_an_application_reports_where_it_may_be_used_now(
    platform: Issued, change: dict[str, Any]
) -> None:
    let_in = {"application__standard": True, "active": True, "tenant__identifier": "Cust1"}
    application = AuthorisationFactory(**let_in | change).application
    own = credentials.issue_for_application(
        application, name="Shop", reference="shop-1", by=PersonFactory(staff=True), at=LONG_AGO
    )

    answer = send(own.secret, body([event("Cust1")])).json()

    assert [each["code"] for each in answer["rejections"]] == ["unknown_tenant"]


def test_a_program_pays_for_nothing_that_people_need(
    platform: Issued,
    settings: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    known.forget()  # what another test's batch had read
    settings.METERING_MEMORY_SECONDS = 60
    settings.CLOCK_CAN_MOVE = False
    TenantFactory(identifier="Cust777")
    client = Client()
    headers = {"authorization": f"Bearer {platform.secret}"}

    def post(tenant: str = "Cust12345") -> Any:
        content = body([event(tenant)])
        return client.post(ADDRESS, content, content_type="application/json", headers=headers)

    post()  # makes the month, after which all is read again
    post()
    with django_assert_num_queries(0):  # what it asks is prepared, see fetch_prepared
        response = post("Cust777")  # nor for a tenant that it has not heard of yet

    assert response.json()["accepted"] == 1
    assert response.cookies == {}
    assert "Content-Language" not in response.headers
    assert reverse("api:usage_events") == ADDRESS


def test_the_secret_is_kept_as_a_hash(platform: Issued) -> None:
    assert platform.secret not in str(ApiCredential.objects.values().get())
    assert len(platform.secret) > 40
