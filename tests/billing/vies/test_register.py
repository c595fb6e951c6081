"""What counts as a yes, a no and no answer, over HTTP from a register on this machine."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.vies import register
from billing.vies.models import Consultation
from billing.vies.register import Question, Reply, Vies, open_register, read
from customers.lines import Answer
from tests.fakes import vies as fake

if TYPE_CHECKING:
    from pytest_django.fixtures import Settings

    from tests.fakes.vies import FakeVies

VALID, INVALID, SILENT = Consultation.Outcome

QUESTION = Question(
    country="DE",
    vat_number="DE 999 999 903",
    asked_by_country="NL",
    asked_by="NL000099998B57",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


def ask(question: Question = QUESTION) -> Reply:
    with open_register() as opened:
        return opened.ask(question)


def test_a_question_names_both_numbers_without_their_prefixes(vies: FakeVies) -> None:
    ask()

    assert vies.paths == ["/vies/rest-api/check-vat-number"]
    assert vies.asked == [
        {
            "countryCode": "DE",
            "vatNumber": "999999903",
            "requesterMemberStateCode": "NL",
            "requesterNumber": "000099998B57",
        }
    ]


def test_greece_has_another_prefix_than_country_code(vies: FakeVies) -> None:
    ask(replace(QUESTION, country="GR", vat_number="094259216"))

    assert vies.numbers == ["EL094259216"]


def test_a_yes_brings_its_consultation_number(vies: FakeVies) -> None:
    vies.answers[""] = fake.valid("WAPIAAAAZ9xLmN01", name="Voorbeeld SA", address="Rue 1\nLiège")

    assert ask() == Reply(
        outcome=VALID,
        consultation_number="WAPIAAAAZ9xLmN01",
        name="Voorbeeld SA",
        address="Rue 1 Liège",
    )


def test_what_a_member_state_does_not_tell_is_empty(vies: FakeVies) -> None:
    reply = ask()

    assert (reply.name, reply.address) == ("", "")


def test_a_no(vies: FakeVies) -> None:
    vies.answers[""] = fake.invalid()

    assert ask() == Reply(outcome=INVALID)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        pytest.param(fake.silent("MS_UNAVAILABLE"), "MS_UNAVAILABLE", id="a member state is away"),
        pytest.param(
            fake.silent("MS_MAX_CONCURRENT_REQ", status=500), "MS_MAX_CONCURRENT_REQ", id="too many"
        ),
        pytest.param(fake.silent("INVALID_INPUT", status=400), "INVALID_INPUT", id="not our no"),
        pytest.param(
            (200, b'{"valid": false, "userError": "MS_UNAVAILABLE", "name": "---"}'),
            "MS_UNAVAILABLE",
            id="a no beside an error",
        ),
        pytest.param(
            (200, b'{"valid": true, "userError": "TIMEOUT"}'), "TIMEOUT", id="a yes beside an error"
        ),
        pytest.param((503, b"<html>busy</html>"), "HTTP 503", id="a page"),
        pytest.param((503, b'{"valid": true}'), "HTTP 503", id="a yes that is a failure"),
        pytest.param((302, b'{"valid": true}'), "HTTP 302", id="somewhere else"),
        pytest.param((200, b"<html>"), "not an answer as agreed", id="rubbish"),
        pytest.param((200, b'{"valid": "true"}'), "not an answer as agreed", id="a word for a yes"),
        pytest.param((200, b'{"valid": null}'), "not an answer as agreed", id="nothing"),
        pytest.param((200, b"[true]"), "not an answer as agreed", id="a list"),
        pytest.param((200, b'{"actionSucceed": false}'), "UNKNOWN_ERROR", id="without a word"),
        pytest.param((200, b"[" * 90_000), "not an answer as agreed", id="a deep one"),
        pytest.param((200, b"x" * 200_000), "answer too long", id="a long one"),
    ],
)
def test_no_answer(vies: FakeVies, answer: tuple[int, bytes], trouble: str) -> None:
    vies.answers[""] = answer

    assert ask() == Reply(outcome=SILENT, trouble=trouble)


def test_nobody_listens(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.VIES_URL = f"http://127.0.0.1:{taken.getsockname()[1]}"

        reply = ask()

    assert reply.outcome == SILENT
    assert reply.trouble.startswith("ConnectionRefusedError")


def test_who_drips_is_hung_up_on(vies: FakeVies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "LIMITS", replace(register.LIMITS, deadline_seconds=0.3))
    vies.drip_seconds = 0.1
    begun = time.monotonic()

    reply = ask()

    assert reply == Reply(outcome=SILENT, trouble="TimeoutError: no answer in time")
    assert time.monotonic() - begun < 2


def test_the_next_question_is_asked_after_a_silence(vies: FakeVies) -> None:
    vies.answers["DE"] = (200, b"x" * 200_000)
    line = Vies(vies.address)

    silent, answered = line.ask(QUESTION), line.ask(replace(QUESTION, country="AT"))
    line.close()

    assert (silent.outcome, answered.outcome) == (SILENT, VALID)


@given(content=JSON, status=st.integers(100, 599))
def test_only_a_plain_yes_is_one(content: Any, status: int) -> None:
    reply = read(Answer(status, json.dumps(content).encode()))

    is_dict = isinstance(content, dict)
    if reply.outcome == VALID:
        assert is_dict
        assert content["valid"] is True
        assert 200 <= status < 300
    assert bool(reply.trouble) == (reply.outcome == SILENT)
    assert len(reply.trouble) <= 100
