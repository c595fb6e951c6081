"""Tables as CSV that a spreadsheet opens well, and that cannot make it calculate."""

from __future__ import annotations

import csv
import datetime as dt
import re
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from django.utils.formats import get_format, localize

from portal.responses.downloads import download

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.http.response import HttpResponseBase
    from django.utils.functional import Promise

# A cell that begins with one of these is a formula to a spreadsheet.
_FORMULA_START = re.compile(r"\s*[=+\-@]|[\t\r\n]")
# So is what comes after the separator of a reader who has another one: where each of both splits.
# Quotes keep nothing together there, as they do not begin the cell; and those of the text itself
# stand before the formula as an empty cell's. Its own separator is always within quotes.
_WITHIN = {
    ",": re.compile(r"""([;\t\r\n][\s"]*)(?=[=+\-@])"""),
    ";": re.compile(r"""([,\t\r\n][\s"]*)(?=[=+\-@])"""),
}
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else

# A heading, and what stands below it of a row.
type Column[Row] = tuple[str | Promise, Callable[[Row], object]]


def table[Row](name: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> HttpResponseBase:
    """`name` without ending. The rows are asked for one by one, in a snapshot."""
    header = [heading for heading, _written in columns]
    return csv_response(
        name, header, ([written(row) for _heading, written in columns] for row in rows)
    )


def csv_response(
    name: str, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> HttpResponseBase:
    """The same of rows that are cells already."""
    return download(f"{name}.csv", "text/csv; charset=utf-8", csv_lines(header, rows))


def csv_lines(header: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Cells become text; None becomes an empty cell.

    Where the decimal mark is a comma, spreadsheets expect semicolons between the cells.
    """
    yield _BYTE_ORDER_MARK.encode()
    separator = ";" if get_format("DECIMAL_SEPARATOR") == "," else ","
    writer = csv.writer(_Line(), delimiter=separator)
    for row in chain([header], rows):
        yield writer.writerow([_cell(value, separator) for value in row])


class _Line:
    """What a writer of CSV writes to: gives back what it gets."""

    def write(self, text: str) -> bytes:
        return text.encode()


def _cell(value: object, separator: str) -> str:
    """An apostrophe before what a spreadsheet would calculate; real numbers stay numbers.

    It may be the spreadsheet of a colleague abroad, who separates cells by something else.
    Amounts carry the reader's decimal mark, without separators between thousands; days and
    instants are as in ISO 8601.
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return str(localize(value, use_l10n=True))
    if isinstance(value, dt.date):  # an instant too
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    text = _WITHIN[separator].sub(r"\1'", str(value))
    return f"'{text}" if _FORMULA_START.match(text) else text
