"""The legal entities in the seed files: numbers that check, one default, no country twice."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from stdnum import iban
from stdnum.eu import vat
from stdnum.no import mva

from catalog.money import Currency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.reading import Section

COUNTRY = r"[A-Z]{2}"
EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
time_zones = cache(available_timezones)  # it opens six hundred files


def read_sellers(sections: Iterable[Section]) -> tuple[Mapping[str, Any], ...]:
    """Fields of `Seller` per section, in file order; problems are noted in the sections."""
    sections = list(sections)
    sellers = tuple(_read_seller(section) for section in sections)
    _refuse_shared(sections, sellers)
    return sellers


def _read_seller(section: Section) -> dict[str, Any]:
    seller = {
        "code": section.text("code", pattern=r"[a-z0-9-]{1,20}"),
        **{key: section.text(key) for key in ("legal_name", "street", "postal_code", "city")},
        "country": section.text("country", pattern=COUNTRY),
        "vat_number": section.text("vat_number", pattern=r"[A-Z0-9]+"),
        "registration_number": section.text("registration_number"),
        "registration_label": section.text("registration_label"),
        "currency": section.choice("currency", [currency.value for currency in Currency]),
        "time_zone": section.text("time_zone"),
        "iban": section.text("iban", pattern=r"[A-Z0-9]+"),
        "bic": section.text("bic", pattern=r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?"),
        "email": section.text("email", pattern=EMAIL),
        "contact": section.text("contact", default=""),
        "phone": section.text("phone", default=""),
        "outside_eu_category": section.choice("outside_eu_category", ["O", "G"], default="O"),
        "invoice_prefix": section.text("invoice_prefix", pattern=r"[A-Z0-9]{1,10}"),
        "payment_term_days": section.whole("payment_term_days"),
        "credit_alone_up_to": section.amount("credit_alone_up_to"),
        "serves_countries": list(section.words("serves_countries", default=())),
        "is_default": section.flag("is_default", default=False),
        "example": section.flag("example", default=False),
    }
    _refuse_wrong_numbers(section, seller)
    section.finish()
    return seller


def _refuse_wrong_numbers(section: Section, seller: Mapping[str, Any]) -> None:
    """Numbers with check digits are checked: a typing mistake would be on every invoice."""
    if seller["time_zone"] and seller["time_zone"] not in time_zones():
        section.refuse(f"{seller['time_zone']!r} is not a time zone", "time_zone")
    checks_vat = mva if seller["country"] == "NO" else vat
    if seller["vat_number"] and not checks_vat.is_valid(seller["vat_number"]):
        section.refuse(f"{seller['vat_number']} is not a VAT number", "vat_number")
    if seller["iban"] and not iban.is_valid(seller["iban"], check_country=False):
        section.refuse(f"{seller['iban']} is not an IBAN", "iban")


def _refuse_shared(sections: list[Section], sellers: tuple[Mapping[str, Any], ...]) -> None:
    defaults = [
        section for section, seller in zip(sections, sellers, strict=True) if seller["is_default"]
    ]
    for section in defaults[1:]:
        section.refuse("there is a default seller already", "is_default")
    if sections and not defaults:
        sections[0].refuse("one seller is the default: it serves all other countries")
    for key in ("code", "invoice_prefix"):
        _refuse_taken(sections, [(key, [seller[key]]) for seller in sellers])
    _refuse_taken(
        sections, [("serves_countries", seller["serves_countries"]) for seller in sellers]
    )


def _refuse_taken(sections: list[Section], claims: list[tuple[str, list[str]]]) -> None:
    taken: set[str] = set()
    for section, (key, values) in zip(sections, claims, strict=True):
        for value in values:
            if value in taken:
                section.refuse(f"{key} {value!r} is taken by another seller", key)
            taken.add(value)
