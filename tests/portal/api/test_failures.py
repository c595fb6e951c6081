"""When it is the portal that fails, a program gets problem details and not a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from customers import clock
from customers.prepared import PlanOutOfDate
from portal.api.v1.plain_oauth import FORM

DOORS = [
    ("get", "/api/v1/tenants"),
    ("post", "/api/v1/usage/events"),
    ("get", "/api/v1/tenants/Cust12345/entitlements"),
    ("post", "/api/oauth/introspect"),
    ("get", "/api/oauth/application"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "address"), DOORS, ids=[address for _, address in DOORS])
@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (OperationalError("connection refused"), 503, "service_unavailable"),
        (InterfaceError("connection already closed"), 503, "service_unavailable"),
        (PlanOutOfDate("cached plan must not change"), 503, "service_unavailable"),
        (ZeroDivisionError(), 500, "internal_server_error"),
    ],
    ids=["unreachable", "cut off", "in the middle of a migration", "a mistake"],
)
def test_every_door_says_so_in_its_own_language(
    method: str,
    address: str,
    failure: Exception,
    status: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> Any:
        raise failure

    monkeypatch.setattr(clock, "now", fail)  # each door looks who is there at this instant

    response = getattr(Client(), method)(address, headers={"authorization": "Bearer exo_anyone"})

    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert ("Retry-After" in response.headers) == (status == 503)
    assert str(failure) not in response.json()["detail"] or not str(failure)


@pytest.mark.django_db
def test_what_cannot_be_read_is_not_our_failure() -> None:
    fields = "&".join(["a=1"] * 2000)

    response = Client().post("/api/oauth/token", fields, content_type=FORM)

    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/api/oauth/token", "/api/oauth/introspect", "/api/oauth/revoke"]
)
@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("multipart/form-data", id="no boundary"),
        pytest.param("multipart/form-data; boundary=é", id="a boundary of other letters"),
    ],
)
def test_nor_is_a_form_of_parts_that_cannot_be_read(address: str, content_type: str) -> None:
    response = Client().generic("POST", address, b"token=x", content_type=content_type)

    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


UTF_7 = "multipart/form-data; boundary=x; charset=utf-7"
ADDRESSES = ["/api/oauth/token", "/api/oauth/introspect", "/api/oauth/revoke", "/accounts/login/"]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_is_read_as_utf_8_whatever_it_says(address: str) -> None:
    names = ["client_id", "client_secret", "token", "login", "password"]
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n+2AA-\r\n' for name in names
    ]  # in UTF-7 half of a character, which no row holds

    response = Client().generic("POST", address, "".join([*parts, "--x--\r\n"]), UTF_7)

    assert response.status_code in {200, 401}
