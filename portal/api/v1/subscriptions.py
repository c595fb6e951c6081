"""`/subscriptions`, to read: what an organisation has and had, and what it costs."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema

from customers import clock
from customers.models import TokenScope
from customers.paging import slice_of
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.reach import asked_for, own
from portal.api.v1.shapes import Code, Id, Money, OrganisationQuery, Page, next_cursor
from subscriptions import queries
from subscriptions.lifecycle import Status
from subscriptions.operations.terms import accepted_with
from subscriptions.prices import next_price_change
from subscriptions.queries import Held

READ = OrganisationBearer(TokenScope.SUBSCRIPTIONS_READ)
router = Router(tags=["Subscriptions"])


class Position(Schema):
    """So many of one price component, and their cost for a full month, excl. VAT."""

    component: str
    quantity: int
    per_month: Money


class AcceptedTerms(Schema):
    """Supplementary terms that somebody accepted for the organisation, and who gets the data."""

    version: str
    receiver: str
    accepted_at: dt.datetime


class Subscription(Schema):
    """One product for one tenant, or for the organisation as a whole when `tenant_id` is null.

    `status` is the one at this instant. A cancellation is a date: until `ends_at` the
    subscription is active, and the cancellation can be withdrawn. `cancelled_at` is when this end
    was decided: the last time if it was brought forward, as when the tenant is deleted before it.
    """

    id: int
    organisation_id: int
    tenant_id: int | None
    product_code: str
    status: Status
    requested_at: dt.datetime
    starts_at: dt.datetime | None
    cancelled_at: dt.datetime | None
    cancel_reason: str
    ends_at: dt.datetime | None
    price_id: int
    is_example_price: bool
    positions: list[Position]
    per_month: Money
    next_price_from: dt.datetime | None
    terms: AcceptedTerms | None

    @classmethod
    def of(cls, held: Held, at: dt.datetime) -> Subscription:
        row = held.subscription
        change, terms = next_price_change(row, at), accepted_with(row)
        return cls(
            id=row.pk,
            organisation_id=row.organisation_id,
            tenant_id=row.tenant_id,
            product_code=row.product.code,
            status=held.status,
            requested_at=row.requested_at,
            starts_at=row.starts_at,
            cancelled_at=row.cancelled_at,
            cancel_reason=row.cancel_reason,
            ends_at=row.ends_at,
            price_id=held.priced.price.pk,
            is_example_price=held.priced.is_example,
            positions=[
                Position(
                    component=each.component.code,
                    quantity=each.quantity,
                    per_month=Money.of(each.per_month),
                )
                for each in held.positions
            ],
            per_month=Money.of(held.per_month),
            next_price_from=change.effective_at if change else None,
            terms=AcceptedTerms(
                version=terms.version, receiver=terms.receiver, accepted_at=terms.accepted_at
            )
            if terms
            else None,
        )


class SubscriptionPage(Page):
    items: list[Subscription]


class SubscriptionQuery(OrganisationQuery):
    tenant_id: Id | None = None
    product_code: Code | None = None
    status: Status | None = None


@router.get("/subscriptions", auth=READ, response=SubscriptionPage, url_name="subscriptions")
def list_subscriptions(request: HttpRequest, query: Query[SubscriptionQuery]) -> SubscriptionPage:
    """Every subscription the organisation has or had, the oldest first."""
    organisation, at = asked_for(request, query.organisation_id), clock.now()
    found = queries.subscriptions_of(organisation).narrowed(
        tenant_id=query.tenant_id, product_code=query.product_code or ""
    )
    if query.status:
        found = found.in_status_at(query.status, at)
    page = slice_of(found, size=query.limit, after=query.after)
    items = [Subscription.of(each, at) for each in queries.held_all(page.rows, at)]
    return SubscriptionPage(items=items, next_cursor=next_cursor(page))


@router.get(
    "/subscriptions/{int:subscription_id}",
    auth=READ,
    response=Subscription,
    url_name="subscription",
)
def read_subscription(request: HttpRequest, subscription_id: Path[Id]) -> Subscription:
    """One subscription, as it is at this instant."""
    at = clock.now()
    return Subscription.of(held_or_404(request, subscription_id, at), at)


def held_or_404(request: HttpRequest, subscription_id: int, at: dt.datetime) -> Held:
    """One within the token's reach. Raises Http404."""
    reached = queries.subscriptions_reached_by(own(request))
    return queries.held(get_object_or_404(reached, pk=subscription_id), at)
