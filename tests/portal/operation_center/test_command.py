from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from customers.models import Deployment, Tenant
from portal.demo.customers import create_demo_customers
from portal.demo.demo import DEMO_SANDBOX
from portal.management.commands.operation_center import DEMO_TENANTS


@pytest.mark.django_db
def test_it_starts_with_the_demos_online_tenants() -> None:
    create_demo_customers(at=dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC))

    online = Tenant.objects.filter(deployment=Deployment.ONLINE)
    known = {f"{each.environment}/{each.identifier}" for each in online}
    # The sandbox comes with its order, later in the story.
    assert set(DEMO_TENANTS) == known | {f"production/{DEMO_SANDBOX}"}


def test_without_a_secret_it_does_not_start() -> None:
    with pytest.raises(CommandError, match="OPERATION_CENTER_SECRET"):
        call_command("operation_center")
