"""Who comes in, in which language they are answered, and how often they may ask."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from customers.models import OrganisationToken, TokenScope
from customers.operations import tokens
from tests.factories.customers import PartnerAccessFactory, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from customers.models import Organisation, Tenant
    from tests.portal.api.v1.conftest import Program


def code(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["type"] == f"/developers/api/problems/#{response.json()['code']}"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


def test_without_a_token_nobody_learns_anything(program: Program) -> None:
    response = Client().get("/api/v1/tenants")

    assert code(response) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("secret", ["exo_guessed", "exs_another kind", "", "x" * 5000, "é"])
def test_what_is_no_token_opens_nothing(program: Program, secret: str) -> None:
    response = Client().get("/api/v1/tenants", headers={"authorization": f"Bearer {secret}"})

    assert code(response) == (401, "unauthorized")


def test_an_expired_token_opens_nothing(program: Program, noon: time_machine.Traveller) -> None:
    noon.shift(dt.timedelta(days=30))

    response = program.get("tenants")

    assert code(response) == (401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_revoked_token_opens_nothing(program: Program) -> None:
    token = OrganisationToken.objects.get()
    tokens.revoke(token, by=PersonFactory(), at=token.made_at)

    assert code(program.get("tenants")) == (401, "unauthorized")


def test_a_token_without_the_scope_is_told_which(
    customer: Organisation, program_of: Callable[..., Program]
) -> None:
    response = program_of(customer, TokenScope.TENANTS_READ).get("invoices")

    assert code(response) == (403, "insufficient_scope")
    assert response.json()["scope"] == "invoices:read"
    assert response.headers["WWW-Authenticate"] == (
        'Bearer error="insufficient_scope", scope="invoices:read"'
    )


def test_there_is_nothing_else(program: Program) -> None:
    assert code(program.get("nothing")) == (404, "not_found")
    assert code(program.get("tenants/0x1")) == (404, "not_found")


def test_a_method_that_is_not_there_is_refused(program: Program) -> None:
    response = program.delete("tenants")

    assert code(response) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


def test_head_is_answered_as_get_without_content(program: Program) -> None:
    response = program._send("head", "tenants")

    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    ("language", "answered", "sentence"),
    [
        ("nl", "nl", "Dit bestaat niet, of is niet van u."),
        ("en-GB, nl;q=0.5", "en", "There is no such thing, or it is not yours."),
        ("xx", "en", "There is no such thing, or it is not yours."),
    ],
)
def test_refusals_speak_the_language_that_is_asked_for(
    program: Program, language: str, answered: str, sentence: str
) -> None:
    response = program._send("get", "tenants/999", headers={"accept-language": language})

    assert response.json()["detail"] == sentence
    assert response.headers["Content-Language"] == answered
    assert "Accept-Language" in response.headers["Vary"]


def test_nothing_is_kept_by_caches_and_nothing_signs_in(program: Program) -> None:
    response = program.get("tenants")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.cookies == {}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "many"},
        {"cursor": "nonsense"},
        {"cursor": "WyJhIl0"},  # ["a"]
        {"cursor": "W10"},  # []
        {"cursor": "WzEsMl0"},  # [1,2]
        {"cursor": "e30"},  # {}
        {"organisation_id": 2**63},
        {"environment": "moon"},
    ],
)
def test_what_the_document_does_not_allow_is_refused(
    program: Program, query: dict[str, Any]
) -> None:
    status, found = code(program.get("tenants", **query))

    assert status == 422
    assert found in {"invalid_request", "unreadable_cursor"}


def test_an_invalid_request_says_where(program: Program) -> None:
    errors = program.get("tenants", limit=0).json()["errors"]

    assert [(each["in"], each["at"], each["code"]) for each in errors] == [
        ("query", "limit", "greater_than_equal")
    ]


class TestPartner:
    def test_a_partners_token_reaches_who_let_it_in(
        self, customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
    ) -> None:
        access = PartnerAccessFactory(customer=customer)
        partner = program_of(access.partner)

        organisations = partner.get("organisations").json()["items"]
        tenants = partner.get("tenants", organisation_id=customer.pk).json()["items"]

        assert [each["id"] for each in organisations] == sorted([customer.pk, access.partner.pk])
        assert [each["id"] for each in tenants] == [tenant.pk]
        assert partner.get(f"tenants/{tenant.pk}").status_code == 200
        assert partner.get("tenants").json()["items"] == []

    def test_no_longer_when_that_is_withdrawn(
        self, customer: Organisation, tenant: Tenant, program_of: Callable[..., Program]
    ) -> None:
        access = PartnerAccessFactory(customer=customer, withdrawn=True)
        partner = program_of(access.partner)

        assert code(partner.get("tenants", organisation_id=customer.pk))[0] == 404
        assert code(partner.get(f"tenants/{tenant.pk}"))[0] == 404

    def test_a_customers_token_does_not_reach_its_partner(
        self, customer: Organisation, program: Program
    ) -> None:
        access = PartnerAccessFactory(customer=customer)

        assert code(program.get("tenants", organisation_id=access.partner.pk))[0] == 404


class TestLimits:
    @pytest.fixture(autouse=True)
    def _two_a_minute(self, settings: Any) -> None:
        settings.API_REQUESTS_PER_MINUTE = 2

    def test_every_answer_says_what_is_left(self, program: Program) -> None:
        left = [program.get("tenants").headers["RateLimit"] for _time in range(2)]

        assert left == ['"minute";r=1;t=60', '"minute";r=0;t=60']
        assert program.get("tenants").headers["RateLimit-Policy"] == '"minute";q=2;w=60'

    def test_too_many_are_told_when_to_go_on(
        self, program: Program, noon: time_machine.Traveller
    ) -> None:
        noon.shift(dt.timedelta(seconds=48))
        for _time in range(2):
            program.get("tenants")

        response = program.get("tenants")

        assert code(response) == (429, "too_many_requests")
        assert response.headers["Retry-After"] == "12"
        noon.shift(dt.timedelta(seconds=12))
        assert program.get("tenants").status_code == 200

    def test_each_token_is_counted_for_itself(
        self, program: Program, customer: Organisation, program_of: Callable[..., Program]
    ) -> None:
        for _time in range(3):
            program.get("tenants")

        assert program_of(customer).get("tenants").status_code == 200

    def test_without_redis_each_process_counts_for_itself(
        self, program: Program, settings: Any
    ) -> None:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        responses = [program.get("tenants") for _time in range(3)]

        assert [each.status_code for each in responses] == [200, 200, 429]
