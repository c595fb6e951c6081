"""Where a party is reached electronically, and which numbers it goes by. Pure.

The scheme is from the code list EAS. Where nobody has said otherwise it follows from the country:
the register of companies where its number is what people there use, else the VAT number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from billing.characters import for_xml
from billing.documents.editions import NEWEST, NUMBERS_WHOLE
from billing.documents.einvoice.facts import Identifier, Party
from customers.addresses import XRECHNUNG, lacks_postal_code
from customers.electronic_addresses import SCHEMES, can_be

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Country: the scheme for its VAT number, and of that number what is the address.
BY_VAT_NUMBER = {
    "AT": "9914",
    "BE": "9925",
    "BG": "9926",
    "CY": "9928",
    "CZ": "9929",
    "DE": "9930",
    "EE": "9931",
    "ES": "9920",
    "FI": "0213",
    "FR": "9957",
    "GB": "9932",
    "GR": "9933",
    "HR": "9934",
    "HU": "9910",
    "IE": "9935",
    "IT": "0211",
    "LT": "9937",
    "LU": "9938",
    "LV": "9939",
    "MT": "9943",
    "NL": "9944",
    "PL": "9945",
    "PT": "9946",
    "RO": "9947",
    "SI": "9949",
    "SK": "9950",
    "CH": "9927",
}

# Country: the scheme of its register, and how many digits a number has there.
REGISTERS = {
    "BE": ("0208", 10),
    "DK": ("0184", 8),
    "NL": ("0106", 8),
    "NO": ("0192", 9),
    "SE": ("0007", 10),
}

# In these countries the digits of the VAT number are those of the register, and so many more.
SAME_NUMBER = {"BE": 0, "DK": 0, "NO": 0, "SE": 2}

# What a Dutch authority has in place of a number of the trade register: which register a number
# is of, that number, and three zeros. A trade register number with one of a branch is as long.
OIN = re.compile(r"0{6}\d{14}", re.ASCII)

# A Swedish number with the century before it, which is 16 for whoever was not born in one.
WITH_CENTURY = re.compile(r"(?:16|18|19|20)\d{10}", re.ASCII)


def endpoint_of(
    *,
    country: str,
    vat_number: str,
    registration_number: str,
    scheme: str = "",
    id_: str = "",
    edition: int = NEWEST,
) -> Identifier | None:
    """The address that was given, else the one that follows; None where nothing does.

    One of a scheme that nobody knows was taken once, and breaks a rule (BR-CL-25).
    """
    if id_ and scheme in SCHEMES:
        return Identifier(scheme=scheme, id=id_)
    registered = _registered(country, vat_number, registration_number, edition)
    if registered:
        return registered
    if vat_number and country in BY_VAT_NUMBER:
        return Identifier(scheme=BY_VAT_NUMBER[country], id=prefixed(country, vat_number))
    return None


def named(snapshot: Mapping[str, str]) -> dict[str, str]:
    """A seller or buyer as an invoice froze it, as a document can hold it."""
    return {name: for_xml(text) for name, text in snapshot.items()}


def party_of(snapshot: Mapping[str, str], *, is_buyer: bool, edition: int = NEWEST) -> Party:
    """The seller or buyer of a document; `snapshot` is what `named` made of it."""
    country, vat_number = snapshot["country"], snapshot["vat_number"]
    number = snapshot["registration_number"]
    legal_id = _registered(country, vat_number, number, edition)
    # From a Dutch seller to a Dutch buyer it is one of these registers or none (NL-R-005).
    left_out = edition >= NUMBERS_WHOLE and is_buyer and country == "NL"
    if not legal_id and number and not left_out:
        legal_id = Identifier(scheme="", id=number)
    return Party(
        name=snapshot["name"],
        street=snapshot["street"],
        postal_code=snapshot["postal_code"],
        city=snapshot["city"],
        country=country,
        vat_number=prefixed(country, vat_number),
        registration_number=number,
        register=snapshot.get("registration_label", ""),
        legal_id=legal_id,
        endpoint=endpoint_of(
            country=country,
            vat_number=vat_number,
            registration_number=number,
            scheme=snapshot.get("endpoint_scheme", ""),
            id_=snapshot.get("endpoint_id", ""),
            edition=edition,
        ),
        contact=snapshot.get("contact", ""),
        phone=snapshot.get("phone", ""),
        email=snapshot.get("email", ""),
    )


def broken_by(
    seller_snapshot: Mapping[str, str], buyer_snapshot: Mapping[str, str]
) -> Iterator[str]:
    """The rules that their documents break for what is not known of them: they are never made.

    XRechnung's, for a buyer of whose country it is.
    """
    seller = party_of(named(seller_snapshot), is_buyer=False)
    buyer = party_of(named(buyer_snapshot), is_buyer=True)
    if buyer.country not in XRECHNUNG:
        return
    if not seller.contact.strip():
        yield "BR-DE-5"
    if not seller.phone.strip():
        yield "BR-DE-6"
    if not buyer.city.strip():
        yield "BR-DE-8"
    if lacks_postal_code(buyer.country, buyer.postal_code):
        yield "BR-DE-9"
    if buyer.endpoint is None:
        yield "PEPPOL-EN16931-R010"


def _registered(
    country: str, vat_number: str, registration_number: str, edition: int
) -> Identifier | None:
    """Its number in a register of the country, as far as that can be told by its form.

    The registration number counts whole or not at all: one that is longer is of another register,
    and its first digits are somebody else's number in this one.
    """
    if country not in REGISTERS:
        return None
    if edition < NUMBERS_WHOLE:
        return _beginning_with_a_number(country, vat_number, registration_number)
    scheme, length = REGISTERS[country]
    number = re.sub(r"[^0-9]", "", registration_number)
    if country == "NL" and OIN.fullmatch(number):
        return Identifier(scheme="0190", id=number)
    if country == "SE" and WITH_CENTURY.fullmatch(number):
        number = number[2:]
    candidates = [number]
    if country in SAME_NUMBER:
        digits = re.sub(r"[^0-9]", "", vat_number)
        candidates.append(digits[:length] if len(digits) == length + SAME_NUMBER[country] else "")
    return next(
        (
            Identifier(scheme=scheme, id=each)
            for each in candidates
            if len(each) == length and can_be(scheme, each)
        ),
        None,
    )


def _beginning_with_a_number(
    country: str, vat_number: str, registration_number: str
) -> Identifier | None:
    """What documents of earlier editions have: the first digits, however many there are."""
    scheme, length = REGISTERS[country]
    candidates = [registration_number]
    if country in SAME_NUMBER:
        candidates.append(vat_number)
    for candidate in candidates:
        digits = "".join(filter(str.isdigit, candidate))
        if len(digits) >= length:
            return Identifier(scheme=scheme, id=digits[:length])
    return None


def prefixed(country: str, vat_number: str) -> str:
    """With the prefix that the country's VAT numbers have (Greece: EL)."""
    prefix = {"GR": "EL", "CH": "CHE"}.get(country, country)
    return vat_number if not vat_number or vat_number.startswith(prefix) else prefix + vat_number
