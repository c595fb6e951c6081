"""From committed history to numbered events: nothing missed, nothing twice, nothing of others."""

from __future__ import annotations

import datetime as dt
import json
import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from jsonschema import Draft202012Validator

from customers.history import record, record_copies
from customers.models import History, Organisation, PartnerAccess
from portal.webhooks.event_types import EVENT_TYPES
from portal.webhooks.models import Delivery, Endpoint, Event, Note, Stream
from portal.webhooks.operations import endpoints
from portal.webhooks.operations.dispatching import dispatch
from portal.webhooks.payloads import schema_of
from tests.customers.test_locks import somebody_waits_for_us, until
from tests.factories.customers import OrganisationFactory, PersonFactory, TenantFactory
from tests.factories.subscriptions import AuthorisationFactory
from tests.factories.webhooks import EndpointFactory, something_happens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from subscriptions.applications.models import Authorisation

AT = dt.datetime(2026, 11, 25, 9, 0, tzinfo=dt.UTC)


def sequences(organisation: Organisation) -> list[int | None]:
    found = Event.objects.of(organisation).order_by("sequence")
    return list(found.values_list("sequence", flat=True))


@pytest.mark.django_db
def test_history_becomes_numbered_events_in_its_order() -> None:
    endpoint = EndpointFactory()
    written = [something_happens(endpoint.organisation) for _time in range(3)]

    assert dispatch(at=AT) == 3
    assert dispatch(at=AT) == 0

    events = Event.objects.of(endpoint.organisation).order_by("sequence")
    assert [event.history for event in events] == written
    assert sequences(endpoint.organisation) == [1, 2, 3]
    assert [json.loads(event.body)["sequence"] for event in events] == [1, 2, 3]
    assert endpoint.deliveries.count() == 3
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_who_has_no_endpoint_costs_no_row() -> None:
    EndpointFactory()
    something_happens(OrganisationFactory())

    assert not Note.objects.exists()
    assert dispatch(at=AT) == 0


@pytest.mark.django_db
def test_what_is_not_public_takes_no_number() -> None:
    endpoint = EndpointFactory()
    organisation, by = endpoint.organisation, PersonFactory()
    something_happens(organisation)
    record(organisation, "membership.added", organisation=organisation, by=by, at=AT)
    something_happens(organisation)

    assert dispatch(at=AT) == 2

    assert sequences(organisation) == [1, 2]
    assert not Note.objects.exists()


@pytest.mark.django_db
def test_an_endpoint_gets_what_it_chose_and_the_numbers_go_on() -> None:
    wants = EndpointFactory(event_types=["partner_access.granted"])
    wants_not = EndpointFactory(
        organisation=wants.organisation, event_types=["partner_access.withdrawn"]
    )
    something_happens(wants.organisation)

    dispatch(at=AT)

    assert (wants.deliveries.count(), wants_not.deliveries.count()) == (1, 0)
    assert sequences(wants.organisation) == [1]


@pytest.mark.django_db
def test_rows_of_a_run_are_noted_by_one_statement() -> None:
    listening = [EndpointFactory().organisation for _each in range(3)]
    silent = [OrganisationFactory() for _each in range(5)]
    told = [
        (each.pk, each.pk, {"number": f"NL-{each.pk}", "kind": "invoice", "month": "2026-11-01",
                            "gross": "12.10", "currency": "EUR"})
        for each in [*silent, *listening]
    ]  # fmt: skip

    record_copies(PartnerAccess, "invoice.issued", by=PersonFactory(staff=True), at=AT, told=told)

    noted = Note.objects.values_list("organisation", flat=True)
    assert sorted(noted) == sorted(each.pk for each in listening)


@pytest.mark.django_db
def test_what_does_not_fit_is_told_without_details_and_nothing_waits_for_it() -> None:
    endpoint = EndpointFactory()
    broken = endpoint.organisation
    something_happens(broken)
    record(broken, "invoice.issued", organisation=broken, by=PersonFactory(), at=AT)  # no details
    something_happens(broken)

    assert dispatch(at=AT) == 3

    assert sequences(broken) == [1, 2, 3]
    assert not Note.objects.exists()
    assert Stream.objects.get(organisation=broken).last_sequence == 3
    assert endpoint.deliveries.count() == 3
    [event] = Event.objects.without_details()
    message = json.loads(event.body)
    assert message["data"] == {"tenant": None, "reason": "", "incomplete": True}
    assert (message["type"], message["sequence"]) == ("invoice.issued", 2)
    assert "invoice" in event.left_out
    validator = Draft202012Validator(schema_of(EVENT_TYPES["invoice.issued"]))
    validator.validate(message)
    del message["data"]["incomplete"]
    assert not validator.is_valid(message)


@pytest.mark.django_db
def test_a_developer_hears_of_its_application_on_a_customers_tenant() -> None:
    authorisation = AuthorisationFactory(tenant=TenantFactory(name="Head office"))
    customer = authorisation.tenant.organisation
    developer = EndpointFactory(organisation=authorisation.application.owner).organisation
    stranger = EndpointFactory().organisation

    _authorisation_history(authorisation, "granted")
    dispatch(at=AT)

    [event] = Event.objects.all()
    assert event.organisation == developer
    message = json.loads(event.body)
    assert message["organisation"]["id"] == developer.pk
    assert message["data"]["customer"]["name"] == customer.name
    assert message["data"]["application"]["name"] == authorisation.application.name
    assert message["data"]["tenant"]["name"] == "Head office"
    assert not Event.objects.of(stranger).exists()


@pytest.mark.django_db
def test_both_are_told_in_numbers_of_their_own() -> None:
    authorisation = AuthorisationFactory()
    customer = EndpointFactory(organisation=authorisation.tenant.organisation).organisation
    developer = EndpointFactory(organisation=authorisation.application.owner).organisation
    something_happens(customer)

    _authorisation_history(authorisation, "revoked")
    dispatch(at=AT)

    assert (sequences(customer), sequences(developer)) == ([1, 2], [1])


@pytest.mark.django_db
def test_a_note_that_should_not_be_there_opens_no_door() -> None:
    """Not even a mistake in the trigger tells anybody of somebody else's rows."""
    stranger = EndpointFactory().organisation
    authorisation = AuthorisationFactory()
    _authorisation_history(authorisation, "granted")
    something_happens(authorisation.tenant.organisation)
    for history in History.objects.all():
        Note.objects.create(history=history, organisation=stranger)

    assert dispatch(at=AT) == 0

    assert not Note.objects.exists()
    assert not Event.objects.exists()


def _authorisation_history(authorisation: Authorisation, what: str) -> History:
    return record(
        authorisation,
        f"authorisation.{what}",
        organisation=authorisation.tenant.organisation,
        tenant=authorisation.tenant,
        by=PersonFactory(),
        at=AT,
        details={"application": "It"},
    )


# --- Several at once --------------------------------------------------------------------------


def at_once(*works: Callable[[], object]) -> None:
    """Each in a thread and a connection of its own; the first error is raised here."""
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_with_a_lower_id_is_not_missed() -> None:
    organisation = EndpointFactory().organisation
    written, let_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            something_happens(organisation)
            written.set()
            assert let_commit.wait(10)

    slow_one = threading.Thread(target=lambda: at_once(slow))
    slow_one.start()
    assert written.wait(10)
    later = something_happens(organisation)
    assert dispatch(at=AT) == 1
    let_commit.set()
    slow_one.join()

    assert dispatch(at=AT) == 1

    told = Event.objects.of(organisation).order_by("sequence").values_list("history", flat=True)
    assert told[0] == later.pk > told[1]
    assert sequences(organisation) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_never_told() -> None:
    organisation = EndpointFactory().organisation

    with transaction.atomic():
        something_happens(organisation)
        transaction.set_rollback(True)

    assert dispatch(at=AT) == 0
    assert sequences(organisation) == []


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_dispatchers_leave_no_gap_and_tell_nothing_twice() -> None:
    organisations = [EndpointFactory().organisation for _each in range(4)]
    person = PersonFactory()

    def write() -> None:
        for turn in range(25):
            with transaction.atomic():
                for organisation in organisations:
                    record(
                        organisation,
                        "partner_access.granted",
                        organisation=organisation,
                        by=person,
                        at=AT,
                        details={"partner": "Example Partners"},
                    )
                transaction.set_rollback(turn % 5 == 0)
            connection.close()  # there are fewer than threads: nobody keeps one

    done = threading.Event()

    def tell() -> None:
        while not done.is_set():
            dispatch(at=AT)
            connection.close()

    def write_all() -> None:
        try:
            at_once(write, write, write)
        finally:
            done.set()

    at_once(write_all, tell, tell)
    dispatch(at=AT)

    for organisation in organisations:
        assert sequences(organisation) == list(range(1, 61))
        told = Event.objects.of(organisation).values_list("history", flat=True)
        written = History.objects.of(organisation).values_list("pk", flat=True)
        assert sorted(told) == sorted(written)
        assert Stream.objects.get(organisation=organisation).last_sequence == 60
    assert Delivery.objects.count() == 240
    assert Endpoint.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_nothing_waits_for_who_is_switched_off_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint, owner = EndpointFactory(), PersonFactory()
    something_happens(endpoint.organisation)
    real = Delivery.objects.bulk_create

    def switch_off() -> None:
        endpoints.disable(endpoint, by=owner, at=AT)
        connection.close()

    person = threading.Thread(target=switch_off)

    def bulk_create(deliveries: Iterable[Delivery]) -> list[Delivery]:
        """While a person switches it off: before the deliveries, if nothing keeps them."""
        person.start()
        until(lambda: not person.is_alive() or somebody_waits_for_us())
        return real(deliveries)

    monkeypatch.setattr(Delivery.objects, "bulk_create", bulk_create)
    dispatch(at=AT)
    person.join()

    endpoint.refresh_from_db()
    assert not endpoint.is_enabled
    assert Delivery.objects.count() == 1
    assert not Delivery.objects.waiting().exists()
