"""Seed files into the database: what changed becomes a new version, what was sold stays."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import ProtectedError

from catalog.metered import meters_of, not_as_it_was, not_in_every_currency, not_in_time
from catalog.meters import POLICIES
from catalog.models import Meter, PriceComponent, PriceVersion, Product, ProductVersion, Seller
from catalog.queries import sellers_for
from catalog.reading import Problem, WrongCatalogue
from catalog.validating import SEED, SELLERS, read_catalogue

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from catalog.price_content import PriceContent
    from catalog.validating import CatalogueContent, ProductContent

_ONE_LOADER = 0x0CA7A106  # the advisory lock that two loads at once queue for


@dataclass(frozen=True, slots=True)
class Loaded:
    """A sentence per change; none when the database said the same already."""

    changes: tuple[str, ...]


@transaction.atomic
def load_catalogue(
    directory: Path = SEED,
    *,
    on: dt.date,
    used: Collection[str] = (),
    invoiced: Mapping[str, Collection[str]] | None = None,
    write: bool = True,
) -> Loaded:
    """Bring sellers, products, prices and meters in step with the files.

    Runs twice without a change. Sellers, meters and the place of a product on the page follow
    the file; policies of a meter, and of a product about which staff decided, are only where it
    starts. Changed content of a product is its
    next version. A price is written once: another amount for a day that has a price is refused.
    So is a price of what is charged by use that is not for whole months, or begins within the 30
    days after `on`, the day of loading, where there is a price already or one of its meters is
    among `used`, those with any use: it would change what was used before anybody could know.
    And one that leaves a meter without a price in another currency from that day on. A service
    whose meter is among `used` keeps its kind, scope and prerequisites.
    Once staff made a price of a product in a currency, they make the others too: the files may
    say again what is there, and a price that is not is refused, unless it has other parts than
    the one that it follows, which staff cannot make.
    A country stays with its seller once customers there have its invoices: `invoiced` says by code
    of the seller in which. An example seller charged nobody.
    What the files no longer name stays, because it may have been sold.
    `write=False` tells what would change and leaves everything as it was.

    Raises WrongCatalogue, with every file and line; nothing is written then.
    """
    content = read_catalogue(directory)
    one_at_a_time()
    invoiced = invoiced or {}
    before = sellers_for({country for countries in invoiced.values() for country in countries})
    changes = [*_retire_examples(seller["code"] for seller in content.sellers)]
    for seller in sorted(content.sellers, key=lambda seller: seller["is_default"]):
        changes += _load_seller(seller)
    _refuse_moved_countries(content, before, invoiced)
    _refuse_other_ways(content.products, used)
    for product in content.products:
        changes += _load_product(product)
    for meter in content.meters:
        changes += _load_meter(meter)
    changes += _load_prices(content.prices, on, used)
    if not write:
        transaction.set_rollback(True)
    return Loaded(tuple(changes))


def one_at_a_time() -> None:
    """Whoever changes what is sold waits here for the one before, to the end of its transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_LOADER])


def _retire_examples(named: Iterable[str]) -> Iterator[str]:
    """An example seller that the files no longer name goes; one that was used serves nobody.

    It would invoice nobody and still be who sells in its countries.
    """
    for seller in Seller.objects.filter(example=True).exclude(code__in=list(named)):
        try:
            with transaction.atomic():
                seller.delete()
        except ProtectedError:
            serving = Seller.objects.filter(pk=seller.pk).serving_anybody()
            if serving.update(is_default=False, serves_countries=[]):
                yield f"seller {seller.code}: serves nobody"
        else:
            yield f"seller {seller.code}: removed"


def _load_seller(values: Mapping[str, Any]) -> Iterator[str]:
    # The default is written last: by then a former one has given it up.
    code = values["code"]
    row = Seller.objects.filter(code=code).first()
    if row is None:
        Seller.objects.create(**values)
        yield f"seller {code}: added"
    elif changed := _changed(row, values):
        Seller.objects.filter(pk=row.pk).update(**changed)
        yield f"seller {code}: changed {', '.join(changed)}"


def _refuse_moved_countries(
    content: CatalogueContent, before: Mapping[str, Seller], invoiced: Mapping[str, Collection[str]]
) -> None:
    """Its next run would credit, in its own series, what another company charged and declared."""
    problems = [
        Problem(
            SELLERS,
            content.line_of_seller.get(now.code, 1),
            f"customers in {country} have invoices of {was.code}, and {now.code} would serve them "
            "from now on: a company cannot credit what another has charged",
        )
        for country, now in sellers_for(before).items()
        if (was := before[country]) != now
        and country in invoiced.get(was.code, ())
        and not was.example
    ]
    if problems:
        raise WrongCatalogue(problems)


def _refuse_other_ways(products: Iterable[ProductContent], used: Collection[str]) -> None:
    in_use = {
        version.product.code: version
        for version in ProductVersion.objects.metered()
        .current()
        .filter(product__prices__components__meter__code__in=used)
    }
    problems = [
        problem
        for content in products
        if content.code in in_use
        for problem in not_as_it_was(content, in_use[content.code])
    ]
    if problems:
        raise WrongCatalogue(problems)


def _load_product(content: ProductContent) -> Iterator[str]:
    product = Product.objects.filter(code=content.code).first()
    if product is None:
        product = Product.objects.create(code=content.code, **content.row)
        yield f"product {content.code}: added"
    elif changed := _changed(product, content.row):
        Product.objects.filter(pk=product.pk).update(**changed)
        yield f"product {content.code}: changed {', '.join(changed)}"
    current = product.versions.order_by("-number").first()
    version, by_staff = content.version, False
    if current is not None and current.policies_by_staff:
        version, by_staff = _with_policies_of(current, version), True
    fingerprint = fingerprint_of(version)
    if current is None or current.content_hash != fingerprint:
        number = current.number + 1 if current else 1
        ProductVersion.objects.create(
            product=product,
            number=number,
            content_hash=fingerprint,
            policies_by_staff=by_staff,
            **version,
        )
        yield f"product {content.code}: version {number}"


def _with_policies_of(current: ProductVersion, version: Mapping[str, Any]) -> dict[str, Any]:
    """Staff decided about them. Only what the portal sets up for nobody stays a question."""
    policies = current.policies
    if version["needs_online_source"]:
        policies = policies | {"needs_confirmation": True}
    return {**version, "policies": policies}


def _load_prices(
    prices: tuple[PriceContent, ...], on: dt.date, used: Collection[str]
) -> Iterator[str]:
    """Raises WrongCatalogue, which takes everything back, when a price was changed."""
    known = {price.begins: price for price in PriceVersion.objects.with_components()}
    new = [price for price in prices if price.begins not in known]
    problems = [
        Problem(price.file, price.line, _another_already(price, by_staff=there.by_staff))
        for price in prices
        if (there := known.get(price.begins)) and not price.costs_the_same_as(there.content)
    ]
    problems += _decided_by_staff(new, known.values())
    codes, meters = metered_codes(), {begins: meters_of(price) for begins, price in known.items()}
    charged = [price for price in new if price.product in codes]
    problems += not_in_time(charged, meters, on, used)
    problems += not_in_every_currency(charged, meters)
    if problems:
        raise WrongCatalogue(problems)
    for price in new:
        add_price(price)
        yield f"price {price.product} {price.currency} from {price.valid_from}: added"


def _another_already(price: PriceContent, *, by_staff: bool) -> str:
    what = f"{price.product} in {price.currency} from {price.valid_from} has another price "
    if by_staff:
        return what + "already, made in the back office: take this one out of the file"
    return what + "already, and a price never changes: add one with a later valid_from"


def _decided_by_staff(
    new: Collection[PriceContent], known: Iterable[PriceVersion]
) -> Iterator[Problem]:
    """Another price would end the one that staff made, and nobody there would know.

    Only the files bring other parts: such a price is theirs to make, but not before one that
    staff made with the parts of before, which would take the new ones away again.
    """
    there = [price.content for price in known]
    by_staff = [price.content for price in known if price.by_staff]
    for price in new:
        decided = [each for each in by_staff if each.begins[:2] == price.begins[:2]]
        if not decided:
            continue
        followed = _followed_by(price, [*there, *new])
        undone = any(
            each.valid_from > price.valid_from and each.parts != price.parts for each in decided
        )
        if undone or followed is None or followed.parts == price.parts:
            yield Problem(
                price.file,
                price.line,
                f"prices of {price.product} in {price.currency} are made in the back office by "
                f"now: make the one from {price.valid_from} there, and take it out of the file",
            )


def _followed_by(price: PriceContent, prices: Iterable[PriceContent]) -> PriceContent | None:
    """The latest of the same product and currency that begins before it."""
    earlier = (
        each
        for each in prices
        if (each.product, each.currency) == (price.product, price.currency)
        and each.valid_from < price.valid_from
    )
    return max(earlier, key=lambda each: each.valid_from, default=None)


def metered_codes() -> set[str]:
    """Of the products that are charged by use."""
    return set(Product.objects.filter(kind=Product.Kind.METERED).values_list("code", flat=True))


def _load_meter(values: Mapping[str, Any]) -> Iterator[str]:
    """Policies are only where a meter starts: once it is there, staff decide about them."""
    code = values["code"]
    row = Meter.objects.filter(code=code).first()
    if row is None:
        Meter.objects.create(**values)
        yield f"meter {code}: added"
        return
    described = {key: value for key, value in values.items() if key not in POLICIES}
    if changed := _changed(row, described):
        Meter.objects.filter(pk=row.pk).update(**changed)
        yield f"meter {code}: changed {', '.join(changed)}"


def add_price(content: PriceContent, *, by_staff: bool = False) -> PriceVersion:
    price: PriceVersion = PriceVersion.objects.create(
        product=Product.objects.get(code=content.product),
        currency=content.currency,
        valid_from=content.valid_from,
        example=content.example,
        by_staff=by_staff,
    )
    PriceComponent.objects.bulk_create(
        PriceComponent(price_version=price, **component) for component in content.components
    )
    return price


def _changed(row: Seller | Product | Meter, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if getattr(row, key) != value}


def fingerprint_of(version: Mapping[str, Any]) -> str:
    """The same for the same content, whoever made the version, and however the file is laid out.

    No charges, and no supplementary terms, are left out: what has none keeps the fingerprint it
    had before there were any.
    """
    optional = ("charges", "supplement")
    content = {key: value for key, value in version.items() if key not in optional or value}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
