from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from customers import policy_queries
from customers.models import Invitation, PolicyChange, Role
from customers.operations import people
from customers.operations.policies import set_policy
from customers.policies import RANGES, OutOfBounds, Policy
from customers.refusals import ChangedMeanwhile
from tests.factories.customers import OrganisationFactory, PersonFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from customers.models import Person

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)
LASTS = Policy.INVITATION_LASTS


@pytest.fixture
def olaf() -> Person:
    return PersonFactory(staff=True)


def test_until_somebody_changes_it_a_policy_is_as_the_portal_came() -> None:
    every = policy_queries.all_in_force()

    assert every.keys() == set(Policy) == RANGES.keys()
    assert every[LASTS] == policy_queries.in_force(LASTS) == dt.timedelta(days=14)
    assert every[Policy.ENTITLEMENTS_STAND] == dt.timedelta(seconds=60)


def test_a_change_counts_at_once_and_what_it_was_stays_written(olaf: Person) -> None:
    set_policy(LASTS, 7, instead_of=14, reason="Links wander.", by=olaf, at=AT)
    set_policy(LASTS, 3, instead_of=7, reason="Further still.", by=olaf, at=AT)

    invited = people.invite(
        OrganisationFactory(), email="new@example.com", role=Role.READER, by=olaf, at=AT
    )[0]

    assert invited.expires_at == AT + dt.timedelta(days=3)
    assert policy_queries.all_in_force()[LASTS] == dt.timedelta(days=3)
    changes = policy_queries.changes_of(LASTS)
    assert [(each.value, each.reason, each.set_by, each.set_at) for each in changes] == [
        (3, "Further still.", olaf, AT),
        (7, "Links wander.", olaf, AT),
    ]
    assert policy_queries.in_force(Policy.MAIL_KEPT) == dt.timedelta(days=90)


def test_what_was_promised_stays(olaf: Person) -> None:
    organisation = OrganisationFactory()
    people.invite(organisation, email="new@example.com", role=Role.READER, by=olaf, at=AT)

    set_policy(LASTS, 1, instead_of=14, reason="Shorter.", by=olaf, at=AT)

    assert Invitation.objects.get().expires_at == AT + dt.timedelta(days=14)


@pytest.mark.parametrize("policy", Policy)
def test_bounds_hold_in_the_operation_and_in_the_database(policy: Policy, olaf: Person) -> None:
    bounds = RANGES[policy]
    for value in {bounds.lowest, bounds.highest} - {bounds.default}:
        was = policy_queries.in_force(policy) // bounds.unit
        set_policy(policy, value, instead_of=was, reason="Bound", by=olaf, at=AT)
    written = PolicyChange.objects.count()

    for value in (bounds.lowest - 1, bounds.highest + 1):
        with pytest.raises(OutOfBounds):
            set_policy(policy, value, instead_of=bounds.highest, reason="No", by=olaf, at=AT)
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyChange.objects.create(
                policy=policy, value=value, reason="No", set_by=olaf, set_at=AT
            )
    assert PolicyChange.objects.count() == written


def test_who_saw_another_value_is_asked_to_look_again(olaf: Person) -> None:
    set_policy(LASTS, 7, instead_of=14, reason="Links wander.", by=olaf, at=AT)

    with pytest.raises(ChangedMeanwhile):
        set_policy(LASTS, 30, instead_of=14, reason="People are slow.", by=olaf, at=AT)
    assert set_policy(LASTS, 7, instead_of=7, reason="Again", by=olaf, at=AT) is None

    assert PolicyChange.objects.get().value == 7


def test_history_cannot_be_written_anew(olaf: Person) -> None:
    set_policy(LASTS, 7, instead_of=14, reason="Links wander.", by=olaf, at=AT)

    for change in (PolicyChange.objects.all().delete, lambda: PolicyChange.objects.update(value=8)):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()


@pytest.fixture
def remembering(settings: Any) -> Iterator[None]:
    policy_queries.forget()
    settings.POLICIES_MEMORY_SECONDS = 60
    yield
    policy_queries.forget()


def test_what_is_asked_often_is_read_once_and_anew_after_a_change(
    remembering: None, olaf: Person, django_capture_on_commit_callbacks: Any
) -> None:
    stands = Policy.ENTITLEMENTS_STAND
    with CaptureQueriesContext(connection) as asked:
        assert [policy_queries.remembered(stands) for _time in range(3)] == [
            dt.timedelta(seconds=60)
        ] * 3
    assert len(asked) == 1

    with django_capture_on_commit_callbacks(execute=True):
        set_policy(stands, 5, instead_of=60, reason="Sooner", by=olaf, at=AT)

    assert policy_queries.remembered(stands) == dt.timedelta(seconds=5)
