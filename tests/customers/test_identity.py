from __future__ import annotations

import pytest

from customers import identity


@pytest.mark.parametrize(
    ("country", "number", "well_formed"),
    [
        pytest.param("NL", "NL004495445B01", True, id="Dutch"),
        pytest.param("NL", "004495445B01", True, id="Dutch without its prefix"),
        pytest.param("NL", "nl 0044.95.445.b.01", True, id="Dutch with dots and blanks"),
        pytest.param("NL", "NL004495446B01", False, id="Dutch with a wrong check digit"),
        pytest.param("NL", "DE136695976", False, id="German number, Dutch company"),
        pytest.param("DE", "DE136695976", True, id="German"),
        pytest.param("DE", "DE136695975", False, id="German with a wrong check digit"),
        pytest.param("GR", "EL094259216", True, id="Greek under EL"),
        pytest.param("GR", "094259216", True, id="Greek without its prefix"),
        pytest.param("NO", "995525828MVA", True, id="Norwegian"),
        pytest.param("NO", "NO 995 525 828 MVA", True, id="Norwegian as people write it"),
        pytest.param("NO", "995525829MVA", False, id="Norwegian with a wrong check digit"),
        pytest.param("NO", "995525828", False, id="Norwegian organisation, not registered for VAT"),
        pytest.param("GB", "GB980780684", True, id="British"),
        pytest.param("GB", "GB802311781", False, id="British with a wrong check digit"),
        pytest.param("US", "12-3456789", True, id="elsewhere anything"),
        pytest.param("US", " ", False, id="elsewhere nothing"),
    ],
)
def test_vat_number_is_well_formed(country: str, number: str, well_formed: bool) -> None:
    assert identity.vat_number_is_well_formed(country, number) is well_formed


@pytest.mark.parametrize(
    ("number", "well_formed"),
    [
        pytest.param("988077917", True, id="right"),
        pytest.param("988 077 917", True, id="with blanks"),
        pytest.param("988077918", False, id="wrong check digit"),
        pytest.param("98807791", False, id="too short"),
    ],
)
def test_norwegian_organisation_number_is_well_formed(number: str, well_formed: bool) -> None:
    assert identity.norwegian_organisation_number_is_well_formed(number) is well_formed


def test_compact_vat_number() -> None:
    assert identity.compact_vat_number("no 995 525 828 mva") == "NO995525828MVA"
