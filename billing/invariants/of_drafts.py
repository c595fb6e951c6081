"""What can be asked of a document before it is issued, of all that must always hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.invariants import (
    can_be_made,
    currencies,
    periods,
    reverse_charge,
    scope,
    signs,
    sums,
    treatment,
)

if TYPE_CHECKING:
    from types import ModuleType

# By the code that a parked item carries: `check_draft(draft, seller=…, organisation=…)` yields
# what breaks the rule.
DRAFT_RULES: dict[str, ModuleType] = {
    "sums": sums,
    "vat": treatment,
    "reverse_charge": reverse_charge,
    "can_be_made": can_be_made,
    "scope": scope,
    "signs": signs,
    "periods": periods,
    "currencies": currencies,
}
