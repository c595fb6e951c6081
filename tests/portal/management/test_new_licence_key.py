from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest

from portal.management.commands.new_licence_key import Command
from subscriptions.licence_files import signing

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.mark.parametrize("present", ["", "what-compose-wants-before-there-is-one"])
def test_a_first_key_is_made_while_there_is_none(settings: Settings, present: str) -> None:
    settings.LICENCE_SIGNING_KEY = present
    printed = StringIO()

    Command(stdout=printed).execute(force_color=False, no_color=True, skip_checks=False)

    private = printed.getvalue().rpartition("LICENCE_SIGNING_KEY=")[2].strip()
    assert signing.decode_key(private)
