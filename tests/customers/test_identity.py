from __future__ import annotations

import pytest
from stdnum.eu.vat import MEMBER_STATES

from customers import identity


@pytest.mark.parametrize(
    ("country", "number", "well_formed"),
    [
        pytest.param("NL", "NL000099998B57", True, id="Dutch"),
        pytest.param("NL", "000099998B57", True, id="Dutch without its prefix"),
        pytest.param("NL", "nl 0000.99.998.b.57", True, id="Dutch with dots and blanks"),
        pytest.param("NL", "NL000099999B57", False, id="Dutch with a wrong check digit"),
        pytest.param("NL", "DE999999903", False, id="German number, Dutch company"),
        pytest.param("DE", "DE999999903", True, id="German"),
        pytest.param("DE", "DE999999902", False, id="German with a wrong check digit"),
        pytest.param("GR", "EL094259216", True, id="Greek under EL"),
        pytest.param("GR", "094259216", True, id="Greek without its prefix"),
        pytest.param("NO", "311111116MVA", True, id="Norwegian"),
        pytest.param("NO", "NO 311 111 116 MVA", True, id="Norwegian as people write it"),
        pytest.param("NO", "311111117MVA", False, id="Norwegian with a wrong check digit"),
        pytest.param("NO", "311111116", False, id="Norwegian organisation, not registered for VAT"),
        pytest.param("GB", "GB999999973", True, id="British"),
        pytest.param("GB", "GB999999974", False, id="British with a wrong check digit"),
        pytest.param("CH", "CHE-999.999.996 MWST", True, id="Swiss"),
        pytest.param("CH", "CHE-999.999.996", True, id="Swiss, as in the register"),
        pytest.param("CH", "CHE-999.999.997 MWST", False, id="Swiss with a wrong check digit"),
        pytest.param("US", "12-3456789", True, id="elsewhere anything"),
        pytest.param("US", " ", False, id="elsewhere nothing"),
    ],
)
def test_vat_number_is_well_formed(country: str, number: str, well_formed: bool) -> None:
    assert identity.vat_number_is_well_formed(country, number) is well_formed


def test_the_numbers_that_are_shown_have_the_form_of_their_country() -> None:
    shown = identity.VAT_NUMBERS_SHOWN

    assert [c for c in shown if not identity.vat_number_is_well_formed(c, shown[c])] == []
    assert {"NL", "NO", "GB", "CH", *map(str.upper, MEMBER_STATES)} - {"XI"} == set(shown)


@pytest.mark.parametrize(
    ("number", "well_formed"),
    [
        pytest.param("311111116", True, id="right"),
        pytest.param("311 111 116", True, id="with blanks"),
        pytest.param("311111117", False, id="wrong check digit"),
        pytest.param("31111111", False, id="too short"),
    ],
)
def test_norwegian_organisation_number_is_well_formed(number: str, well_formed: bool) -> None:
    assert identity.norwegian_organisation_number_is_well_formed(number) is well_formed


@pytest.mark.parametrize(
    ("country", "vat_number", "registration_number", "shown"),
    [
        pytest.param("NO", "", "311111116", True, id="Norwegian, in the register"),
        pytest.param("NO", "", "311111117", False, id="Norwegian, wrong check digit"),
        pytest.param("NO", "311111116MVA", "", True, id="Norwegian, registered for VAT"),
        pytest.param("GB", "GB999999973", "", True, id="British, registered for VAT"),
        pytest.param("GB", "GB999999974", "", False, id="British, wrong check digit"),
        pytest.param("GB", "GB999999974", "SC123456", True, id="British, in the register"),
        pytest.param("CH", "", "CHE-999.999.996", True, id="Swiss"),
        pytest.param("CH", "", "CHE-999.999.997", False, id="Swiss, wrong check digit"),
        pytest.param("US", "", "C1234567", True, id="elsewhere any number"),
        pytest.param("US", "", " ", False, id="and not none"),
    ],
)
def test_has_number_of_a_business(
    country: str, vat_number: str, registration_number: str, shown: bool
) -> None:
    found = identity.has_number_of_a_business(
        country, vat_number=vat_number, registration_number=registration_number
    )

    assert found is shown


def test_compact_vat_number() -> None:
    assert identity.compact_vat_number("no 311 111 116 mva") == "NO311111116MVA"
