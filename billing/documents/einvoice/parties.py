"""Where a party is reached electronically, and which numbers it goes by. Pure.

The scheme is from the code list EAS. Where nobody has said otherwise it follows from the country:
the register of companies where its number is what people there use, else the VAT number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.characters import for_xml
from billing.documents.einvoice.facts import Endpoint, Party
from customers.addresses import XRECHNUNG, lacks_postal_code
from customers.electronic_addresses import SCHEMES

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

# In these countries the digits of the VAT number begin with those of the register.
SAME_NUMBER = frozenset({"BE", "DK", "NO", "SE"})


def endpoint_of(
    *, country: str, vat_number: str, registration_number: str, scheme: str = "", id_: str = ""
) -> Endpoint | None:
    """The address that was given, else the one that follows; None where nothing does.

    One of a scheme that nobody knows was taken once, and breaks a rule (BR-CL-25).
    """
    if id_ and scheme in SCHEMES:
        return Endpoint(scheme=scheme, id=id_)
    number = register_number(country, vat_number, registration_number)
    if number:
        return Endpoint(scheme=REGISTERS[country][0], id=number)
    if vat_number and country in BY_VAT_NUMBER:
        return Endpoint(scheme=BY_VAT_NUMBER[country], id=prefixed(country, vat_number))
    return None


def named(snapshot: Mapping[str, str]) -> dict[str, str]:
    """A seller or buyer as an invoice froze it, as a document can hold it."""
    return {name: for_xml(text) for name, text in snapshot.items()}


def party_of(snapshot: Mapping[str, str]) -> Party:
    """The seller or buyer of a document; `snapshot` is what `named` made of it."""
    country, vat_number = snapshot["country"], snapshot["vat_number"]
    return Party(
        name=snapshot["name"],
        street=snapshot["street"],
        postal_code=snapshot["postal_code"],
        city=snapshot["city"],
        country=country,
        vat_number=prefixed(country, vat_number),
        registration_number=snapshot["registration_number"],
        register=snapshot.get("registration_label", ""),
        endpoint=endpoint_of(
            country=country,
            vat_number=vat_number,
            registration_number=snapshot["registration_number"],
            scheme=snapshot.get("endpoint_scheme", ""),
            id_=snapshot.get("endpoint_id", ""),
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
    seller, buyer = party_of(named(seller_snapshot)), party_of(named(buyer_snapshot))
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


def register_number(country: str, vat_number: str, registration_number: str) -> str:
    """The digits in the country's register, as far as its form is known; else empty."""
    if country not in REGISTERS:
        return ""
    length = REGISTERS[country][1]
    candidates = [registration_number]
    if country in SAME_NUMBER:
        candidates.append(vat_number)
    for candidate in candidates:
        digits = "".join(filter(str.isdigit, candidate))
        if len(digits) >= length:
            return digits[:length]
    return ""


def prefixed(country: str, vat_number: str) -> str:
    """With the prefix that the country's VAT numbers have (Greece: EL)."""
    prefix = {"GR": "EL", "CH": "CHE"}.get(country, country)
    return vat_number if not vat_number or vat_number.startswith(prefix) else prefix + vat_number
