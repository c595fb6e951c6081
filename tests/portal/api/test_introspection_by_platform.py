"""The platform asks about any token with a credential of its own; an application never does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from billing.metering.models import ApiCredential
from billing.metering.operations import credentials as platform
from tests.factories.customers import (
    PersonFactory,
)
from tests.fixtures.contract import require_answer
from tests.portal.api.oauth_world import (
    INTROSPECT,
    World,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_the_platform_asks_about_any_token_and_an_application_key_about_none(
    world: World,
) -> None:
    value = world.token()
    staff = PersonFactory(staff=True)
    key = platform.issue_for_platform(
        name="Operation Center",
        scope=ApiCredential.Scope.TOKENS_INTROSPECT,
        by=staff,
        at=world.at,
    )
    of_usage = platform.issue_for_platform(name="Usage", by=staff, at=world.at)
    theirs = platform.issue_for_application(
        world.application, name="Usage", reference="x", by=staff, at=world.at
    )

    def introspect(secret: str, expected: int = 200) -> Any:
        client = Client(headers={"authorization": f"Bearer {secret}"})
        response = client.post(reverse(INTROSPECT), {"token": value})
        assert response.status_code == expected
        require_answer(response.json(), "/api/oauth/introspect", "post", expected)
        if expected == 401:
            assert response["WWW-Authenticate"] == 'Bearer error="invalid_token"'
        return response.json()

    said = introspect(key.secret)
    assert (said["active"], said["application"]) == (True, world.application.pk)
    introspect(of_usage.secret, 403)
    introspect("exs_nobodys", 401)
    introspect(theirs.secret, 403)
    introspect("made-up", 401)
    introspect(value, 401)  # the application's own token opens nothing here
    world.cancel_now()
    assert introspect(key.secret) == {"active": False}


def test_no_application_gets_a_credential_that_asks_about_tokens(world: World) -> None:
    with pytest.raises(IntegrityError, match="only_the_platform_introspects"):
        platform.issue_for_application(
            world.application,
            name="Curious",
            reference="x",
            scope=ApiCredential.Scope.TOKENS_INTROSPECT,
            by=PersonFactory(staff=True),
            at=world.at,
        )
