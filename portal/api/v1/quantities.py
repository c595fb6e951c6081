"""`/subscriptions/{subscription_id}/quantities`: what another number costs, and the change."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import Http404, HttpRequest
from ninja import Field, Path, Query, Schema
from ninja.decorators import decorate_view

from billing.queries import next_invoice_with
from customers import clock
from customers.models import TokenScope
from portal.api.v1.costs import ExpectedCharge, QuantitiesPreview
from portal.api.v1.door import OrganisationBearer, token_behind
from portal.api.v1.once import once
from portal.api.v1.shapes import Code, Content, Id, Money
from portal.api.v1.subscriptions import READ, Subscription, held_or_404, router
from portal.pages.forms_subscriptions import MOST_USERS
from subscriptions.operations import orders, quantity_changes
from subscriptions.operations.orders import WrongQuantities
from subscriptions.prices import full_month
from subscriptions.queries import Held

WRITE = OrganisationBearer(TokenScope.SUBSCRIPTIONS_WRITE)
ADDRESS = "/subscriptions/{int:subscription_id}/quantities"
MOST_COMPONENTS = 50

Users = Annotated[int, Field(ge=0, le=MOST_USERS)]
# In an address, as `component:number`.
UsersOf = Annotated[
    str, Field(pattern=r"^[a-z0-9-]{1,60}:(0|[1-9][0-9]{0,4}|100000)$", max_length=67)
]


class QuantitiesQuery(Schema):
    quantity: list[UsersOf] = Field(
        [],
        max_length=MOST_COMPONENTS,
        description="`component:users`, such as `sales-premium:25`; once for each component.",
        examples=[["sales-premium:25"]],
    )

    @property
    def quantities(self) -> dict[str, int]:
        """By component. Raises WrongQuantities when one is named twice."""
        pairs = [each.split(":") for each in self.quantity]
        found = {component: int(number) for component, number in pairs}
        if len(found) < len(pairs):
            raise WrongQuantities
        return found


class Quantities(Content):
    """How many users of each counted component; those not named stay as they are."""

    quantities: dict[Code, Users] = Field(min_length=1, max_length=MOST_COMPONENTS)


@router.get(ADDRESS, auth=READ, response=QuantitiesPreview, url_name="subscription_quantities")
def preview_quantities(
    request: HttpRequest, subscription_id: Path[Id], query: Query[QuantitiesQuery]
) -> QuantitiesPreview:
    """What another number of users costs if it is changed now. Changes nothing.

    Refused as the change itself would be.
    """
    at = clock.now()
    held = _counted_or_404(request, subscription_id, at)
    subscription, price = held.subscription, held.priced.price
    after = quantity_changes.quantities_changed(subscription, query.quantities, at=at)
    return QuantitiesPreview(
        subscription_id=subscription.pk,
        quantities_now=orders.quantities_at(subscription, at),
        quantities=after,
        per_month_now=Money.of(held.per_month),
        per_month=Money.of(full_month(price, after).total),
        is_example_price=held.priced.is_example,
        next_charge=ExpectedCharge.of(next_invoice_with(subscription, after, at), subscription.pk),
    )


@router.post(ADDRESS, auth=WRITE, response={200: Subscription}, url_name="subscription_quantities")
@decorate_view(once)
def change_quantities(
    request: HttpRequest, subscription_id: Path[Id], change: Quantities
) -> Subscription:
    """Change the number of users, from now on.

    A day is charged at the highest number it saw. What is licensed without counting users has
    no quantities: 404.
    """
    at = clock.now()
    held = _counted_or_404(request, subscription_id, at)
    quantity_changes.change(
        held.subscription, quantities=change.quantities, by=token_behind(request), at=at
    )
    return Subscription.of(held_or_404(request, subscription_id, at), at)


def _counted_or_404(request: HttpRequest, subscription_id: int, at: dt.datetime) -> Held:
    """One within the token's reach whose users are counted. Raises Http404."""
    held = held_or_404(request, subscription_id, at)
    if not held.is_counted:
        raise Http404
    return held
