"""The letter that tells staff what waits for them: once an hour, when something new does.

Why so: docs/decisions/0092.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from customers import queries as customers
from customers.operations import digests
from customers.operations.mail import Letter, queue_letters
from customers.turns import place
from portal.backoffice.waiting import KINDS, task_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from customers.models import Person
    from portal.backoffice.waiting import Task

WORK = "portal.digests"


@dataclass(frozen=True)
class Line:
    """A task in a letter, and how many of it are new to the reader."""

    task: Task
    new: int


def tell_staff(*, at: dt.datetime) -> int:
    """Write to each of the staff for whose duties something new waits; returns how many letters.

    Never twice within `digests.APART`: what is new by then waits for the next time. A letter
    says how many and links; names stay behind the second factor.
    """
    with place(WORK) as is_free, transaction.atomic():
        if not is_free:
            return 0
        noticed = [(kind, digests.notice(kind.code, kind.keys(), at=at)) for kind in KINDS]
        for person in digests.people_told():
            lost = [kind.code for kind in KINDS if not kind.is_for(person)]
            digests.forget_told(person, lost)
        tasks = {
            kind.code: (task_of(kind, sharing.total(), kind.rows), sharing)
            for kind, sharing in noticed
            if sharing
        }
        letters = [
            letter
            for person in customers.staff_with_any_duty()
            if (letter := _letter(person, tasks, at=at)) is not None
        ]
        queue_letters(letters, at=at)
        return len(letters)


def _letter(
    person: Person, tasks: Mapping[str, tuple[Task, Counter[str]]], *, at: dt.datetime
) -> Letter | None:
    mine = {
        code: narrowed
        for code, (task, sharing) in tasks.items()
        if task.kind.is_for(person) and (narrowed := _narrowed(person, task, sharing))[1]
    }
    new = digests.new_to(person, {code: sharing for code, (_task, sharing) in mine.items()})
    if not new or not digests.may_be_told(person, at=at):
        return None
    digests.note_told(person, mine.keys(), at=at)
    lines = [Line(task=task, new=new.get(code, 0)) for code, (task, _sharing) in mine.items()]
    return Letter(person.email, person.language, "customers/what_waits", _context(lines))


def _narrowed(person: Person, task: Task, sharing: Counter[str]) -> tuple[Task, Counter[str]]:
    """Without what the person asked for: somebody else decides on it."""
    kind = task.kind
    if not kind.decided_by:
        return task, sharing
    rows = partial(kind.rows_for, person)
    theirs = sharing & Counter(kind.keys(rows()))  # of those that were noticed
    return task_of(kind, theirs.total(), rows), theirs


def _context(lines: Sequence[Line]) -> dict[str, object]:
    return {
        "new": [line for line in lines if line.new],
        "known": [line for line in lines if not line.new],
    }
