"""What must always hold, across tables: one rule a module, one sentence, one check.

Run every night, by `manage.py check_invariants`, and at the end of every journey in the tests.
What one row can promise by itself is a constraint or trigger; this is about the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from celery.exceptions import SoftTimeLimitExceeded

from billing.invariants import (
    applications,
    approvals,
    billed,
    can_be_made,
    conserved,
    corrections,
    counted,
    currencies,
    documents,
    drains,
    entered,
    explained,
    finished,
    frozen,
    ledger,
    live,
    metered,
    months,
    numbers,
    periods,
    reported,
    reverse_charge,
    scope,
    signs,
    stated,
    sums,
    told,
    treatment,
    used,
)
from customers.turns import said

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from types import ModuleType

RULES: tuple[ModuleType, ...] = (
    applications,
    live,
    billed,
    months,
    sums,
    treatment,
    reverse_charge,
    can_be_made,
    scope,
    signs,
    periods,
    currencies,
    corrections,
    numbers,
    finished,
    entered,
    ledger,
    approvals,
    frozen,
    documents,
    stated,
    told,
    metered,
    counted,
    reported,
    used,
    explained,
    conserved,
    drains,
)


@dataclass(frozen=True)
class Breach:
    """`rule` is the sentence that does not hold, `what` where."""

    rule: str
    what: str


@dataclass(frozen=True)
class Checked:
    """A rule with what breaks it; nothing does when `breaches` is empty."""

    rule: str
    breaches: tuple[str, ...]
    code: str  # the name of its module


def check_rules(*, at: dt.datetime) -> Iterator[Checked]:
    """Every rule, kept or broken, in order, each as soon as it is checked.

    One whose check fails is broken, for nobody knows better, and the next is checked.
    """
    for number in range(len(RULES)):
        yield check_rule(number, at=at)


def check_rule(number: int, *, at: dt.datetime) -> Checked:
    """The rule of this number, counted from 0. Raises SoftTimeLimitExceeded in a worker."""
    rule = RULES[number]
    return Checked(rule.RULE, tuple(_breaches(rule, at)), _code(rule))


def unchecked(number: int) -> Checked:
    """A rule that is broken as far as anybody knows: its worker's time was over."""
    rule = RULES[number]
    return Checked(rule.RULE, ("not checked: it took too long",), _code(rule))


def check_all(*, at: dt.datetime) -> list[Breach]:
    """The breaches alone."""
    return [
        Breach(checked.rule, what) for checked in check_rules(at=at) for what in checked.breaches
    ]


def codes() -> list[str]:
    """What the rules are called, in their order."""
    return [_code(rule) for rule in RULES]


def _code(rule: ModuleType) -> str:
    return rule.__name__.rpartition(".")[2]


def _breaches(rule: ModuleType, at: dt.datetime) -> Iterator[str]:
    try:
        yield from rule.check(at=at)
    except SoftTimeLimitExceeded:  # the worker's time is over
        raise
    except Exception as failure:  # noqa: BLE001 - one rule never hides the others
        yield said(failure)
