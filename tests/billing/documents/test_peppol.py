"""E-invoices on their way over Peppol: each attempt counts, and none stops those behind it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from structlog.testing import capture_logs

from billing.documents import operations, peppol, queries, tasks
from billing.documents.models import Transmission
from customers import clock, turns
from customers.turns import LEAVE, TAKE
from tests.factories.documents import CASES, issued

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_django import Settings

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 1, 6, 5, tzinfo=dt.UTC)


def later(minutes: int) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


@pytest.fixture
def two_wait(settings: Settings, tmp_path: Path) -> tuple[Transmission, Transmission]:
    settings.PEPPOL_ACCESS_POINT = "billing.documents.peppol.local_directory"
    settings.PEPPOL_DIRECTORY = str(tmp_path)
    for _each in range(2):
        issued()
    operations.make_due(AT)
    first, second = Transmission.objects.order_by("pk")
    return first, second


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[str]]:
    """Has the access point answer the first document with that, and others with a receipt."""

    def answer_with(first: Any) -> list[str]:
        seen: list[str] = []

        def send(_self: object, _content: bytes, *, key: str, **_who: str) -> Any:
            is_first = key in (seen or [key])[:1]
            seen.append(key)
            if is_first and isinstance(first, BaseException):
                raise first
            return first if is_first else "received"

        monkeypatch.setattr(peppol.LocalDirectory, "send", send)
        return seen

    return answer_with


@pytest.mark.parametrize(
    ("receipt", "kept"),
    [
        pytest.param("r" * 300, "r" * 200, id="longer than the row is"),
        pytest.param("a\0b", "ab", id="with a NUL"),
        pytest.param("\ud800", "?", id="half a character"),
    ],
)
def test_a_receipt_is_kept_as_far_as_the_row_can(
    two_wait: tuple[Transmission, Transmission],
    answered: Callable[[Any], list[str]],
    receipt: str,
    kept: str,
) -> None:
    answered(receipt)

    assert peppol.send_due(AT) == 2

    receipts = [each.receipt for each in Transmission.objects.order_by("pk")]
    assert receipts == [kept, "received"]
    assert peppol.send_due(AT) == 0


@pytest.mark.parametrize("receipt", ["", " ", None], ids=["empty", "a space", "none"])
def test_without_a_receipt_it_was_not_taken(
    two_wait: tuple[Transmission, Transmission],
    answered: Callable[[Any], list[str]],
    receipt: str | None,
) -> None:
    answered(receipt)

    assert peppol.send_due(AT) == 2

    first, second = Transmission.objects.order_by("pk")
    assert (first.sent_at, first.attempts, first.receipt) == (None, 1, "")
    assert first.last_error == "NoReceipt: the access point gave no receipt"
    assert first.next_attempt_at == AT + peppol.RETRY_AFTER[0]
    assert (second.sent_at, second.receipt) == (AT, "received")


def test_an_error_that_the_row_cannot_keep_is_kept_without_it(
    two_wait: tuple[Transmission, Transmission], answered: Callable[[Any], list[str]]
) -> None:
    answered(OSError("not\0now"))

    assert peppol.send_due(AT) == 2

    assert Transmission.objects.earliest("pk").last_error == "OSError: notnow"


def test_a_send_that_outlasts_its_worker_counts_and_lets_the_others_go(
    two_wait: tuple[Transmission, Transmission], answered: Callable[[Any], list[str]]
) -> None:
    answered(SoftTimeLimitExceeded())

    with pytest.raises(SoftTimeLimitExceeded):
        peppol.send_due(AT)

    first, _second = Transmission.objects.order_by("pk")
    assert (first.attempts, first.next_attempt_at) == (1, AT + peppol.ATTEMPT_TAKES)
    assert peppol.send_due(AT) == 1
    assert Transmission.objects.latest("pk").receipt == "received"


def test_what_ends_its_worker_each_time_is_given_up(
    two_wait: tuple[Transmission, Transmission], answered: Callable[[Any], list[str]]
) -> None:
    seen = answered(SoftTimeLimitExceeded())
    at = AT
    for _attempt in range(len(peppol.RETRY_AFTER) + 1):
        with pytest.raises(SoftTimeLimitExceeded):
            peppol.send_due(at, limit=1)
        at += peppol.ATTEMPT_TAKES + dt.timedelta(seconds=1)
        Transmission.objects.filter(attempts=0).update(next_attempt_at=at)
    asked = len(seen)

    peppol.send_due(at)

    [given_up] = Transmission.objects.given_up()
    assert given_up.last_error.startswith("WorkerLost")
    assert len(seen) == asked + 1  # for the other one


def test_what_was_sent_by_somebody_else_meanwhile_stays_sent(
    two_wait: tuple[Transmission, Transmission], monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(_self: object, _content: bytes, **_names: str) -> str:
        waiting = Transmission.objects.filter(sent_at=None)
        waiting.update(sent_at=AT, next_attempt_at=None, receipt="of the other")
        raise OSError("away")

    monkeypatch.setattr(peppol.LocalDirectory, "send", send)

    peppol.send_due(AT, limit=1)

    assert {each.receipt for each in Transmission.objects.all()} == {"of the other"}
    assert not Transmission.objects.filter(next_attempt_at__isnull=False).exists()


class TestTurns:
    @pytest.fixture(autouse=True)
    def rung(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What was rung for: to go on, or to come back."""
        heard: list[str] = []
        monkeypatch.setattr(tasks, "go_on", lambda _task: heard.append("go on"))
        monkeypatch.setattr(tasks, "come_back", lambda _task: heard.append("come back"))
        return heard

    @pytest.fixture(autouse=True)
    def due_by_now(self, two_wait: tuple[Transmission, Transmission]) -> None:  # noqa: ARG002
        Transmission.objects.update(next_attempt_at=clock.now())

    def test_all_that_is_due_goes_in_a_turn(self, rung: list[str]) -> None:
        assert tasks.send_over_peppol() == 2
        assert rung == []

    def test_a_turn_that_leaves_some_over_rings_for_the_next(
        self, rung: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(turns, "TURN_SECONDS", 0)

        assert tasks.send_over_peppol() == 1
        assert rung == ["go on"]

    def test_one_worker_sends_at_a_time(self, rung: list[str]) -> None:
        with psycopg.connect(**connection.get_connection_params(), autocommit=True) as another:
            another.execute(TAKE, ["billing.documents.peppol 0"])
            assert tasks.send_over_peppol() == 0
            assert rung == ["come back"]

            another.execute(LEAVE, ["billing.documents.peppol 0"])
            assert tasks.send_over_peppol() == 2


def test_peppol_is_off_unless_it_is_switched_on() -> None:
    issued()

    operations.make_due(AT)

    assert not Transmission.objects.exists()
    assert peppol.send_due(AT) == 0


def test_over_peppol(settings: Settings, tmp_path: Path) -> None:
    settings.PEPPOL_ACCESS_POINT = "billing.documents.peppol.local_directory"
    settings.PEPPOL_DIRECTORY = str(tmp_path)
    issued(CASES["NL to DE"])
    operations.make_due(AT)

    assert peppol.send_due(AT) == 1
    assert peppol.send_due(AT) == 0

    sent = Transmission.objects.get()
    assert (sent.sender, sent.receiver) == ("0106:12345678", "9930:DE999999903")
    (file,) = tmp_path.iterdir()
    assert sent.receipt == f"file {file.name}"
    assert file.read_bytes() == bytes(sent.document.content)


def test_peppol_is_tried_again(settings: Settings, tmp_path: Path) -> None:
    settings.PEPPOL_ACCESS_POINT = "billing.documents.peppol.local_directory"
    settings.PEPPOL_DIRECTORY = str(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("in the way")
    issued()
    operations.make_due(AT)

    assert peppol.send_due(AT) == 1
    assert peppol.send_due(AT) == 0

    waiting = Transmission.objects.get()
    assert waiting.last_error.startswith("NotADirectoryError")
    assert (waiting.next_attempt_at, waiting.sent_at) == (later(5), None)
    (tmp_path / "file").unlink()
    assert peppol.send_due(later(5)) == 1


@pytest.fixture
def given_up(settings: Settings, tmp_path: Path) -> Transmission:
    """Tried seven times, in two days, and never taken."""
    settings.PEPPOL_ACCESS_POINT = "billing.documents.peppol.local_directory"
    settings.PEPPOL_DIRECTORY = str(tmp_path / "file" / "below")
    (tmp_path / "file").write_text("in the way")
    issued()
    operations.make_due(AT)
    transmission = Transmission.objects.get()
    while transmission.next_attempt_at:
        peppol.send_due(transmission.next_attempt_at)
        transmission.refresh_from_db()
    return transmission


def test_what_peppol_gives_up_is_said_once(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with capture_logs() as said:
        given_up: Transmission = request.getfixturevalue("given_up")
        peppol.send_due(AT + dt.timedelta(days=30))

    [line] = [each for each in said if each["log_level"] == "error"]
    assert given_up.attempts == len(peppol.RETRY_AFTER) + 1
    assert (line["event"], line["invoice"]) == (
        "an e-invoice was given up",
        given_up.document.rendering.invoice.number,
    )
    assert line["error"].startswith("NotADirectoryError")


def test_what_was_given_up_is_listed_until_it_is_sent_again(
    given_up: Transmission, tmp_path: Path
) -> None:
    (tmp_path / "file").unlink()
    assert list(queries.transmissions_given_up()) == [given_up]

    waiting = peppol.send_again(given_up, at=later(9000))

    assert (waiting.attempts, waiting.next_attempt_at) == (0, later(9000))
    assert list(queries.transmissions_given_up()) == []
    with pytest.raises(peppol.NothingGivenUp):
        peppol.send_again(given_up, at=later(9000))
    assert peppol.send_due(later(9000)) == 1
    assert Transmission.objects.get().last_error == ""


def test_all_that_was_given_up_is_sent_again(given_up: Transmission, tmp_path: Path) -> None:
    issued()
    operations.make_due(later(9000))
    (tmp_path / "file").unlink()
    peppol.send_due(later(9000))
    sent = Transmission.objects.exclude(pk=given_up.pk).get()

    assert peppol.send_all_again(at=later(9001)) == 1

    given_up.refresh_from_db()
    assert (given_up.attempts, given_up.next_attempt_at) == (0, later(9001))
    sent.refresh_from_db()
    assert (sent.sent_at, sent.next_attempt_at) == (later(9000), None)
    assert peppol.send_due(later(9001)) == 1
    with pytest.raises(peppol.NothingGivenUp):
        peppol.send_all_again(at=later(9002))


def test_what_nobody_would_carry_is_not_sent_again(
    given_up: Transmission, settings: Settings
) -> None:
    settings.PEPPOL_ACCESS_POINT = ""

    with pytest.raises(peppol.PeppolIsOff):
        peppol.send_again(given_up, at=later(9000))
    with pytest.raises(peppol.PeppolIsOff):
        peppol.send_all_again(at=later(9000))

    given_up.refresh_from_db()
    assert given_up.next_attempt_at is None
