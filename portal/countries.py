"""Countries for people to choose from, and their names."""

from __future__ import annotations

from babel import Locale

from portal.formatting import locale_of

# What CLDR names beside the countries of ISO 3166: unions, islands without a code, test regions.
_NO_COUNTRY = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)

COUNTRIES = tuple(
    sorted(
        code
        for code in map(str, Locale("en").territories)
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRY
    )
)


def country_name(code: str, language: str) -> str:
    """ "NL" as "Netherlands" or "Nederland"; a code without a name as it is."""
    return str(locale_of(language).territories.get(code, code))
