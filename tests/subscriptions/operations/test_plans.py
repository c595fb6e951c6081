"""A catalogue that changes what a CRM Suite plan includes: applications follow, and only those."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import History, OutgoingMail, Person
from subscriptions.applications import deactivation
from subscriptions.applications.availability import availabilities, verdict_on
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.applications.verdicts import Obstacle
from subscriptions.operations import orders, plans, suspensions
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS, include_in
from tests.factories.subscriptions import AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from customers.models import Organisation, Tenant

pytestmark = pytest.mark.usefixtures("shop")

HOUR = dt.timedelta(hours=1)
ALL = ["core", "growth", "plus", "super"]
WITHOUT_CORE = ["growth", "plus", "super"]


@pytest.fixture
def on_core(customer: Organisation) -> Tenant:
    return TenantFactory(organisation=customer, name="Production", crm_suite_core=True)


@pytest.fixture
def let_in(on_core: Tenant) -> Authorisation:
    return AuthorisationFactory(
        active=True, tenant=on_core, application__name="Webshop sync", confirmed_at=NOON
    )


def letters() -> dict[str, set[str]]:
    """Subjects by who got them."""
    found: dict[str, set[str]] = {}
    for to, subject in OutgoingMail.objects.values_list("to", "subject"):
        found.setdefault(to, set()).add(subject)
    return found


def test_it_stops_with_the_plan_and_comes_back_with_it(
    let_in: Authorisation, administrator: Person
) -> None:
    include_in(WITHOUT_CORE)

    assert plans.follow_plans(at=NOON) == 1

    let_in.refresh_from_db()
    assert (let_in.status, let_in.closed_at) == (AuthorisationStatus.DEACTIVATED, NOON)
    stopped = "Webshop sync has stopped on a tenant"
    assert letters() == {administrator.email: {stopped}, "developer@example.com": {stopped}}
    assert let_in.deactivation == Authorisation.Deactivation.PLAN_CHANGED
    assert verdict_on(let_in, NOON).reason == "plan_changed"
    for letter in OutgoingMail.objects.all():
        assert "the CRM Suite plan there no longer includes Development Tools" in letter.body

    include_in(ALL)

    assert plans.follow_plans(at=NOON + HOUR) == 1
    let_in.refresh_from_db()
    assert let_in.status == AuthorisationStatus.ACTIVE
    works = "Webshop sync works on a tenant from now on"
    assert letters() == {
        administrator.email: {stopped, works},
        "developer@example.com": {stopped, works},
    }
    told = {
        letter.to: "ask for new ones" in letter.body
        for letter in OutgoingMail.objects.filter(subject=works)
    }
    assert told == {administrator.email: False, "developer@example.com": True}
    assert list(History.objects.about(let_in).order_by("pk").values_list("verb", flat=True)) == [
        "authorisation.deactivated",
        "authorisation.restored",
    ]


def test_what_is_shut_out_stops_with_the_plan_without_a_letter(on_core: Tenant) -> None:
    shut_out = AuthorisationFactory(
        active=True, tenant=on_core, status=AuthorisationStatus.NEEDS_REAPPROVAL
    )
    include_in(WITHOUT_CORE)

    changed = [plans.follow_plans(at=NOON + hours * HOUR) for hours in (0, 1)]

    shut_out.refresh_from_db()
    assert (shut_out.status, changed) == (AuthorisationStatus.DEACTIVATED, [1, 0])
    assert letters() == {}


def test_too_late_consent_is_asked_for_again(let_in: Authorisation, administrator: Person) -> None:
    include_in(WITHOUT_CORE)
    plans.follow_plans(at=NOON)
    include_in(ALL)

    assert plans.follow_plans(at=NOON + dt.timedelta(days=31)) == 1

    let_in.refresh_from_db()
    assert let_in.status == AuthorisationStatus.REQUESTED
    assert "Webshop sync asks for your consent again" in letters()[administrator.email]


def test_what_fits_costs_four_queries(
    let_in: Authorisation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        assert plans.follow_plans(at=NOON) == 0


def test_what_is_wrong_with_one_tenant_stops_no_other(
    let_in: Authorisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = AuthorisationFactory(active=True, tenant=TenantFactory(crm_suite_core=True))
    real = deactivation.deactivate_unlicensed

    def deactivate_unlicensed(
        tenant: Tenant, **how: object
    ) -> tuple[list[Authorisation], list[Authorisation]]:
        if tenant == let_in.tenant:
            raise ValueError("something in its rows")
        return real(tenant, **how)  # type: ignore[arg-type]

    include_in(WITHOUT_CORE)
    with monkeypatch.context() as patch:
        patch.setattr(plans, "deactivate_unlicensed", deactivate_unlicensed)
        assert plans.follow_plans(at=NOON) == 1

    other.refresh_from_db()
    assert other.status == AuthorisationStatus.DEACTIVATED
    assert plans.follow_plans(at=NOON) == 1


PLACES = {
    "core": {"crm_suite_core": True},
    "core-on-premise": {"crm_suite_core": True, "on_premise": True},
    "core-in-sod": {"crm_suite_core": True, "developer": True},
    "super": {"crm_suite_super": True},
    "modules": {},
}


def tenants_with(held: str, by: Person) -> list[Tenant]:
    """One of each place; with a subscription, in force or suspended, or without."""
    tenants: list[Tenant] = [
        TenantFactory(organisation__dutch=True, **place) for place in PLACES.values()
    ]
    for tenant in tenants if held else []:
        if tenant.environment == "sod":
            continue
        subscription = orders.subscribe(
            tenant.organisation, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=by, at=NOON
        )
        if held == "suspended":
            suspensions.suspend(subscription, reason="Unpaid", by=by, at=NOON)
    return tenants


@pytest.mark.parametrize("held", ["", "in force", "suspended"])
def test_it_stops_just_what_the_rule_forbids_and_no_suspension_explains(held: str) -> None:
    include_in([])
    tenants = tenants_with(held, PersonFactory())
    include_in(ALL)
    let_in = [
        AuthorisationFactory(active=True, tenant=tenant, application__kind=kind)
        for tenant in tenants
        for kind in ("custom", "standard")
    ]
    assert plans.follow_plans(at=NOON + HOUR) == 0

    include_in(WITHOUT_CORE)
    found = availabilities(let_in, NOON + HOUR)
    plans.follow_plans(at=NOON + HOUR)

    forbidden = {
        each.pk
        for each in let_in
        if found[each.pk].obstacle is Obstacle.LICENCE_MISSING and each.tenant.crm_suite_plan
    }
    stopped = Authorisation.objects.filter(status=AuthorisationStatus.DEACTIVATED)
    assert set(stopped.values_list("pk", flat=True)) == (set() if held else forbidden)
    assert bool(forbidden) == (held != "in force")
    assert plans.follow_plans(at=NOON + HOUR) == 0

    include_in(ALL)
    plans.follow_plans(at=NOON + HOUR)
    assert not stopped.exists()
