"""Parts of a list of ids: all of them once, in order, however large the parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.paging import UnreadableCursor, part_of


@given(ids=st.sets(st.integers(1, 2**63 - 1), max_size=30), size=st.integers(1, 7))
def test_each_is_on_one_part(ids: set[int], size: int) -> None:
    found: list[int] = []
    after = None
    while True:
        part = part_of(ids, size=size, after=after)
        assert len(part.rows) <= size
        found += part.rows
        if part.next_after is None:
            break
        assert len(part.rows) == size
        after = part.next_after

    assert found == sorted(ids)


@pytest.mark.parametrize("after", [[], [1, 2], ["1"]])
def test_what_no_part_ended_with_is_refused(after: list[Any]) -> None:
    with pytest.raises(UnreadableCursor):
        part_of({1, 2}, size=1, after=after)
