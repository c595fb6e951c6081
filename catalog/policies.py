"""What the seed is silent about (D8), as values of a product version. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


LONGEST = 366  # days


class WrongPolicy(ValueError):
    """A policy that is not known, or a value it cannot have."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The defaults of product.md; a product's data file says where it differs."""

    notice_days: int = 0  # between asking to cancel and the earliest end
    cancel_at_month_end: bool = True
    cancel_now: bool = True  # unused days are credited
    restore_days: int = 30  # so long a new subscription brings authorisations back unasked
    needs_confirmation: bool = False  # staff sets it up first: the order waits for their yes
    charged_while_suspended: bool = True
    first_month: str = "by_day"  # days charged over days in the full month

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Read stored or written values, defaults for the rest. Raises WrongPolicy."""
        known = {field.name: field.default for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise WrongPolicy(f"unknown policy {name!r}")
            if type(value) is not type(known[name]):
                kind = {bool: "true or false", int: "a whole number", str: "a word"}
                raise WrongPolicy(f"{name} is {kind[type(known[name])]}")
            if isinstance(value, int) and value < 0:
                raise WrongPolicy(f"{name} is not negative")
            if isinstance(value, int) and value > LONGEST:
                raise WrongPolicy(f"{name} is at most {LONGEST}")
        policies = cls(**values)
        if policies.first_month != "by_day":
            raise WrongPolicy(f"first_month is not {policies.first_month!r}: only 'by_day' exists")
        if not (policies.cancel_at_month_end or policies.cancel_now):
            raise WrongPolicy("a product can be cancelled in some way")
        return policies

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
