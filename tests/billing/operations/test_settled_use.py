"""A month whose use is billed stays billed, whatever a later catalogue says of the service."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from billing.models import InvoiceLine
from billing.operations import runs
from catalog.loading import load_catalogue
from catalog.validating import SEED
from customers.models import Tenant
from tests.catalog.conftest import edit
from tests.factories.billing import local, subscriber
from tests.factories.metering import NOON, event, platform_credential, report

if TYPE_CHECKING:
    from pathlib import Path

FIRST_OF_DECEMBER = local("2026-12-01", "00:05")
FIRST_OF_JANUARY = local("2027-01-01", "00:05")


@pytest.fixture
def used(db: None) -> Tenant:
    """Calls of November, billed, of a customer that has no Databridge."""
    load_catalogue(on=NOON.date())
    _customer, subscription = subscriber(local("2026-11-03"), street="Damrak 1", city="Amsterdam")
    assert subscription.tenant
    tenant = Tenant.objects.get(pk=subscription.tenant.pk)
    answer = report(event(tenant.identifier, quantity=50_000), by=platform_credential())
    assert answer.accepted == 1
    runs.run_due(at=FIRST_OF_DECEMBER)
    return tenant


@pytest.mark.parametrize(
    "now",
    [
        pytest.param("scope: organisation", id="scope"),
        pytest.param("scope: tenant\nprerequisites: [databridge]", id="prerequisites"),
    ],
)
def test_another_way_of_charging_is_refused_and_charges_nothing(
    used: Tenant, tmp_path: Path, now: str
) -> None:
    later = shutil.copytree(SEED, tmp_path / "later")
    edit(later, "api-usage.yaml", "scope: tenant", now)

    with pytest.raises(CommandError, match="api-usage was used, and months that are settled"):
        call_command("load_catalogue", later, skip_checks=True)
    runs.run_due(at=FIRST_OF_JANUARY)

    [line] = InvoiceLine.objects.filter(why__isnull=False)
    assert (line.tenant, line.quantity) == (used, 50_000)
