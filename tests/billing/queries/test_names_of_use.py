"""Whatever events say of which application it was: every choice is one, and together it is all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from billing.queries.names_of_use import NOT_SAID, NamesOfUse

words = st.sampled_from(["", "a", "b", "c", "Outlook", "Sync", NOT_SAID])


@given(clients=st.dictionaries(words.filter(bool), words.filter(bool)), said=st.sets(words))
def test_names_divide_what_was_said(clients: dict[str, str], said: set[str]) -> None:
    names = NamesOfUse(clients)

    parts = {name: names.said_of(name, said) for name in {names.of(each) for each in said}}

    assert sorted(each for part in parts.values() for each in part) == sorted(said)
    assert all(parts.values())


@given(clients=st.dictionaries(words.filter(bool), words.filter(bool)), said=st.sets(words))
def test_what_was_said_finds_the_application_it_stands_for(
    clients: dict[str, str], said: set[str]
) -> None:
    names = NamesOfUse(clients)

    for each in said - {names.of(other) for other in said}:  # where it is no name as well
        assert each in names.said_of(each, said)
