from __future__ import annotations

from typing import TYPE_CHECKING

from billing.metering.reported import misreported

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

RULE = "An application reports its own usage; with an access token, on the tenant of that token."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - whose it is does not change
    yield from misreported()
