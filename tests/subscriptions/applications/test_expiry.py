"""Let in for a time: over at its date, whether or not a job has written that down."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from customers.models import History, OutgoingMail
from subscriptions.applications import deactivation, operations
from subscriptions.applications.availability import verdict_on
from subscriptions.applications.lifecycle import AuthorisationStatus, WrongStep
from subscriptions.entitlements import Code
from tests.factories.subscriptions import AuthorisationFactory
from tests.subscriptions.conftest import NOON

if TYPE_CHECKING:
    from customers.models import Person, Tenant
    from subscriptions.applications.models import Authorisation

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


def test_what_has_expired_is_no_more_revoked_and_is_asked_for_anew(
    let_in: Authorisation, administrator: Person
) -> None:
    with pytest.raises(WrongStep):
        operations.revoke(let_in, reason="Late", by=administrator, at=LATE)

    again = operations.request(let_in.application, tenant=let_in.tenant, by=administrator, at=LATE)

    assert (again.pk, again.status) == (let_in.pk, AuthorisationStatus.REQUESTED)
    assert again.valid_until is None


def test_a_day_in_the_past_is_refused(tenant: Tenant, administrator: Person) -> None:
    asked = AuthorisationFactory(tenant=tenant, application__standard=True)

    with pytest.raises(operations.OverAlready):
        operations.approve(asked, valid_until=NOON, by=administrator, at=NOON)
    asked.refresh_from_db()
    assert asked.status == AuthorisationStatus.REQUESTED
