"""What staff read before and after they announce a price."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from catalog.models import PriceVersion
from customers.models import Membership
from subscriptions.models import PriceAnnouncement, PriceChange, PriceDecision, Subscription
from subscriptions.operations.catalogue_prices import known_of, obstacle_to_withdrawal, today
from subscriptions.operations.price_changes import (
    after_notice,
    at_an_earlier_price,
    begins_at,
    newest_known,
)
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from catalog.models import Product
    from subscriptions.querysets import SubscriptionQuerySet


@dataclass(frozen=True)
class NewerPrice:
    """The newest price of a product in a currency, and how many pay an earlier one."""

    price: PriceVersion
    subscriptions: int


@dataclass(frozen=True)
class Announced:
    announcement: PriceAnnouncement
    subscriptions: int
    can_withdraw: bool


@dataclass(frozen=True)
class PricedProduct:
    """What a product costs in a currency, and what it will; None where there is no such price."""

    product: Product
    currency: str
    now: PriceVersion | None
    then: PriceVersion | None


@dataclass(frozen=True)
class PriceListed:
    """A price that is or was, or will be, with what can be done about it."""

    price: PriceVersion
    subscriptions: int  # that pay it now
    to_announce: int  # that pay an earlier one, were not told of this, and will be there for it
    has_begun: bool
    can_withdraw: bool


def priced_products(at: dt.datetime) -> list[PricedProduct]:
    """Every product in each currency that it has a price in, in the order of the catalogue."""
    rows = PriceVersion.objects.with_components().order_by(
        "product__position", "product", "currency", "-valid_from"
    )
    day = today(at)
    found = []
    for (_product, currency), group in groupby(rows, lambda row: (row.product_id, row.currency)):
        prices = list(group)
        begun = [each for each in prices if each.valid_from <= day]
        coming = [each for each in prices if each.valid_from > day]
        now, then = next(iter(begun), None), next(reversed(coming), None)
        found.append(PricedProduct(prices[0].product, currency, now, then))
    return found


def prices_of(product_code: str, currency: str, at: dt.datetime) -> list[PriceListed]:
    """The newest first; none where the product has no price in that currency."""
    prices = list(
        PriceVersion.objects.in_currency(currency)
        .filter(product__code=product_code)
        .with_components()
        .order_by("-valid_from")
    )
    paying, untold = paying_now(product_code, currency, at), _untold(prices, at)
    day, known = today(at), known_of([each.pk for each in prices])
    return [
        PriceListed(
            price,
            subscriptions=paying.get(price.pk, 0),
            to_announce=untold[price.pk],
            has_begun=price.valid_from <= day,
            can_withdraw=obstacle_to_withdrawal(price, on=day, known=known) is None,
        )
        for price in prices
    ]


def paying_now(product_code: str, currency: str, at: dt.datetime) -> dict[int, int]:
    """How many subscriptions pay each price at `at`, by the id of its version."""
    told = PriceChange.objects.standing().filter(subscription=OuterRef("pk"), effective_at__lte=at)
    latest = told.order_by("-effective_at", "-pk").values("announcement__price_version")[:1]
    pays = Coalesce(Subquery(latest), F("price_version"), output_field=BigIntegerField())
    counted = (
        Subscription.objects.live()
        .filter(product__code=product_code, price_version__currency=currency)
        .annotate(pays=pays)
        .values_list("pays")
        .annotate(many=Count("pk"))
        .order_by("pays")
    )
    return dict(counted)


def decisions_about_prices(product_code: str, currency: str) -> QuerySet[PriceDecision]:
    """What staff made and withdrew, the newest first."""
    about = PriceDecision.objects.filter(product__code=product_code, currency=currency)
    return about.select_related("decided_by").order_by("-pk")


def newer_prices(at: dt.datetime) -> list[NewerPrice]:
    """In the order of the catalogue; those that somebody does not pay yet who could be told now."""
    newest = list(
        PriceVersion.objects.with_components()
        .order_by("product", "currency", "-valid_from")
        .distinct("product", "currency")
    )
    untold = _untold(newest, at)
    counted = [NewerPrice(price, untold[price.pk]) for price in newest]
    return sorted(
        (each for each in counted if each.subscriptions),
        key=lambda each: (each.price.product.position, each.price.currency),
    )


def _untold(prices: Sequence[PriceVersion], at: dt.datetime) -> dict[int, int]:
    """By the id of each price, how many `at_an_earlier_price` finds that will still be there on
    the first day on which it can be charged; few queries for all.
    """
    noticed = after_notice(at)
    first_days = {price.pk: max(price.valid_from, noticed) for price in prices}
    begins = begins_at(first_days.values())
    rows = list(
        Subscription.objects.live()
        .filter(product__in={price.product_id for price in prices})
        .annotate(known=newest_known())
        .values_list("product", "price_version__currency", "known", "ends_at")
        .annotate(many=Count("pk"))
        .order_by()
    )
    return {
        price.pk: sum(
            many
            for product, currency, day, ends_at, many in rows
            if (product, currency) == (price.product_id, price.currency)
            and day < price.valid_from
            and (ends_at is None or ends_at > begins[first_days[price.pk]])
        )
        for price in prices
    }


def price_versions() -> QuerySet[PriceVersion]:
    return PriceVersion.objects.with_components()


def paying_earlier(price: PriceVersion, *, on: dt.date) -> SubscriptionQuerySet:
    """By customer, for the list that staff see before they announce it for that day; what will
    have ended by then is not told (docs/decisions/0023).
    """
    still_there = Q(ends_at__isnull=True) | Q(ends_at__gt=begins_at([on])[on])
    return (
        at_an_earlier_price(price)
        .filter(still_there)
        .with_names()
        .with_price()
        .order_by("organisation__name", "organisation_id", "pk")
    )


def announcements(today: dt.date) -> list[Announced]:
    """The one that takes effect last comes first; withdrawn ones too."""
    found = PriceAnnouncement.objects.select_related(
        "price_version__product", "announced_by", "withdrawn_by"
    ).annotate(reached=Count("changes"))
    return [
        Announced(
            each,
            each.reached,
            each.withdrawn_at is None and today < Month.of(each.effective_on).first_day,
        )
        for each in found
    ]


def told_nobody(at: dt.datetime) -> QuerySet[PriceChange]:
    """Prices still to come of which no letter went out that anybody there could have read.

    Whoever hears of money joined later, or nobody does: staff tell the customer another way.
    """
    readers = Membership.objects.hearing_of_money().filter(
        organisation=OuterRef("subscription__organisation"),
        since_at__lte=OuterRef("announced_at"),
    )
    return (
        PriceChange.objects.standing()
        .filter(
            ~Exists(readers),
            effective_at__gt=at,
            subscription__in=Subscription.objects.live_at(at),
        )
        .select_related(
            "announcement",
            "subscription__organisation",
            "subscription__tenant",
            "subscription__product",
        )
    )


def every_announcement() -> QuerySet[PriceAnnouncement]:
    return PriceAnnouncement.objects.select_related("price_version__product")
