"""What stands in the way of an application on offer: refused, and nothing has happened."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from customers.models import (
    Environment,
    History,
    Person,
    Tenant,
    TenantState,
)
from subscriptions.applications import operations, self_service
from subscriptions.applications.approvers import OnBothSides
from subscriptions.applications.blocking import block
from subscriptions.applications.models import (
    Application,
    AuthorisationStatus,
    Publication,
    Scope,
)
from subscriptions.operations import orders
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import (
    MembershipFactory,
    PersonFactory,
    TenantFactory,
)
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    cancel_as_read,
)
from tests.subscriptions.applications.letting_in import approved, nothing_happened
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation
    from customers.refusals import Refusal

IN_SOD, ON_PREMISE = {"environment": Environment.SOD}, {"on_premise": True}
SOON, LATER = NOON + dt.timedelta(minutes=1), NOON + dt.timedelta(hours=1)


def suspend(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(state=TenantState.SUSPENDED)


def delete(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(state=TenantState.DELETED)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        pytest.param(suspend, self_service.TenantNotRunning, id="suspended"),
        pytest.param(delete, operations.TenantIsGone, id="deleted"),
    ],
)
def test_of_a_tenant_that_stopped_since_the_page_was_shown(
    planner: Application,
    tenant: Tenant,
    owner: Person,
    spoil: Callable[[Tenant], None],
    refusal: type[Refusal],
) -> None:
    spoil(tenant)

    with pytest.raises(refusal):
        approved(planner, tenant, owner)

    assert nothing_happened()


@pytest.mark.parametrize("status", ["rejected", "replaced"])
def test_withdrawn_since_the_page_was_shown(
    planner: Application, tenant: Tenant, owner: Person, status: str
) -> None:
    Publication.objects.filter(application=planner).update(status=status)

    with pytest.raises(self_service.NotOnOffer):
        approved(planner, tenant, owner)

    assert nothing_happened()


@pytest.mark.parametrize(
    ("application", "there", "refusal"),
    [
        pytest.param({}, IN_SOD, self_service.NotOnOffer, id="custom"),
        pytest.param(
            {"standard": True, "version__environments": [Environment.SOD]},
            IN_SOD,
            self_service.NotOnOffer,
            id="published in SOD alone",
        ),
        pytest.param(
            {"standard": True, "version__environments": [Environment.PRODUCTION]},
            IN_SOD,
            operations.NotPublished,
            id="not published in the environment of the tenant",
        ),
        pytest.param(
            {"standard": True, "version__deployments": ["online"]},
            ON_PREMISE,
            operations.WorksElsewhere,
            id="not for this deployment",
        ),
        pytest.param(
            {"standard": True},
            ON_PREMISE,
            self_service.LicenceMissing,
            id="without the licence that it needs",
        ),
    ],
)
def test_where_it_is_not_to_be_had(
    customer: Organisation,
    owner: Person,
    application: dict[str, Any],
    there: dict[str, Any],
    refusal: type[Refusal],
) -> None:
    tenant = TenantFactory(organisation=customer, **there)

    with pytest.raises(refusal):
        approved(ApplicationFactory(**application), tenant, owner)

    assert nothing_happened()


def test_what_waits_for_its_licence_comes_back_by_itself(
    planner: Application, on_premise: Tenant, owner: Person
) -> None:
    subscription = orders.subscribe(
        on_premise.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=on_premise,
        by=owner,
        at=NOON,
    )
    authorisation = approved(planner, on_premise, owner, SOON)
    cancel_as_read(subscription, CancelWhen.NOW, at=LATER)

    with pytest.raises(self_service.LicenceMissing):
        approved(planner, on_premise, owner, LATER)

    authorisation.refresh_from_db()
    assert authorisation.status == AuthorisationStatus.DEACTIVATED


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("active", self_service.LetInAlready),
        ("requested", self_service.AskedAlready),
        ("needs_reapproval", self_service.AskedAlready),
    ],
)
def test_let_in_or_asked_already(
    planner: Application,
    tenant: Tenant,
    owner: Person,
    status: str,
    refusal: type[Refusal],
) -> None:
    before = AuthorisationFactory(
        application=planner,
        tenant=tenant,
        status=status,
        confirmed_by=PersonFactory(),
        confirmed_at=NOON,
    )

    with pytest.raises(refusal):
        approved(planner, tenant, owner)

    before.refresh_from_db()
    assert before.status == status
    assert not History.objects.about(before).exists()


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        pytest.param(
            {"read": [Scope.CRM_READ]}, operations.CapabilitiesChanged, id="another version"
        ),
        pytest.param({"valid_until": NOON}, operations.OverAlready, id="a day that is over"),
    ],
)
def test_a_yes_to_what_is_not_so(
    planner: Application,
    tenant: Tenant,
    owner: Person,
    said: dict[str, Any],
    refusal: type[Refusal],
) -> None:
    with pytest.raises(refusal):
        approved(planner, tenant, owner, **said)

    assert nothing_happened()


def test_blocked_since_the_page_was_shown(
    planner: Application, tenant: Tenant, owner: Person, app_manager: Person
) -> None:
    block(planner, reason="It lost data", by=app_manager, at=NOON)

    with pytest.raises(self_service.NotOnOffer):
        approved(planner, tenant, owner)

    assert nothing_happened()


def test_an_owner_who_works_for_its_maker_as_well(
    planner: Application, tenant: Tenant, owner: Person
) -> None:
    MembershipFactory(organisation=planner.owner, person=owner)

    with pytest.raises(OnBothSides):
        approved(planner, tenant, owner)

    assert nothing_happened()
