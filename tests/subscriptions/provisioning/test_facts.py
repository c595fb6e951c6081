from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import ProgrammingError, transaction

from customers.models import CrmSuitePlan, TenantState
from customers.operations.tenants import change_tenant_state
from subscriptions.applications import operations as applications
from subscriptions.operations import cancellations, endings, orders, suspensions
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.provisioning import facts
from subscriptions.provisioning.delivery import envelope
from subscriptions.provisioning.models import Fact, Told
from subscriptions.provisioning.wanted import wanted_by
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, SCIM
from tests.factories.subscriptions import AuthorisationFactory
from tests.fixtures.contract import require
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Organisation, Person, Tenant
    from subscriptions.applications.models import Authorisation
    from subscriptions.models import Subscription

LATER = NOON + dt.timedelta(hours=1)
LICENCE = f"licence:{DEVELOPMENT_TOOLS}"


@pytest.fixture(autouse=True)
def _every_fact_is_one_of_the_contract(db: None) -> Iterator[None]:
    """Whatever a test here has brought about."""
    yield
    for fact in Fact.objects.with_names():
        require(envelope(fact), "Fact")


def told_of(tenant: Tenant) -> list[tuple[int, str, str]]:
    rows = Fact.objects.of(tenant).order_by("sequence")
    return list(rows.values_list("sequence", "type", "subject"))


def cancel(subscription: Subscription, when: CancelWhen, *, by: Person, at: dt.datetime) -> None:
    found = cancellations.consequences(subscription, when=when, at=at)
    cancellations.cancel(subscription, when=when, confirmed=found.fingerprint, by=by, at=at)


def test_an_order_tells_of_the_licence_in_its_own_transaction(
    subscription: Subscription, tenant: Tenant
) -> None:
    assert told_of(tenant) == [
        (1, "licence.granted", LICENCE),
        (2, "settings.changed", "settings"),
    ]
    granted = Fact.objects.of(tenant).get(sequence=1)
    assert granted.value == {
        "product": DEVELOPMENT_TOOLS,
        "capabilities": ["crmscript", "custom-applications"],
        "until": None,
    }
    assert (granted.at, granted.is_waiting, granted.delivered_at) == (NOON, True, None)


def test_a_life_is_told_as_differences_without_a_gap(
    subscription: Subscription,
    custom_application: Authorisation,
    tenant: Tenant,
    owner: Person,
    app_manager: Person,
) -> None:
    application = f"application:{custom_application.application_id}"
    applications.confirm(custom_application, by=owner, at=NOON)
    applications.grant(custom_application, by=app_manager, at=NOON)
    suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=LATER)
    suspensions.resume(subscription, by=app_manager, at=LATER + dt.timedelta(hours=1))
    cancel(subscription, CancelWhen.NOW, by=owner, at=LATER + dt.timedelta(hours=2))

    assert told_of(tenant)[2:] == [
        (3, "application.activated", application),
        (4, "application.deactivated", application),
        (5, "licence.revoked", LICENCE),
        (6, "application.activated", application),
        (7, "licence.granted", LICENCE),
        (8, "application.deactivated", application),
        (9, "licence.revoked", LICENCE),
    ]
    assert list(Told.objects.values_list("subject", flat=True)) == ["settings"]


def test_a_revoked_application_is_told(
    subscription: Subscription,
    custom_application: Authorisation,
    tenant: Tenant,
    owner: Person,
    app_manager: Person,
) -> None:
    applications.confirm(custom_application, by=owner, at=NOON)
    applications.grant(custom_application, by=app_manager, at=NOON)
    applications.revoke(custom_application, reason="No more", by=owner, at=LATER)

    assert told_of(tenant)[-1][1] == "application.deactivated"


def test_a_planned_end_is_told_and_taken_back(
    subscription: Subscription, tenant: Tenant, owner: Person
) -> None:
    cancel(subscription, CancelWhen.MONTH_END, by=owner, at=LATER)
    planned = Fact.objects.of(tenant).get(sequence=3)
    cancellations.withdraw_cancellation(subscription, by=owner, at=LATER)

    assert planned.type == "licence.changed"
    taken_back = Fact.objects.of(tenant).get(sequence=4)
    assert [fact.value and fact.value["until"] for fact in (planned, taken_back)] == [
        "2026-11-30T23:00:00+00:00",
        None,
    ]


def test_an_end_that_time_alone_brings_is_told_by_the_tick(
    subscription: Subscription, tenant: Tenant, owner: Person
) -> None:
    cancel(subscription, CancelWhen.MONTH_END, by=owner, at=LATER)
    subscription.refresh_from_db()
    end = subscription.ends_at
    assert end is not None

    before = facts.tell_what_time_has_changed(now=lambda: end - dt.timedelta(seconds=1))
    at_the_end = facts.tell_what_time_has_changed(now=lambda: end)
    again = facts.tell_what_time_has_changed(now=lambda: end)
    endings.end_due(at=end)

    assert (before, at_the_end, again) == (0, 1, 0)
    assert told_of(tenant)[3:] == [(4, "licence.revoked", LICENCE)]


def test_what_an_operation_forgot_to_tell_is_found_by_the_hour(tenant: Tenant) -> None:
    facts.tell_everybody(now=lambda: NOON)
    tenant.commercial_model, tenant.crm_suite_plan = "crm_suite", CrmSuitePlan.CORE
    tenant.save()

    assert facts.tell_everybody(now=lambda: LATER) == 2
    assert told_of(tenant) == [
        (1, "settings.changed", "settings"),
        (2, "licence.granted", LICENCE),
        (3, "settings.changed", "settings"),
    ]


def test_a_licence_of_the_organisation_is_told_for_each_of_its_online_tenants(
    customer: Organisation, tenant: Tenant, on_premise: Tenant, owner: Person
) -> None:
    sandbox = TenantFactory(organisation=customer, sandbox=True, source=tenant)

    orders.subscribe(customer, product_code=SCIM, by=owner, at=NOON)

    granted = Fact.objects.filter(type="licence.granted", subject=f"licence:{SCIM}")
    assert {fact.tenant_id for fact in granted} == {tenant.pk, sandbox.pk}
    assert not Fact.objects.of(on_premise).exists()


def test_a_suspended_tenant_keeps_its_licence_and_loses_its_applications(
    subscription: Subscription, tenant: Tenant
) -> None:
    AuthorisationFactory(tenant=tenant, active=True)
    facts.tell_everybody(now=lambda: NOON)

    change_tenant_state(tenant, TenantState.SUSPENDED, by=PersonFactory(staff=True), at=LATER)
    facts.tell_everybody(now=lambda: LATER)

    assert [row[1] for row in told_of(tenant)[2:]] == [
        "application.activated",
        "application.deactivated",
    ]


def test_of_an_operation_that_fails_nothing_is_told(
    subscription: Subscription, tenant: Tenant, app_manager: Person
) -> None:
    with transaction.atomic():
        suspensions.suspend(subscription, reason="Unpaid", by=app_manager, at=LATER)
        transaction.set_rollback(True)

    assert len(told_of(tenant)) == 2
    assert Told.objects.filter(subject=LICENCE).exists()


def test_saying_it_anew_has_a_number_of_its_own(subscription: Subscription, tenant: Tenant) -> None:
    written = facts.tell_anew(tenant.pk, [LICENCE, "application:1"], at=LATER)

    assert [(fact.sequence, fact.subject, fact.value is None) for fact in written] == [
        (3, "application:1", True),
        (4, LICENCE, False),
    ]
    assert facts.tell_everybody(now=lambda: LATER) == 0


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"value": {"product": "other"}}, id="value"),
        pytest.param({"sequence": 7}, id="number"),
        pytest.param({"at": LATER}, id="at"),
    ],
)
def test_the_database_refuses_to_change_what_was_said(
    subscription: Subscription, change: dict[str, object]
) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        Fact.objects.filter(sequence=1).update(**change)


def test_many_tenants_take_a_constant_number_of_queries(
    shop: None, django_assert_max_num_queries: object
) -> None:
    tenants = [TenantFactory(organisation=OrganisationFactory()) for _each in range(5)]
    for tenant in tenants:
        AuthorisationFactory(tenant=tenant, active=True)

    with django_assert_max_num_queries(16), transaction.atomic():  # type: ignore[operator]
        facts.tell([tenant.pk for tenant in tenants], at=NOON)

    assert Fact.objects.count() == 5
    assert len(wanted_by(tenants, NOON)) == 5
