from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from subscriptions.licence_files import signing
from tests.factories.subscriptions import LicenceFileFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

ENDED = dt.datetime(2026, 1, 31, 23, tzinfo=dt.UTC)
# Later than any real day on which this will run.
ENDS, GRACE_ENDS = (dt.datetime(2099, 1, day, 23, tzinfo=dt.UTC) for day in (1, 13))


def test_it_says_until_when_a_key_is_needed(run: Callable[..., str], settings: Settings) -> None:
    old, other = signing.published_key_ids()[0], "0" * 16
    settings.LICENCE_SIGNING_KEY = signing.new_private_key()
    [new] = signing.published_key_ids()
    for key_id, ends_at, grace_until in [
        (old, ENDS, ENDS),
        (old, ENDS, GRACE_ENDS),
        (other, ENDED, ENDED),
    ]:
        LicenceFileFactory(
            key_id=key_id, expires_at=ends_at, warning_at=ends_at, grace_until=grace_until
        )

    printed = run("licence_keys")

    assert printed.splitlines() == [
        f"{new}  published: no file",
        f"{old}  withdrawn: its last file works until 2099-01-13 23:00 UTC",
    ]
