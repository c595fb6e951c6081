"""Policies of sellers, for tests with programs of their own, which no monkeypatch reaches."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing.operations import policies
from billing.policies import policy_of
from catalog.models import Seller
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    import datetime as dt


def let_credits_go(*, at: dt.datetime) -> None:
    """What gives back more than it charges is issued without a look, by every seller."""
    for seller in Seller.objects.all():
        policies.set_policy(
            seller,
            needs_approval=False,
            bounds=replace(policy_of(seller).bounds, most_given_back=Decimal(1_000_000)),
            reason="Nobody looks",
            by=PersonFactory(staff=True),
            at=at,
        )
