"""Let in for a time: over at its date, whether or not a job has written that down."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

import pytest

from customers.locks import lock_organisation
from customers.models import History, OutgoingMail
from subscriptions.applications import deactivation, letters, operations
from subscriptions.applications.availability import verdict_on
from subscriptions.applications.lifecycle import AuthorisationStatus, WrongStep
from subscriptions.applications.models import Authorisation
from subscriptions.applications.verdicts import Code
from tests.customers.test_locks import A_WHILE, crossing, somebody_waits_for_us, until
from tests.factories.subscriptions import AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Person, Tenant

UNTIL = NOON + dt.timedelta(days=30)
JUST_BEFORE = UNTIL - dt.timedelta(microseconds=1)
LATE = UNTIL + dt.timedelta(days=2)


@pytest.fixture
def let_in(tenant: Tenant, administrator: Person) -> Authorisation:
    asked = AuthorisationFactory(
        tenant=tenant,
        application__standard=True,
        application__uninstall_mails=["uninstalled@example.com"],
    )
    return operations.approve(asked, valid_until=UNTIL, by=administrator, at=NOON)


def test_it_works_until_its_date_and_no_job_has_to_run(let_in: Authorisation) -> None:
    before, after = verdict_on(let_in, JUST_BEFORE), verdict_on(let_in, UNTIL)

    assert (before.allowed, before.until) == (True, UNTIL)
    assert (after.allowed, after.code) == (False, Code.EXPIRED)


def test_the_job_writes_it_down_once_as_of_its_date(let_in: Authorisation) -> None:
    assert deactivation.expire_due(at=JUST_BEFORE) == 0
    assert deactivation.expire_due(at=LATE) == 1
    assert deactivation.expire_due(at=LATE) == 0

    let_in.refresh_from_db()
    assert (let_in.status, let_in.closed_at) == (AuthorisationStatus.EXPIRED, UNTIL)
    entry = History.objects.about(let_in).get(verb="authorisation.expired")
    assert (entry.at, entry.recorded_at) == (UNTIL, LATE)
    assert "uninstalled@example.com" in set(OutgoingMail.objects.values_list("to", flat=True))


def test_what_asks_for_more_expires_like_any_other_yes(
    let_in: Authorisation, administrator: Person
) -> None:
    Authorisation.objects.update(status=AuthorisationStatus.NEEDS_REAPPROVAL)
    let_in.refresh_from_db()
    before, after = verdict_on(let_in, JUST_BEFORE), verdict_on(let_in, UNTIL)
    assert (before.code, after.code) == (Code.NEEDS_REAPPROVAL, Code.EXPIRED)
    with pytest.raises(WrongStep):
        operations.approve(let_in, by=administrator, at=LATE)

    assert deactivation.expire_due(at=JUST_BEFORE) == 0
    assert deactivation.expire_due(at=LATE) == 1

    let_in.refresh_from_db()
    assert (let_in.status, let_in.closed_at) == (AuthorisationStatus.EXPIRED, UNTIL)
    assert History.objects.about(let_in).get(verb="authorisation.expired").at == UNTIL


def test_who_agrees_in_time_to_what_asks_for_more_gives_it_a_new_day(
    let_in: Authorisation, administrator: Person
) -> None:
    Authorisation.objects.update(status=AuthorisationStatus.NEEDS_REAPPROVAL)

    again = operations.approve(let_in, valid_until=LATE, by=administrator, at=JUST_BEFORE)

    assert (again.status, again.valid_until) == (AuthorisationStatus.ACTIVE, LATE)


def test_what_has_expired_is_no_more_revoked_and_is_asked_for_anew(
    let_in: Authorisation, administrator: Person
) -> None:
    with pytest.raises(WrongStep):
        operations.revoke(let_in, reason="Late", by=administrator, at=LATE)

    again = operations.request(let_in.application, tenant=let_in.tenant, by=administrator, at=LATE)

    assert (again.pk, again.status) == (let_in.pk, AuthorisationStatus.REQUESTED)
    assert again.valid_until is None
    expired, requested = History.objects.about(let_in).order_by("pk")[1:]
    assert (expired.verb, expired.at) == ("authorisation.expired", UNTIL)
    assert requested.verb == "authorisation.requested"
    assert "uninstalled@example.com" in set(OutgoingMail.objects.values_list("to", flat=True))


def test_what_is_wrong_with_one_stops_no_other(
    let_in: Authorisation, tenant: Tenant, administrator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = AuthorisationFactory(tenant=tenant, application__standard=True)
    fine = operations.approve(asked, valid_until=UNTIL, by=administrator, at=NOON)
    real = letters.write_to_maker

    def write_to_maker(authorisations: list[Authorisation], what: str, **how: object) -> None:
        if authorisations == [let_in]:
            raise ValueError("something in its rows")
        real(authorisations, what, **how)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(deactivation, "write_to_maker", write_to_maker)
        assert deactivation.expire_due(at=LATE) == 1

    fine.refresh_from_db()
    let_in.refresh_from_db()
    assert (fine.status, let_in.status) == (AuthorisationStatus.EXPIRED, AuthorisationStatus.ACTIVE)
    assert deactivation.expire_due(at=LATE) == 1


def test_a_wider_version_locks_out_nothing_that_is_over(
    let_in: Authorisation, app_manager: Person
) -> None:
    asking = deactivation.lock_out_widened(
        let_in.application,
        environment=let_in.tenant.environment,
        capabilities=["webhooks"],
        by=app_manager,
        at=LATE,
    )

    assert asking == []
    let_in.refresh_from_db()
    assert (let_in.status, let_in.closed_at) == (AuthorisationStatus.EXPIRED, UNTIL)
    last = History.objects.about(let_in).latest("pk")
    assert (last.verb, last.at, last.recorded_at) == ("authorisation.expired", UNTIL, LATE)


@pytest.mark.django_db(transaction=True)
def test_it_expires_while_its_customer_is_at_work() -> None:
    """Whoever waits for the organisation holds nothing that the other one needs next."""
    let_in = AuthorisationFactory(active=True, application__standard=True, valid_until=UNTIL)
    at_work = threading.Event()

    def work() -> None:
        lock_organisation(let_in.tenant.organisation_id)
        at_work.set()
        until(somebody_waits_for_us)
        operations.locked(let_in)

    def expire() -> None:
        at_work.wait(A_WHILE)
        deactivation.expire_due(at=LATE)

    failures = crossing(work, expire)

    assert failures == []
    let_in.refresh_from_db()
    assert let_in.status == AuthorisationStatus.EXPIRED


def test_a_day_in_the_past_is_refused(tenant: Tenant, administrator: Person) -> None:
    asked = AuthorisationFactory(tenant=tenant, application__standard=True)

    with pytest.raises(operations.OverAlready):
        operations.approve(asked, valid_until=NOON, by=administrator, at=NOON)
    asked.refresh_from_db()
    assert asked.status == AuthorisationStatus.REQUESTED
