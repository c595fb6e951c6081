"""Lists by the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from django.core.paginator import Page
    from django.db.models import QuerySet
    from django.http import HttpRequest

ROWS_PER_PAGE = 25
ROWS_OF_CUSTOMERS = 50  # on a page of theirs
ROWS_OF_SEVERAL = 10  # where several lists follow each other, on a phone as stacks of cells


def page_of[T](
    request: HttpRequest,
    rows: Sequence[T] | QuerySet[Any, T],
    name: str = "page",
    *,
    of: int | None = None,
) -> Page[T]:
    """The page that the address names; the nearest one when there is no such page.

    `name` is what the address calls it, where there are several lists; `of` how many rows.
    """
    return Paginator(rows, of or ROWS_PER_PAGE).get_page(request.GET.get(name))
