from __future__ import annotations

import weakref
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import connection
from django.http import FileResponse, HttpResponse

from portal.responses import downloads
from portal.responses.downloads import download
from portal.responses.files import attachment
from portal.responses.tables import csv_lines, csv_response

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db(transaction=True)

CSV = "text/csv; charset=utf-8"


def pieces() -> Iterator[bytes]:
    """Two, asked for while the database is read."""
    assert state_of_this_connection() == "idle in transaction"
    yield b"what "
    yield b"is there"


def state_of_this_connection() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params()) as another:
        found = another.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", pid)
        return str(found.fetchone()[0])  # type: ignore[index]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The files that downloads wait in; more than ten bytes are a long one."""
    made: list[Any] = []

    def remembered(**how: Any) -> Any:
        made.append(SpooledTemporaryFile(**how))  # noqa: SIM115 - closed by whoever asked
        return made[-1]

    monkeypatch.setattr(downloads, "SpooledTemporaryFile", remembered)
    monkeypatch.setattr(downloads, "LONGEST_PIECE", 10)
    monkeypatch.setattr(downloads, "SENT_AT_ONCE", 8)
    return made


def test_a_short_one_is_an_answer_in_one_piece(written: list[Any]) -> None:
    response = download("facts.csv", CSV, iter([b"ten ", b"bytes!"]))

    assert isinstance(response, HttpResponse)
    assert response.content == b"ten bytes!"
    assert response["Content-Disposition"] == 'attachment; filename="facts.csv"'
    assert response["Content-Type"] == CSV
    assert [file.closed for file in written] == [True]


def test_a_long_one_flows_and_says_how_long_it_is(written: list[Any]) -> None:
    response = download("facts.csv", CSV, pieces())

    assert isinstance(response, FileResponse)
    assert list(response) == [b"what is ", b"there"]
    response.close()
    assert response["Content-Length"] == "13"
    assert response["Content-Disposition"] == 'attachment; filename="facts.csv"'
    assert response["Content-Type"] == CSV


def test_what_of_it_is_written_is_not_kept_in_memory(written: list[Any]) -> None:
    def more() -> Iterator[bytes]:
        yield b"eleven bytes"
        assert written[0].name is not None
        yield b"and more"

    download("facts.csv", CSV, more()).close()


def test_one_that_is_broken_off_leaves_nothing_open(written: list[Any]) -> None:
    response = download("facts.csv", CSV, pieces())
    assert next(iter(response)) == b"what is "

    assert state_of_this_connection() == "idle"
    response.close()

    assert [file.closed for file in written] == [True]


def test_one_that_cannot_be_written_is_not_begun(written: list[Any]) -> None:
    def breaks() -> Iterator[bytes]:
        yield from pieces()
        raise RuntimeError

    with pytest.raises(RuntimeError):
        download("facts.csv", CSV, breaks())

    assert state_of_this_connection() == "idle"
    assert [file.closed for file in written] == [True]


def test_of_a_long_table_few_rows_are_kept() -> None:
    class Cell:
        def __str__(self) -> str:
            return "cell"

    alive: weakref.WeakSet[Cell] = weakref.WeakSet()
    most = 0

    def rows() -> Iterator[list[Cell]]:
        nonlocal most
        for _number in range(1000):
            row = [Cell()]
            alive.update(row)
            most = max(most, len(alive))
            yield row

    sent = csv_response("table", ["Name"], rows())

    assert isinstance(sent, HttpResponse)
    assert sent.content == b"".join(csv_lines(["Name"], [["cell"]] * 1000))
    assert most < 5


def test_a_name_may_have_any_character() -> None:
    answer = attachment('Één "naam".pdf', "application/pdf", b"%PDF")

    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''%C3%89%C3%A9n%20%22naam%22.pdf"
    )
