"""Problems speak the language that a program asks for, at every door; OAuth's errors English."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import translation

from customers import clock

pytestmark = pytest.mark.django_db

REFUSED = {
    "/api/v1/tenants": 401,
    "/api/v1/usage/events": 401,
    "/api/v1/tenants/Cust12345/entitlements": 401,
    "/api/oauth/application": 401,
    "/api/platform/events": 401,
    "/api/v1/nothing": 404,
    "/api/nothing": 404,
}


@pytest.fixture(autouse=True)
def _somebody_asked_in_dutch_before() -> None:
    """A page leaves its language active in the thread."""
    translation.activate("nl")


def ask(address: str, language: str = "") -> Any:
    headers = {"accept-language": language} if language else {}
    return Client().post(address, headers=headers)


@pytest.mark.parametrize(("address", "status"), REFUSED.items(), ids=REFUSED)
def test_a_refusal_is_in_the_language_that_is_asked_for(address: str, status: int) -> None:
    english, dutch = ask(address), ask(address, "nl, en;q=0.5")
    another = ask(address, "xx")

    assert {each.status_code for each in (english, dutch, another)} == {status}
    assert english.json()["detail"] == another.json()["detail"] != dutch.json()["detail"]
    assert [each.headers["Content-Language"] for each in (english, dutch)] == ["en", "nl"]
    assert english.json()["title"] == dutch.json()["title"]


@pytest.mark.parametrize("address", ["/api/v1/usage/events", "/api/oauth/introspect"])
def test_so_is_that_it_is_we_who_fail(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr(clock, "now", fail)
    headers = {"authorization": "Bearer exs_anyone"}

    said = [
        Client().post(address, headers=headers | more).json()["detail"]
        for more in ({}, {"accept-language": "nl"})
    ]

    assert said[0].startswith("The portal cannot work")
    assert said[1].startswith("Het portaal")


def test_an_error_of_oauth_is_english_as_its_standard_has_it() -> None:
    response = ask("/api/oauth/token", "nl")

    assert response.json() == {
        "error": "invalid_client",
        "error_description": "Unknown client or secret.",
    }
