from __future__ import annotations

import re

import pytest
from django import forms

from portal.one_line import ONE_LINE, LineField

BREAKS = ["\n", "\r\n", "\t", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\u2029"]
TURNS = ["\u202a", "\u202e", "\u2066", "\u2069"]


@pytest.mark.parametrize("mark", BREAKS, ids=ascii)
def test_a_line_that_breaks_goes_on_after_a_space(mark: str) -> None:
    assert LineField().clean(f"Bakker{mark}Zn{mark}") == "Bakker Zn"
    assert not re.match(ONE_LINE, f"Bakker{mark}Zn")


@pytest.mark.parametrize("mark", TURNS, ids=ascii)
def test_a_name_is_read_in_the_direction_in_which_it_is_written(mark: str) -> None:
    assert LineField().clean(f"Bak{mark}ker") == "Bakker"
    assert not re.match(ONE_LINE, f"Bak{mark}ker")


@pytest.mark.parametrize("typed", ["\n", "\u202e", " \t "], ids=ascii)
def test_nothing_but_such_marks_is_nothing(typed: str) -> None:
    with pytest.raises(forms.ValidationError, match="required"):
        LineField().clean(typed)


def test_no_database_takes_a_nul() -> None:
    with pytest.raises(forms.ValidationError, match="Null characters"):
        LineField().clean("Bakker\x00Zn")


@pytest.mark.parametrize("name", ["Müller & Söhne  Zn.", "株式会社", "שלום בע״מ"])
def test_every_other_name_stays_as_it_is(name: str) -> None:
    assert LineField().clean(name) == name
    assert re.match(ONE_LINE, name)
