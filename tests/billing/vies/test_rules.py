"""What an answer is worth, and when the register is asked again."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.drafts import Buyer
from billing.vat import VatNumber
from billing.vies.rules import (
    ASKED_AGAIN_AFTER,
    COUNTS_FOR,
    RETRY_AFTER,
    Answer,
    retry_at,
    round_begun,
    vat_number_of,
)
from subscriptions.periods import Month

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
DECEMBER = Month(2026, 12).starts_at(AMSTERDAM)

INSTANTS = st.datetimes(
    dt.datetime(2020, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    dt.datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


def buyer(*, well_formed: bool = True, asks: bool = True, answer: Answer | None = None) -> Buyer:
    return Buyer(
        country="DE",
        vat_number_well_formed=well_formed,
        has_address=True,
        asks_register=asks,
        answer=answer,
    )


def yes(*, before: dt.timedelta) -> Answer:
    return Answer(is_valid=True, asked_at=DECEMBER - before)


def no(*, before: dt.timedelta) -> Answer:
    return Answer(is_valid=False, asked_at=DECEMBER - before)


SECOND = dt.timedelta(seconds=1)
A_WEEK = dt.timedelta(days=7)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(buyer(asks=False), VatNumber.VALID, id="off: its form is enough"),
        pytest.param(buyer(asks=False, well_formed=False), VatNumber.MISSING, id="off, no number"),
        pytest.param(buyer(well_formed=False), VatNumber.MISSING, id="no number"),
        pytest.param(buyer(), VatNumber.UNCONFIRMED, id="never answered"),
        pytest.param(buyer(answer=yes(before=A_WEEK)), VatNumber.VALID, id="a yes"),
        pytest.param(
            buyer(answer=yes(before=COUNTS_FOR)), VatNumber.VALID, id="just recent enough"
        ),
        pytest.param(
            buyer(answer=yes(before=COUNTS_FOR + SECOND)),
            VatNumber.UNCONFIRMED,
            id="too long ago",
        ),
        pytest.param(
            buyer(answer=yes(before=-A_WEEK)), VatNumber.VALID, id="since the month began"
        ),
        pytest.param(buyer(answer=no(before=A_WEEK)), VatNumber.REFUSED, id="a no"),
        pytest.param(
            buyer(answer=no(before=10 * COUNTS_FOR)),
            VatNumber.REFUSED,
            id="a no, however long ago",
        ),
    ],
)
def test_vat_number_of(of: Buyer, expected: VatNumber) -> None:
    assert vat_number_of(of, at=DECEMBER) is expected


@given(asked_at=INSTANTS)
def test_a_yes_counts_for_the_two_runs_after_it(asked_at: dt.datetime) -> None:
    """So whoever was answered about in one round is invoiced although the next one fails."""
    first = Month.at(asked_at, AMSTERDAM).next
    known = buyer(answer=Answer(is_valid=True, asked_at=asked_at))

    for month in (first, first.next):
        assert vat_number_of(known, at=month.starts_at(AMSTERDAM)) is VatNumber.VALID


@pytest.mark.parametrize(
    ("at", "begun"),
    [
        pytest.param("2026-11-24T23:59", "2026-10-25T00:00", id="not this month's yet"),
        pytest.param("2026-11-25T00:00", "2026-11-25T00:00", id="this month's"),
        pytest.param("2026-12-01T00:00", "2026-11-25T00:00", id="when the run begins"),
        pytest.param("2027-01-03T12:00", "2026-12-25T00:00", id="last year's"),
    ],
)
def test_a_round_begins_before_the_run(at: str, begun: str) -> None:
    instant = dt.datetime.fromisoformat(at).replace(tzinfo=AMSTERDAM)

    found = round_begun(instant.astimezone(dt.UTC), AMSTERDAM)

    assert found.astimezone(AMSTERDAM).isoformat(timespec="minutes")[:16] == begun


@given(at=INSTANTS)
def test_a_round_has_begun_within_the_month(at: dt.datetime) -> None:
    begun = round_begun(at, AMSTERDAM)

    assert begun <= at < begun + dt.timedelta(days=31, hours=1)  # and an hour of summer time


@given(silences=st.integers(1, 10_000))
def test_a_silent_state_is_asked_less_and_less_often_and_for_ever(silences: int) -> None:
    first, following = (retry_at(DECEMBER, each) for each in (silences, silences + 1))

    assert DECEMBER < first <= following <= DECEMBER + RETRY_AFTER[-1]


def test_a_no_is_asked_again_before_the_next_round() -> None:
    assert dt.timedelta(days=28) > ASKED_AGAIN_AFTER
