"""Tables as CSV that a spreadsheet opens well, and that cannot make it calculate."""

from __future__ import annotations

import csv
from decimal import Decimal
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.formats import get_format, localize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else


def csv_response(
    name: str, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """`name` without ending. Cells become text; None becomes an empty cell.

    Where the decimal mark is a comma, spreadsheets expect semicolons between the cells.
    """
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
    response.write(_BYTE_ORDER_MARK)
    separator = ";" if get_format("DECIMAL_SEPARATOR") == "," else ","
    writer = csv.writer(response, delimiter=separator)
    for row in (header, *rows):
        writer.writerow([_cell(value) for value in row])
    return response


def _cell(value: object) -> str:
    """An apostrophe before what a spreadsheet would calculate; real numbers stay numbers.

    Amounts carry the reader's decimal mark, without separators between thousands.
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(localize(value, use_l10n=True))
    text = str(value)
    if isinstance(value, str) and text.startswith(_FORMULA_STARTS):
        return f"'{text}"
    return text
