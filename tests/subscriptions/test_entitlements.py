"""The pure rule at its edges; random histories are in tests/portal/api."""

from __future__ import annotations

import datetime as dt

import pytest

from subscriptions.entitlements import Content, Held, Place, Term, licences_at

START = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAUSE, RESUME, END = (START + dt.timedelta(days=days) for days in (5, 10, 20))
A_BLINK = dt.timedelta(microseconds=1)
TERM = Term(START, END, ((PAUSE, RESUME),))
CONTENT = Content("tools", ("crmscript",), frozenset({"online"}))
PLACE = Place("online", "production", (10, 3), "", is_running=True)


@pytest.mark.parametrize(
    ("at", "gives_access", "stands_until"),
    [
        pytest.param(START - A_BLINK, False, START, id="before it starts"),
        pytest.param(START, True, PAUSE, id="at its start"),
        pytest.param(PAUSE - A_BLINK, True, PAUSE, id="before the suspension"),
        pytest.param(PAUSE, False, RESUME, id="at the suspension"),
        pytest.param(RESUME - A_BLINK, False, RESUME, id="before it resumes"),
        pytest.param(RESUME, True, END, id="when it resumes"),
        pytest.param(END - A_BLINK, True, END, id="before its end"),
        pytest.param(END, False, None, id="at its end"),
    ],
)
def test_a_term_is_half_open_everywhere(
    at: dt.datetime, gives_access: bool, stands_until: dt.datetime | None
) -> None:
    licences = licences_at(PLACE, [Held(1, CONTENT, TERM)], [], at)

    assert bool(licences) == gives_access
    assert TERM.stands_until(at) == stands_until


def test_without_an_end_it_stands_for_ever() -> None:
    term = Term(START, None)

    (licence,) = licences_at(PLACE, [Held(1, CONTENT, term)], [], END)

    assert (licence.since, licence.until, term.stands_until(END)) == (START, None, None)
