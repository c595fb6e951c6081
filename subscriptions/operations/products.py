"""The policies of a product, decided by staff for what is ordered from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog import decisions
from customers.refusals import Refusal
from subscriptions.models import ProductDecision

if TYPE_CHECKING:
    import datetime as dt

    from catalog.policies import Policies
    from customers.models import Person


class ProductChanged(Refusal):
    sentence = _("The product was changed meanwhile. Look at what it is now.")


@transaction.atomic
def decide_policies(
    product_code: str,
    policies: Policies,
    *,
    instead_of: int,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> ProductDecision:
    """A new version, for who subscribes from now on; who has one keeps what it was sold with.

    `instead_of` is the number of the version that `by` saw. Raises ProductChanged, NotForSale; and
    WrongPolicy where they cannot be.
    """
    try:
        version = decisions.decide_policies(product_code, policies, instead_of=instead_of)
    except decisions.ChangedSince:
        raise ProductChanged from None
    return ProductDecision.objects.create(
        product_version=version, reason=reason, decided_by=by, decided_at=at
    )
