from __future__ import annotations

import gc

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Value

from customers import history
from customers.actors import SCHEDULE
from customers.bulk import (
    any_of,
    check_references,
    copy_rows,
    take_ids,
    without_garbage_collection,
)
from customers.models import History, Membership, Organisation, Person
from tests.factories.customers import LONG_AGO, OrganisationFactory

COLUMNS = ("id", "customer_number", "name")
ALIKE = {"kind": "customer", "country": "NL", "currency": "EUR", "created_at": LONG_AGO}


def copy(*rows: tuple[object, ...]) -> None:
    with connection.cursor() as cursor:
        copy_rows(cursor, Organisation, COLUMNS, rows, same=ALIKE)


@pytest.mark.django_db
def test_what_is_copied_is_there_with_the_defaults_of_the_model() -> None:
    with connection.cursor() as cursor:
        tabbed, plain = take_ids(cursor, Organisation, 2)

    copy((tabbed, "B1", "Tab\tline\nback\\N"), (plain, "B2", "Plain"))

    found = Organisation.objects.get(pk=tabbed)
    assert (found.name, found.created_at) == ("Tab\tline\nback\\N", LONG_AGO)
    assert (found.language, found.street, found.partner) == ("en", "", None)
    assert Organisation.objects.filter(any_of("pk", [tabbed, plain])).count() == 2


@pytest.mark.django_db
def test_what_has_its_default_in_the_database_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    field = Organisation._meta.get_field("street")
    monkeypatch.setattr(field, "db_default", Value("Main street"))
    monkeypatch.delitem(field.__dict__, "_get_default", raising=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_organisation ALTER street SET DEFAULT 'Main street'")

    copy((1, "B1", "Plain"))

    assert Organisation.objects.get().street == "Main street"


@pytest.mark.django_db
def test_what_the_database_refuses_is_refused_whole() -> None:
    OrganisationFactory(customer_number="B1", pk=1)

    with pytest.raises(IntegrityError), transaction.atomic():
        copy((2, "B2", "New"), (3, "B1", "Twice"))

    assert list(Organisation.objects.values_list("pk", flat=True)) == [1]


@pytest.mark.django_db
def test_references_are_checked_before_the_commit_but_for_rows_to_come() -> None:
    customer = OrganisationFactory()

    with pytest.raises(IntegrityError, match="organisation"), transaction.atomic():
        join(organisation_id=customer.pk + 1, person_id=1)
    join(organisation_id=customer.pk, person_id=1)  # may still come, and does not
    with pytest.raises(IntegrityError, match="person"):
        connection.check_constraints()


def join(*, organisation_id: int, person_id: int) -> None:
    with connection.cursor() as cursor:
        copy_rows(
            cursor,
            Membership,
            ("organisation_id", "person_id"),
            [(organisation_id, person_id)],
            same={"role": "owner", "since_at": LONG_AGO},
        )
        check_references(cursor, Membership, but_to=Person)


@pytest.mark.django_db
def test_the_same_is_told_of_many() -> None:
    customer = OrganisationFactory()

    history.record_copies(
        Organisation,
        "organisation.counted",
        by=SCHEDULE,
        at=LONG_AGO,
        told=[(customer.pk, customer.pk, {"since": LONG_AGO.date()})],
    )

    entry = History.objects.get()
    assert (entry.organisation, entry.subject_type, entry.subject_id) == (
        customer,
        "organisation",
        customer.pk,
    )
    assert (entry.verb, entry.actor_kind, entry.at) == (
        "organisation.counted",
        "schedule",
        LONG_AGO,
    )
    assert entry.details == {"since": f"{LONG_AGO:%Y-%m-%d}"}


@pytest.mark.django_db(transaction=True)
def test_many_are_told_in_a_transaction_only() -> None:
    with pytest.raises(history.HistoryOutsideTransaction):
        history.record_copies(
            Organisation, "organisation.counted", by=SCHEDULE, at=LONG_AGO, told=[]
        )


def test_garbage_is_collected_again_whatever_happens() -> None:
    @without_garbage_collection()
    def work() -> None:
        assert not gc.isenabled()
        raise LookupError

    with pytest.raises(LookupError):
        work()

    assert gc.isenabled()
