"""Which VAT an invoice carries: a decision table with effective dates. Pure.

General rule for services between businesses (directive 2006/112/EC, art. 44): taxed where the
customer is. Whoever fits no row is held for review; nothing is ever guessed. A tax adviser
confirms the table before going live.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from catalog.money import EXACT, Currency, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Category(StrEnum):
    """UNCL 5305, as far as we use it."""

    STANDARD = "S"
    REVERSE_CHARGE = "AE"
    OUTSIDE_SCOPE = "O"
    EXPORT = "G"


class Note(StrEnum):
    """Which sentence the law asks for on the invoice."""

    NONE = ""
    REVERSE_CHARGE = "reverse_charge"  # art. 226(11a)
    OUTSIDE_EU = "outside_eu"  # art. 44
    EXPORT = "export"  # the same, stated as an export
    NORWEGIAN_EXPORT = "norwegian_export"  # mval § 6-22(2)
    NORWEGIAN_EXPORT_EU = "norwegian_export_eu"  # the same, and art. 196 for the customer


NOTES = {
    Note.REVERSE_CHARGE: _("Reverse charge: VAT is to be accounted for by the customer."),
    Note.OUTSIDE_EU: _("Not subject to VAT: services outside the EU, art. 44 VAT directive."),
    Note.EXPORT: _("Services to a business outside the EU, free of VAT."),
    Note.NORWEGIAN_EXPORT: _("Export of services, exempt under mval § 6-22."),
    Note.NORWEGIAN_EXPORT_EU: _(
        "Export of services, exempt under mval § 6-22. Reverse charge: VAT is to be accounted for "
        "by the customer."
    ),
}


class HoldReason(StrEnum):
    COUNTRY_UNKNOWN = "country_unknown"
    TERRITORY_UNCLEAR = "territory_unclear"
    VAT_NUMBER_MISSING = "vat_number_missing"
    VAT_NUMBER_REFUSED = "vat_number_refused"
    VAT_NUMBER_UNCONFIRMED = "vat_number_unconfirmed"
    BUSINESS_UNPROVEN = "business_unproven"
    NO_RULE = "no_rule"


class VatNumber(StrEnum):
    """What is known of the buyer's VAT number."""

    VALID = "valid"  # well formed and, where the register is asked, confirmed by it
    MISSING = "missing"  # or not well formed
    REFUSED = "refused"  # the register says that it is not valid
    UNCONFIRMED = "unconfirmed"  # the register has not answered, or long ago


UNPROVEN = {
    VatNumber.MISSING: HoldReason.VAT_NUMBER_MISSING,
    VatNumber.REFUSED: HoldReason.VAT_NUMBER_REFUSED,
    VatNumber.UNCONFIRMED: HoldReason.VAT_NUMBER_UNCONFIRMED,
}


class Place(StrEnum):
    """Where the buyer is, seen from the seller."""

    DOMESTIC = "domestic"
    EU_BUSINESS = "eu_business"  # another member state, with a valid VAT number
    EU_UNPROVEN = "eu_unproven"  # another member state, without
    OUTSIDE_EU = "outside_eu"  # with a number of a business
    OUTSIDE_UNPROVEN = "outside_unproven"  # without


PROVEN = {Place.EU_UNPROVEN: Place.EU_BUSINESS, Place.OUTSIDE_UNPROVEN: Place.OUTSIDE_EU}


@dataclass(frozen=True, slots=True)
class Treatment:
    """`rate` in per cent."""

    category: Category
    rate: Decimal
    note: Note = Note.NONE


@dataclass(frozen=True, slots=True)
class Hold:
    reason: HoldReason


@dataclass(frozen=True, slots=True)
class Row:
    """Half-open in time: the first day it counts, and the first on which it does not any more."""

    seller: str
    places: frozenset[Place]
    treatment: Treatment
    valid_from: dt.date
    valid_until: dt.date | None = None

    def fits(self, seller: str, place: Place, on: dt.date) -> bool:
        begun = self.valid_from <= on and (self.valid_until is None or on < self.valid_until)
        return begun and self.seller == seller and place in self.places


TABLE = (
    Row(
        "NL",
        frozenset({Place.DOMESTIC}),
        Treatment(Category.STANDARD, Decimal(21)),
        valid_from=dt.date(2012, 10, 1),
    ),
    Row(
        "NL",
        frozenset({Place.EU_BUSINESS}),
        Treatment(Category.REVERSE_CHARGE, Decimal(0), Note.REVERSE_CHARGE),
        valid_from=dt.date(2010, 1, 1),
    ),
    Row(
        "NL",
        frozenset({Place.OUTSIDE_EU}),
        Treatment(Category.OUTSIDE_SCOPE, Decimal(0), Note.OUTSIDE_EU),
        valid_from=dt.date(2010, 1, 1),
    ),
    Row(  # before we asked for a number, everybody outside the union was taken for a business
        "NL",
        frozenset({Place.OUTSIDE_UNPROVEN}),
        Treatment(Category.OUTSIDE_SCOPE, Decimal(0), Note.OUTSIDE_EU),
        valid_from=dt.date(2010, 1, 1),
        valid_until=dt.date(2026, 12, 1),
    ),
    Row(
        "NO",
        frozenset({Place.DOMESTIC}),
        Treatment(Category.STANDARD, Decimal(25)),
        valid_from=dt.date(2005, 1, 1),
    ),
    Row(
        "NO",
        frozenset({Place.EU_UNPROVEN, Place.OUTSIDE_EU, Place.OUTSIDE_UNPROVEN}),
        Treatment(Category.EXPORT, Decimal(0), Note.NORWEGIAN_EXPORT),
        valid_from=dt.date(2010, 1, 1),
    ),
    Row(
        "NO",
        frozenset({Place.EU_BUSINESS}),
        Treatment(Category.EXPORT, Decimal(0), Note.NORWEGIAN_EXPORT_EU),
        valid_from=dt.date(2010, 1, 1),
    ),
)


def _changes(rows: Iterable[Row]) -> dict[str, tuple[dt.date, ...]]:
    days: dict[str, set[dt.date]] = defaultdict(set)
    for row in rows:
        days[row.seller] |= {row.valid_from, row.valid_until or row.valid_from}
    return {seller: tuple(sorted(found)) for seller, found in days.items()}


_CHANGES = _changes(TABLE)
STATED_AS_EXPORT = Treatment(Category.EXPORT, Decimal(0), Note.EXPORT)

# The member states, for the years this table speaks of.
MEMBERS = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - codes read better unquoted
)
JOINED = {"HR": dt.date(2013, 7, 1)}
OF_TODAY = MEMBERS | JOINED.keys()
LEFT = {"GB": dt.date(2021, 1, 1)}  # the end of the transition period

# Countries of their own in ISO 3166 that belong to a member state's VAT area, or lie outside it
# although they belong to the state: a person decides.
UNCLEAR = frozenset("AX BL GF GP IM MC MF MQ PM RE XI YT".split())  # noqa: SIM905

# ISO 3166-1 alpha-2.
COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM
    ZW
    """.split()  # noqa: SIM905
)


def decide(
    seller_country: str,
    buyer_country: str,
    *,
    buyer_vat_number: VatNumber,
    buyer_is_business: bool = False,
    on: dt.date,
    outside_eu: Category = Category.OUTSIDE_SCOPE,
) -> Treatment | Hold:
    """The one row that fits, or why none does. `on` is the day the invoice stands for.

    Countries are ISO 3166-1 alpha-2. `buyer_is_business`: another number shows it; that proves as
    much as a VAT number outside the union, and nothing inside. `outside_eu` is how the seller
    states what is outside the scope of its VAT: so, or as an export.
    """
    return _decided(
        seller_country, buyer_country, buyer_vat_number, buyer_is_business, on, outside_eu
    )


@cache  # by position: names of arguments would cost more than all the rest
def _decided(
    seller_country: str,
    buyer_country: str,
    buyer_vat_number: VatNumber,
    buyer_is_business: bool,
    on: dt.date,
    outside_eu: Category,
) -> Treatment | Hold:
    if buyer_country in UNCLEAR:
        return Hold(HoldReason.TERRITORY_UNCLEAR)
    if buyer_country not in COUNTRIES:
        return Hold(HoldReason.COUNTRY_UNKNOWN)
    proven = buyer_vat_number is VatNumber.VALID
    place = _place(
        seller_country, buyer_country, proven=proven, is_business=buyer_is_business, on=on
    )
    for row in TABLE:
        if row.fits(seller_country, place, on):
            if row.treatment.category is Category.OUTSIDE_SCOPE and outside_eu is Category.EXPORT:
                return STATED_AS_EXPORT
            return row.treatment
    # Would there be a rule if only the buyer were proven?
    if not _knows(seller_country, PROVEN.get(place, place), on):
        return Hold(HoldReason.NO_RULE)
    outside = place is Place.OUTSIDE_UNPROVEN
    return Hold(HoldReason.BUSINESS_UNPROVEN if outside else UNPROVEN[buyer_vat_number])


def period_of(seller_country: str, on: dt.date) -> int:
    """Which stretch of the seller's table a day is in: no line of an invoice spans two."""
    return bisect_right(_CHANGES.get(seller_country, ()), on)


@cache
def changes_within(seller_country: str, first: dt.date, until: dt.date) -> bool:
    """Whether the seller's table changes after the day `first` and before `until`."""
    last = until - dt.timedelta(days=1)
    return period_of(seller_country, first) != period_of(seller_country, last)


def changes_for_some(first: dt.date, until: dt.date) -> bool:
    """The same for any seller."""
    return any(changes_within(country, first, until) for country in _CHANGES)


def stretches(seller_country: str, first: dt.date, until: dt.date) -> list[tuple[dt.date, dt.date]]:
    """The days from `first` on and before `until`, cut where the seller's table changes."""
    changes = [day for day in _CHANGES.get(seller_country, ()) if first < day < until]
    return list(pairwise([first, *changes, until]))


@cache
def note_of(
    seller_country: str,
    buyer_country: str,
    category: str,
    *,
    buyer_vat_number: VatNumber,
    on: dt.date,
) -> Note:
    """The sentence that belongs to a category between these two; credits repeat an earlier line's
    category, which may be another than that of today. Where none fits here, the first of the table.
    """
    proven = buyer_vat_number is VatNumber.VALID
    place = _place(seller_country, buyer_country, proven=proven, on=on)
    notes = {
        row.places: row.treatment.note
        for row in TABLE
        if row.seller == seller_country and row.treatment.category == category
    }
    here = (note for places, note in notes.items() if place in places)
    stated_as_export = Note.EXPORT if category == Category.EXPORT else Note.NONE
    return next(here, next(iter(notes.values()), stated_as_export))


def is_outside_scope(category: str) -> bool:
    """Whether a document that holds it may hold nothing of another (EN 16931, BR-O-11 to 14)."""
    return category == Category.OUTSIDE_SCOPE


def has_rate(category: str) -> bool:
    """Whether a rate of the seller's country applies, if only 0%: else a document states none."""
    return category not in (Category.OUTSIDE_SCOPE, Category.REVERSE_CHARGE)


def vat_of(net: Decimal, rate: Decimal, currency: Currency) -> Decimal:
    """VAT once on the sum of a category and rate, half-up (EN 16931, BR-CO-17).

    `rate` in per cent. The VAT of a credit mirrors that of the charge.
    """
    exact = EXACT.multiply(net, rate).scaleb(-2)
    return rounded(exact, currency)


class Summed(NamedTuple):
    """The net of a category and rate, and its VAT."""

    category: str
    rate: Decimal
    net: Decimal
    vat: Decimal


def rows_of(lines: Iterable[tuple[str, Decimal, Decimal]], currency: Currency) -> Iterator[Summed]:
    """Of lines by category, rate and net, a row for each category and rate, in their order."""
    nets: dict[tuple[str, Decimal], Decimal] = {}
    for category, rate, net in lines:
        nets[category, rate] = nets.get((category, rate), Decimal(0)) + net
    for (category, rate), net in sorted(nets.items()):
        yield Summed(category, rate, net, vat_of(net, rate, currency))


def lacks_number(categories: Iterable[str], buyer: Mapping[str, str]) -> bool:
    """Whether reverse charge names no number of the buyer, so that no document can be made
    (EN 16931, BR-AE-02).
    """
    has_number = buyer["vat_number"] or buyer["registration_number"]
    return not has_number and Category.REVERSE_CHARGE in categories


def is_member(country: str, on: dt.date) -> bool:
    """Whether `country` is a member state of the European Union on that day."""
    if country in JOINED:
        return on >= JOINED[country]
    if country in LEFT:
        return on < LEFT[country]
    return country in MEMBERS


def other_member_states(country: str, on: dt.date) -> frozenset[str]:
    """Where a seller's buyers prove with a VAT number that they account for the VAT themselves.

    None for a seller outside the European Union.
    """
    if not is_member(country, on):
        return frozenset()
    return frozenset(each for each in COUNTRIES if is_member(each, on)) - {country}


def _place(
    seller: str, buyer: str, *, proven: bool, on: dt.date, is_business: bool = False
) -> Place:
    if seller == buyer:
        return Place.DOMESTIC
    if not is_member(buyer, on):
        return Place.OUTSIDE_EU if proven or is_business else Place.OUTSIDE_UNPROVEN
    return Place.EU_BUSINESS if proven else Place.EU_UNPROVEN


def _knows(seller: str, place: Place, on: dt.date) -> bool:
    return any(row.fits(seller, place, on) for row in TABLE)
