from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from billing.forecast import expected
from subscriptions.periods import Month
from tests.factories.billing import local

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("at", "used", "by_the_end"),
    [
        pytest.param(("2026-11-01", "00:10"), 5, 150, id="minutes say nothing of a month"),
        pytest.param(("2026-11-01", "12:00"), 500, 15_000, id="the first day is a whole one"),
        pytest.param(("2026-11-02", "00:10"), 1_000, 29_793, id="ten minutes of the second day"),
        pytest.param(("2026-11-02", "12:00"), 1_500, 30_000, id="half of the second day"),
        pytest.param(("2026-11-03", "00:00"), 2_000, 30_000, id="the third day begins"),
        pytest.param(("2026-11-03", "06:00"), 2_250, 30_000, id="a quarter of the third day"),
        pytest.param(("2026-12-01", "00:00"), 30_000, 30_000, id="it is over"),
        pytest.param(("2027-03-01", "00:00"), 30_000, 30_000, id="it was over long ago"),
        pytest.param(("2026-10-20", "00:00"), 3, 90, id="it has not begun"),
        pytest.param(("2026-11-11", "00:00"), 0, 0, id="nothing used"),
        pytest.param(("2026-11-11", "00:00"), -10, -30, id="more voided than used"),
        pytest.param(("2026-11-16", "00:00"), 10**9, 2 * 10**9, id="a thousand million units"),
    ],
)
def test_as_it_went_so_far_to_the_end(at: tuple[str, str], used: int, by_the_end: int) -> None:
    assert expected(used, Month(2026, 11), at=local(*at), zone=AMSTERDAM) == by_the_end


def test_an_hour_that_is_there_twice_counts_twice() -> None:
    """October has 745 hours; its last day has begun after 721 of them."""
    at = local("2026-10-31", "00:00")

    assert expected(7_210, Month(2026, 10), at=at, zone=AMSTERDAM) == 7_210 * 745 // 721
