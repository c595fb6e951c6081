"""Reads across the catalogue's tables. Frozen dataclasses for pages, rows for operations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.models import PriceVersion, Product, ProductVersion, Seller, in_language
from catalog.models.words import said_in

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from catalog.money import Money
    from catalog.pricing import Rate
    from catalog.querysets import SellerQuerySet


class NotForSale(LookupError):
    """No such product, or no price for it in that currency on that day."""


class NoSeller(LookupError):
    """No legal entity is set up to sell at all: the catalogue was never loaded."""


@dataclass(frozen=True, slots=True)
class ComponentShown:
    code: str
    label: str
    unit: str  # "month", "user_plan"
    model: str
    unit_price: Money
    is_counted: bool


@dataclass(frozen=True, slots=True)
class PriceShown:
    id: int
    currency: str
    valid_from: dt.date
    example: bool
    components: tuple[ComponentShown, ...]

    @property
    def flat(self) -> Money | None:
        """The one monthly amount, when that is the whole price."""
        only = self.components[0] if len(self.components) == 1 else None
        return only.unit_price if only and not only.is_counted else None

    @property
    def lowest(self) -> Money | None:
        """The cheapest unit: "from" on the catalogue page."""
        return min((c.unit_price for c in self.components), default=None)


@dataclass(frozen=True, slots=True)
class Named:
    """A part of a product for a search: what it is called, and all that is said of it."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    position: int  # in the catalogue; those of the same go by code
    code: str
    name: str
    summary: str
    aliases: tuple[str, ...]
    kind: str
    scope: str
    deployments: tuple[str, ...]
    price: PriceShown | None
    words: tuple[str, ...]  # what its page says it is for, also in English
    inside: tuple[Named, ...]  # the same of what is in it


@dataclass(frozen=True, slots=True)
class Link:
    group: str  # documentation, sdk, price, app_store, partners
    label: str
    address: str
    about: str  # the code of the tool it is about, or ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What whoever has a product does now; with a page for it, or "" and ""."""

    text: str
    label: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing inside a product: what it does, which skill it takes, who may use it."""

    code: str
    name: str
    what: str
    skill: str
    who: str
    minimum_crm_version: str
    links: tuple[Link, ...]  # to read on about this very tool


@dataclass(frozen=True, slots=True)
class Measured:
    """A metered service that a product sets in motion, and what it costs in a month."""

    code: str
    name: str
    how: tuple[str, ...]  # paragraphs
    deployments: tuple[str, ...]
    currency: str
    example: bool
    rates: tuple[tuple[str, Rate], ...]  # what is counted, and what it costs


@dataclass(frozen=True, slots=True)
class ProductPage:
    """Everything a product's page says, in one language. Paragraphs and points are tuples."""

    code: str
    version: int
    name: str
    summary: str
    aliases: tuple[str, ...]
    kind: str
    scope: str
    deployments: tuple[str, ...]
    minimum_crm_version: str
    prerequisites: tuple[str, ...]
    included_in_plans: tuple[str, ...]
    needs_confirmation: bool
    purpose: tuple[str, ...]  # what it is for
    uses: tuple[str, ...]  # what one can do with it
    how: tuple[str, ...]  # how it works and is billed
    when: tuple[str, ...]  # when you need it
    getting: tuple[str, ...]  # how to get and start it
    leaving: tuple[str, ...]  # what stays, what stops, and whose duty it is
    inside: tuple[Tool, ...]
    links: tuple[Link, ...]  # all of them; those about one tool are with that tool too
    price: PriceShown | None = None
    next_price: PriceShown | None = None


def current_version(product_code: str) -> ProductVersion:
    """What is sold today, its product loaded. Raises NotForSale for an unknown product."""
    version = ProductVersion.objects.of(product_code).to_order().current().first()
    if version is None:
        raise NotForSale(product_code)
    return version


def current_versions() -> list[ProductVersion]:
    """What can be ordered today of every product, in catalogue order; one query."""
    return list(ProductVersion.objects.to_order().current().in_order())


def every_current_version() -> list[ProductVersion]:
    """The same with what is charged by use and ordered by nobody: for what products are called."""
    return list(ProductVersion.objects.current().in_order())


def next_steps(product: Product, language: str) -> tuple[NextStep, ...]:
    """How to go on once one has it, as it is today: whichever version of it was bought."""
    newest = product.versions.order_by("-number").first()
    texts = newest.text_in(language) if newest else {}
    return tuple(NextStep(**step) for step in texts.get("next_steps", ()))


def price_for(product: Product, currency: str, on: dt.date) -> PriceVersion:
    """The latest price that has begun by `on`, components loaded. Raises NotForSale."""
    price = product.prices.in_currency(currency).valid_on(on).with_components().first()
    if price is None:
        raise NotForSale(f"{product.code} has no price in {currency} on {on}")
    return price


def price_after(product: Product, currency: str, on: dt.date) -> PriceVersion | None:
    """The next price that begins later than `on`, components loaded."""
    return product.prices.in_currency(currency).announced_after(on).with_components().first()


def seller_for(country: str) -> Seller:
    """The legal entity that sells in `country` (ISO 3166 alpha-2). Raises NoSeller."""
    seller = Seller.objects.serving(country).first()
    if seller is None:
        raise NoSeller(country)
    return seller


def sellers_for(countries: Iterable[str]) -> dict[str, Seller]:
    """By country, whoever sells there, as `seller_for` says; one query."""
    every = list(sellers())
    default = next((each for each in every if each.is_default), None)
    others = [each for each in reversed(every) if each != default]  # of two the first has it
    own = {country: each for each in others for country in each.serves_countries}
    found = ((country, own.get(country, default)) for country in countries)
    return {country: seller for country, seller in found if seller}


def seller_called(code: str) -> Seller | None:
    """By its code, such as "nl"."""
    return Seller.objects.filter(code=code).first()


def sellers() -> SellerQuerySet:
    """Every legal entity, the default one first."""
    return Seller.objects.in_order()


def catalogue_page(
    language: str, *, currency: str = "", on: dt.date | None = None
) -> tuple[CatalogueEntry, ...]:
    """Every product in order; with its price when `currency` and `on` are given."""
    prices = prices_on(on, currency, language) if currency and on else {}
    return tuple(
        _entry(version, language, prices.get(version.product.code))
        for version in current_versions()
    )


def product_page(
    code: str, language: str, *, currency: str = "", on: dt.date | None = None
) -> ProductPage:
    """A product in one language; price and announced price when `currency` and `on` are given.

    Raises NotForSale for an unknown product. A product without a price there has `price` None.
    """
    version = current_version(code)
    if not (currency and on):
        return _page(version, language, None, None)
    prices = version.product.prices.in_currency(currency).with_components()
    now, then = prices.valid_on(on).first(), prices.announced_after(on).first()
    return _page(
        version,
        language,
        shown(now, language) if now else None,
        shown(then, language) if then else None,
    )


def measured(
    version: ProductVersion, language: str, *, currency: str, on: dt.date
) -> tuple[Measured, ...]:
    """What using the product is charged besides; a month has one price, that of its first day.

    Without a price there is nothing to charge by, and the service is left out.
    """
    services = ProductVersion.objects.current().filter(product__code__in=version.charges)
    prices = PriceVersion.objects.in_currency(currency).valid_on(on.replace(day=1))
    latest = {
        price.product_id: price
        for price in prices.filter(product__code__in=version.charges)
        .distinct("product")
        .with_components()
    }
    return tuple(
        _measured(service, latest[service.product_id], language)
        for service in services.in_order()
        if service.product_id in latest
    )


def prices_on(on: dt.date, currency: str, language: str) -> dict[str, PriceShown]:
    """The price of each product on a day, by product code; two queries."""
    latest = (
        PriceVersion.objects.in_currency(currency)
        .valid_on(on)
        .distinct("product")
        .with_components()
    )
    return {price.product.code: shown(price, language) for price in latest}


def shown(price: PriceVersion, language: str) -> PriceShown:
    return PriceShown(
        id=price.pk,
        currency=price.currency,
        valid_from=price.valid_from,
        example=price.example,
        components=tuple(
            ComponentShown(
                code=component.code,
                label=component.name_in(language),
                unit=component.unit,
                model=component.model,
                unit_price=component.unit_price,
                is_counted=component.is_counted,
            )
            for component in price.components.all()
        ),
    )


def _entry(version: ProductVersion, language: str, price: PriceShown | None) -> CatalogueEntry:
    texts = version.text_in(language)
    return CatalogueEntry(
        position=version.product.position,
        code=version.product.code,
        name=version.name_in(language),
        summary=texts.get("summary", ""),
        aliases=tuple(version.product.aliases),
        kind=version.product.kind,
        scope=version.scope,
        deployments=tuple(version.deployments),
        price=price,
        words=said_in(version.texts, language, "name", "summary", "purpose", "uses"),
        inside=tuple(
            Named(
                in_language(tool["texts"], language).get("name", tool["code"]),
                said_in(tool["texts"], language, "name", "what"),
            )
            for tool in version.inside
        ),
    )


def _page(
    version: ProductVersion,
    language: str,
    price: PriceShown | None,
    next_price: PriceShown | None,
) -> ProductPage:
    texts, links = version.text_in(language), _links(version.links, language)
    return ProductPage(
        code=version.product.code,
        version=version.number,
        name=version.name_in(language),
        summary=texts.get("summary", ""),
        aliases=tuple(version.product.aliases),
        kind=version.product.kind,
        scope=version.scope,
        deployments=tuple(version.deployments),
        minimum_crm_version=version.minimum_crm_version,
        prerequisites=tuple(version.prerequisites),
        included_in_plans=tuple(version.included_in_plans),
        needs_confirmation=version.policy.needs_confirmation,
        purpose=tuple(texts.get("purpose", ())),
        uses=tuple(texts.get("uses", ())),
        how=tuple(texts.get("how", ())),
        when=tuple(texts.get("when", ())),
        getting=tuple(texts.get("getting", ())),
        leaving=tuple(texts.get("leaving", ())),
        inside=tuple(_tools(version.inside, links, language)),
        links=links,
        price=price,
        next_price=next_price,
    )


def _measured(service: ProductVersion, price: PriceVersion, language: str) -> Measured:
    return Measured(
        code=service.product.code,
        name=service.name_in(language),
        how=tuple(service.text_in(language).get("how", ())),
        deployments=tuple(service.deployments),
        currency=price.currency,
        example=price.example,
        rates=tuple((each.name_in(language), each.rate) for each in price.components.all()),
    )


def _tools(inside: Iterable[dict[str, Any]], links: tuple[Link, ...], language: str) -> list[Tool]:
    return [
        Tool(
            code=tool["code"],
            minimum_crm_version=tool["minimum_crm_version"],
            links=tuple(link for link in links if link.about == tool["code"]),
            **in_language(tool["texts"], language),
        )
        for tool in inside
    ]


def _links(links: Iterable[dict[str, Any]], language: str) -> tuple[Link, ...]:
    return tuple(
        Link(group=link["group"], about=link["about"], **in_language(link["texts"], language))
        for link in links
    )
