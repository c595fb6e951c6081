"""Staff who save what they opened before a colleague, or the platform, changed it are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from billing.metering.models import MeterPolicy
from billing.metering.operations import policies as meter_policies
from billing.models import BillingPolicy
from billing.operations.policies import set_policy as set_billing_policy
from billing.policies import policy_of
from customers import clock
from customers.actors import PLATFORM
from customers.models import (
    CrmSuitePlan,
    Duty,
    History,
    Organisation,
    Person,
    StaffChange,
    UserPlan,
)
from customers.operations import staff
from customers.operations.organisations import change_billing_details
from customers.operations.tenants import change_user_plans
from portal.backoffice.forms_customers import BillingDetailsForm
from subscriptions.operations import plans
from tests.factories.catalog import SellerFactory
from tests.factories.customers import PersonFactory
from tests.factories.metering import MeterFactory

if TYPE_CHECKING:
    from django.test import Client

    from customers.models import Tenant

pytestmark = pytest.mark.django_db

TOLD = "Somebody has changed it meanwhile"


def typed(client: Client, page: str, **changed: Any) -> dict[str, Any]:
    """The form as the page fills it in, and what somebody types over it."""
    shown = client.get(page)
    values = {bound.name: bound.value() for bound in shown.context["form"]}
    filled = {name: value for name, value in values.items() if value is not None}
    return {**filled, "seen": shown.context["seen"], **changed}


def test_billing_details_that_a_colleague_corrected(
    client: Client, billing: Person, customer: Organisation
) -> None:
    client.force_login(billing)
    page = reverse("backoffice:change_billing_details", args=[customer.pk])
    mine = typed(client, page, city="Utrecht")
    theirs = BillingDetailsForm(BillingDetailsForm.shown(customer) | {"street": "Nieuwstraat 2"})
    assert theirs.is_valid()
    change_billing_details(customer, theirs.details, by=PersonFactory(), at=clock.now())

    told = client.post(page, mine)

    html = told.content.decode()
    assert (told.status_code, TOLD in html, 'value="Utrecht"' in html) == (409, True, True)
    assert told.context["now"] == [
        ("Street and number", "Nieuwstraat 2"),
        ("City", customer.city or "–"),
    ]
    customer.refresh_from_db()
    assert customer.street == "Nieuwstraat 2"

    saved = client.post(page, {**mine, "seen": told.context["seen"]})

    assert saved.status_code == 302
    customer.refresh_from_db()
    assert customer.city == "Utrecht"


def test_a_duty_that_was_withdrawn_stays_withdrawn(client: Client) -> None:
    manager = PersonFactory(staff=True, duties=[Duty.STAFF_MANAGER])
    colleague = PersonFactory(staff=True, duties=[Duty.BILLING, Duty.OPERATIONS])
    client.force_login(manager)
    page = reverse("backoffice:colleague", args=[colleague.pk])
    mine = typed(client, page, duties=["sales", "billing", "operations"])
    staff.change_duties(colleague, [Duty.OPERATIONS], by=PersonFactory(), at=clock.now())

    told = client.post(page, mine)

    assert (told.status_code, TOLD in told.content.decode()) == (409, True)
    assert told.context["now"] == [("Duties", "Operations")]
    colleague.refresh_from_db()
    assert colleague.duties == [Duty.OPERATIONS]
    assert StaffChange.objects.filter(person=colleague).count() == 1

    assert client.post(page, {**mine, "seen": told.context["seen"]}).status_code == 302
    colleague.refresh_from_db()
    assert set(colleague.duties) == {Duty.SALES, Duty.BILLING, Duty.OPERATIONS}


def test_a_plan_that_the_platform_told_meanwhile(
    client: Client, operations: Person, tenant: Tenant
) -> None:
    client.force_login(operations)
    page = reverse("backoffice:correct_tenant", args=[tenant.pk])
    mine = typed(client, page, crm_version="10.4.1", reason="As their order says")
    plans.change_suite_plan(tenant, CrmSuitePlan.CORE, by=PLATFORM, at=clock.now())
    rows = History.objects.count()

    told = client.post(page, mine)

    assert (told.status_code, TOLD in told.content.decode()) == (409, True)
    assert ("CRM Suite plan", CrmSuitePlan.CORE.label) in told.context["now"]
    tenant.refresh_from_db()
    assert (tenant.crm_suite_plan, tenant.crm_version) == ("core", "10.3")
    assert History.objects.count() == rows


def test_users_that_the_platform_told_meanwhile(
    client: Client, operations: Person, tenant: Tenant
) -> None:
    client.force_login(operations)
    page = reverse("backoffice:change_users", args=[tenant.pk])
    mine = typed(client, page, **{"users_sales-premium": 3})
    change_user_plans(tenant, {UserPlan.COMPLETE: 12}, by=PLATFORM, at=clock.now())

    told = client.post(page, mine)

    assert (told.status_code, TOLD in told.content.decode()) == (409, True)
    assert ("Users of " + UserPlan.COMPLETE.label, "12") in told.context["now"]
    assert [(row.plan, row.users) for row in tenant.user_plans.all()] == [("complete", 12)]


def test_who_clicks_twice_is_told_once_that_it_is_done(
    client: Client, billing: Person, operations: Person, customer: Organisation, tenant: Tenant
) -> None:
    """The second click carries the mark of what was there before the first."""
    client.force_login(billing)
    details = reverse("backoffice:change_billing_details", args=[customer.pk])
    billed = typed(client, details, city="Utrecht")
    assert [client.post(details, billed).status_code for _click in range(2)] == [302, 302]

    client.force_login(operations)
    correct = reverse("backoffice:correct_tenant", args=[tenant.pk])
    known = typed(client, correct, crm_version="10.4.1", reason="They said so")
    assert [client.post(correct, known).status_code for _click in range(2)] == [302, 302]


def test_how_a_seller_s_runs_go_by_a_colleague_s_change(client: Client, billing: Person) -> None:
    seller = SellerFactory()
    client.force_login(billing)
    page = reverse("backoffice:billing_policy", args=[seller.code])
    mine = typed(client, page, most_lines=40, reason="Small customers")
    set_billing_policy(
        seller,
        needs_approval=True,
        bounds=policy_of(seller).bounds,
        reason="First months",
        by=PersonFactory(),
        at=clock.now(),
    )

    told = client.post(page, mine)

    html = told.content.decode()
    assert (told.status_code, TOLD in html, "First months" in html) == (409, True, True)
    assert BillingPolicy.objects.get().needs_approval

    assert client.post(page, {**mine, "seen": told.context["seen"]}).status_code == 302
    assert BillingPolicy.objects.latest("pk").most_lines == 40


def test_how_events_are_treated_by_a_colleague_s_decision(client: Client, billing: Person) -> None:
    meter = MeterFactory()
    client.force_login(billing)
    page = reverse("backoffice:meter", args=[meter.code])
    mine = typed(client, page, max_age_days=31, detail_months=13, reason="As agreed")
    meter_policies.decide(
        meter,
        accepts_late=False,
        max_age_days=20,
        detail_months=2,
        reason="Less to keep",
        by=PersonFactory(),
        at=clock.now(),
    )

    told = client.post(page, mine)

    html = told.content.decode()
    assert (told.status_code, TOLD in html, "Less to keep" in html) == (409, True, True)
    assert MeterPolicy.objects.get().max_age_days == 20

    assert client.post(page, {**mine, "seen": told.context["seen"]}).status_code == 302
    assert MeterPolicy.objects.latest("pk").max_age_days == 31
