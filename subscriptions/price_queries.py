"""What staff read before and after they announce a price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, OuterRef

from catalog.models import PriceVersion
from customers.models import Membership
from subscriptions.models import PriceAnnouncement, PriceChange, Subscription
from subscriptions.operations.price_changes import at_an_earlier_price
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

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


def newer_prices() -> list[NewerPrice]:
    """In the order of the catalogue; those that somebody does not pay yet."""
    newest = (
        PriceVersion.objects.with_components()
        .order_by("product", "currency", "-valid_from")
        .distinct("product", "currency")
    )
    counted = [NewerPrice(price, at_an_earlier_price(price).count()) for price in newest]
    return sorted(
        (each for each in counted if each.subscriptions),
        key=lambda each: (each.price.product.position, each.price.currency),
    )


def price_versions() -> QuerySet[PriceVersion]:
    return PriceVersion.objects.with_components()


def paying_earlier(price: PriceVersion) -> SubscriptionQuerySet:
    """By customer, for the list that staff see before they announce it."""
    return (
        at_an_earlier_price(price)
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
