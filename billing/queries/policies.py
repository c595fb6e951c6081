"""How a seller's runs go, now and before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import BillingPolicy

if TYPE_CHECKING:
    from billing.querysets import BillingPolicyQuerySet
    from catalog.models import Seller


def policy_of(seller: Seller) -> BillingPolicy:
    """What counts now; unsaved defaults when nobody has set anything."""
    return BillingPolicy.objects.of_seller(seller).first() or BillingPolicy.default_of(seller)


def policies_of(seller: Seller) -> BillingPolicyQuerySet:
    """Everything that was ever set, the newest first."""
    return BillingPolicy.objects.of_seller(seller).with_names()
