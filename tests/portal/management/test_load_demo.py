from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.management.base import CommandError

from customers.models import Organisation

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_server_takes_no_invented_customers(run: Callable[..., str], settings: Any) -> None:
    settings.CLOCK_CAN_MOVE = False

    with pytest.raises(CommandError, match="real customers"):
        run("load_demo")

    assert not Organisation.objects.exists()
