"""A batch with an `Idempotency-Key` is counted once and answered the same again, or not at all."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from billing.metering import known
from billing.metering.models import (
    ApiCredential,
    CountedEvent,
    DailyTotal,
    DetailMonth,
    RefusedUsage,
)
from billing.metering.operations import credentials, reports
from portal.answered import operations, tasks
from portal.answered.models import AnsweredRequest
from subscriptions.operations import orders
from tests.factories.customers import LONG_AGO, PersonFactory, TenantFactory
from tests.factories.metering import NOON, MeterFactory, body, correction, event, taken_back
from tests.factories.shop import DEVELOPMENT_TOOLS, open_shop
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.api.oauth_world import TOKEN, World, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import DjangoAssertNumQueries, Settings


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def platform() -> str:
    """Sellers, a meter, a tenant, and the secret of who reports about everybody."""
    open_shop()
    MeterFactory()
    TenantFactory(identifier="Cust12345")
    return issue()


def issue() -> str:
    by = PersonFactory(staff=True)
    return credentials.issue_for_platform(name="Platform", by=by, at=LONG_AGO).secret


@pytest.fixture
def secret(db: None) -> str:
    return platform()


@pytest.fixture
def world(db: None) -> World:
    MeterFactory()
    return World()


def send(secret: str, content: bytes, key: str | None = "one", **headers: str) -> Any:
    if key is not None:
        headers["idempotency-key"] = key
    return Client().post(
        "/api/v1/usage/events",
        content,
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"} | headers,
    )


def said(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("code", "")


def counted() -> tuple[int, int]:
    """Events that count, by themselves and by their totals."""
    return CountedEvent.objects.count(), sum(t.events for t in DailyTotal.objects.all())


def test_the_same_again_is_answered_the_same(secret: str) -> None:
    content = body([event("Cust12345"), event("Cust404")])

    first, again = send(secret, content), send(secret, content)

    assert first.json()["accepted"] == 1
    assert (again.status_code, again.content) == (200, first.content)
    for header in ("Content-Type", "Content-Language", "Cache-Control"):
        assert again.headers[header] == first.headers[header]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert counted() == (1, 1)


def test_who_sends_no_key_pays_for_none(
    secret: str, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.METERING_MEMORY_SECONDS, settings.CLOCK_CAN_MOVE = 60, False
    known.forget()
    send(secret, body([event("Cust12345")]), key=None)  # makes the month
    send(secret, body([event("Cust12345")]), key=None)

    with django_assert_num_queries(0):  # beside what is prepared, see fetch_prepared
        send(secret, body([event("Cust12345")]), key=None)

    assert not AnsweredRequest.objects.exists()


def test_without_a_key_it_is_answered_as_it_is_now(secret: str) -> None:
    content = body([event("Cust12345")])
    send(secret, content)

    again = send(secret, content, key=None)

    assert (again.json()["accepted"], again.json()["duplicate"]) == (0, 1)
    assert AnsweredRequest.objects.count() == 1


def test_what_is_no_batch_is_answered_again_too(secret: str) -> None:
    first = send(secret, b"[]")
    again = send(secret, b"[]", **{"accept-language": "nl"})

    assert said(first) == (400, "bad_request")
    assert (again.status_code, again.content) == (400, first.content)
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Content-Language"] == first.headers["Content-Language"] == "en"


@pytest.mark.parametrize("first", [body([event("Cust12345")]), b"[]"], ids=["batch", "none"])
def test_the_key_of_another_batch_is_refused(secret: str, first: bytes) -> None:
    send(secret, first)
    before = counted()

    assert said(send(secret, body([event("Cust12345")]))) == (422, "key_used_before")
    assert counted() == before


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "é", "a b"])
def test_a_key_that_is_none_is_refused(secret: str, key: str) -> None:
    response = send(secret, body([event("Cust12345")]), key)

    assert said(response) == (400, "idempotency_key_missing")
    assert counted() == (0, 0)
    assert not AnsweredRequest.objects.exists()


def test_answers_are_dropped_after_days(secret: str, noon: time_machine.Traveller) -> None:
    content = body([event("Cust12345")])
    send(secret, content)
    noon.shift(operations.KEPT_FOR)
    assert tasks.forget() == 0

    noon.shift(dt.timedelta(seconds=1))
    assert tasks.forget() == 1
    assert send(secret, content).json()["duplicate"] == 1


def test_a_failure_leaves_neither_batch_nor_answer(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = body([event("Cust12345")])
    with monkeypatch.context() as broken:
        broken.setattr(AnsweredRequest.objects, "create", lambda **_fields: 1 / 0)
        response = send(secret, content)

    assert said(response) == (500, "internal_server_error")
    assert counted() == (0, 0)
    assert send(secret, content).json()["accepted"] == 1


def test_what_is_refused_is_noted_once(secret: str) -> None:
    authorisation = AuthorisationFactory(
        application__standard=True, active=True, tenant__identifier="Cust1"
    )
    own = credentials.issue_for_application(
        authorisation.application,
        name="Shop",
        reference="shop-1",
        by=PersonFactory(staff=True),
        at=LONG_AGO,
    )
    content = body([event("Cust1", source="shop-1/a", quantity=0)])

    for _time in range(2):
        send(own.secret, content)

    assert RefusedUsage.objects.get().events == 1


class TestWhoseKeyItIs:
    def test_another_credential_s_is_another(self, secret: str) -> None:
        content = body([event("Cust12345")])
        send(secret, content)

        assert send(issue(), content).json()["duplicate"] == 1
        assert {each.credential_id for each in AnsweredRequest.objects.all()} == {
            each.pk for each in ApiCredential.objects.all()
        }

    def test_an_application_has_it_beyond_its_access_token(
        self, world: World, noon: time_machine.Traveller
    ) -> None:
        source = f"{world.issued.credential.client_id}/gateway-1"
        content = body([event("Cust12345", source=source)])
        first = send(world.token(), content)
        noon.shift(dt.timedelta(minutes=20))

        again = send(world.token(), content)

        assert first.json()["accepted"] == 1
        assert again.content == first.content
        assert AnsweredRequest.objects.get().authorisation == world.authorisation

    def test_on_another_tenant_it_is_another(self, world: World) -> None:
        elsewhere = TenantFactory(organisation=world.organisation, identifier="Cust222")
        AuthorisationFactory(application=world.application, tenant=elsewhere, active=True)
        orders.subscribe(
            world.organisation,
            product_code=DEVELOPMENT_TOOLS,
            tenant=elsewhere,
            by=world.owner,
            at=NOON,
        )
        source = f"{world.issued.credential.client_id}/gateway-1"
        content = body([event("Cust12345", source=source)])
        send(world.token(), content)
        response = ask(TOKEN, world.issued, tenant="Cust222", scope="usage:write")

        answer = send(response.json()["access_token"], content).json()

        assert [each["code"] for each in answer["rejections"]] == ["unknown_tenant"]

    def test_it_is_somebody_s_and_only_one_s(self, secret: str) -> None:
        send(secret, body([event("Cust12345")]))
        rows = AnsweredRequest.objects.all()

        for wrong in ({"credential": None}, {"authorisation": AuthorisationFactory().pk}):
            with (
                pytest.raises(IntegrityError, match="answered_request_asked_by_one"),
                transaction.atomic(),
            ):
                rows.update(**wrong)


TIMES = ["2026-11-18T10:00:00Z", "2026-10-02T10:00:00Z", "2020-01-01T00:00:00Z"]
KNOWN = [str(UUID(int=number, version=4)) for number in range(6)]
EVENTS = st.one_of(
    st.builds(
        event,
        st.sampled_from(["Cust12345", "Cust404"]),
        id=st.sampled_from(KNOWN),
        quantity=st.sampled_from([0, 5, 6]),
        time=st.sampled_from(
            ["2026-11-18T10:00:00Z", "2026-10-02T10:00:00Z", "2020-01-01T00:00:00Z"]
        ),
    ),
    st.builds(
        correction,
        st.just("Cust12345"),
        voids=st.sampled_from(KNOWN),
        id=st.sampled_from(KNOWN),
    ),
    st.just({"id": "neither a time nor a meter"}),
)
BATCHES = st.lists(st.tuples(st.sampled_from("ab"), st.lists(EVENTS, max_size=5)), max_size=6)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
def test_with_keys_the_first_batch_of_each_counts_and_no_other(
    secret: str, batches: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    """Whatever is in them: what is refused, twice there, or takes something back."""
    contents = [(key, body(events)) for key, events in batches]
    firsts: dict[str, bytes] = {}
    for key, content in contents:
        firsts.setdefault(key, content)
    with taken_back():
        alone = {key: send(secret, content, key=None) for key, content in firsts.items()}
        expected = rows()

    with taken_back():
        for key, content in contents:
            response = send(secret, content, key)
            if content == firsts[key]:
                assert response.status_code == alone[key].status_code
                assert response.content == alone[key].content
            else:
                assert said(response) == (422, "key_used_before")
        assert rows() == expected


def rows() -> tuple[list[Any], list[Any]]:
    counted = CountedEvent.objects.order_by("key").values_list("key", "digest", "voided_by")
    totals = DailyTotal.objects.order_by("day").values_list("day", "quantity", "events")
    return list(counted), list(totals)


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_of_many_at_once_one_is_counted(self) -> None:
        secret, content = platform(), body([event("Cust12345"), event("Cust404")])
        together = threading.Barrier(4)

        def ask() -> tuple[tuple[int, str], bytes]:
            together.wait(30)
            response = send(secret, content)
            return said(response), response.content

        with ThreadPoolExecutor(4) as threads:
            found = set(threads.map(lambda _time: on_its_own_connection(ask), range(4)))

        assert counted() == (1, 1)
        assert {each for each, _content in found} <= {(200, ""), (409, "key_in_use")}
        [answered] = {content for (status, _code), content in found if status == 200}
        assert send(secret, content).content == answered

    def test_while_one_is_counted_another_is_told_to_wait(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret, content = platform(), body([event("Cust12345")])
        inside, go_on, count = threading.Event(), threading.Event(), reports.count

        def count_and_wait(batch: reports.Batch) -> reports.Answer:
            answer = count(batch)
            inside.set()
            assert go_on.wait(30)
            return answer

        monkeypatch.setattr(reports, "count", count_and_wait)
        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(on_its_own_connection, lambda: send(secret, content))
            assert inside.wait(30)
            seen, meanwhile = counted(), send(secret, content)
            go_on.set()
            answered = first.result(30)

        assert said(meanwhile) == (409, "key_in_use")
        assert seen == (0, 0)  # neither the batch nor its answer before both are
        assert send(secret, content).content == answered.content
        assert counted() == (1, 1)

    def test_a_month_that_is_made_for_a_batch_outlives_its_failure(
        self, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        """Else it would be remembered as made, and every batch of the month would fail."""
        settings.METERING_MEMORY_SECONDS = 60
        known.forget()
        secret, content = platform(), body([event("Cust12345")])
        with monkeypatch.context() as broken:
            broken.setattr(AnsweredRequest.objects, "create", lambda **_fields: 1 / 0)
            assert send(secret, content).status_code == 500

        assert DetailMonth.objects.count() == 1
        assert counted() == (0, 0)
        assert send(secret, content).json()["accepted"] == 1


def on_its_own_connection(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()
