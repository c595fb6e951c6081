from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.db import ProgrammingError, transaction

from customers import history
from customers.actors import PLATFORM, SCHEDULE, Actor
from customers.models import History
from tests.factories.customers import (
    MembershipFactory,
    OrganisationFactory,
    PartnerAccessFactory,
    PersonFactory,
    TenantFactory,
)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 30, 23, 0, tzinfo=dt.UTC)


def told(by: Actor) -> History:
    tenant = TenantFactory()
    return history.record(
        tenant, "tenant.looked_at", organisation=tenant.organisation, by=by, at=AT
    )


def test_it_tells_what_when_and_why() -> None:
    tenant = TenantFactory()
    recorded_at = AT + dt.timedelta(minutes=5)

    entry = history.record(
        tenant,
        "tenant.moved",
        organisation=tenant.organisation,
        tenant=tenant,
        by=SCHEDULE,
        at=AT,
        recorded_at=recorded_at,
        reason="The platform said so.",
        details={"on": dt.date(2026, 12, 1), "amount": Decimal("12.50")},
    )

    entry.refresh_from_db()
    assert (entry.subject_type, entry.subject_id) == ("tenant", tenant.pk)
    assert (entry.verb, entry.tenant, entry.reason) == (
        "tenant.moved",
        tenant,
        "The platform said so.",
    )
    assert (entry.at, entry.recorded_at) == (AT, recorded_at)
    assert entry.details == {"on": "2026-12-01", "amount": "12.50"}


def test_it_is_written_down_when_it_happens_unless_the_caller_says_otherwise() -> None:
    assert told(SCHEDULE).recorded_at == AT


@pytest.mark.parametrize(
    ("by", "kind"),
    [
        pytest.param(SCHEDULE, History.ActorKind.SCHEDULE, id="schedule"),
        pytest.param(PLATFORM, History.ActorKind.PLATFORM, id="platform"),
    ],
)
def test_systems_have_no_name(by: Actor, kind: History.ActorKind) -> None:
    entry = told(by)

    assert entry.actor_kind == kind
    assert entry.actor is None


@pytest.mark.parametrize(
    ("staff", "kind"),
    [
        pytest.param(False, History.ActorKind.PERSON, id="customer"),
        pytest.param(True, History.ActorKind.STAFF, id="staff"),
    ],
)
def test_people_are_named(staff: bool, kind: History.ActorKind) -> None:
    person = PersonFactory(staff=staff)

    entry = told(person)

    assert entry.actor_kind == kind
    assert entry.actor == person


def test_a_partners_person_acts_on_behalf_of_the_customer() -> None:
    access = PartnerAccessFactory()
    consultant = MembershipFactory(organisation=access.partner).person
    tenant = TenantFactory(organisation=access.customer)

    entry = history.record(
        tenant, "tenant.looked_at", organisation=access.customer, by=consultant, at=AT
    )

    assert entry.on_behalf_of == access.customer


@pytest.mark.parametrize("also", ["member", "staff", "shut out"])
def test_everybody_else_acts_for_themselves(also: str) -> None:
    access = PartnerAccessFactory(withdrawn=also == "shut out")
    person = PersonFactory(staff=also == "staff")
    MembershipFactory(organisation=access.partner, person=person)
    if also == "member":
        MembershipFactory(organisation=access.customer, person=person)

    entry = history.record(
        access.customer, "organisation.looked_at", organisation=access.customer, by=person, at=AT
    )

    assert entry.on_behalf_of is None


def test_many_are_told_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    tenants = TenantFactory.create_batch(3)
    entries = [
        history.Entry(
            subject=tenant,
            verb="tenant.counted",
            organisation=tenant.organisation,
            by=SCHEDULE,
            at=AT,
        )
        for tenant in tenants
    ]

    with django_assert_num_queries(1):
        told = history.record_many(entries)

    assert {entry.subject_id for entry in told} == {tenant.pk for tenant in tenants}


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_tell_outside_a_transaction() -> None:
    organisation = OrganisationFactory()

    with pytest.raises(history.HistoryOutsideTransaction):
        history.record(
            organisation, "organisation.looked_at", organisation=organisation, by=SCHEDULE, at=AT
        )

    assert not History.objects.exists()


def test_the_database_refuses_to_change_it() -> None:
    entry = told(SCHEDULE)

    entry.verb = "tenant.forgotten"
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        entry.save()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        History.objects.update(verb="tenant.forgotten")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        History.objects.bulk_update([entry], ["verb"])
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        entry.delete()
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        History.objects.all().delete()

    assert History.objects.get().verb == "tenant.looked_at"
