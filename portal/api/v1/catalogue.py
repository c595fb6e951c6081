"""`/products`: what is for sale, at which price, and where it can be had."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from catalog import money
from catalog import queries as catalog
from catalog.money import Currency
from catalog.pricing import Rate
from catalog.supplements import supplement_of
from customers import clock
from customers.models import TokenScope
from customers.paging import part_behind
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.reach import asked_for
from portal.api.v1.shapes import Code, Id, Money, OrganisationQuery, Page, next_cursor
from portal.pages.presenters.products import product_names
from portal.pages.presenters.refusals import explain
from portal.pages.presenters.subscriptions import language
from subscriptions import queries as subscriptions
from subscriptions.periods import local_day
from subscriptions.queries import Place

router = Router(auth=OrganisationBearer(TokenScope.CATALOGUE_READ), tags=["Catalogue"])


class OnBehalfQuery(Schema):
    organisation_id: Id | None = Field(
        None,
        description="A customer that let yours in as its partner; your own when absent.",
    )


class PriceComponent(Schema):
    code: str
    label: str
    unit: str
    model: str
    unit_price: Money
    is_counted: bool


class Price(Schema):
    """What it costs per month, excl. VAT. `id` is what an order agrees to."""

    id: int
    valid_from: dt.date
    is_example: bool
    components: list[PriceComponent]

    @classmethod
    def of(cls, shown: catalog.PriceShown) -> Price:
        return cls(
            id=shown.id,
            valid_from=shown.valid_from,
            is_example=shown.example,
            components=[
                PriceComponent(
                    code=each.code,
                    label=each.label,
                    unit=each.unit,
                    model=each.model,
                    unit_price=Money.of(each.unit_price),
                    is_counted=each.is_counted,
                )
                for each in shown.components
            ],
        )


class Tier(Schema):
    """Units up to and including `up_to` (null: without end), counted from the first unit after
    those that are included.
    """

    up_to: int | None
    unit_price: Money


class UsageRate(Schema):
    """What is counted, and what it costs in a month, excl. VAT."""

    label: str
    model: str = Field(examples=["graduated"])
    unit_price: Money
    tiers: list[Tier]
    package_size: int | None
    included: int
    included_per_user: int = Field(description="For each user of the tenant.")
    minimum: Money


class Measured(Schema):
    """A metered service that the product sets in motion, on tenants of these `deployments`."""

    code: str
    name: str
    deployments: list[str]
    is_example: bool
    rates: list[UsageRate]

    @classmethod
    def of(cls, service: catalog.Measured) -> Measured:
        return cls(
            code=service.code,
            name=service.name,
            deployments=list(service.deployments),
            is_example=service.example,
            rates=[_usage_rate(label, rate, service.currency) for label, rate in service.rates],
        )


def _usage_rate(label: str, rate: Rate, currency: str) -> UsageRate:
    def price(amount: Decimal) -> Money:
        return Money.of(money.Money(amount, Currency(currency)))

    return UsageRate(
        label=label,
        model=rate.model.value,
        unit_price=price(rate.unit_amount),
        tiers=[Tier(up_to=t.up_to, unit_price=price(t.unit_amount)) for t in rate.tiers],
        package_size=rate.package_size,
        included=rate.included,
        included_per_user=rate.included_per_user,
        minimum=price(rate.minimum),
    )


class ProductSummary(Schema):
    code: str
    name: str
    summary: str
    kind: str
    scope: str
    deployments: list[str]
    price: Price | None


class ProductPage(Page):
    items: list[ProductSummary]


class Obstacle(Schema):
    """Why it cannot be had there, and what to do about it; go by `code`."""

    code: str
    why: str
    way_out: str


class OrderPlace(Schema):
    """A tenant, or the whole organisation where `tenant_id` is null."""

    tenant_id: int | None
    can_order: bool
    subscription_id: int | None
    obstacles: list[Obstacle]

    @classmethod
    def of(cls, place: Place, names: dict[str, str]) -> OrderPlace:
        return cls(
            tenant_id=place.tenant.pk if place.tenant else None,
            can_order=place.can_order,
            subscription_id=place.subscription_id,
            obstacles=[
                Obstacle(code=each.code.value, why=each.why, way_out=each.way_out)
                for each in explain(place.refusals, names)
            ],
        )


class Supplement(Schema):
    """Terms beside the ordinary ones, to be accepted with an order."""

    version: str
    name: str
    address: str


class Product(ProductSummary):
    minimum_crm_version: str
    prerequisites: list[str]
    included_in_plans: list[str]
    needs_confirmation: bool
    supplement: Supplement | None
    next_price: Price | None
    charges: list[Measured] = Field(
        description="What using it costs besides, at the prices of this month."
    )
    places: list[OrderPlace]


@router.get("/products", response=ProductPage, url_name="products")
def list_products(request: HttpRequest, query: Query[OrganisationQuery]) -> ProductPage:
    """Everything for sale in catalogue order, with the price in the organisation's currency."""
    organisation = asked_for(request, query.organisation_id)
    on = local_day(clock.now(), subscriptions.zone_of(organisation))
    entries = catalog.catalogue_page(language(), currency=organisation.currency, on=on)
    page = part_behind(entries, by=("position", "code"), size=query.limit, after=query.after)
    return ProductPage(
        items=[
            ProductSummary(
                code=entry.code,
                name=entry.name,
                summary=entry.summary,
                kind=entry.kind,
                scope=entry.scope,
                deployments=list(entry.deployments),
                price=Price.of(entry.price) if entry.price else None,
            )
            for entry in page.rows
        ],
        next_cursor=next_cursor(page),
    )


@router.get("/products/{slug:product_code}", response=Product, url_name="product")
def read_product(
    request: HttpRequest, product_code: Path[Code], query: Query[OnBehalfQuery]
) -> Product:
    """One product, its price, and for each tenant whether it can be had there and why not."""
    organisation, at = asked_for(request, query.organisation_id), clock.now()
    offer = subscriptions.offer(organisation, product_code, at=at)
    currency, on = organisation.currency, local_day(at, offer.zone)
    page = catalog.product_page(product_code, language(), currency=currency, on=on)
    charges = catalog.measured(offer.version, language(), currency=currency, on=on)
    names, supplement = product_names(), supplement_of(offer.version, language())
    return Product(
        code=page.code,
        name=page.name,
        summary=page.summary,
        kind=page.kind,
        scope=page.scope,
        deployments=list(page.deployments),
        price=Price.of(page.price) if page.price else None,
        minimum_crm_version=page.minimum_crm_version,
        prerequisites=list(page.prerequisites),
        included_in_plans=list(page.included_in_plans),
        needs_confirmation=page.needs_confirmation,
        supplement=Supplement(
            version=supplement.version, name=supplement.name, address=supplement.address
        )
        if supplement
        else None,
        next_price=Price.of(page.next_price) if page.next_price else None,
        charges=[Measured.of(each) for each in charges],
        places=[OrderPlace.of(place, names) for place in offer.places],
    )
