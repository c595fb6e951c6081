"""`POST /subscriptions`: an order, at the price that was read."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field
from ninja.decorators import decorate_view

from customers import clock, queries
from customers.models import TokenScope
from portal.api.v1.door import OrganisationBearer, token_behind
from portal.api.v1.once import once
from portal.api.v1.reach import asked_for
from portal.api.v1.shapes import Code, Content, Id
from portal.api.v1.subscriptions import Subscription, router
from portal.pages.forms_subscriptions import MOST_USERS
from subscriptions.operations import orders
from subscriptions.queries import held, subscriptions_of

WRITE = OrganisationBearer(TokenScope.SUBSCRIPTIONS_WRITE)
Users = Annotated[int, Field(ge=0, le=MOST_USERS)]


class SubscriptionOrder(Content):
    """`price_id` is the price you read at the product and agree to.

    `quantities` says how many users of each counted component; what is flat needs none.
    `tenant_id` is null for a product that is licensed for the whole organisation.
    """

    product_code: Code
    price_id: Id
    tenant_id: Id | None = None
    quantities: dict[Code, Users] = Field(default_factory=dict, max_length=50)
    organisation_id: Id | None = None


@router.post("/subscriptions", auth=WRITE, response={201: Subscription}, url_name="subscriptions")
@decorate_view(once)
def order_subscription(
    request: HttpRequest, order: SubscriptionOrder, response: HttpResponse
) -> Subscription:
    """Order a product. It starts at once, or waits (`requested`) for the vendor's confirmation."""
    organisation, at = asked_for(request, order.organisation_id), clock.now()
    tenant = None
    if order.tenant_id:
        tenant = get_object_or_404(queries.tenants_of(organisation), pk=order.tenant_id)
    ordered = orders.subscribe(
        organisation,
        product_code=order.product_code,
        tenant=tenant,
        quantities=order.quantities,
        agreed_price=order.price_id,
        by=token_behind(request),
        at=at,
    )
    response["Location"] = reverse("api:subscription", args=[ordered.pk])
    fresh = subscriptions_of(organisation).get(pk=ordered.pk)
    return Subscription.of(held(fresh, at), at)
