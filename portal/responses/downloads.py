"""Files that are made when they are asked for: written first, then sent.

A server cannot take back what it has sent. Of an answer that breaks off while it streams granian
says it is complete, and a reader who takes it slowly would keep a transaction open. So whatever
goes wrong goes wrong before the first byte leaves, and the browser is told how many to expect.
"""

from __future__ import annotations

from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, cast

from django.http import FileResponse

from customers.snapshots import snapshot
from portal.responses.files import attachment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from django.http.response import HttpResponseBase

# So much the web server takes at once, and the process is free for the next request however
# slowly it is read. What is larger waits in a temporary file.
LONGEST_PIECE = 4 * 1024 * 1024
SENT_AT_ONCE = 256 * 1024  # of that file


def download(name: str, content_type: str, pieces: Iterable[bytes]) -> HttpResponseBase:
    """`name` with its ending. The pieces are asked for one by one, in a snapshot."""
    with ExitStack() as unless_sent:
        file = unless_sent.enter_context(SpooledTemporaryFile(max_size=LONGEST_PIECE))
        with snapshot():
            for piece in pieces:
                file.write(piece)
        size = file.tell()
        file.seek(0)
        if size <= LONGEST_PIECE:
            return attachment(name, content_type, file.read())
        unless_sent.pop_all()
    sent = FileResponse(
        cast("BinaryIO", file), as_attachment=True, filename=name, content_type=content_type
    )
    sent.block_size = SENT_AT_ONCE
    return sent
