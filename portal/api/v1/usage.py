"""`/usage`: what the tenants used in a month, and what it costs, some tenants at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from billing.metering.models import UsageClass
from billing.queries.days_of_use import DayOfUse, SumOfUse, page_of_days
from billing.queries.usage import PlaceOfMonth, page_of_usage, usage_of
from billing.usage import Free
from customers import clock
from customers.models import TokenScope
from portal.api.v1.door import OrganisationBearer, sees_cost_of_use
from portal.api.v1.months import MonthText, month_in
from portal.api.v1.reach import asked_for
from portal.api.v1.shapes import (
    MOST_ROWS,
    Code,
    Id,
    Money,
    OrganisationQuery,
    Page,
    next_cursor,
)
from portal.pages.presenters.subscriptions import language

router = Router(auth=OrganisationBearer(TokenScope.USAGE_READ), tags=["Usage"])


class UsageQuery(OrganisationQuery):
    limit: int = Field(50, ge=1, le=MOST_ROWS, description="Tenants on a page.")
    month: MonthText | None = None


class UsageDaysQuery(OrganisationQuery):
    month: MonthText | None = None
    tenant_id: Id | None = None
    meter: Code | None = None


class UsageTotal(Schema):
    """What one application used of one meter on one tenant; `free` says why it costs nothing."""

    tenant_id: int
    meter: str
    application: str
    usage_class: UsageClass
    quantity: int
    events: int
    free: Free | None

    @classmethod
    def of(cls, used: SumOfUse) -> UsageTotal:
        return cls(
            tenant_id=used.tenant_id,
            meter=used.meter,
            application=used.application,
            usage_class=used.usage_class,
            quantity=used.quantity,
            events=used.events,
            free=used.free,
        )


class UsageDay(Schema):
    """The same on one day, of the seller's calendar.

    `fingerprint` is one over the events that count, in whatever order they came.
    """

    day: dt.date
    tenant_id: int
    meter: str
    application: str
    usage_class: UsageClass
    quantity: int
    events: int
    fingerprint: str
    free: Free | None

    @classmethod
    def of(cls, used: DayOfUse) -> UsageDay:
        return cls(
            day=used.day,
            tenant_id=used.tenant_id,
            meter=used.meter,
            application=used.application,
            usage_class=used.usage_class,
            quantity=used.quantity,
            events=used.events,
            fingerprint=used.fingerprint,
            free=used.free,
        )


class MeteredService(Schema):
    """A service that is charged by use, on a tenant or (`tenant_id` is null) on all together.

    `charged` counts against what is `included`, and is `percent` of it: null where nothing is.
    The `expected_quantity` is what it will be at the end of the month if that goes on as it
    went so far. `cost` is what the month costs by now and `expected_cost` what it will, excl.
    VAT: both null for a token without `invoices:read`.
    """

    tenant_id: int | None
    tenant: str
    product: str
    component: str
    meter: str
    charged: int
    free: int
    included: int
    percent: int | None
    expected_quantity: int
    cost: Money | None
    expected_cost: Money | None
    is_example_price: bool

    @classmethod
    def of(cls, place: PlaceOfMonth, *, sees_cost: bool) -> MeteredService:
        return cls(
            tenant_id=place.tenant_id,
            tenant=place.tenant,
            product=place.product,
            component=place.component,
            meter=place.meter,
            charged=place.charged,
            free=place.free,
            included=place.allowance,
            percent=place.percent,
            expected_quantity=place.forecast_quantity,
            cost=Money.of(place.cost) if sees_cost else None,
            expected_cost=Money.of(place.forecast) if sees_cost else None,
            is_example_price=place.is_example,
        )


class UsagePage(Page):
    """All that some tenants used. What counts for the organisation is on the first page."""

    month: str
    is_over: bool
    totals: list[UsageTotal]
    services: list[MeteredService]


class UsageDaysPage(Page):
    month: str
    is_over: bool
    items: list[UsageDay]


@router.get("/usage", response=UsagePage, url_name="usage")
def read_usage(request: HttpRequest, query: Query[UsageQuery]) -> UsagePage:
    """Totals of one month, the current one when none is named, of the tenants that used something.

    A page is cut between two tenants, in the order of their ids.
    """
    organisation = asked_for(request, query.organisation_id)
    month = month_in(query.month) if query.month else None
    found = usage_of(organisation, month, at=clock.now(), language=language())
    page = page_of_usage(found, size=query.limit, after=query.after)
    sees_cost = sees_cost_of_use(request)
    return UsagePage(
        month=f"{found.month.first_day:%Y-%m}",
        is_over=found.is_over,
        totals=[UsageTotal.of(each) for each in page.sums],
        services=[MeteredService.of(place, sees_cost=sees_cost) for place in page.places],
        next_cursor=next_cursor(page.tenants),
    )


@router.get("/usage/days", response=UsageDaysPage, url_name="usage_days")
def read_days_of_usage(request: HttpRequest, query: Query[UsageDaysQuery]) -> UsageDaysPage:
    """What was used on each day of a month, the oldest first, on one tenant or on all of them."""
    organisation = asked_for(request, query.organisation_id)
    month = month_in(query.month) if query.month else None
    found = usage_of(organisation, month, at=clock.now(), language=language())
    asked = replace(found.asked, tenant_id=query.tenant_id, meter=query.meter or "")
    page = page_of_days(asked, size=query.limit, after=query.after)
    return UsageDaysPage(
        month=f"{found.month.first_day:%Y-%m}",
        is_over=found.is_over,
        items=[UsageDay.of(each) for each in page.rows],
        next_cursor=next_cursor(page),
    )
