"""Two who change a seller's policy at the same moment, on real connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing.models import BillingPolicy
from billing.operations.policies import set_policy
from billing.policies import policy_of
from customers.refusals import ChangedMeanwhile
from tests.billing.test_numbering import at_once
from tests.factories.billing import local
from tests.factories.catalog import SellerFactory
from tests.factories.customers import PersonFactory

if TYPE_CHECKING:
    from catalog.models import Seller
    from customers.models import Person

AT = local("2026-12-05")


@pytest.mark.django_db(transaction=True)
def test_the_second_has_not_seen_what_the_first_set() -> None:
    seller: Seller = SellerFactory()
    bounds, colleagues = policy_of(seller).bounds, PersonFactory.create_batch(2, staff=True)
    refused: list[ChangedMeanwhile] = []

    def change(by: Person) -> None:
        try:
            set_policy(
                seller,
                needs_approval=True,
                bounds=bounds,
                as_seen=lambda row: not BillingPolicy.objects.of_seller(row).exists(),
                reason="First months",
                by=by,
                at=AT,
            )
        except ChangedMeanwhile as refusal:
            refused.append(refusal)

    at_once(*(lambda by=by: change(by) for by in colleagues))

    assert len(refused) == 1
    assert BillingPolicy.objects.get().needs_approval
