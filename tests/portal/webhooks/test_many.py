"""However many messages there are: read by none, in steps, and without the organisation's lock."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import History
from portal.webhooks.models import Attempt, Delivery, Endpoint, Event
from portal.webhooks.operations import endpoints, replays
from portal.webhooks.sending import Outcome
from tests.factories.customers import PersonFactory
from tests.factories.webhooks import EndpointFactory, answered
from tests.portal.webhooks.test_deliveries import AT, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from customers.models import Person

LATER = AT + dt.timedelta(hours=1)


@pytest.fixture
def by() -> Person:
    person: Person = PersonFactory()
    return person


@pytest.fixture
def in_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of two, where there would be a thousand."""
    monkeypatch.setattr(replays, "NUMBERS_AT_ONCE", 2)
    monkeypatch.setattr(endpoints, "DELETED_AT_ONCE", 2)


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

        waiting = endpoint.deliveries.waiting().order_by("next_attempt_at", "event")
        assert [each.event.sequence for each in waiting] == [1, 2, 3, 4, 5]
        assert {(each.next_attempt_at, each.tries) for each in waiting} == {(LATER, 0)}
        anew = waiting.filter(replayed_at=LATER).values_list("event__sequence", flat=True)
        assert list(anew) == [1, 2, 4, 5]

    def test_what_waits_already_goes_on_waiting(self, by: Person) -> None:
        endpoint = EndpointFactory()
        told(endpoint)
        before = Delivery.objects.values().get()

        assert replays.replay_since(endpoint, since=AT, by=by, at=LATER) == 1

        assert Delivery.objects.values().get() == before

    def test_only_what_this_endpoint_wants_of_its_own_organisation(self, by: Person) -> None:
        endpoint, other = EndpointFactory(event_types=["invoice.issued"]), EndpointFactory()
        told(other, times=3)
        told(endpoint, times=3)

        with pytest.raises(replays.NothingToReplay):
            replays.replay_since(endpoint, since=AT, by=by, at=LATER)

        assert not endpoint.deliveries.exists()

    def test_who_is_switched_off_meanwhile_gets_no_more(
        self, by: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        endpoint = EndpointFactory()
        told(endpoint, times=5)
        accepted(endpoint)
        step = replays._send_again

        def switched_off_after(*arguments: object, **more: object) -> bool:
            done: bool = step(*arguments, **more)  # type: ignore[arg-type]
            if Endpoint.objects.get().is_enabled:
                endpoints.disable(endpoint, by=by, at=LATER)
            return done

        monkeypatch.setattr(replays, "_send_again", switched_off_after)
        replays.replay_since(endpoint, since=AT, by=by, at=LATER)

        assert not endpoint.deliveries.waiting().exists()

    def test_no_message_is_read(self, by: Person) -> None:
        endpoint = EndpointFactory()
        told(endpoint, times=5)

        with CaptureQueriesContext(connection) as queries:
            replays.replay_since(endpoint, since=AT, by=by, at=LATER)

        assert not any("body" in each["sql"] for each in queries)


@pytest.mark.django_db
@pytest.mark.usefixtures("in_twos")
def test_a_removed_endpoint_leaves_its_events_and_the_others_deliveries(by: Person) -> None:
    endpoint = EndpointFactory()
    other = EndpointFactory(organisation=endpoint.organisation)
    told(endpoint, times=5)
    accepted(endpoint)

    endpoints.remove(endpoint, by=by, at=LATER)

    assert list(Endpoint.objects.all()) == [other]
    assert (Event.objects.count(), other.deliveries.count()) == (5, 5)
    assert not Attempt.objects.exists()
    assert History.objects.filter(verb__startswith="webhook.").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("in_twos")
def test_a_removal_that_was_stopped_halfway_is_done_again(
    by: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = EndpointFactory()
    told(endpoint, times=3)
    with monkeypatch.context() as patch:
        patch.setattr(endpoints, "_remove", _stopped)
        with pytest.raises(KeyboardInterrupt):
            endpoints.remove(endpoint, by=by, at=LATER)
    endpoint.refresh_from_db()
    assert not endpoint.is_enabled

    endpoints.remove(endpoint, by=by, at=LATER)

    assert not Endpoint.objects.exists()


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
    ("module", "step", "work"),
    [
        pytest.param(
            replays,
            "_send_again",
            lambda endpoint, by: replays.replay_since(endpoint, since=AT, by=by, at=LATER),
            id="replay",
        ),
        pytest.param(
            endpoints,
            "_forget_some",
            lambda endpoint, by: endpoints.remove(endpoint, by=by, at=LATER),
            id="removal",
        ),
    ],
)
def test_while_it_goes_on_the_organisation_is_anybodys(
    colleague: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    module: object,
    step: str,
    work: Callable[[Endpoint, Person], object],
) -> None:
    endpoint, by = EndpointFactory(), PersonFactory()
    told(endpoint, times=5)
    real, steps = getattr(module, step), list[object]()

    def watched(*arguments: object, **more: object) -> object:
        locked = "SELECT 1 FROM customers_organisation WHERE id = %s FOR NO KEY UPDATE"
        steps.append(colleague.execute(locked, [endpoint.organisation_id]).fetchone())
        return real(*arguments, **more)

    monkeypatch.setattr(module, step, watched)
    work(endpoint, by)

    assert len(steps) >= 3
