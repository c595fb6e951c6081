"""However many messages there are: read by none, in steps, and without the organisation's lock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import History
from portal.webhooks.event_types import EVENT_TYPES
from portal.webhooks.models import Attempt, Delivery, Endpoint, Event, Replay
from portal.webhooks.operations import endpoints, replays, underway
from portal.webhooks.queries import (
    endpoints_found,
    endpoints_going,
    endpoints_of,
    something_is_under_way,
)
from portal.webhooks.sending import Outcome
from tests.factories.customers import PersonFactory
from tests.factories.webhooks import EndpointFactory, answered, worked_off
from tests.portal.webhooks.test_deliveries import AT, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from customers.models import Person
    from portal.webhooks.querysets import EndpointQuerySet

LATER = AT + dt.timedelta(hours=1)


@pytest.fixture
def by() -> Person:
    person: Person = PersonFactory()
    return person


@pytest.fixture
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of two, where there would be a thousand."""
    monkeypatch.setattr(replays, "NUMBERS_AT_ONCE", 2)
    monkeypatch.setattr(underway, "DELETED_AT_ONCE", 2)


def accepted(endpoint: Endpoint) -> None:
    for delivery in endpoint.deliveries.all():
        answered(delivery, Outcome(status=200, duration_ms=1), at=AT)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_twos")
class TestReplay:
    def test_in_steps_everything_comes_again_once_and_in_order(self, by: Person) -> None:
        endpoint = EndpointFactory(event_types=["partner_access.granted"])
        told(endpoint, times=5)
        accepted(endpoint)
        Delivery.objects.order_by("pk")[2].delete()  # from before it wanted that

        assert replays.replay_since(endpoint, since=AT, by=by, at=LATER) == 5
        assert worked_off() == 3

        waiting = endpoint.deliveries.waiting().order_by("next_attempt_at", "event")
        assert [each.event.sequence for each in waiting] == [1, 2, 3, 4, 5]
        assert {(each.next_attempt_at, each.tries) for each in waiting} == {(LATER, 0)}
        anew = waiting.filter(replayed_at=LATER).values_list("event__sequence", flat=True)
        assert list(anew) == [1, 2, 4, 5]

    def test_what_waits_already_is_sent_now_and_once(self, by: Person) -> None:
        endpoint = EndpointFactory()
        told(endpoint)
        before = Delivery.objects.values().get()

        assert replays.replay_since(endpoint, since=AT, by=by, at=LATER) == 1
        worked_off()

        now = {"next_attempt_at": LATER, "replayed_at": LATER, "tries": 0}
        assert Delivery.objects.values().get() == before | now

    def test_only_what_this_endpoint_wants_of_its_own_organisation(self, by: Person) -> None:
        endpoint, other = EndpointFactory(event_types=["invoice.issued"]), EndpointFactory()
        told(other, times=3)
        told(endpoint, times=3)

        with pytest.raises(replays.NothingToReplay):
            replays.replay_since(endpoint, since=AT, by=by, at=LATER)

        assert not endpoint.deliveries.exists()

    def test_who_is_switched_off_meanwhile_gets_no_more(self, by: Person) -> None:
        endpoint = EndpointFactory()
        told(endpoint, times=5)
        accepted(endpoint)
        replays.replay_since(endpoint, since=AT, by=by, at=LATER)
        underway.take_steps()

        endpoints.disable(endpoint, by=by, at=LATER)
        endpoints.enable(endpoint, by=by, at=LATER)  # which brings nothing of it back

        assert worked_off() == 0
        assert not endpoint.deliveries.waiting().exists()

    def test_a_worker_that_is_killed_has_done_what_it_did(
        self, by: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = EndpointFactory()
        told(endpoint, times=5)
        accepted(endpoint)
        replays.replay_since(endpoint, since=AT, by=by, at=LATER)
        underway.take_steps()
        assert endpoint.deliveries.waiting().count() == 2
        with monkeypatch.context() as patch:
            patch.setattr(Replay, "save", _stopped)  # after the statement, before the commit
            with pytest.raises(KeyboardInterrupt):
                underway.take_steps()
        assert endpoint.deliveries.waiting().count() == 2

        worked_off()

        assert endpoint.deliveries.waiting().count() == 5
        assert not something_is_under_way()

    def test_no_message_is_read(self, by: Person) -> None:
        endpoint = EndpointFactory()
        told(endpoint, times=5)

        with CaptureQueriesContext(connection) as queries:
            replays.replay_since(endpoint, since=AT, by=by, at=LATER)
            worked_off()

        assert not any("body" in each["sql"] for each in queries)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_twos")
def test_a_removed_endpoint_leaves_its_events_and_the_others_deliveries(by: Person) -> None:
    endpoint = EndpointFactory()
    other = EndpointFactory(organisation=endpoint.organisation)
    told(endpoint, times=5)
    accepted(endpoint)

    endpoints.remove(endpoint, by=by, at=LATER)
    assert worked_off() == 3

    assert list(Endpoint.objects.all()) == [other]
    assert (Event.objects.count(), other.deliveries.count()) == (5, 5)
    assert not Attempt.objects.exists()
    assert History.objects.filter(verb__startswith="webhook.").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("in_twos")
def test_what_is_removed_is_gone_at_once_whatever_it_leaves_behind(by: Person) -> None:
    endpoint = EndpointFactory()
    told(endpoint, times=3)
    kept = {"address": endpoint.address, "event_types": endpoint.event_types}

    endpoints.remove(endpoint, by=by, at=LATER)
    underway.take_steps()

    with pytest.raises(endpoints.EndpointRemoved):
        endpoints.enable(endpoint, by=by, at=LATER)
    anew = EndpointFactory(organisation=endpoint.organisation, **kept)
    assert list(endpoints_of(anew.organisation, seeing=EVENT_TYPES)) == [anew]
    assert list(endpoints_found()) == [anew]
    assert endpoints_going(anew.organisation, seeing=EVENT_TYPES) == [endpoint.address]

    worked_off()

    assert endpoints_going(anew.organisation, seeing=EVENT_TYPES) == []
    assert list(Endpoint.objects.all()) == [anew]


@pytest.mark.django_db
@pytest.mark.usefixtures("in_twos")
def test_what_is_wrong_with_one_stops_no_other(by: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, other = EndpointFactory(), EndpointFactory()
    for each in (broken, other):
        told(each)
        endpoints.remove(each, by=by, at=LATER)
    real = underway.empty_some

    def empty_some(endpoint_id: int) -> bool:
        if endpoint_id == broken.pk:
            raise ValueError("something in its rows")
        return real(endpoint_id)

    monkeypatch.setattr(underway, "empty_some", empty_some)

    worked_off()

    assert list(Endpoint.objects.all()) == [broken]


def _stopped(*_arguments: object, **_more: object) -> None:
    raise KeyboardInterrupt


@pytest.fixture
def colleague(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another connection, which waits for nobody."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another:
        another.execute("SET lock_timeout = '200ms'")
        yield another


@pytest.mark.usefixtures("in_twos")
@pytest.mark.parametrize(
    ("module", "work"),
    [
        pytest.param(
            replays,
            lambda endpoint, by: replays.replay_since(endpoint, since=AT, by=by, at=LATER),
            id="replay",
        ),
        pytest.param(
            underway,
            lambda endpoint, by: endpoints.remove(endpoint, by=by, at=LATER),
            id="removal",
        ),
    ],
)
def test_while_it_goes_on_the_organisation_is_anybodys(
    colleague: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    work: Callable[[Endpoint, Person], object],
) -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    told(endpoint, times=5)
    steps = list[object]()

    def lock_alone(found: EndpointQuerySet) -> Endpoint | None:
        """Then, in the same transaction, somebody else takes the organisation."""
        locked_one = endpoints.lock_alone(found)
        locked = "SELECT 1 FROM customers_organisation WHERE id = %s FOR NO KEY UPDATE"
        steps.append(colleague.execute(locked, [endpoint.organisation_id]).fetchone())
        return locked_one

    monkeypatch.setattr(module, "lock_alone", lock_alone)
    work(endpoint, by)
    worked_off()

    assert len(steps) >= 3
