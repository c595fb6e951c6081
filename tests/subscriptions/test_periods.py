from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.periods import (
    Month,
    end_of,
    first_day_free,
    last_day_before,
    local_day,
    month_end,
    months,
    start_of,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
# Hypothesis takes naive bounds and puts the zone on what lies between.
FIRST, LAST = dt.datetime(2024, 1, 1), dt.datetime(2031, 1, 1)  # noqa: DTZ001
INSTANTS = st.datetimes(FIRST, LAST, timezones=st.just(dt.UTC))
ZONES = st.sampled_from([AMSTERDAM, ZoneInfo("Europe/Oslo"), ZoneInfo("UTC")])


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("month", "days"),
    [
        pytest.param(Month(2026, 2), 28, id="february"),
        pytest.param(Month(2028, 2), 29, id="leap-february"),
        pytest.param(Month(2026, 11), 30, id="november"),
        pytest.param(Month(2026, 12), 31, id="december"),
    ],
)
def test_days_of_a_month(month: Month, days: int) -> None:
    assert month.days == days


def test_month_is_the_local_one() -> None:
    just_before_local_midnight = utc("2026-11-30T22:59:59")
    local_midnight = utc("2026-11-30T23:00:00")

    assert Month.at(just_before_local_midnight, AMSTERDAM) == Month(2026, 11)
    assert Month.at(local_midnight, AMSTERDAM) == Month(2026, 12)


@pytest.mark.parametrize(
    ("at", "notice_days", "end"),
    [
        pytest.param("2026-11-23T12:00", 0, "2026-11-30T23:00", id="mid-month"),
        pytest.param("2026-11-30T22:59:59", 0, "2026-11-30T23:00", id="one-second-before"),
        pytest.param("2026-11-30T23:00", 0, "2026-12-31T23:00", id="at-the-turn-it-is-next-month"),
        pytest.param("2026-11-23T12:00", 30, "2026-12-31T23:00", id="thirty-days-notice"),
        pytest.param("2028-02-29T12:00", 0, "2028-02-29T23:00", id="leap-day"),
        pytest.param("2026-03-29T12:00", 0, "2026-03-31T22:00", id="summer-time-began"),
        pytest.param("2026-10-24T12:00", 0, "2026-10-31T23:00", id="summer-time-ends-before"),
    ],
)
def test_month_end(at: str, notice_days: int, end: str) -> None:
    assert month_end(utc(at), AMSTERDAM, notice_days=notice_days) == utc(end)


@pytest.mark.parametrize(
    ("ends_at", "free"),
    [
        pytest.param("2026-11-30T23:00", "2026-12-01", id="local-midnight-leaves-the-day"),
        pytest.param("2026-11-30T23:00:01", "2026-12-02", id="a-second-later-has-used-it"),
        pytest.param("2026-11-30T22:59:59", "2026-12-01", id="a-second-earlier-used-the-last"),
    ],
)
def test_first_day_free(ends_at: str, free: str) -> None:
    assert first_day_free(utc(ends_at), AMSTERDAM) == dt.date.fromisoformat(free)


def test_months_include_both_ends() -> None:
    found = list(months(Month(2026, 11), Month(2027, 1)))

    assert found == [Month(2026, 11), Month(2026, 12), Month(2027, 1)]
    assert list(months(Month(2027, 1), Month(2026, 11))) == []


def test_parse_reads_what_str_writes_and_nothing_else() -> None:
    assert str(Month.parse("2026-11")) == "2026-11"
    with pytest.raises(ValueError, match="does not match"):
        Month.parse("november")


@pytest.mark.parametrize("text", ["0001-01", "1999-12", "2100-01", "9999-12"])
def test_parse_reads_no_month_of_another_century(text: str) -> None:
    assert (str(Month.parse("2000-01")), str(Month.parse("2099-12"))) == ("2000-01", "2099-12")
    with pytest.raises(ValueError, match="2000 to 2099"):
        Month.parse(text)


@given(INSTANTS, ZONES)
def test_an_instant_lies_in_its_own_day_and_month(at: dt.datetime, zone: ZoneInfo) -> None:
    day = local_day(at, zone)
    month = Month.at(at, zone)

    assert start_of(day, zone) <= at < end_of(day, zone) == start_of(day + dt.timedelta(1), zone)
    assert last_day_before(end_of(day, zone), zone) == day
    assert month.starts_at(zone) <= at < month.next.starts_at(zone)
    assert month.next.previous == month


@given(INSTANTS, ZONES, st.integers(0, 90))
def test_a_month_end_comes_after_its_notice_and_within_a_month_of_it(
    at: dt.datetime, zone: ZoneInfo, notice_days: int
) -> None:
    end = month_end(at, zone, notice_days=notice_days)

    assert end > at + dt.timedelta(days=notice_days)
    assert end <= at + dt.timedelta(days=notice_days + 31, hours=1)
    assert first_day_free(end, zone).day == 1
