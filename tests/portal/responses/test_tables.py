from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.functional import lazystr
from django.utils.translation import override

from customers.models import Person
from portal.responses.tables import csv_lines, csv_response, table


def text(header: list[object], rows: list[list[object]]) -> str:
    return b"".join(csv_lines(header, rows)).decode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_is_given_nothing_to_calculate(start: str) -> None:
    assert f"'{start}HYPERLINK" in text(["a"], [[f"{start}HYPERLINK"]])


@pytest.mark.parametrize(
    ("language", "typed", "written"),
    [
        pytest.param("en", "Acme;=cmd", "Acme;'=cmd", id="the other separator"),
        pytest.param("en", "Acme; =cmd", "Acme; '=cmd", id="a space after it"),
        pytest.param("en", 'Acme;"=cmd', '"Acme;""\'=cmd"', id="a quote after it"),
        pytest.param("en", "Acme\t@SUM", "Acme\t'@SUM", id="a tab"),
        pytest.param("en", "a\n=cmd", '"a\n\'=cmd"', id="a line"),
        pytest.param("en", "a;+1;-1", "a;'+1;'-1", id="each"),
        pytest.param("nl", "Acme,=cmd", "Acme,'=cmd", id="the other separator, Dutch"),
        pytest.param("nl", "Total, -5 %", "Total, '-5 %", id="where a reader splits"),
        # Its own separator stands within quotes, at which no reader of another one splits.
        pytest.param("en", "Total, -5 %", '"Total, -5 %"', id="where no reader splits"),
        pytest.param("nl", "Acme;=cmd", '"Acme;=cmd"', id="where no reader splits, Dutch"),
        pytest.param("en", "a = b; c-d; e@f.example", "a = b; c-d; e@f.example", id="no formula"),
    ],
)
def test_nor_is_it_where_the_separator_of_the_reader_is_another(
    language: str, typed: str, written: str
) -> None:
    with override(language):
        assert text(["a"], [[typed]]) == f"\ufeffa\r\n{written}\r\n"


def test_nor_behind_a_space_that_a_spreadsheet_passes_over() -> None:
    assert text(["a"], [[" =HYPERLINK"]]) == "\ufeffa\r\n' =HYPERLINK\r\n"


def test_a_negative_amount_with_its_comma_stays_a_number() -> None:
    with override("nl"):
        assert text(["a"], [[Decimal("-5.10")]]) == "\ufeffa\r\n-5,10\r\n"


def test_nor_is_what_is_no_text_but_is_written_as_somebody_typed_it() -> None:
    person = Person(name="=HYPERLINK(1)")
    late = lazystr("@SUM(1)")

    assert text(["a", "b"], [[person, late]]) == "\ufeffa,b\r\n'=HYPERLINK(1),'@SUM(1)\r\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"),
        (Decimal("-5.10"), "-5.10"),
        (False, "False"),
        (dt.date(2026, 12, 1), "2026-12-01"),
        (dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC), "2026-12-01T09:00:00+00:00"),
        (None, ""),
    ],
)
def test_what_nobody_typed_is_written_as_it_is(value: object, written: str) -> None:
    assert text(["a", "b"], [["x", value]]) == f"\ufeffa,b\r\nx,{written}\r\n"


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert text(["a", "b"], [[-5, None]]) == "\ufeffa,b\r\n-5,\r\n"


@pytest.mark.django_db
def test_a_heading_stands_above_what_is_of_its_column() -> None:
    response = table("x", ((lazystr("long"), len), ("word", str)), ["nine", "ten"])

    assert response.getvalue().decode() == "\ufefflong,word\r\n4,nine\r\n3,ten\r\n"


@pytest.mark.django_db
def test_it_is_a_file_of_its_own_name() -> None:
    response = csv_response("x", ["a"], [])

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="x.csv"'


def test_where_the_comma_is_decimal_the_semicolon_separates() -> None:
    with override("nl"):
        assert text(["a", "b"], [["1,5", "c;d"]]) == '\ufeffa;b\r\n1,5;"c;d"\r\n'
