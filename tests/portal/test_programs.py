"""What stands before every door for programs, instead of what stands before a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import Client
from django.urls import resolve

from portal.api.urls import often
from portal.middleware import PROGRAMS, asked

DOOR = "/api/v1/tenants/7/entitlements"


@pytest.fixture
def _only_over_tls(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True


class OverTls(HttpRequest):
    def is_secure(self) -> bool:
        return True


@pytest.mark.django_db
@pytest.mark.usefixtures("_only_over_tls")
@pytest.mark.parametrize("address", [DOOR, "/api/nothing", "/api/v1/tenants"])
def test_an_answer_over_tls_has_what_django_adds(address: str) -> None:
    bare = SecurityMiddleware(lambda _request: HttpResponse())(OverTls())
    assert isinstance(bare, HttpResponse)
    del bare["Content-Type"]

    answer = Client().get(address, secure=True)

    assert bare.headers["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"
    assert bare.headers.items() <= answer.headers.items()
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("_only_over_tls")
def test_without_tls_nothing_is_answered() -> None:
    answer = Client().get(f"{DOOR}?environment=stage", headers={"authorization": "Bearer exs_x"})

    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://testserver{DOOR}?environment=stage"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        (DOOR, "tenant_entitlements"),
        ("/api/v1/tenants/Cust12345/applications/3", "application_entitlement"),
        ("/api/v1/usage/events", "usage_events"),
    ],
)
def test_what_is_asked_often_is_found_where_every_address_is(address: str, name: str) -> None:
    by_all = resolve(address, settings.ROOT_URLCONF)

    assert by_all.url_name == name
    assert name in [each.name for each in often]
    assert asked(address) == (by_all.func, by_all.kwargs)
    assert address.startswith(PROGRAMS)
