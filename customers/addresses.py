"""What an address needs for an invoice to be made of it. Pure."""

from __future__ import annotations

# Where electronic invoices go by XRechnung, which wants more of both parties than others do.
XRECHNUNG = frozenset({"DE"})


def lacks_postal_code(country: str, postal_code: str) -> bool:
    """Without which an electronic invoice is refused there (BR-DE-9).

    `country` is ISO 3166-1 alpha-2.
    """
    return country in XRECHNUNG and not postal_code.strip()


def is_complete(*, country: str, street: str, postal_code: str, city: str) -> bool:
    """Whether an invoice can name a buyer who is there in full (art. 226(5))."""
    has_place = bool(street.strip() and city.strip())
    return has_place and not lacks_postal_code(country, postal_code)
