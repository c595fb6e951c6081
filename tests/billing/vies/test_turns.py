"""What one turn of the worker asks, and what it reads for it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.vies import tasks
from billing.vies.asking import ask_again
from billing.vies.models import Consultation
from catalog.models import Seller
from customers import turns
from tests.factories.billing import local
from tests.factories.customers import OrganisationFactory, PersonFactory
from tests.fakes import vies as fake
from tests.fakes.vies import ask_all

if TYPE_CHECKING:
    from billing.vies.asking import Due
    from billing.vies.register import Register
    from tests.fakes.vies import FakeVies

AT = local("2026-11-26")
MINUTE = dt.timedelta(minutes=1)

SCAN = '"tried_at"'
"""What the query computes of each buyer that finds who is due."""


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages for a further turn."""
    rung: list[str] = []
    monkeypatch.setattr(tasks, "go_on", lambda _task: rung.append("again"))
    return rung


def germans(number: int) -> None:
    OrganisationFactory.create_batch(number, german=True)


def test_one_look_at_the_buyers_however_many_are_asked_about(
    seller: Seller, vies: FakeVies, rung: list[str]
) -> None:
    germans(2)
    with CaptureQueriesContext(connection) as for_two:
        assert tasks.ask_register() == 2
    germans(8)
    with CaptureQueriesContext(connection) as for_eight:
        assert tasks.ask_register() == 8

    scans = [[each for each in asked if SCAN in each["sql"]] for asked in (for_two, for_eight)]
    assert [len(each) for each in scans] == [1, 1]
    # Beside it: its transaction, history and what an open run may hold.
    assert len(for_eight) - len(for_two) <= 6 * 9
    assert rung == []


def test_a_turn_that_is_over_leaves_the_rest_to_the_next(
    seller: Seller, vies: FakeVies, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    germans(2)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)

    assert tasks.ask_register() == 1
    assert rung == ["again"]
    assert tasks.ask_register() == 1
    assert len(vies.asked) == 2


def test_a_turn_of_questions_that_fail_ends_as_well(
    seller: Seller, vies: FakeVies, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    germans(3)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)
    failed: list[str] = []

    def fail(_register: Register, due: Due, *, at: dt.datetime) -> bool:
        failed.append(due.organisation.customer_number)
        raise ValueError("no such thing as an answer")

    monkeypatch.setattr(tasks, "ask", fail)

    assert tasks.ask_register() == 0
    assert len(failed) == 1
    assert rung == ["again"]


def test_a_turn_asks_a_limited_number(
    seller: Seller, vies: FakeVies, rung: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    germans(3)
    monkeypatch.setattr(tasks, "PER_TURN", 2)

    assert tasks.ask_register() == 2
    assert rung == ["again"]
    assert tasks.ask_register() == 1
    assert tasks.ask_register() == 0
    assert rung == ["again"]


def test_a_state_that_falls_silent_is_left_alone_at_once(
    seller: Seller, vies: FakeVies, rung: list[str]
) -> None:
    germans(3)
    vies.answers["DE"] = fake.silent()

    assert tasks.ask_register() == 1
    assert tasks.ask_register() == 0
    assert Consultation.objects.get().trouble == "MS_UNAVAILABLE"
    assert rung == []


def test_wishes_go_first_whoever_sells(seller: Seller, vies: FakeVies) -> None:
    """Each asked by its own seller: a Dutch one and one in Sweden that sells in Denmark."""
    Seller.objects.create(
        code="se",
        legal_name="Example Software AB",
        country="SE",
        currency="EUR",
        time_zone="Europe/Stockholm",
        payment_term_days=30,
        vat_number="SE556188840401",
        serves_countries=["DK"],
    )
    germans(1)
    danish = OrganisationFactory(country="DK", currency="EUR", vat_number="DK13585628")
    ask_all(AT)
    germans(1)

    ask_again(danish, by=PersonFactory(staff=True), at=AT + MINUTE)

    assert ask_all(AT + 2 * MINUTE) == 2
    asked = list(Consultation.objects.order_by("pk").values_list("country", "requester"))
    assert asked[2:] == [("DK", "SE556188840401"), ("DE", "NL004495445B01")]
