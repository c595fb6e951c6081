"""What an electronic invoice says (EN 16931), as values. Pure.

Amounts are in the invoice's currency and count in the document's direction: a credit note's
totals are positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from customers.addresses import XRECHNUNG

if TYPE_CHECKING:
    import datetime as dt

# What may lie between a line's amount and quantity times price, as Peppol's R120 has it: the
# amount was rounded, and the average price of tiers has six decimals.
SLACK = Decimal("0.02")
CENT = Decimal("0.01")

REASON_CODES = {"AE": "VATEX-EU-AE", "O": "VATEX-EU-O", "G": "VATEX-EU-G"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A number that somebody is reached or registered by.

    `scheme` is from the code list EAS, such as 0106 for KVK numbers; empty where nobody knows what
    kind of number a legal id is.
    """

    scheme: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A seller or buyer as it was when the invoice was issued. `country` is ISO 3166-1."""

    name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str = ""  # with its country's prefix
    registration_number: str = ""
    register: str = ""  # what the number is called: "KVK"
    legal_id: Identifier | None = None  # BT-30, BT-47
    endpoint: Identifier | None = None
    contact: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """A quantity, and the `price` of `base` units of `unit` (UN/ECE recommendation 20)."""

    quantity: Decimal
    unit: str
    price: Decimal
    base: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One amount: `quantity` at `unit_price` a month, for `days` of the `month_days`; a line of
    use is at `unit_price` a unit.

    `group` is whose it is: a tenant's label, or empty for the whole organisation.
    """

    id: str
    name: str
    group: str
    quantity: int
    unit_price: Decimal
    days: int
    month_days: int
    net: Decimal
    vat_category: str
    vat_rate: Decimal  # per cent
    period_from: dt.date
    period_until: dt.date  # half-open
    is_usage: bool = False

    @property
    def stated(self) -> Stated:
        """How the amount comes about, without a fraction that would have to be rounded.

        Part of a month is so many days of a price per month. Where no quantity and price give
        the amount (the difference between two tiers, say) it is one of that amount. A price is
        never negative (BR-27): the quantity has the sign.
        """
        if self.is_usage or self.days == self.month_days:
            stated = Stated(Decimal(self.quantity), "C62", self.unit_price, Decimal(1))
        else:
            days = Decimal(self.quantity * self.days)
            stated = Stated(days, "DAY", self.unit_price, Decimal(self.month_days))
        product = (stated.quantity * stated.price / stated.base).quantize(CENT, ROUND_HALF_UP)
        if abs(product - self.net) <= SLACK and stated.price >= 0:
            return stated
        return Stated(Decimal(-1 if self.net < 0 else 1), "C62", abs(self.net), Decimal(1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Vat:
    """VAT of one category and rate (per cent). `reason` is the sentence the law asks for."""

    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal
    reason: str = ""

    @property
    def reason_code(self) -> str:
        return REASON_CODES.get(self.category, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The invoice that a credit note corrects (art. 219)."""

    number: str
    issued_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceData:
    """One invoice or credit note.

    `accounting_vat` is the VAT in `accounting_currency`, where that is not the invoice's: a
    Norwegian seller states it in kroner (BT-6, BT-111).
    """

    number: str
    is_credit_note: bool
    issued_on: dt.date
    due_on: dt.date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    vat_rows: tuple[Vat, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal
    iban: str
    bic: str
    reference: str  # empty where nothing is to be paid
    terms: str
    buyer_reference: str = ""
    order_number: str = ""
    note: str = ""
    originals: tuple[Original, ...] = ()
    accounting_currency: str = ""
    accounting_vat: Decimal | None = None

    @property
    def asks_for_payment(self) -> bool:
        return not self.is_credit_note and self.gross > 0

    @property
    def is_outside_scope(self) -> bool:
        """Category O forbids the VAT numbers of both parties (BR-O-02) and any rate (BR-O-05)."""
        return any(row.category == "O" for row in self.vat_rows)

    @property
    def payment_means(self) -> str:
        """UNTDID 4461: a SEPA credit transfer, or any other one."""
        return "58" if self.currency == "EUR" else "30"

    @property
    def is_german(self) -> bool:
        """Whether the rules of XRechnung apply: those of a German buyer."""
        return self.buyer.country in XRECHNUNG
