"""What drafting is given and what it answers with. Pure.

Values of which a run makes a dozen for each customer are msgspec's Structs: made, replaced and
compared in C. A frozen dataclass of eight fields takes sixteen times as long to make.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from billing import vat

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from billing.crediting import ByHand, Pool
    from billing.rating import Charged, ChargedComponent, ChargedSubscription
    from billing.usage import BilledUses, Explanation, MonthlyUse
    from billing.vies.rules import Answer
    from catalog.money import Currency
    from subscriptions.periods import Month


class LineKind(StrEnum):
    RECURRING = "recurring"  # the first time a month is charged
    USAGE = "usage"  # the first time the use of a month is charged
    ADJUSTMENT = "adjustment"  # more of a month already charged
    CREDIT = "credit"  # less of a month already charged
    SETTLEMENT = "settlement"  # of what was credited by hand before


def is_charge(kind: str, quantity: int, net: Decimal) -> bool:
    """Whether a line charges something, and so is treated as the buyer is; signed.

    All else repeats the VAT of what it takes back: a credit, more units that cost less (a volume
    price), and what says that staff gave it back before, although that counts as owed.
    """
    return quantity > 0 and net >= 0 and kind != LineKind.SETTLEMENT


class DraftKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class HoldCause(StrEnum):
    """Why nobody may be invoiced without a person looking first."""

    COUNTRY_UNKNOWN = vat.HoldReason.COUNTRY_UNKNOWN.value
    TERRITORY_UNCLEAR = vat.HoldReason.TERRITORY_UNCLEAR.value
    VAT_NUMBER_MISSING = vat.HoldReason.VAT_NUMBER_MISSING.value
    VAT_NUMBER_REFUSED = vat.HoldReason.VAT_NUMBER_REFUSED.value
    VAT_NUMBER_UNCONFIRMED = vat.HoldReason.VAT_NUMBER_UNCONFIRMED.value
    BUSINESS_UNPROVEN = vat.HoldReason.BUSINESS_UNPROVEN.value
    NO_RULE = vat.HoldReason.NO_RULE.value
    ADDRESS_MISSING = "address_missing"  # an invoice names its buyer in full (art. 226(5))
    # Not about the buyer but about what would be issued: `billing.bounds`.
    TOO_MANY_LINES = "too_many_lines"
    FAR_MORE_THAN_LAST_MONTH = "far_more_than_last_month"
    LARGE_FIRST_DOCUMENT = "large_first_document"
    GIVES_BACK_TOO_MUCH = "gives_back_too_much"


class Buyer(Struct, frozen=True, kw_only=True):
    """What of an organisation decides how it is invoiced. `country` is ISO 3166-1 alpha-2.

    `is_business`: one of its numbers, VAT's or another, is by its form one of a business.
    `answer` is the register's last one about the VAT number, where it `asks_register`.
    """

    country: str
    vat_number_well_formed: bool
    is_business: bool = False
    has_address: bool
    asks_register: bool = False
    answer: Answer | None = None


class BilledLine(Struct, frozen=True, kw_only=True):
    """A line of an earlier document, signed: negative where it credited."""

    period_from: dt.date
    period_until: dt.date
    quantity: int
    vat_category: str
    vat_rate: Decimal


class Account(Struct, frozen=True, kw_only=True):
    """One organisation as its invoices are made from it.

    `billed` holds earlier lines by (subscription id, component code), oldest first.
    `known_until` is the latest month it was already invoiced with the knowledge of.
    `settled_before`: nothing of an earlier month can differ from what was billed, so they are
    not looked at, and `billed` need not hold their lines. `by_hand` is what staff gave back,
    where they did.
    """

    seller_country: str
    zone: ZoneInfo
    buyer: Buyer
    subscriptions: tuple[ChargedSubscription, ...]
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]]
    known_until: Month | None = None
    settled_before: Month | None = None
    by_hand: Mapping[Pool, ByHand] = field(default_factory=dict)
    outside_eu: vat.Category = vat.Category.OUTSIDE_SCOPE  # how the seller states that
    usage: tuple[MonthlyUse, ...] = ()
    billed_usage: BilledUses = field(default_factory=dict)


class DraftLine(Struct, frozen=True, kw_only=True):
    """Signed: what is owed is positive, what is given back negative, whatever the document.

    `unit_price` is the price of one unit for the full month: of the difference, where tiers
    make it an average.
    """

    kind: LineKind
    subscription: Charged
    component: ChargedComponent
    period_from: dt.date
    period_until: dt.date
    month_days: int
    quantity: int
    unit_price: Decimal
    net: Decimal
    vat_category: str = ""  # empty: as the buyer is treated now
    vat_rate: Decimal = Decimal(0)
    why: Explanation | None = None  # what a usage line follows from

    @property
    def days(self) -> int:
        return (self.period_until - self.period_from).days


class DraftVat(Struct, frozen=True, kw_only=True):
    category: str
    rate: Decimal  # per cent
    net: Decimal
    vat: Decimal
    note: str


class Draft(Struct, frozen=True, kw_only=True):
    """One document to be. Amounts are signed like its lines: a credit note's are negative.

    `buyer` is whom it names, as a snapshot, where that is not the customer as it is now; then it
    is in the `language` of who that was.
    """

    kind: DraftKind
    month: Month
    currency: Currency
    lines: tuple[DraftLine, ...]
    vat_rows: tuple[DraftVat, ...]
    net: Decimal
    vat: Decimal
    gross: Decimal
    buyer: Mapping[str, str] | None = None
    language: str = ""

    @property
    def only_credits(self) -> bool:
        return self.kind is DraftKind.CREDIT_NOTE and not any(
            is_charge(line.kind, line.quantity, line.net) for line in self.lines
        )

    @property
    def is_outside_scope(self) -> bool:
        return any(vat.is_outside_scope(row.category) for row in self.vat_rows)


class Held(Struct, frozen=True):
    """Something is due, but a person must look at the buyer first. `lines` carry no VAT yet."""

    cause: HoldCause
    lines: tuple[DraftLine, ...] = ()


def lines_of(outcome: tuple[Draft, ...] | Held) -> tuple[DraftLine, ...]:
    if isinstance(outcome, Held):
        return outcome.lines
    return tuple(line for draft in outcome for line in draft.lines)
