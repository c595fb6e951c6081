"""How a seller's runs go now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import BillingPolicy

if TYPE_CHECKING:
    from catalog.models import Seller


def policy_of(seller: Seller) -> BillingPolicy:
    """Unsaved defaults when nobody has set anything."""
    return BillingPolicy.objects.of_seller(seller).first() or BillingPolicy.default_of(seller)
