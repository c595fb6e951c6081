"""Numbers that organisations go by, checked for form only: pure, offline, never "does it exist"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stdnum.ch import uid as swiss_business
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat
from stdnum.no import orgnr as norwegian_organisation

if TYPE_CHECKING:
    from collections.abc import Callable

# The VAT prefix of Greece is not its country code.
VAT_PREFIXES = {"GR": "EL"}

# Of every country whose form is known, an invented number in it, to show what is asked for.
VAT_NUMBERS_SHOWN = {
    "AT": "ATU12345675", "BE": "BE0123456749", "BG": "BG123456786", "CH": "CHE-123.456.788 MWST",
    "CY": "CY10123450A", "CZ": "CZ12345679", "DE": "DE123456788", "DK": "DK12345674",
    "EE": "EE123456780", "ES": "ESB12345674", "FI": "FI12345671", "FR": "FR11123456782",
    "GB": "GB123456727", "GR": "EL123456783", "HR": "HR12345678903", "HU": "HU12345676",
    "IE": "IE1234567T", "IT": "IT12345670017", "LT": "LT123456715", "LU": "LU12345613",
    "LV": "LV40001234561", "MT": "MT12345634", "NL": "NL123456789B13", "NO": "NO 123456785 MVA",
    "PL": "PL1234563218", "PT": "PT123456789", "RO": "RO12345674", "SE": "SE123456789701",
    "SI": "SI12345679", "SK": "SK2021234501",
}  # fmt: skip


def vat_number_is_well_formed(country: str, number: str) -> bool:
    """Whether `number` can be a VAT number of `country` (ISO 3166-1 alpha-2).

    European Union: the country's own structure and check digits, with its prefix or without.
    Norway: organisation number followed by MVA. Great Britain: HMRC's. Switzerland: the UID,
    with what it is registered for or without. Elsewhere nothing is known of the form, so any
    number passes.
    """
    prefix = VAT_PREFIXES.get(country, country)
    if country.lower() in eu_vat.MEMBER_STATES:
        return _passes(eu_vat.validate, _with_prefix(prefix, number))
    if country == "NO":
        return _passes(norwegian_vat.validate, number)
    if country == "GB":
        return _passes(british_vat.validate, number)
    if country == "CH":
        return _passes(swiss_vat.validate, number) or _passes(swiss_business.validate, number)
    return bool(number.strip())


def norwegian_organisation_number_is_well_formed(number: str) -> bool:
    """Nine digits with the modulo 11 check digit of Brønnøysundregistrene."""
    return _passes(norwegian_organisation.validate, number)


def registration_number_is_well_formed(country: str, number: str) -> bool:
    """Whether `number` can be one of the trade register of `country` (ISO 3166-1 alpha-2).

    Of Norway and Switzerland the form is known; elsewhere any number passes.
    """
    if country == "NO":
        return norwegian_organisation_number_is_well_formed(number)
    if country == "CH":
        return _passes(swiss_business.validate, number)
    return bool(number.strip())


def has_number_of_a_business(country: str, *, vat_number: str, registration_number: str) -> bool:
    """Whether one of its numbers, by its form, shows that somebody in `country` is a business."""
    has_vat_number = bool(vat_number) and vat_number_is_well_formed(country, vat_number)
    return has_vat_number or registration_number_is_well_formed(country, registration_number)


def compact_vat_number(number: str) -> str:
    """As it is stored and printed: upper case, no blanks, dots or dashes."""
    return "".join(character for character in number.upper() if character.isalnum())


def split_vat_number(country: str, number: str) -> tuple[str, str]:
    """A VAT number of a member state as registers take it: prefix and what follows.

    ("GR", "EL 123456783") is ("EL", "123456783").
    """
    prefix = VAT_PREFIXES.get(country, country)
    return prefix, _with_prefix(prefix, number).removeprefix(prefix)


def _with_prefix(prefix: str, number: str) -> str:
    compact = compact_vat_number(number)
    return compact if compact.startswith(prefix) else prefix + compact


def _passes(validate: Callable[[str], str], number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True
