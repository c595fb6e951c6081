"""`/usage`: what the tenants used in a month, and what it costs, some tenants at a time."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from billing.metering.models import UsageClass
from billing.queries.days_of_use import SumOfUse
from billing.queries.usage import PlaceOfMonth, page_of_usage, usage_of
from billing.usage import Free
from customers import clock
from customers.models import TokenScope
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.months import MonthText, month_in
from portal.api.v1.reach import asked_for
from portal.api.v1.shapes import MOST_ROWS, Money, OrganisationQuery, Page, next_cursor
from portal.pages.presenters.subscriptions import language

router = Router(auth=OrganisationBearer(TokenScope.USAGE_READ), tags=["Usage"])


class UsageQuery(OrganisationQuery):
    limit: int = Field(50, ge=1, le=MOST_ROWS, description="Tenants on a page.")
    month: MonthText | None = None


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


class MeteredService(Schema):
    """A service that is charged by use; `cost` is what the month costs by now, excl. VAT."""

    tenant: str
    product: str
    component: str
    charged: int
    free: int
    included: int
    cost: Money
    expected_cost: Money
    is_example_price: bool

    @classmethod
    def of(cls, place: PlaceOfMonth) -> MeteredService:
        return cls(
            tenant=place.tenant,
            product=place.product,
            component=place.component,
            charged=place.charged,
            free=place.free,
            included=place.allowance,
            cost=Money.of(place.cost),
            expected_cost=Money.of(place.forecast),
            is_example_price=place.is_example,
        )


class UsagePage(Page):
    """All that some tenants used. What counts for the organisation is on the first page."""

    month: str
    is_over: bool
    totals: list[UsageTotal]
    services: list[MeteredService]


@router.get("/usage", response=UsagePage, url_name="usage")
def read_usage(request: HttpRequest, query: Query[UsageQuery]) -> UsagePage:
    """Totals of one month, the current one when none is named, of the tenants that used something.

    A page is cut between two tenants, in the order of their ids.
    """
    organisation = asked_for(request, query.organisation_id)
    month = month_in(query.month) if query.month else None
    found = usage_of(organisation, month, at=clock.now(), language=language())
    page = page_of_usage(found, size=query.limit, after=query.after)
    return UsagePage(
        month=f"{found.month.first_day:%Y-%m}",
        is_over=found.is_over,
        totals=[UsageTotal.of(each) for each in page.sums],
        services=[MeteredService.of(place) for place in page.places],
        next_cursor=next_cursor(page.tenants),
    )
