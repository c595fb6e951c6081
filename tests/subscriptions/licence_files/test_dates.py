from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.policies import DAY, RANGES, Policy
from subscriptions.licence_files.dates import Dates, dates_of

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def local(month: int, day: int, hour: int = 0, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("at", "ends_at", "expected"),
    [
        pytest.param(
            local(11, 18, 12),
            None,
            (local(11, 24), local(12, 1), local(12, 13)),
            id="to the end of the month",
        ),
        pytest.param(
            local(11, 24),
            None,
            (local(12, 25), local(1, 1, year=2027), local(1, 13, year=2027)),
            id="of the next one when that is near",
        ),
        pytest.param(
            local(11, 18, 12),
            local(12, 1),
            (local(11, 24), local(12, 1), local(12, 1)),
            id="cancelled at month end: no grace",
        ),
        pytest.param(
            local(11, 28, 12),
            local(12, 1),
            (local(11, 28, 12), local(12, 1), local(12, 1)),
            id="warned about from the first moment",
        ),
        pytest.param(
            local(11, 18, 12),
            local(12, 31),
            (local(11, 24), local(12, 1), local(12, 13)),
            id="cancelled later than it lasts",
        ),
        pytest.param(
            local(11, 18, 12),
            local(12, 6),
            (local(11, 24), local(12, 1), local(12, 6)),
            id="cancelled within its grace, which is as short",
        ),
        pytest.param(
            local(3, 20),
            None,
            (local(3, 25) - dt.timedelta(hours=1), local(4, 1), local(4, 13)),
            id="seven days of 24 hours over summer time",
        ),
    ],
)
def test_the_three_dates(
    at: dt.datetime,
    ends_at: dt.datetime | None,
    expected: tuple[dt.datetime, dt.datetime, dt.datetime],
) -> None:
    found = dates_of(ends_at=ends_at, zone=AMSTERDAM, at=at, warning=7 * DAY, grace=12 * DAY)

    assert found == Dates(*expected)


def spans(policy: Policy) -> st.SearchStrategy[dt.timedelta]:
    """Everything that staff may set."""
    bounds = RANGES[policy]
    return st.integers(bounds.lowest, bounds.highest).map(bounds.span)


@given(
    at=st.timedeltas(dt.timedelta(), 1500 * DAY).map(lambda later: local(1, 1) + later),
    lasts=st.none() | st.timedeltas(dt.timedelta(seconds=1), 100 * DAY),
    warning=spans(Policy.LICENCE_FILE_WARNING),
    grace=spans(Policy.LICENCE_FILE_GRACE),
)
def test_a_file_is_good_for_a_while_whatever_staff_set(
    at: dt.datetime, lasts: dt.timedelta | None, warning: dt.timedelta, grace: dt.timedelta
) -> None:
    """A new one is never due at once, and never outlives what was cancelled."""
    ends_at = at + lasts if lasts else None

    found = dates_of(ends_at=ends_at, zone=AMSTERDAM, at=at, warning=warning, grace=grace)

    assert at <= found.warning_at <= found.expires_at <= found.grace_until
    assert found.expires_at > at
    if ends_at is None:
        assert found.warning_at > at
        assert found.grace_until == found.expires_at + grace
    elif found.expires_at == ends_at:
        assert found.grace_until == ends_at
    else:
        assert found.expires_at < ends_at
        assert found.grace_until == min(found.expires_at + grace, ends_at)
