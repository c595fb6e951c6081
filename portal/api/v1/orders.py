"""An order: what it costs, the order itself at the price that was read, and taking it back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Path, Query
from ninja.decorators import decorate_view

from billing.queries import order_preview
from customers import clock, queries
from customers.models import Organisation, Tenant
from portal.api.v1.costs import OrderPreview
from portal.api.v1.door import token_behind
from portal.api.v1.once import once
from portal.api.v1.quantities import WRITE, QuantitiesQuery, Users
from portal.api.v1.reach import asked_for
from portal.api.v1.shapes import Code, Content, Id
from portal.api.v1.subscriptions import READ, Subscription, held_or_404, router
from subscriptions.models import LONGEST_RECEIVER, LONGEST_TERMS_VERSION
from subscriptions.operations import orders
from subscriptions.operations.terms import Acceptance
from subscriptions.queries import held, subscriptions_of


class TermsAccepted(Content):
    """That whoever answers for the token accepts the product's `supplement` and may bind the
    organisation. `receiver` is the organisation or third party that gets the data.
    """

    version: str = Field(min_length=1, max_length=LONGEST_TERMS_VERSION, examples=["2018-05-25"])
    receiver: str = Field(min_length=1, max_length=LONGEST_RECEIVER, examples=["Nordwind GmbH"])


class SubscriptionOrder(Content):
    """`price_id` is the price you read at the product and agree to.

    `quantities` says how many users of each counted component; what is flat needs none.
    `tenant_id` is null for a product that is licensed for the whole organisation. `terms` is
    needed for a product that has a `supplement`, and left alone for others.
    """

    product_code: Code
    price_id: Id
    tenant_id: Id | None = None
    quantities: dict[Code, Users] = Field(default_factory=dict, max_length=50)
    terms: TermsAccepted | None = None
    organisation_id: Id | None = None


class OrderQuery(QuantitiesQuery):
    tenant_id: Id | None = Field(
        None, description="For which tenant; absent for what is licensed as a whole."
    )
    organisation_id: Id | None = Field(
        None,
        description="A customer that let yours in as its partner; your own when absent.",
    )


@router.get(
    "/products/{slug:product_code}/order-preview",
    auth=READ,
    response=OrderPreview,
    url_name="order_preview",
)
def preview_order(
    request: HttpRequest, product_code: Path[Code], query: Query[OrderQuery]
) -> OrderPreview:
    """What an order costs and when, as if it started now. Changes nothing.

    Refused as the order itself would be. What waits for the vendor's confirmation is charged
    from then on.
    """
    organisation, at = asked_for(request, query.organisation_id), clock.now()
    tenant = _tenant_or_404(organisation, query.tenant_id)
    order = orders.orderable(
        organisation,
        product_code=product_code,
        tenant=tenant,
        quantities=query.quantities,
        at=at,
    )
    found = order_preview(
        organisation,
        version=order.version,
        price=order.price,
        quantities=order.quantities,
        starts_at=at,
        tenant=tenant,
    )
    return OrderPreview.of(found, order, organisation_id=organisation.pk, tenant_id=query.tenant_id)


@router.post("/subscriptions", auth=WRITE, response={201: Subscription}, url_name="subscriptions")
@decorate_view(once)
def order_subscription(
    request: HttpRequest, order: SubscriptionOrder, response: HttpResponse
) -> Subscription:
    """Order a product. It starts at once, or waits (`requested`) for the vendor's confirmation."""
    organisation, at = asked_for(request, order.organisation_id), clock.now()
    ordered = orders.subscribe(
        organisation,
        product_code=order.product_code,
        tenant=_tenant_or_404(organisation, order.tenant_id),
        quantities=order.quantities,
        agreed_price=order.price_id,
        acceptance=Acceptance(version=order.terms.version, receiver=order.terms.receiver)
        if order.terms
        else None,
        by=token_behind(request),
        at=at,
    )
    response["Location"] = reverse("api:subscription", args=[ordered.pk])
    fresh = subscriptions_of(organisation).get(pk=ordered.pk)
    return Subscription.of(held(fresh, at), at)


@router.delete(
    "/subscriptions/{int:subscription_id}/order",
    auth=WRITE,
    response={200: Subscription},
    url_name="subscription_order",
)
def withdraw_order(request: HttpRequest, subscription_id: Path[Id]) -> Subscription:
    """Take an order back that the vendor has not confirmed yet. Nothing is charged."""
    at = clock.now()
    held = held_or_404(request, subscription_id, at)
    orders.withdraw(held.subscription, by=token_behind(request), at=at)
    return Subscription.of(held_or_404(request, subscription_id, at), at)


def _tenant_or_404(organisation: Organisation, tenant_id: int | None) -> Tenant | None:
    if tenant_id is None:
        return None
    return get_object_or_404(queries.tenants_of(organisation), pk=tenant_id)
