"""The vendor switches an application off everywhere, and on again without new consent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import Duty, History, OutgoingMail
from subscriptions.applications import blocking, operations, scope_consent
from subscriptions.applications.availability import availability, verdict_on
from subscriptions.applications.blocking import ApplicationBlocked
from subscriptions.applications.models import Authorisation, AuthorisationStatus, ContactAddress
from subscriptions.applications.verdicts import Obstacle
from subscriptions.operations import orders, suspensions
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.operations.endings import end_due
from subscriptions.provisioning import facts
from subscriptions.provisioning.models import Fact
from tests.factories.customers import MembershipFactory, PersonFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.factories.subscriptions import ApplicationFactory, AuthorisationFactory, cancel_as_read
from tests.letters import subjects
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from customers.models import Organisation, Person, Tenant
    from subscriptions.models import Subscription

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def authorisation(tenant: Tenant, subscription: Subscription) -> Authorisation:
    return AuthorisationFactory(
        active=True,
        tenant=tenant,
        application__name="Webshop sync",
        application__error_mails=["errors@example.com"],
        application__owner__language="en",
    )


def now(authorisation: Authorisation) -> Authorisation:
    return Authorisation.objects.with_names().get(pk=authorisation.pk)


def facts_of(tenant: Tenant, application_id: int) -> list[str]:
    told = Fact.objects.filter(tenant=tenant, subject=f"application:{application_id}")
    return list(told.order_by("sequence").values_list("type", flat=True))


def test_it_stops_on_every_tenant_and_comes_back_as_it_was(
    authorisation: Authorisation, tenant: Tenant, app_manager: Person, subscription: Subscription
) -> None:
    application = authorisation.application
    facts.tell([tenant.pk], at=NOON)

    blocking.block(application, reason="Leaks data", by=app_manager, at=NOON + HOUR)

    blocked = now(authorisation)
    assert blocked.status == AuthorisationStatus.ACTIVE
    assert availability(blocked, NOON + HOUR).obstacle is Obstacle.BLOCKED
    verdict = verdict_on(blocked, NOON + HOUR)
    assert (verdict.allowed, verdict.code, verdict.reason) == (False, 1, "blocked")
    assert facts_of(tenant, application.pk)[-1] == "application.deactivated"

    blocking.unblock(application, reason="Mended", by=app_manager, at=NOON + 2 * HOUR)

    again = now(authorisation)
    assert verdict_on(again, NOON + 2 * HOUR).allowed
    assert again.told_stopped_at is None
    assert (again.confirmed_at, again.granted_at) == (
        authorisation.confirmed_at,
        authorisation.granted_at,
    )
    assert facts_of(tenant, application.pk)[-1] == "application.activated"


def test_everyone_concerned_reads_why(
    authorisation: Authorisation, owner: Person, app_manager: Person
) -> None:
    developer = MembershipFactory(organisation=authorisation.application.owner, role="owner").person

    blocking.block(authorisation.application, reason="Leaks data", by=app_manager, at=NOON)

    assert subjects(owner.email)[-1] == f"Webshop sync is blocked on {authorisation.tenant.label}"
    for reader in (developer.email, "errors@example.com", "developer@example.com"):
        assert subjects(reader) == ["Webshop sync is blocked"], reader
    assert "Reason: Leaks data" in OutgoingMail.objects.get(to="errors@example.com").body
    said = History.objects.filter(reason="Leaks data").order_by("verb")
    assert [(each.verb, each.organisation, each.actor) for each in said] == [
        ("application.blocked", authorisation.application.owner, app_manager),
        ("authorisation.blocked", authorisation.tenant.organisation, app_manager),
    ]


def test_who_is_named_and_never_agreed_is_not_written_to(
    authorisation: Authorisation, app_manager: Person
) -> None:
    ContactAddress.objects.filter(address="errors@example.com").update(confirmed_at=None)

    blocking.block(authorisation.application, reason="Leaks data", by=app_manager, at=NOON)

    assert subjects("errors@example.com") == []
    assert subjects("developer@example.com") == ["Webshop sync is blocked"]


@pytest.mark.parametrize(
    ("status", "letters"), [("active", 1), ("requested", 0), ("confirmed", 0), ("revoked", 0)]
)
def test_customers_are_written_to_where_it_was_active(
    tenant: Tenant,
    subscription: Subscription,
    owner: Person,
    app_manager: Person,
    status: str,
    letters: int,
) -> None:
    closed_at = NOON if status == "revoked" else None
    waiting = AuthorisationFactory(
        tenant=tenant, confirmed=True, status=status, closed_at=closed_at
    )

    OutgoingMail.objects.all().delete()

    blocking.block(waiting.application, reason="Leaks data", by=app_manager, at=NOON)

    assert len(subjects(owner.email)) == letters


def test_meanwhile_nobody_lets_it_in(
    tenant: Tenant, owner: Person, administrator: Person, app_manager: Person
) -> None:
    application = ApplicationFactory()
    elsewhere = TenantFactory(organisation=tenant.organisation)
    confirmed = AuthorisationFactory(application=application, tenant=elsewhere, confirmed=True)
    standard = AuthorisationFactory(
        application__standard=True, tenant=tenant, application__owner=application.owner
    )
    custom = AuthorisationFactory(application=application, tenant=tenant)
    more = AuthorisationFactory(
        application=application,
        tenant=TenantFactory(organisation=tenant.organisation),
        active=True,
        agreed_scopes=["crm:read"],
    )
    for each in (application, standard.application):
        blocking.block(each, reason="Leaks data", by=app_manager, at=NOON)

    attempts: list[Callable[[], object]] = [
        lambda: operations.request(
            application,
            tenant=TenantFactory(organisation=tenant.organisation),
            by=owner,
            at=NOON,
        ),
        lambda: operations.approve(standard, by=administrator, at=NOON),
        lambda: operations.confirm(custom, by=administrator, at=NOON),
        lambda: operations.grant(confirmed, by=app_manager, at=NOON),
        lambda: scope_consent.agree(
            more, read=["crm:write", "entitlements:read", "usage:write"], by=administrator, at=NOON
        ),
    ]
    for attempt in attempts:
        with pytest.raises(ApplicationBlocked):
            attempt()

    assert [now(each).status for each in (standard, custom, confirmed)] == [
        "requested",
        "requested",
        "confirmed",
    ]
    operations.deny(custom, by=administrator, at=NOON)
    operations.revoke(more, reason="Enough", by=administrator, at=NOON)


def test_a_licence_that_ends_and_returns_meanwhile_gives_nothing_until_it_is_lifted(
    authorisation: Authorisation,
    tenant: Tenant,
    subscription: Subscription,
    owner: Person,
    app_manager: Person,
) -> None:
    application = authorisation.application
    blocking.block(application, reason="Leaks data", by=app_manager, at=NOON + HOUR)
    cancel_as_read(subscription, CancelWhen.NOW, by=owner, at=NOON + 2 * HOUR)
    end_due(at=NOON + 2 * HOUR)
    orders.subscribe(
        tenant.organisation,
        product_code=DEVELOPMENT_TOOLS,
        tenant=tenant,
        by=owner,
        at=NOON + 3 * HOUR,
    )

    assert now(authorisation).status == AuthorisationStatus.ACTIVE
    assert not verdict_on(authorisation, NOON + 3 * HOUR).allowed
    assert "Webshop sync works on a tenant from now on" not in subjects("errors@example.com")

    blocking.unblock(application, reason="Mended", by=app_manager, at=NOON + 4 * HOUR)

    assert verdict_on(authorisation, NOON + 4 * HOUR).allowed


def test_what_is_suspended_when_it_is_lifted_is_told_when_it_works(
    authorisation: Authorisation, subscription: Subscription, sales: Person, app_manager: Person
) -> None:
    blocking.block(authorisation.application, reason="Leaks", by=app_manager, at=NOON + HOUR)
    suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON + 2 * HOUR)
    blocking.unblock(authorisation.application, reason="Ok", by=app_manager, at=NOON + 3 * HOUR)

    suspensions.resume(subscription, by=sales, at=NOON + 4 * HOUR)

    assert subjects("errors@example.com") == [
        "Webshop sync is blocked",
        "Webshop sync is no longer blocked",
        "Webshop sync works on a tenant from now on",
    ]


def test_it_is_the_app_manager_s_and_once(
    authorisation: Authorisation, app_manager: Person, owner: Person
) -> None:
    application = authorisation.application
    others = PersonFactory(staff=True, duties=[each for each in Duty if each != Duty.APP_MANAGER])

    for person in (owner, others):
        with pytest.raises(blocking.OnlyAppManagersBlock):
            blocking.block(application, reason="No", by=person, at=NOON)
    with pytest.raises(blocking.NotBlocked):
        blocking.unblock(application, reason="No", by=app_manager, at=NOON)
    blocking.block(application, reason="Leaks", by=app_manager, at=NOON)
    with pytest.raises(blocking.BlockedAlready):
        blocking.block(application, reason="Again", by=app_manager, at=NOON)

    application.refresh_from_db()
    assert application.block_reason == "Leaks"


def test_the_letter_about_a_licence_names_only_what_works_again(
    authorisation: Authorisation,
    customer: Organisation,
    tenant: Tenant,
    subscription: Subscription,
    owner: Person,
    app_manager: Person,
) -> None:
    cancel_as_read(subscription, CancelWhen.NOW, by=owner, at=NOON + HOUR)
    end_due(at=NOON + HOUR)
    blocking.block(authorisation.application, reason="Leaks", by=app_manager, at=NOON + HOUR)
    OutgoingMail.objects.all().delete()

    orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=NOON + 2 * HOUR
    )

    assert now(authorisation).status == AuthorisationStatus.ACTIVE
    assert "Development Tools" in OutgoingMail.objects.get(to=owner.email).subject
    assert not OutgoingMail.objects.filter(body__contains="Webshop sync").exists()
