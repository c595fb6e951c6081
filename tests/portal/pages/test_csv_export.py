from __future__ import annotations

import pytest
from django.utils.translation import override

from portal.pages.csv_export import csv_response


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_is_given_nothing_to_calculate(start: str) -> None:
    response = csv_response("x", ["a"], [[f"{start}HYPERLINK"]])

    assert f"'{start}HYPERLINK" in response.content.decode()


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    response = csv_response("x", ["a", "b"], [[-5, None]])

    assert response.content.decode() == "\ufeffa,b\r\n-5,\r\n"
    assert response.headers["Content-Disposition"] == 'attachment; filename="x.csv"'


def test_where_the_comma_is_decimal_the_semicolon_separates() -> None:
    with override("nl"):
        response = csv_response("x", ["a", "b"], [["1,5", "c;d"]])

    assert response.content.decode() == '\ufeffa;b\r\n1,5;"c;d"\r\n'
