from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

import pytest

from customers import bulk
from subscriptions.provisioning import attempts, tasks
from subscriptions.provisioning.models import Attempt, AttemptedFact, Fact, FactType
from tests.factories.customers import TenantFactory

if TYPE_CHECKING:
    from customers.models import Tenant

SENT = dt.datetime(2030, 11, 1, 12, tzinfo=dt.UTC)
KEPT_UNTIL = SENT + dt.timedelta(days=90)
LATER = KEPT_UNTIL + dt.timedelta(seconds=1)


@pytest.fixture
def tenant(db: None) -> Tenant:
    return TenantFactory()


def told(tenant: Tenant, sequence: int, *, delivered: bool) -> Fact:
    return Fact.objects.create(
        tenant=tenant,
        sequence=sequence,
        type=FactType.LICENCE_GRANTED,
        subject="licence:scim",
        value={},
        at=SENT,
        is_waiting=not delivered,
        delivered_at=SENT if delivered else None,
    )


def attempt(*facts: Fact, at: dt.datetime = SENT) -> Attempt:
    made = Attempt.objects.create(
        message_id=uuid.uuid4(), at=at, duration_ms=1, status=500, answer="No."
    )
    for fact in facts:
        AttemptedFact.objects.create(attempt=made, fact=fact, outcome=AttemptedFact.Outcome.FAILED)
    return made


def kept() -> list[Attempt]:
    return list(Attempt.objects.order_by("pk"))


def test_attempts_go_after_ninety_days_and_facts_stay(tenant: Tenant) -> None:
    fact = told(tenant, 1, delivered=True)
    attempt(fact)
    young = attempt(fact, at=SENT + dt.timedelta(days=1))

    assert attempts.forget_old(at=KEPT_UNTIL) == 0
    assert attempts.forget_old(at=LATER) == 1

    assert kept() == [young]
    assert AttemptedFact.objects.count() == 1
    assert Fact.objects.get() == fact


def test_the_last_attempt_of_what_is_not_delivered_stays_with_its_whole_request(
    tenant: Tenant,
) -> None:
    delivered, waits = told(tenant, 1, delivered=True), told(tenant, 2, delivered=False)
    attempt(waits)
    last = attempt(delivered, waits)
    attempt(delivered)

    assert attempts.forget_old(at=LATER) == 2

    assert kept() == [last]
    assert set(last.facts.values_list("fact", flat=True)) == {delivered.pk, waits.pk}


def test_once_it_is_delivered_its_last_attempt_goes_too(tenant: Tenant) -> None:
    fact = told(tenant, 1, delivered=False)
    attempt(fact)
    assert attempts.forget_old(at=LATER) == 0

    Fact.objects.filter(pk=fact.pk).update(is_waiting=False, delivered_at=LATER)

    assert attempts.forget_old(at=LATER) == 1


def test_the_night_forgets_more_than_it_takes_at_once(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = told(tenant, 1, delivered=True)
    for _each in range(5):
        attempt(fact, at=SENT - dt.timedelta(days=36500))
    monkeypatch.setattr(bulk, "DELETED_AT_ONCE", 2)

    assert tasks.forget_attempts() == 5

    assert kept() == []
