"""What a CRM Suite plan includes is in licence files, and brings them by mail."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import CrmSuitePlan, OutgoingMail, TenantState
from subscriptions.licence_files import operations
from subscriptions.licence_files.models import LicenceFile
from subscriptions.licence_files.queries import waiting_for_a_file
from subscriptions.operations import plans
from tests.factories.customers import TenantFactory
from tests.factories.shop import include_in
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Organisation, Person, Tenant

HOUR = dt.timedelta(hours=1)
EARLY = NOON - dt.timedelta(days=5)  # long before a file of that day warns


def put_on(tenant: Tenant, plan: CrmSuitePlan | None, by: Person, at: dt.datetime) -> None:
    plans.change_suite_plan(tenant, plan, by=by, at=at)


def letters() -> int:
    return OutgoingMail.objects.filter(subject__icontains="licence file").count()


def test_on_premise_the_first_file_comes_with_the_plan(
    customer: Organisation, owner: Person
) -> None:
    tenant = TenantFactory(organisation=customer, on_premise=True, crm_suite_starter=True)
    assert operations.follow_up_due(at=EARLY) == 0

    put_on(tenant, CrmSuitePlan.CORE, owner, EARLY)

    assert operations.follow_up_due(at=EARLY) == 1
    assert operations.follow_up_due(at=EARLY + HOUR) == 0
    assert LicenceFile.objects.present().get().tenant == tenant
    assert letters() == 1


def test_a_deleted_tenant_waits_for_no_file_though_it_keeps_its_plan(
    customer: Organisation,
) -> None:
    TenantFactory(
        organisation=customer, on_premise=True, crm_suite_core=True, state=TenantState.DELETED
    )

    assert waiting_for_a_file(EARLY) == []


@pytest.mark.parametrize("on_premise", [True, False], ids=["on-premise", "online"])
def test_another_plan_overtakes_the_file(
    customer: Organisation, owner: Person, on_premise: bool
) -> None:
    tenant = TenantFactory(organisation=customer, on_premise=on_premise, crm_suite_core=True)
    operations.issue(tenant, by=owner, at=EARLY)
    assert operations.follow_up_due(at=EARLY) == 0

    put_on(tenant, CrmSuitePlan.GROWTH, owner, EARLY + HOUR)

    assert operations.follow_up_due(at=EARLY + HOUR) == 1
    assert operations.follow_up_due(at=EARLY + 2 * HOUR) == 0
    assert LicenceFile.objects.present().get().number == 2


def test_a_plan_that_includes_nothing_overtakes_nothing(
    customer: Organisation, owner: Person
) -> None:
    tenant = TenantFactory(organisation=customer, on_premise=True, crm_suite_core=True)
    operations.issue(tenant, by=owner, at=EARLY)

    put_on(tenant, CrmSuitePlan.STARTER, owner, EARLY + HOUR)
    assert operations.follow_up_due(at=EARLY + HOUR) == 0

    include_in(["starter"])
    put_on(tenant, None, owner, EARLY + 2 * HOUR)
    assert operations.follow_up_due(at=EARLY + 2 * HOUR) == 0
