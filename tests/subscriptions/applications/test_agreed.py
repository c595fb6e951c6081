"""Who built an application hears that it was agreed to, and what it waits for if it waits."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.actors import PLATFORM
from customers.models import History, OutgoingMail, TenantState
from subscriptions.applications import operations
from subscriptions.applications.deactivation import lock_out_widened
from subscriptions.applications.models import Authorisation, AuthorisationStatus
from subscriptions.operations import suspensions
from subscriptions.operations.tenants import change_state
from tests.factories.subscriptions import AuthorisationFactory
from tests.letters import subjects
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Person, Tenant
    from subscriptions.models import Subscription

ERRORS = "errors@example.com"
GONE = "gone@example.com"
HOUR = dt.timedelta(hours=1)
MAKER = "developer@example.com"
APPROVED = "Webshop sync was approved for a tenant"
CONFIRMED = "Webshop sync was confirmed for a tenant"
GRANTED = "Webshop sync was granted access"
WORKS = "Webshop sync works on a tenant from now on"
DELETED = "A tenant of Webshop sync was deleted"


def asked(tenant: Tenant, **more: object) -> Authorisation:
    authorisation: Authorisation = AuthorisationFactory(
        tenant=tenant,
        application__name="Webshop sync",
        application__owner__language="en",
        application__error_mails=[ERRORS],
        application__uninstall_mails=[GONE],
        **more,
    )
    return authorisation


def last_letter() -> str:
    """To the technical contact."""
    return str(OutgoingMail.objects.filter(to=MAKER).latest("pk").body)


def agree(
    authorisation: Authorisation, administrator: Person, app_manager: Person, at: dt.datetime
) -> None:
    operations.confirm(authorisation, by=administrator, at=at)
    operations.grant(authorisation, by=app_manager, at=at)


def test_an_approval_is_told_with_its_end_and_where_to_look(
    tenant: Tenant, administrator: Person
) -> None:
    authorisation = asked(tenant, application__standard=True)
    until = dt.datetime(2027, 6, 30, 22, 0, tzinfo=dt.UTC)

    operations.approve(authorisation, valid_until=until, by=administrator, at=NOON)

    assert subjects(MAKER) == [APPROVED]
    letter = last_letter()
    assert "Webshop sync is let in on Production" in letter
    assert "of Voorbeeld B.V. until 30 June 2027" in letter
    owner = authorisation.application.owner_id
    assert f"/organisations/{owner}/authorisations/{authorisation.pk}/" in letter
    assert administrator.name not in letter
    assert subjects(ERRORS) == subjects(GONE) == []


def test_a_confirmation_and_the_grant_are_told(
    tenant: Tenant, subscription: Subscription, administrator: Person, app_manager: Person
) -> None:
    authorisation = asked(tenant)

    operations.confirm(authorisation, by=administrator, at=NOON)
    assert subjects(MAKER) == [CONFIRMED]
    assert "as soon as the vendor's app manager grants that" in last_letter()
    assert administrator.name not in last_letter()
    operations.grant(authorisation, by=app_manager, at=NOON)

    assert subjects(MAKER) == [CONFIRMED, GRANTED]
    assert "of Voorbeeld B.V." in last_letter()
    assert "It starts working" not in last_letter()


def test_who_heard_that_it_was_shut_out_hears_that_it_is_let_in_again(
    tenant: Tenant, subscription: Subscription, administrator: Person, app_manager: Person
) -> None:
    authorisation = asked(tenant, active=True)
    lock_out_widened(
        authorisation.application,
        environment=tenant.environment,
        capabilities=["webhooks"],
        by=app_manager,
        at=NOON,
    )

    agree(authorisation, administrator, app_manager, NOON + HOUR)

    assert subjects(MAKER) == [CONFIRMED, GRANTED]
    assert subjects(ERRORS) == [GRANTED]
    authorisation.refresh_from_db()
    assert authorisation.told_stopped_at is None


def test_in_dutch_for_a_dutch_maker(tenant: Tenant, administrator: Person) -> None:
    authorisation = asked(tenant, application__standard=True)
    authorisation.application.owner.language = "nl"
    authorisation.application.owner.save()

    operations.approve(authorisation, by=administrator, at=NOON)

    assert subjects(MAKER) == ["Webshop sync is goedgekeurd voor een tenant"]


class TestSuspended:
    @pytest.mark.usefixtures("subscription")
    def test_agreed_to_on_a_suspended_tenant_it_is_told_when_it_works(
        self,
        tenant: Tenant,
        administrator: Person,
        app_manager: Person,
    ) -> None:
        authorisation = asked(tenant)
        change_state(tenant, TenantState.SUSPENDED, by=PLATFORM, at=NOON)

        agree(authorisation, administrator, app_manager, NOON + HOUR)
        assert subjects(MAKER) == [CONFIRMED, GRANTED]
        assert "It starts working when the tenant does" in last_letter()
        change_state(tenant, TenantState.RUNNING, by=PLATFORM, at=NOON + 2 * HOUR)
        change_state(tenant, TenantState.ONLINE_MAINTENANCE, by=PLATFORM, at=NOON + 3 * HOUR)

        assert subjects(MAKER) == [CONFIRMED, GRANTED, WORKS]

    def test_agreed_to_again_on_a_suspended_tenant_it_is_told_when_it_works(
        self, tenant: Tenant, administrator: Person
    ) -> None:
        authorisation = asked(tenant, application__standard=True, active=True)
        change_state(tenant, TenantState.SUSPENDED, by=PLATFORM, at=NOON)
        stopped = subjects(MAKER)
        Authorisation.objects.update(status=AuthorisationStatus.NEEDS_REAPPROVAL)

        operations.approve(authorisation, by=administrator, at=NOON + HOUR)
        change_state(tenant, TenantState.RUNNING, by=PLATFORM, at=NOON + 2 * HOUR)

        assert subjects(MAKER) == subjects(ERRORS) == [*stopped, APPROVED, WORKS]

    def test_agreed_to_again_under_a_suspended_subscription_it_is_told_when_it_works(
        self,
        tenant: Tenant,
        subscription: Subscription,
        administrator: Person,
        app_manager: Person,
        sales: Person,
    ) -> None:
        authorisation = asked(tenant, active=True)
        suspensions.suspend(subscription, reason="Unpaid", by=sales, at=NOON)
        stopped = subjects(MAKER)
        Authorisation.objects.update(status=AuthorisationStatus.NEEDS_REAPPROVAL)

        agree(authorisation, administrator, app_manager, NOON + HOUR)
        assert "missing or suspended there" in last_letter()
        suspensions.resume(subscription, by=sales, at=NOON + 2 * HOUR)

        assert subjects(MAKER) == [*stopped, CONFIRMED, GRANTED, WORKS]
        assert subjects(ERRORS) == [*stopped, GRANTED, WORKS]


class TestDeleted:
    @pytest.mark.usefixtures("subscription")
    def test_all_who_hear_of_errors_or_ends_read_that_the_tenant_is_gone(
        self, tenant: Tenant, sales: Person, owner: Person
    ) -> None:
        authorisation = asked(tenant, active=True)

        for _time in range(2):  # clicked twice
            change_state(tenant, TenantState.DELETED, reason="Closed", by=sales, at=NOON + HOUR)

        authorisation.refresh_from_db()
        assert (authorisation.status, authorisation.reason) == ("revoked", "Closed")
        assert subjects(MAKER) == subjects(ERRORS) == subjects(GONE) == [DELETED]
        assert "nobody can give it again" in last_letter()
        [to_owner] = OutgoingMail.objects.filter(to=owner.email, subject__contains="has ended")
        assert "they do not come back" in to_owner.body
        assert "If you subscribe again" not in to_owner.body

    def test_it_ends_what_the_tenant_has_also_when_staff_say_so(
        self, tenant: Tenant, subscription: Subscription, sales: Person
    ) -> None:
        change_state(tenant, TenantState.DELETED, reason="Closed", by=sales, at=NOON + HOUR)

        subscription.refresh_from_db()
        assert (subscription.status, subscription.ends_at) == ("ended", NOON + HOUR)
        assert subscription.cancel_reason == "Closed"

    @pytest.mark.parametrize(
        ("status", "letters"),
        [("requested", [DELETED]), ("needs_reapproval", [DELETED]), ("revoked", [])],
    )
    def test_what_is_over_already_is_not_told(
        self, tenant: Tenant, status: str, letters: list[str]
    ) -> None:
        asked(tenant, status=status, closed_at=NOON if status == "revoked" else None)

        change_state(tenant, TenantState.DELETED, by=PLATFORM, at=NOON + HOUR)

        assert subjects(MAKER) == letters
        assert Authorisation.objects.get().status in ("denied", "revoked")

    @pytest.mark.parametrize("status", ["requested", "confirmed", "active"])
    def test_nothing_stays_open_there_nor_can_be_asked_for(
        self, tenant: Tenant, status: str, owner: Person
    ) -> None:
        """A standard application too, which needs no licence to end."""
        how_far = {} if status == "requested" else {status: True}
        there = asked(tenant, application__standard=True, **how_far)

        change_state(tenant, TenantState.DELETED, by=PLATFORM, at=NOON + HOUR)

        there.refresh_from_db()
        ended = "revoked" if status == "active" else "denied"
        assert there.status == ended
        assert History.objects.about(there).latest("pk").verb == f"authorisation.{ended}"
        with pytest.raises(operations.TenantIsGone):
            operations.request(there.application, tenant=tenant, by=owner, at=NOON + 2 * HOUR)
