from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from portal import formatting

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        pytest.param("588", "EUR", "nl", "€\u00a0588,00", id="euro in Dutch"),
        pytest.param("588", "EUR", "en", "€588.00", id="euro in English"),
        pytest.param("1234567.5", "EUR", "nl", "€\u00a01.234.567,50", id="thousands in Dutch"),
        pytest.param("1234567.5", "EUR", "en", "€1,234,567.50", id="thousands in English"),
        pytest.param("588", "NOK", "nl", "NOK\u00a0588,00", id="kroner in Dutch"),
        pytest.param("588", "NOK", "en", "NOK\u00a0588.00", id="kroner in English"),
        pytest.param("588", "NOK", "no", "588,00\u00a0kr", id="kroner in Norwegian"),
        pytest.param("-157.74", "EUR", "nl", "€\u00a0\u2212157,74", id="credit in Dutch"),
        pytest.param("-157.74", "EUR", "en", "\u2212€157.74", id="credit in English"),
        pytest.param("-157.74", "NOK", "en", "\u2212NOK\u00a0157.74", id="kroner credit"),
        pytest.param("0", "EUR", "en", "€0.00", id="nothing"),
        pytest.param("588", "EUR", "xx", "€588.00", id="unknown language falls back"),
    ],
)
def test_money_is_written_as_the_language_does(
    amount: str, currency: str, language: str, text: str
) -> None:
    assert formatting.money_text(Decimal(amount), currency, language) == text


def test_a_usage_price_keeps_its_decimals() -> None:
    price = Decimal("0.000125")

    assert formatting.money_text(price, "EUR", "nl", exact=True) == "€\u00a00,000125"


@pytest.mark.parametrize(
    ("amount", "language", "text"),
    [
        pytest.param("149.95", "nl", "€\u00a0+149,95", id="more"),
        pytest.param("-28.71", "nl", "€\u00a0\u221228,71", id="less"),
        pytest.param("0", "nl", "€\u00a00,00", id="the-same"),
        pytest.param("149.95", "en", "+€149.95", id="more-en"),
    ],
)
def test_the_plus_of_a_difference_stands_where_its_minus_would(
    amount: str, language: str, text: str
) -> None:
    assert formatting.difference_text(Decimal(amount), "EUR", language) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "31 December 2026 at 23:59\u00a0CET"),
        ("nl", "31 december 2026 om 23:59\u00a0CET"),
        ("no", "31. desember 2026 kl. 23:59\u00a0CET"),
        ("de", "31. Dezember 2026 um 23:59\u00a0CET"),
    ],
)
def test_an_instant_names_its_zone(language: str, text: str) -> None:
    at = dt.datetime(2026, 12, 31, 23, 59, tzinfo=AMSTERDAM)

    assert formatting.instant_text(at, language) == text


def test_an_instant_in_summer_says_so() -> None:
    at = dt.datetime(2026, 7, 1, 8, 5, tzinfo=AMSTERDAM)

    assert formatting.instant_text(at, "nl", short=True) == "1 jul 2026, 08:05\u00a0CEST"


@pytest.mark.parametrize(
    ("from_", "until", "language", "text"),
    [
        pytest.param((2026, 12, 1), (2027, 1, 1), "nl", "1\u201331 december 2026", id="month"),
        pytest.param((2026, 12, 1), (2027, 1, 1), "de", "1.\u201331. Dezember 2026", id="ordinal"),
        pytest.param((2028, 2, 29), (2028, 3, 1), "en", "29 February 2028", id="one day"),
        pytest.param(
            (2026, 11, 15),
            (2027, 1, 1),
            "en",
            "15 November 2026 \u2013 31 December 2026",
            id="across months",
        ),
    ],
)
def test_a_half_open_period_is_said_with_its_last_day(
    from_: tuple[int, int, int], until: tuple[int, int, int], language: str, text: str
) -> None:
    assert formatting.period_text(dt.date(*from_), dt.date(*until), language) == text


@pytest.mark.parametrize(
    ("until", "said"),
    [
        pytest.param("2027-01-01T00:00", "2026-12-31T23:59", id="midnight"),
        pytest.param("2026-12-31T14:32", "2026-12-31T14:32", id="in the afternoon"),
    ],
)
def test_an_end_at_midnight_is_said_as_the_minute_before(until: str, said: str) -> None:
    bound = dt.datetime.fromisoformat(until).replace(tzinfo=AMSTERDAM)

    assert formatting.last_minute(bound).isoformat(timespec="minutes")[:16] == said


def test_counts_rates_days_and_months() -> None:
    day = dt.date(2026, 12, 31)

    assert formatting.number_text(118402, "nl") == "118.402"
    assert formatting.number_text(118402, "en") == "118,402"
    assert formatting.percent_text(Decimal("0.21"), "nl") == "21%"
    assert formatting.day_text(day, "nl") == "31 december 2026"
    assert formatting.day_text(day, "en", short=True) == "31 Dec 2026"
    assert formatting.month_text(day, "nl") == "december 2026"
