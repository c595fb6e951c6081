from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management.base import CommandError

from billing.invariants import every
from tests.factories.subscriptions import AuthorisationFactory

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_line_per_rule(shop: None, run: Callable[..., str]) -> None:
    printed = run("check_invariants").splitlines()

    assert printed == [f"ok      {rule.RULE}" for rule in every.RULES]


def test_a_breach_ends_in_an_error(
    shop: None, run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    AuthorisationFactory(active=True)

    with pytest.raises(CommandError, match="2 of the rules above do not hold"):
        run("check_invariants")


def test_applications_that_it_names_are_stopped(shop: None, run: Callable[..., str]) -> None:
    AuthorisationFactory(active=True)

    printed = run("stop_unlicensed")

    assert printed == "Tenants on which applications were deactivated: 1\n"
    assert "BREACH" not in run("check_invariants")
    assert run("stop_unlicensed").endswith(": 0\n")
