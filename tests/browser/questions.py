"""Questions that are asked the moment something is committed, and how soon all were answered."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BETWEEN_LOOKS = 0.01  # seconds


class Answered(NamedTuple):
    answers: list[Any]
    seconds: float  # to the last of them


def ask_all(questions: Sequence[Callable[[], Any]], *, since: float | None = None) -> Answered:
    """All at the same time; `since` by the monotonic clock, else from now."""
    begun = time.monotonic() if since is None else since
    with ThreadPoolExecutor(len(questions)) as asking:
        answers = list(asking.map(lambda ask: ask(), questions))
    return Answered(answers, time.monotonic() - begun)


@contextmanager
def asked_at_once(
    happened: Callable[[], bool], questions: Sequence[Callable[[], Any]]
) -> Iterator[Future[Answered]]:
    """While the block does what is looked for, another connection looks whether it is committed.

    `seconds` are counted from the last look at which it was not: no less than since the commit.
    """
    with ThreadPoolExecutor(1) as watcher:
        yield watcher.submit(_watch, happened, questions)


def _watch(happened: Callable[[], bool], questions: Sequence[Callable[[], Any]]) -> Answered:
    try:
        before = time.monotonic()
        assert not happened(), "Nobody has done it yet."
        until = before + 60
        while True:
            now = time.monotonic()
            if happened():
                break
            assert now < until, "It was never committed."
            before = now
            time.sleep(BETWEEN_LOOKS)
        return ask_all(questions, since=before)
    finally:
        connection.close()
