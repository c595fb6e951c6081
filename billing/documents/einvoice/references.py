"""The structured reference of the buyer's country, with its check digits. Pure.

One reference an invoice, from the year and place of its number: never used twice for a seller.
Credit notes have places of their own, from one on as well, and no reference: nobody pays them,
and who refunds or settles one names its number (docs/decisions/0070).
"""

from __future__ import annotations

from stdnum import iso11649, luhn
from stdnum.iso7064 import mod_97_10

LAST = 9_999_999  # seven digits


def reference_of(country: str, *, number: str, year: int, sequence: int) -> str:
    """What the buyer writes on the payment, without blanks.

    `country` is the buyer's; banks elsewhere know the creditor reference of ISO 11649. So do
    those, for a year's invoices beyond ten million, whose digits would be those of others.
    """
    if sequence > LAST:
        return creditor_reference(number)
    digits = f"{year % 100:02}{sequence:07}"
    match country:
        case "BE":
            return belgian(digits)
        case "NO":
            return norwegian(digits)
        case "SE":
            return swedish(digits)
        case "DK":
            return danish(digits)
        case _:
            return creditor_reference(number)


def creditor_reference(number: str) -> str:
    """RF, two check digits, and the invoice's number itself (ISO 11649)."""
    text = "".join(character for character in number.upper() if character.isalnum())
    return f"RF{mod_97_10.calc_check_digits(f'{text}RF')}{text}"


def belgian(digits: str) -> str:
    """OGM: ten digits and their remainder modulo 97, where 97 stands for none."""
    ten = digits.zfill(10)
    return f"{ten}{int(ten) % 97 or 97:02}"


def norwegian(digits: str) -> str:
    """KID with modulo 10."""
    return digits + luhn.calc_check_digit(digits)


def swedish(digits: str) -> str:
    """OCR with its length, and modulo 10."""
    with_length = f"{digits}{(len(digits) + 2) % 10}"
    return with_length + luhn.calc_check_digit(with_length)


def danish(digits: str) -> str:
    """The payment id of a FIK of type 71: fifteen digits, the last modulo 10."""
    fourteen = digits.zfill(14)
    return fourteen + luhn.calc_check_digit(fourteen)


def printed(reference: str, country: str) -> str:
    """As people write it: RF and KID in groups, the Belgian one between its signs."""
    if iso11649.is_valid(reference):
        return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
    if country == "BE":
        return f"+++{reference[:3]}/{reference[3:7]}/{reference[7:]}+++"
    if country == "DK":
        return f"+71<{reference}"
    return reference
