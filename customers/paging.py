"""Pages of a list that may grow while somebody reads it: where one ends, the next goes on."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import Model, QuerySet


class UnreadableCursor(Refusal):
    sentence = _("This cursor is not one that a page of this list gave.")


@dataclass(frozen=True)
class Slice[T]:
    """Some rows of a list, and where to go on; None after the last one."""

    rows: list[T]
    next_after: tuple[Any, ...] | None


def slice_of[T: Model](
    found: QuerySet[T],
    *,
    size: int,
    after: Sequence[Any] | None = None,
    by: tuple[str, ...] = ("id",),
    newest_first: bool = False,
) -> Slice[T]:
    """`size` rows in the order of `by`, whose fields together are unique, behind `after`.

    A row that is added meanwhile moves no other row to another page. Raises UnreadableCursor
    when `after` does not hold a value for each field of `by`.
    """
    if after is not None:
        found = found.filter(_behind(found, tuple(after), by, newest_first=newest_first))
    order = [f"-{name}" if newest_first else name for name in by]
    rows = list(found.order_by(*order)[: size + 1])
    if len(rows) <= size:
        return Slice(rows, None)
    last = rows[size - 1]
    return Slice(rows[:size], tuple(getattr(last, name) for name in by))


def part_of(ids: Iterable[int], *, size: int, after: Sequence[Any] | None = None) -> Slice[int]:
    """`size` of the ids, the smallest first, behind the one that the last part ended with.

    Raises UnreadableCursor when `after` is not one number.
    """
    if after is not None:
        if len(after) != 1 or not isinstance(after[0], int):
            raise UnreadableCursor
        ids = (each for each in ids if each > after[0])
    rows = sorted(ids)
    return Slice(rows[:size], (rows[size - 1],) if len(rows) > size else None)


def part_behind[T](
    rows: Iterable[T], *, by: tuple[str, str], size: int, after: Sequence[Any] | None = None
) -> Slice[T]:
    """`size` of them in the order of two attributes, which together are unique, behind `after`.

    Raises UnreadableCursor when `after` does not hold a value for each of the two.
    """
    place: Callable[[T], tuple[Any, ...]] = attrgetter(*by)
    if after is not None:
        if len(after) != len(by):
            raise UnreadableCursor
        try:
            rows = [each for each in rows if place(each) > tuple(after)]
        except TypeError:
            raise UnreadableCursor from None
    rows = sorted(rows, key=place)
    return Slice(rows[:size], place(rows[size - 1]) if len(rows) > size else None)


def _behind(
    found: QuerySet[Any], after: tuple[Any, ...], by: tuple[str, ...], *, newest_first: bool
) -> Q:
    """(a, b) > (x, y) as SQL without row values has it: a > x, or a = x and b > y."""
    if len(after) != len(by):
        raise UnreadableCursor
    lookup = "lt" if newest_first else "gt"
    behind, same = Q(), Q()
    for name, value in zip(by, after, strict=True):
        try:
            known = found.model._meta.get_field(name).to_python(value)  # noqa: SLF001
        except (ValidationError, TypeError, ValueError):
            raise UnreadableCursor from None
        if known is None:
            raise UnreadableCursor
        behind |= same & Q(**{f"{name}__{lookup}": known})
        same &= Q(**{name: known})
    return behind
