"""How a seller's runs went before; how they go now is `billing.policies`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.models import BillingPolicy

if TYPE_CHECKING:
    from billing.querysets import BillingPolicyQuerySet
    from catalog.models import Seller


def policies_of(seller: Seller) -> BillingPolicyQuerySet:
    """Everything that was ever set, the newest first."""
    return BillingPolicy.objects.of_seller(seller).with_names()
