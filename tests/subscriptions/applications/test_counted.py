"""What the database counts is what `judge` says of each."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING, Any

import pytest

from catalog.loading import load_catalogue
from catalog.queries import current_version
from customers.models import Tenant, TenantState
from subscriptions.applications.counted import asking, working_count
from subscriptions.applications.models import ApplicationKind, AuthorisationStatus
from subscriptions.applications.queries import working_on_tenants
from subscriptions.lifecycle import Status
from subscriptions.models import Subscription, Suspension
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.subscriptions import (
    ApplicationFactory,
    AuthorisationFactory,
    SubscriptionFactory,
)
from tests.kept import kept_until_the_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import DjangoDbBlocker

    from customers.models import Organisation

AT = dt.datetime(2026, 11, 23, 11, 0, tzinfo=dt.UTC)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)

# From when, until when, and how it was suspended, in days from now.
type Days = tuple[int, int | None, tuple[int, int | None] | None]
SUBSCRIBED: dict[str, Days | None] = {
    "": None,
    "live": (-9, None, None),
    "ends later": (-9, 1, None),
    "ends now": (-9, 0, None),
    "starts later": (1, None, None),
    "suspended": (-9, None, (-1, None)),
    "suspended until later": (-9, None, (0, 1)),
    "resumed now": (-9, None, (-1, 0)),
    "suspended later": (-9, None, (1, None)),
}
WHERE: dict[str, dict[str, Any]] = {
    "online": {},
    "stage": {"environment": "stage"},
    "SOD": {"developer": True},
    "on-premise": {"on_premise": True},
    "with a plan": {"commercial_model": "crm_suite", "crm_suite_plan": "growth"},
}


def after(days: int | None) -> dt.datetime | None:
    return None if days is None else AT + days * DAY


def subscribe(
    tenant: Tenant, case: str, code: str = "development-tools", *, for_all: bool = False
) -> None:
    if times := SUBSCRIBED[case]:
        starts, ends, suspended = times
        version = current_version(code)
        subscription = SubscriptionFactory(
            organisation=tenant.organisation,
            tenant=None if for_all else tenant,
            product_version=version,
            price_version=version.product.prices.in_currency("EUR").first(),
            status=Status.ACTIVE,
            starts_at=AT + starts * DAY,
            charged_from=AT.date(),
            ends_at=after(ends),
            cancelled_at=None if ends is None else AT - 2 * DAY,
        )
        if suspended:
            Suspension.objects.create(
                subscription=subscription,
                suspended_at=AT + suspended[0] * DAY,
                resumed_at=after(suspended[1]),
                reason="unpaid",
            )


@pytest.fixture(scope="module")
def catalogue(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with kept_until_the_end(django_db_blocker, lambda: load_catalogue(on=AT.date())):
        yield


@pytest.fixture
def customer(catalogue: None, db: None) -> Organisation:
    return OrganisationFactory(dutch=True)


@pytest.mark.parametrize("where", WHERE)
def test_it_counts_what_may_be_used(customer: Organisation, where: str) -> None:
    applications = [ApplicationFactory(kind=kind) for kind in ApplicationKind]
    somebody = PersonFactory()
    for case, until in itertools.product(SUBSCRIBED, (None, 0)):
        tenant = TenantFactory(organisation=customer, **WHERE[where])
        subscribe(tenant, case)
        for application in applications:
            AuthorisationFactory(
                active=True,
                application=application,
                tenant=tenant,
                requested_by=somebody,
                confirmed_by=somebody,
                granted_by=somebody,
                valid_until=after(until),
            )
    AuthorisationFactory(tenant__organisation=customer)  # nobody agreed to it
    AuthorisationFactory(active=True)  # somebody else's

    for state in (TenantState.RUNNING, TenantState.SUSPENDED, TenantState.DELETED):
        Tenant.objects.of(customer).update(state=state)

        each = working_on_tenants(customer, at=AT)

        assert len(each) == 2 * 2 * len(SUBSCRIBED) + 1
        usable = sum(one.availability.available for one in each)
        assert working_count(customer, at=AT) == usable, state


@pytest.mark.parametrize("where", ["online", "stage", "SOD", "on-premise", "with a plan"])
def test_what_mirrors_counts_with_both_licences(customer: Organisation, where: str) -> None:
    pairs = list(itertools.product(["", "live", "suspended"], repeat=2))
    applications = [ApplicationFactory(kind=kind) for kind in ApplicationKind]
    somebody = PersonFactory()
    for tools, mirroring in pairs:
        tenant = TenantFactory(organisation=customer, **WHERE[where])
        subscribe(tenant, tools)
        subscribe(tenant, mirroring, "database-mirroring")
        for application in applications:
            AuthorisationFactory(
                active=True,
                application=application,
                tenant=tenant,
                requested_by=somebody,
                confirmed_by=somebody,
                granted_by=somebody,
                agreed_capabilities=["mirroring"],
            )

    each = working_on_tenants(customer, at=AT)

    assert len(each) == 2 * len(pairs)
    assert working_count(customer, at=AT) == sum(one.availability.available for one in each)


def test_what_the_whole_organisation_has_counts_for_each(customer: Organisation) -> None:
    served = [AuthorisationFactory(active=True, tenant__organisation=customer) for _ in range(2)]
    before = working_count(customer, at=AT)

    subscribe(served[0].tenant, "live", for_all=True)

    assert (before, working_count(customer, at=AT)) == (0, 2)


def test_what_asks_for_attention_is_counted_and_the_gravest_shown(customer: Organisation) -> None:
    tenant = TenantFactory(organisation=customer)
    cases: dict[str, dict[str, Any]] = {
        "Asks": {},
        "Broader": {"status": AuthorisationStatus.NEEDS_REAPPROVAL},
        "Calm": {"active": True},
        "Denied": {"status": AuthorisationStatus.DENIED, "closed_at": AT},
        "Eager": {"active": True, "agreed_scopes": ["crm:read"]},
        "Further": {"confirmed": True, "agreed_scopes": []},
        "Gone": {
            "active": True,
            "status": AuthorisationStatus.DEACTIVATED,
            "closed_at": AT,
            "deactivation": "ended",
            "agreed_scopes": [],
        },
    }
    cases["Before"] = cases["Gone"] | {"closed_at": AT - 31 * DAY, "restore_until": AT - DAY}
    cases["Agreed once"] = cases["Gone"] | {"valid_until": AT}
    cases["Able"] = cases["Gone"] | {"application__version__capabilities": ["webhooks"]}
    for name, facts in cases.items():
        AuthorisationFactory(tenant=tenant, application__name=name, **facts)

    every = asking(customer, at=AT, most=20)
    few = asking(customer, at=AT, most=3)

    names = [each.authorisation.application.name for each in every.shown]
    over = ["Able", "Agreed once", "Before"]
    assert names == ["Broader", "Asks", "Gone", "Eager", "Further", *over]
    assert (every.total, few.total) == (8, 8)
    assert {each.authorisation.application.name for each in every.shown if each.asks_for_more} == {
        "Gone",
        "Eager",
        "Further",
        *over,
    }
    assert [each.authorisation.application.name for each in few.shown] == names[:3]


@pytest.mark.parametrize(
    ("suspended", "waits"),
    [
        pytest.param("suspended", True, id="suspended before"),
        pytest.param("resumed now", False, id="resumed"),
        pytest.param("live", False, id="never suspended"),
    ],
)
def test_what_was_agreed_to_while_its_licence_was_suspended_waits_for_it(
    customer: Organisation, suspended: str, waits: bool
) -> None:
    """However long that is; what waits is the gravest of what does not work."""
    tenant = TenantFactory(organisation=customer)
    subscribe(tenant, suspended)
    Subscription.objects.filter(suspensions__resumed_at=None, suspensions__isnull=False).update(
        status=Status.SUSPENDED
    )
    agreed = {
        "tenant": tenant,
        "active": True,
        "status": AuthorisationStatus.DEACTIVATED,
        "deactivation": "licence_missing",
        "closed_at": AT - DAY,
        "restore_until": AT - HOUR,
    }
    AuthorisationFactory(application__name="Before", **agreed | {"closed_at": AT - 2 * DAY})
    late = AuthorisationFactory(application__name="Late", **agreed)
    AuthorisationFactory(application__name="Let in", **agreed | {"valid_until": AT})

    found = asking(customer, at=AT, most=9)

    assert found.waiting == ({late.pk} if waits else frozenset())
    names = [each.authorisation.application.name for each in found.shown]
    assert names == (["Late", "Before", "Let in"] if waits else ["Before", "Late", "Let in"])


def order(code: str, tenant: Tenant, *, at: dt.datetime, **then: Any) -> None:
    """Which waits to be confirmed, or what became of it `then`."""
    version = current_version(code)
    SubscriptionFactory(
        organisation=tenant.organisation,
        tenant=tenant,
        product_version=version,
        price_version=version.product.prices.in_currency("EUR").first(),
        requested_at=at,
        **then,
    )


@pytest.mark.parametrize(
    ("ordered", "waits"), [(AT - 2 * DAY, True), (AT - HOUR, False)], ids=["in time", "too late"]
)
def test_what_was_ordered_in_time_waits_for_our_confirmation(
    customer: Organisation, ordered: dt.datetime, waits: bool
) -> None:
    tenant = TenantFactory(organisation=customer)
    order("development-tools", tenant, at=ordered)
    stopped = {
        "tenant": tenant,
        "active": True,
        "status": AuthorisationStatus.DEACTIVATED,
        "deactivation": "ended",
    }
    AuthorisationFactory(
        application__name="Before", **stopped, closed_at=AT - 9 * DAY, restore_until=AT - 3 * DAY
    )
    late = AuthorisationFactory(
        application__name="Late", **stopped, closed_at=AT - 9 * DAY, restore_until=AT - DAY
    )

    found = asking(customer, at=AT, most=9)

    assert found.ordered == ({late.pk} if waits else frozenset())
    names = [each.authorisation.application.name for each in found.shown]
    assert names == (["Late", "Before"] if waits else ["Before", "Late"])


@pytest.mark.parametrize(
    ("mirroring", "tools", "waits"),
    [
        pytest.param("in time", "in time", True, id="both"),
        pytest.param("in time", "", False, id="one alone"),
        pytest.param("in time", "too late", False, id="one too late"),
        pytest.param("in time", "started in time", True, id="one is there again"),
        pytest.param("in time", "started too late", False, id="one came back too late"),
        pytest.param("in time", "never stopped", True, id="one was there all the while"),
    ],
)
def test_of_two_that_are_needed_both_are_ordered_in_time(
    customer: Organisation, mirroring: str, tools: str, waits: bool
) -> None:
    tenant = TenantFactory(organisation=customer)
    days = {"in time": 2, "too late": 0, "started in time": 2, "started too late": 0}
    for code, ordered in (("database-mirroring", mirroring), ("development-tools", tools)):
        if not ordered:
            continue
        requested_at = AT - days.get(ordered, 20) * DAY - HOUR
        waiting = ordered in {"in time", "too late"}
        started = {
            "status": Status.ACTIVE,
            "starts_at": requested_at,
            "charged_from": requested_at.date(),
        }
        order(code, tenant, at=requested_at, **({} if waiting else started))
    stopped = {
        "tenant": tenant,
        "active": True,
        "status": AuthorisationStatus.DEACTIVATED,
        "deactivation": "ended",
        "closed_at": AT - 9 * DAY,
    }
    AuthorisationFactory(application__name="Before", **stopped, restore_until=AT - 3 * DAY)
    late = AuthorisationFactory(
        application__name="Late",
        agreed_capabilities=["mirroring"],
        **stopped,
        restore_until=AT - DAY,
    )

    found = asking(customer, at=AT, most=9)

    assert found.ordered == ({late.pk} if waits else frozenset())
    names = [each.authorisation.application.name for each in found.shown]
    assert names == (["Late", "Before"] if waits else ["Before", "Late"])
