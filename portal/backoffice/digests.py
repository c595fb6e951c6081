"""The letter that tells staff what waits for them: once an hour, when something new does.

Why so: docs/decisions/0092.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from customers import queries as customers
from customers.operations import digests
from customers.operations.mail import Letter, queue_letters
from customers.turns import place
from portal.backoffice.queries import how_many
from portal.backoffice.waiting import KINDS, task_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from customers.models import Person
    from portal.backoffice.waiting import Kind, Task

WORK = "portal.digests"


@dataclass(frozen=True)
class Line:
    """A task in a letter: how many of it are new to the reader, and since when the first waits."""

    task: Task
    new: int
    since: dt.datetime


def tell_staff(*, at: dt.datetime) -> int:
    """Write to each of the staff for whose duties something new waits; returns how many letters.

    Never twice within `digests.APART`: what is new by then waits for the next time. A letter
    says how many and links; names stay behind the second factor.
    """
    with place(WORK) as is_free, transaction.atomic():
        if not is_free:
            return 0
        for kind in KINDS:
            digests.notice(kind.code, kind.keys(), at=at)
        for person in digests.people_told():
            lost = [kind.code for kind in KINDS if not kind.is_for(person)]
            digests.forget_told(person, lost)
        tasks = _tasks()
        letters = [
            letter
            for person in customers.staff_with_any_duty()
            if (letter := _letter(person, tasks, at=at)) is not None
        ]
        queue_letters(letters, at=at)
        return len(letters)


def _tasks() -> dict[str, tuple[Kind, Task, dt.datetime]]:
    """What waits, by its code; since when goes by when it was noticed where nothing else says."""
    counts = how_many({kind.code: kind.rows() for kind in KINDS})
    noticed = digests.noticed_first(counts.keys())
    found = {}
    for kind in KINDS:
        if counts[kind.code] and kind.code in noticed:
            task = task_of(kind, counts[kind.code])
            found[kind.code] = kind, task, task.since or noticed[kind.code]
    return found


def _letter(
    person: Person, tasks: Mapping[str, tuple[Kind, Task, dt.datetime]], *, at: dt.datetime
) -> Letter | None:
    mine = [code for code, (kind, _task, _since) in tasks.items() if kind.is_for(person)]
    new = digests.new_to(person, mine)
    if not new or not digests.may_be_told(person, at=at):
        return None
    digests.note_told(person, mine, at=at)
    lines = [
        Line(task=task, new=new.get(code, 0), since=since)
        for code, (_kind, task, since) in tasks.items()
        if code in mine
    ]
    return Letter(person.email, person.language, "customers/what_waits", _context(lines))


def _context(lines: Sequence[Line]) -> dict[str, object]:
    return {
        "new": [line for line in lines if line.new],
        "known": [line for line in lines if not line.new],
    }
