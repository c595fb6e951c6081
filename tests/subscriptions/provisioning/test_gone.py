"""A tenant that was deleted has nothing any more, and the platform is told so while it listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import TenantState
from subscriptions.licence_files.operations import NothingToLicense, issue
from subscriptions.operations import orders
from subscriptions.operations.tenants import change_state
from subscriptions.provisioning.models import Fact, Feed
from subscriptions.provisioning.wanted import wanted_by
from tests.factories.customers import TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM
from tests.subscriptions.conftest import NOON
from tests.subscriptions.provisioning.test_delivery import DAY, deliver, seen_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Person, Tenant
    from portal.operation_center.server import OperationCenter

LICENCES = [f"licence:{DEVELOPMENT_TOOLS}", f"licence:{SCIM}"]


@pytest.fixture
def on_core(customer: Organisation, owner: Person) -> Tenant:
    """What it may use comes with its plan, and with its organisation."""
    tenant: Tenant = TenantFactory(organisation=customer, crm_suite_core=True)
    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)
    return tenant


def delete(tenant: Tenant) -> None:
    change_state(tenant, TenantState.DELETED, by=PLATFORM, at=NOON)
    tenant.refresh_from_db()


def test_it_has_no_licence_and_gets_no_file(on_core: Tenant, owner: Person) -> None:
    delete(on_core)

    assert wanted_by([on_core], NOON)[on_core.pk].keys() == {"settings"}
    revoked = Fact.objects.of(on_core).filter(type="licence.revoked").order_by("sequence")
    assert list(revoked.values_list("subject", flat=True)) == LICENCES
    with pytest.raises(NothingToLicense):
        issue(on_core, by=owner, at=NOON)


def test_a_platform_that_knows_it_is_told(
    operation_center: OperationCenter, known: Callable[..., None], on_core: Tenant
) -> None:
    known(on_core)
    delete(on_core)

    deliver()

    found = operation_center.kept.tenant(on_core.environment, on_core.identifier)
    assert found is not None
    assert list(found.holds) == ["settings"]


def test_one_that_does_not_know_it_any_more_ends_its_feed(
    operation_center: OperationCenter, on_core: Tenant
) -> None:
    assert deliver() == 0
    feed = Feed.objects.get(pk=on_core.pk)
    assert (feed.trouble, feed.detail) == (Feed.Trouble.REFUSED, "unknown tenant")
    delete(on_core)

    deliver(NOON + DAY)

    feed.refresh_from_db()
    assert (feed.failures, feed.trouble) == (0, "")
    theirs = Fact.objects.of(on_core)
    assert set(theirs.values_list("is_waiting", "replaced_at")) == {(False, NOON + DAY)}
    assert seen_by(operation_center, on_core) == []


def test_a_tenant_that_is_there_goes_on_waiting(
    operation_center: OperationCenter, on_core: Tenant
) -> None:
    deliver()

    assert Fact.objects.of(on_core).waiting().exists()
    assert Feed.objects.get(pk=on_core.pk).trouble == Feed.Trouble.REFUSED
