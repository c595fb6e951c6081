"""The nightly check: each rule in a message of its own, so that none goes unchecked quietly."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from billing import tasks
from billing.invariants import every
from billing.models import BrokenRule
from billing.operations import breaches
from billing.queries.breaches import checked_last_at, is_being_checked
from customers import clock
from customers.turns import place
from subscriptions.applications.models import AuthorisationStatus
from tests.factories.billing import subscriber
from tests.factories.customers import TenantFactory
from tests.factories.shop import include_in, open_shop
from tests.factories.subscriptions import AuthorisationFactory
from tests.portal.management.conftest import ORDERED

if TYPE_CHECKING:
    import datetime as dt

    from catalog.models import Seller


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rules for which a message waits."""
    rung: list[int] = []
    monkeypatch.setattr(tasks.check_invariant, "delay", rung.append)
    return rung


def check_the_rest(rung: list[int]) -> list[int]:
    """How many breaches each rule has, in the order of the messages."""
    found = []
    while rung:
        found.append(tasks.check_invariant(rung.pop(0)))
    return found


@pytest.mark.django_db
def test_a_rule_that_takes_too_long_is_broken_and_the_next_is_checked(
    rung: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = every.RULES[:2]

    def take_too_long(*, at: dt.datetime) -> list[str]:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(first, "check", take_too_long)
    monkeypatch.setattr(second, "check", lambda **_instant: ["Invoice 1", "Invoice 2"])
    monkeypatch.setattr(every, "RULES", (first, second))

    with capture_logs() as logged:
        tasks.check_invariants()
        counted = check_the_rest(rung)

    too_long = "not checked: it took too long"
    assert counted == [1, 2]
    errors = [each for each in logged if each["log_level"] == "error"]
    assert [(each["event"], each["rule"], each.get("what")) for each in errors] == [
        ("invariant broken", first.RULE, too_long),
        ("invariant broken", second.RULE, "Invoice 1"),
        ("invariant broken", second.RULE, "Invoice 2"),
    ]
    assert list(BrokenRule.objects.order_by("pk").values_list("rule", "examples")) == [
        (first.RULE, [too_long]),
        (second.RULE, ["Invoice 1", "Invoice 2"]),
    ]
    assert checked_last_at() is not None
    assert not is_being_checked(at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_of_two_checks_at_once_one_goes_on(rung: list[int]) -> None:
    held, let_go = threading.Event(), threading.Event()

    def another() -> None:
        with place(breaches.WORK) as alone:
            assert alone
            held.set()
            let_go.wait(30)
        connection.close()

    other = threading.Thread(target=another)
    other.start()
    assert held.wait(30)
    try:
        assert tasks.check_invariant(0) == 0
        assert rung == []
    finally:
        let_go.set()
        other.join()

    tasks.check_invariant(0)
    assert rung == [1]
    assert is_being_checked(at=clock.now())


@pytest.fixture
def idle_worker(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Takes each message as soon as it is rung, over a connection of its own; the rules it checked.

    Nothing can be noted of the first.
    """
    checked: list[int] = []

    def check(number: int, *, at: dt.datetime) -> every.Checked:
        checked.append(number)
        return every.Checked("Rule", (), f"{number} of {at}")

    def note(_checked: every.Checked, *, at: dt.datetime) -> None:
        if checked == [0]:
            raise OperationalError(f"at {at}")

    def work(number: int) -> None:
        try:
            with suppress(OperationalError):
                tasks.check_invariant(number)
        finally:
            connection.close()

    def take(number: int) -> None:
        worker = threading.Thread(target=work, args=[number])
        worker.start()
        worker.join()

    monkeypatch.setattr(every, "RULES", every.RULES[:3])
    monkeypatch.setattr(every, "check_rule", check)
    monkeypatch.setattr(breaches, "note", note)
    monkeypatch.setattr(tasks.check_invariant, "delay", take)
    return checked


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_takes_the_next_message_at_once_finds_the_place_free(
    idle_worker: list[int],
) -> None:
    tasks.check_invariants()

    assert idle_worker == [0, 1, 2]
    assert checked_last_at() is not None
    assert not is_being_checked(at=clock.now())


def test_what_a_plan_no_longer_includes_is_followed_before_the_nightly_check(
    rung: list[int], db: None
) -> None:
    """The catalogue was loaded after the last full hour, and nothing is wrong."""
    open_shop()
    let_in = AuthorisationFactory(active=True, tenant=TenantFactory(crm_suite_core=True))
    include_in(["super"])

    tasks.check_invariants()

    assert set(check_the_rest(rung)) == {0}
    let_in.refresh_from_db()
    assert let_in.status == AuthorisationStatus.DEACTIVATED


def test_every_rule_is_checked_once(rung: list[int], seller: Seller) -> None:
    clock.move_to(ORDERED)
    subscriber(ORDERED)

    tasks.check_invariants()

    assert check_the_rest(rung) == [0] * len(every.RULES)
