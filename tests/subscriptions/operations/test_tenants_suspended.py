"""Who answers for a tenant hears that the platform suspended it, and that it runs again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import OutgoingMail, Role, TenantState
from subscriptions.operations.tenants import change_state
from tests.factories.customers import MembershipFactory, TenantFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Tenant

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def place() -> Tenant:
    """One of an owner who reads Dutch, an administrator who reads English, and others."""
    place: Tenant = TenantFactory(name="Productie", identifier="Cust12345")
    for role, language in (
        (Role.OWNER, "nl"),
        (Role.TENANT_ADMINISTRATOR, "en"),
        (Role.READER, "en"),
        (Role.DEVELOPER, "en"),
    ):
        MembershipFactory(
            organisation=place.organisation,
            role=role,
            person__email=f"{role}@example.com",
            person__language=language,
        )
    MembershipFactory(role=Role.OWNER)
    return place


def told() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("pk").values_list("to", "subject"))


def pass_through(place: Tenant, *states: TenantState) -> None:
    for number, state in enumerate(states):
        change_state(place, state, by=PLATFORM, at=NOON + number * HOUR)


def test_owners_and_tenant_administrators_hear_of_it_and_of_its_end(place: Tenant) -> None:
    pass_through(place, TenantState.SUSPENDED, TenantState.SUSPENDED)
    assert told() == [
        ("owner@example.com", "Productie (Cust12345) is opgeschort"),
        ("tenant_administrator@example.com", "Productie (Cust12345) is suspended"),
    ]
    assert "go on being charged" in OutgoingMail.objects.latest("pk").body

    OutgoingMail.objects.all().delete()
    pass_through(place, TenantState.RUNNING, TenantState.RUNNING)
    assert told() == [
        ("owner@example.com", "Productie (Cust12345) draait weer"),
        ("tenant_administrator@example.com", "Productie (Cust12345) runs again"),
    ]


def test_maintenance_in_between_hides_no_end(place: Tenant) -> None:
    pass_through(place, TenantState.SUSPENDED, TenantState.OFFLINE_MAINTENANCE, TenantState.RUNNING)

    assert [subject for to, subject in told() if to.startswith("tenant")] == [
        "Productie (Cust12345) is suspended",
        "Productie (Cust12345) runs again",
    ]


def test_of_maintenance_alone_nobody_hears(place: Tenant) -> None:
    pass_through(place, TenantState.OFFLINE_MAINTENANCE, TenantState.RUNNING)

    assert told() == []
