"""Money, numbers, dates and times as people of a language write them. Pure; Babel knows how.

Used by the template filters, and by whoever writes a sentence outside a template (mails,
messages, CSV). Every function takes the language as Django names it ("en", "nl", …).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent, get_currency_symbol

if TYPE_CHECKING:
    from decimal import Decimal

# British dates (1 December 2026) with the British spelling of the house; nb for Norwegian.
_LOCALES = {"en": "en_GB", "no": "nb"}

# Between a day and a time, what CLDR calls the "at time" pattern and Babel does not carry.
_AT = {"en": "at", "nl": "om", "no": "kl.", "nb": "kl.", "sv": "kl.", "da": "kl.", "de": "um"}

NO_BREAK = "\u00a0"
MINUS = "\u2212"


@lru_cache(maxsize=16)
def locale_of(language: str) -> Locale:
    """The Babel locale for a Django language code; an unknown one falls back to English."""
    code = language.lower().replace("-", "_")
    try:
        return Locale.parse(_LOCALES.get(code, code))
    except (ValueError, UnknownLocaleError):
        return Locale.parse(_LOCALES["en"])


def money_text(amount: Decimal, currency: str, language: str, *, exact: bool = False) -> str:
    """`amount` in whole units of `currency`: "€ 588,00" (nl), "€588.00" (en), "NOK 588.00".

    Two decimals as on an invoice; `exact=True` keeps the up to six decimals of a usage price.
    """
    locale = locale_of(language)
    pattern = locale.currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale=locale)
    text: str = pattern.apply(
        amount,
        locale,
        currency=currency,
        currency_digits=not exact,
        decimal_quantization=not exact,
    )
    # "NOK588.00" runs together in English; a symbol that ends in a letter gets its space.
    if symbol[-1].isalpha():
        text = re.sub(rf"{re.escape(symbol)}(?=\d)", f"{symbol}{NO_BREAK}", text)
    # A minus sign, not a hyphen: it lines up with digits and is read aloud as "minus".
    return text.replace("-", MINUS)


def difference_text(amount: Decimal, currency: str, language: str) -> str:
    """As `money_text`, with a plus where the minus would stand: "€ +49,00" (nl), "+€49.00" (en)."""
    if amount <= 0:
        return money_text(amount, currency, language)
    return money_text(-amount, currency, language).replace(MINUS, "+")


def number_text(number: Decimal | int, language: str) -> str:
    """A count or quantity with the separators of the language: "118,402", "118.402"."""
    return format_decimal(number, locale=locale_of(language))


def percent_text(rate: Decimal, language: str) -> str:
    """A rate as a fraction (0.21) written as a percentage: "21 %" or "21%"."""
    return format_percent(rate, locale=locale_of(language), decimal_quantization=False)


def day_text(day: dt.date, language: str, *, short: bool = False) -> str:
    """A calendar day: "31 december 2026"; short "31 dec 2026"."""
    return format_date(day, "medium" if short else "long", locale=locale_of(language))


def month_text(month: dt.date, language: str) -> str:
    """The month a day lies in: "december 2026"."""
    return format_skeleton("yMMMM", month, locale=locale_of(language))


def period_text(from_: dt.date, until: dt.date, language: str) -> str:
    """A half-open period as people say it, last day included: "1-31 december 2026"."""
    last = until - dt.timedelta(days=1)
    last_text = day_text(last, language)
    if last <= from_:
        return day_text(from_, language)
    if (last.year, last.month) != (from_.year, from_.month):
        return f"{day_text(from_, language)} \u2013 {last_text}"
    # Norwegian, Danish and German write an ordinal: "1.-31. Dezember 2026".
    dot = "." if last_text.startswith(f"{last.day}.") else ""
    return f"{from_.day}{dot}\u2013{last_text}"


def instant_text(at: dt.datetime, language: str, *, short: bool = False) -> str:
    """An instant in its own zone, which it names: "31 december 2026 om 23:59 CET".

    Short writes the month in three letters and leaves out the word between: for tables.
    """
    day = day_text(at.date(), language, short=short)
    time = f"{at:%H:%M}{NO_BREAK}{at.tzname()}"
    return f"{day}, {time}" if short else f"{day} {_AT.get(language[:2], _AT['en'])} {time}"


def instant_of_year_text(at: dt.datetime, language: str) -> str:
    """As the short one, and its year goes without saying: "31 dec, 23:59 CET"."""
    day = format_skeleton("MMMd", at.date(), locale=locale_of(language))
    return f"{day}, {at:%H:%M}{NO_BREAK}{at.tzname()}"


def last_minute(until: dt.datetime) -> dt.datetime:
    """The last minute before a half-open bound: what ends at 1 January 00:00 works until 23:59.

    Only a bound on midnight is moved; an end at 14:32 is said as it is.
    """
    if (until.hour, until.minute, until.second) == (0, 0, 0):
        return until - dt.timedelta(minutes=1)
    return until
