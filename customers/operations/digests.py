"""What waits for the vendor's staff, and who of them was told of it.

What was told is a number and no instant: a list that is read a moment too early, or a night in
which nobody reads one, loses nothing and tells nothing twice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import batched
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from customers.models import Person, ToldWaiting, Waiting
from customers.models.digests import LONGEST_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

# An hour, without what a message may come early after one that came late.
APART = dt.timedelta(minutes=50)
AT_ONCE = 1_000


@transaction.atomic
def notice(kind: str, keys: Iterable[str], *, at: dt.datetime) -> Counter[str]:
    """Of this kind exactly these wait now; what was noticed before keeps its number.

    For one worker at a time. Returns how many share each key.
    """
    noticed = dict(Waiting.objects.filter(kind=kind).values_list("key", "pk"))
    now = Counter(key[:LONGEST_KEY] for key in keys)
    gone = noticed.keys() - now.keys()
    for some in batched(gone, AT_ONCE):
        Waiting.objects.filter(pk__in=[noticed[key] for key in some]).delete()
    Waiting.objects.bulk_create(
        (Waiting(kind=kind, key=key, noticed_at=at) for key in now if key not in noticed),
        batch_size=AT_ONCE,
    )
    return now


def new_to(person: Person, waiting: Mapping[str, Counter[str]]) -> dict[str, int]:
    """How many of each kind wait that the person was not told of; without those where none do.

    `waiting`: of each kind how many share a key, all of which are new when it is.
    """
    told = dict(ToldWaiting.objects.filter(person=person).values_list("kind", "up_to"))
    counts = {}
    for kind, sharing in waiting.items():
        new = Waiting.objects.filter(kind=kind, pk__gt=told.get(kind, 0))
        counts[kind] = sum(sharing[key] for key in new.values_list("key", flat=True))
    return {kind: count for kind, count in counts.items() if count}


def may_be_told(person: Person, *, at: dt.datetime) -> bool:
    """Whether it is long enough since the last time."""
    return not ToldWaiting.objects.filter(person=person, at__gt=at - APART).exists()


def people_told() -> QuerySet[Person]:
    """Those of whom it is remembered what they were told, whatever they may do by now."""
    return Person.objects.filter(pk__in=ToldWaiting.objects.values("person"))


def forget_told(person: Person, kinds: Collection[str]) -> None:
    """What the person no longer has a duty for: who gets it back is told of everything anew."""
    ToldWaiting.objects.filter(person=person, kind__in=kinds).delete()


@transaction.atomic
def note_told(person: Person, kinds: Collection[str], *, at: dt.datetime) -> None:
    """The person is told of all that was noticed of these kinds."""
    last = Waiting.objects.filter(kind__in=kinds).values("kind").annotate(last=Max("pk"))
    ToldWaiting.objects.bulk_create(
        [
            ToldWaiting(person=person, kind=kind, up_to=number, at=at)
            for kind, number in last.values_list("kind", "last")
        ],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["up_to", "at"],
    )
