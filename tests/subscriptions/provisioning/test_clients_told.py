"""The platform knows an application by its client id, and where it may send people back to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers.models import Environment
from subscriptions.applications import credentials, versions
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import Fact
from subscriptions.provisioning.wanted import wanted_by
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.factories.subscriptions import AuthorisationFactory
from tests.fixtures.contract import require
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Person, Tenant
    from subscriptions.applications.credentials import Issued
    from subscriptions.applications.models import Authorisation

HOUR = dt.timedelta(hours=1)
BACK = ["https://planner.example/back"]


@pytest.fixture
def planner(tenant: Tenant) -> Authorisation:
    """A standard application, which needs no licence."""
    return AuthorisationFactory(
        tenant=tenant,
        active=True,
        application__standard=True,
        application__type="web",
        application__version__redirect_uris=BACK,
    )


@pytest.fixture
def maker(planner: Authorisation) -> Person:
    return MembershipFactory(organisation=planner.application.owner).person


def issued(
    planner: Authorisation, maker: Person, environment: str = Environment.PRODUCTION
) -> Issued:
    return credentials.create(planner.application, Environment(environment), by=maker, at=NOON)


def told(planner: Authorisation) -> list[dict[str, Any]]:
    subject = f"application:{planner.application_id}"
    facts = Fact.objects.of(planner.tenant).filter(subject=subject).order_by("sequence")
    values = [fact.value or {} for fact in facts]
    for value in values:
        require(value, "Application")
    return values


def test_it_is_told_when_it_is_made_and_when_it_is_revoked(
    planner: Authorisation, maker: Person
) -> None:
    made = issued(planner, maker).credential
    credentials.revoke(made, by=maker, at=NOON + HOUR)

    known, unknown = told(planner)

    assert (known["client_id"], known["redirect_uris"]) == (made.client_id, BACK)
    assert unknown == {
        "application": planner.application_id,
        "name": planner.application.name,
        "kind": "standard",
        "until": None,
    }


def test_nothing_identifies_with_it_before_any_customer_is_waited_for(
    planner: Authorisation, maker: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = issued(planner, maker)

    def busy(*_concerned: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(credentials, "lock_concerned", busy)
    with pytest.raises(TimeoutError):
        credentials.revoke(made.credential, by=maker, at=NOON + HOUR)

    client_id = made.credential.client_id
    assert credentials.recognise(client_id, made.secret, at=NOON + HOUR) is None
    assert facts.tell_everybody(now=lambda: NOON + HOUR) == 1
    assert "client_id" not in told(planner)[-1]


def test_another_address_is_told_with_the_version_that_has_it(
    planner: Authorisation, maker: Person, app_manager: Person
) -> None:
    issued(planner, maker)
    version = versions.start_next(planner.application, by=maker, at=NOON)
    moved = [f"{BACK[0]}/2"]
    wanted = versions.Settings(redirect_uris=moved, scopes=version.scopes, capabilities=[])
    version = versions.change(version, wanted, note="", by=maker, at=NOON)
    asked = versions.submit(version, Environment.PRODUCTION, by=maker, at=NOON)

    versions.publish(asked, by=app_manager, at=NOON + HOUR)

    assert [value["redirect_uris"] for value in told(planner)] == [BACK, moved]


def test_each_environment_has_its_own(planner: Authorisation, maker: Person) -> None:
    elsewhere = TenantFactory(environment="stage")
    AuthorisationFactory(tenant=elsewhere, application=planner.application, active=True)
    issued(planner, maker)
    there = issued(planner, maker, Environment.STAGE).credential

    value = wanted_by([elsewhere], NOON)[elsewhere.pk][f"application:{planner.application_id}"]

    assert value["client_id"] == there.client_id
    assert len(told(planner)) == 1
