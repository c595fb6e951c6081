"""What an address needs for an invoice to be made of it. Pure."""

from __future__ import annotations

# Where an electronic invoice without the buyer's postal code is refused (XRechnung, BR-DE-9).
WITH_POSTAL_CODE = frozenset({"DE"})


def lacks_postal_code(country: str, postal_code: str) -> bool:
    """`country` is ISO 3166-1 alpha-2."""
    return country in WITH_POSTAL_CODE and not postal_code.strip()


def is_complete(*, country: str, street: str, postal_code: str, city: str) -> bool:
    """Whether an invoice can name a buyer who is there in full (art. 226(5))."""
    has_place = bool(street.strip() and city.strip())
    return has_place and not lacks_postal_code(country, postal_code)
