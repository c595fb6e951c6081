"""What was used at all: in which months, and of which meters."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from billing.metering.models import DailyTotal, UsageEvent
from billing.metering.operations import partitions
from billing.metering.queries import meters_used, months_with_usage
from tests.factories.customers import OrganisationFactory, TenantFactory
from tests.factories.metering import MeterFactory, correction, event, report

if TYPE_CHECKING:
    from billing.metering.models import ApiCredential
    from customers.models import Organisation, Tenant

YEARS_LATER = dt.datetime(2029, 2, 1, tzinfo=dt.UTC)


@pytest.fixture
def organisation(tenant: Tenant) -> Organisation:
    found = tenant.organisation
    assert found is not None
    return found


def test_months_are_those_in_which_one_of_its_tenants_used_something(
    platform: ApiCredential, organisation: Organisation
) -> None:
    TenantFactory(organisation=organisation, identifier="Cust2")
    TenantFactory(organisation=organisation, identifier="Cust3")  # used nothing
    TenantFactory(organisation=OrganisationFactory(), identifier="Cust4")
    voided = event("Cust12345", time="2026-10-20T10:00:00Z")
    report(
        event("Cust12345", time="2026-09-30T21:59:00Z"),
        event("Cust12345", time="2026-11-01T10:00:00Z"),
        event("Cust12345", time="2026-11-09T10:00:00Z", application="other"),
        event("Cust2", time="2026-11-17T10:00:00Z"),
        event("Cust4", time="2026-10-17T10:00:00Z"),
        voided,
        by=platform,
    )
    report(correction("Cust12345", voided["id"]), by=platform)

    assert months_with_usage(organisation) == [dt.date(2026, 9, 1), dt.date(2026, 11, 1)]


def test_who_used_nothing_has_no_month(organisation: Organisation) -> None:
    assert months_with_usage(organisation) == []


def test_a_meter_was_used_when_it_ever_counted_something(
    platform: ApiCredential, tenant: Tenant
) -> None:
    MeterFactory(code="api-records")
    partitions.prepare_ahead(at=YEARS_LATER)  # room for events is no event
    assert meters_used() == frozenset()

    report(event("Cust12345"), by=platform)
    assert meters_used() == {"api-calls"}

    partitions.drop_outlived(at=YEARS_LATER)
    assert not UsageEvent.objects.exists()
    assert DailyTotal.objects.exists()
    assert meters_used() == {"api-calls"}
