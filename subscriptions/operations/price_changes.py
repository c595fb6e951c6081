"""Telling those who subscribed that they will pay another price, and taking that back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Greatest
from django.db.models.lookups import LessThan
from django.utils.translation import gettext_lazy as _

from catalog.models import PriceVersion
from catalog.queries import seller_for, sellers
from customers.history import Entry, record_many
from customers.refusals import Refusal
from subscriptions.models import (
    NOTICE_OF_A_PRICE,
    PriceAnnouncement,
    PriceChange,
    Subscription,
)
from subscriptions.operations.catalogue_prices import PriceIsGone
from subscriptions.operations.orders import quantities_at
from subscriptions.periods import Month, local_day, start_of
from subscriptions.prices import full_month, price_at
from subscriptions.telling import write_about_money
from subscriptions.ways_out import ways_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from customers.models import Person
    from subscriptions.querysets import SubscriptionQuerySet


JUST_BEFORE = dt.timedelta(microseconds=1)


class TooSoon(Refusal):
    """`earliest` is the first day that is late enough for everybody concerned."""

    sentence = _("A new price is announced at least 30 days before it is charged.")

    def __init__(self, earliest: dt.date) -> None:
        super().__init__(earliest)
        self.earliest = earliest


class NotForSaleYet(Refusal):
    sentence = _("On that day this price is not valid yet, not even for new subscriptions.")


class OtherComponents(Refusal):
    """Who has five users of a plan must find that plan in the new price."""

    sentence = _("This price has other parts than the one that customers pay now.")


class NobodyConcerned(Refusal):
    sentence = _("Nobody has a subscription at an earlier price who was not told of this one.")


class EarlierPriceBeginsLater(Refusal):
    """`on` is the last day on which one begins; from then on that one would be charged again."""

    sentence = _(
        "To some of these customers an earlier price was announced that begins on this day or "
        "later: it would take the place of this one. Take that back first, under Announced on "
        "the page of prices, or choose a later day."
    )

    def __init__(self, on: dt.date) -> None:
        super().__init__(on)
        self.on = on


class TooLate(Refusal):
    """The month of the new price has begun: its invoices may be there."""

    sentence = _("The month in which this price begins has begun; it cannot be taken back.")


def first_day(price: PriceVersion, *, at: dt.datetime) -> dt.date:
    """The earliest on which it can be charged to everybody, whoever their seller is."""
    return max(price.valid_from, after_notice(at))


def after_notice(at: dt.datetime) -> dt.date:
    """The earliest of any price that is announced at `at`."""
    noticed = (last_of_notice(at, seller.zone) for seller in sellers())
    return max(noticed, default=at.date() + NOTICE_OF_A_PRICE) + dt.timedelta(days=1)


def last_of_notice(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The last day before any price that is announced at `at`: 30 days later by the clock, and by
    the calendar, which is a day more when summer time ends meanwhile.

    So a price never begins in the month in which it is announced, which may be invoiced by then.
    """
    return max(local_day(at + NOTICE_OF_A_PRICE, zone), local_day(at, zone) + NOTICE_OF_A_PRICE)


@transaction.atomic
def announce(
    price: PriceVersion, *, effective_on: dt.date, by: Person, at: dt.datetime
) -> PriceAnnouncement:
    """From `effective_on` on `price` is charged to all who have its product at an earlier price.

    Whoever was told of it before stays at the day they were told: a second announcement is for
    those who ordered since the first one, while the earlier price was still for sale.
    A day begins at the midnight of the customer's seller. Every owner and billing contact gets a
    letter, every subscription a line of history; what will have ended by then is left alone.
    To nobody the prices come in another order than they are valid in.
    Raises NotForSaleYet, NobodyConcerned, TooSoon, OtherComponents, EarlierPriceBeginsLater,
    PriceIsGone.
    """
    # Two at once would both tell the same customers, or the later price of two a day too early.
    of_product = PriceVersion.objects.in_currency(price.currency).filter(product=price.product_id)
    if price not in of_product.select_for_update(no_key=True).order_by("pk"):
        raise PriceIsGone
    if effective_on < price.valid_from:
        raise NotForSaleYet
    concerned = concerned_by(price, effective_on=effective_on)
    if not concerned:
        raise NobodyConcerned
    noticed = max(last_of_notice(at, each.zone) for each in concerned)
    if effective_on <= noticed:
        raise TooSoon(noticed + dt.timedelta(days=1))
    _refuse_other_components(price, concerned)
    _refuse_before_an_earlier_price(price, effective_on, concerned)
    announcement = PriceAnnouncement.objects.create(
        price_version=price, effective_on=effective_on, announced_at=at, announced_by=by
    )
    PriceChange.objects.bulk_create(
        PriceChange(
            announcement=announcement,
            subscription=each.subscription,
            effective_at=start_of(effective_on, each.zone),
            announced_at=at,
        )
        for each in concerned
    )
    told = [each.subscription for each in concerned]
    _tell(told, "price_announced", announcement=announcement, by=by, at=at)
    return announcement


@transaction.atomic
def withdraw(announcement: PriceAnnouncement, *, by: Person, at: dt.datetime) -> PriceAnnouncement:
    """Take an announcement back before its month has begun; everybody is told.

    Withdrawn already, it stays so. Raises TooLate.
    """
    announcement = PriceAnnouncement.objects.select_for_update().get(pk=announcement.pk)
    if announcement.withdrawn_at is not None:
        return announcement
    told = list(
        Subscription.objects.filter(price_changes__announcement=announcement)
        .with_names()
        .with_price()
        .order_by("organisation_id", "pk")
    )
    month = Month.of(announcement.effective_on)
    if any(month.starts_at(zone) <= at for zone in _zones(told).values()):
        raise TooLate
    announcement.withdrawn_at, announcement.withdrawn_by = at, by
    announcement.save(update_fields=["withdrawn_at", "withdrawn_by"])
    still_there = [each for each in told if each.ends_at is None or each.ends_at > at]
    _tell(still_there, "price_announcement_withdrawn", announcement=announcement, by=by, at=at)
    return announcement


@dataclass(frozen=True)
class Concerned:
    """A subscription that an announcement reaches, and the zone in which its days begin."""

    subscription: Subscription
    zone: ZoneInfo


def concerned_by(price: PriceVersion, *, effective_on: dt.date) -> list[Concerned]:
    """Who pays an earlier price and still has the product on that day, by organisation."""
    found = at_an_earlier_price(price).with_names().with_price().order_by("organisation_id", "pk")
    zones = _zones(found)
    concerned = [Concerned(each, zones[each.organisation.country]) for each in found]
    return [
        each
        for each in concerned
        if not _ends_by(each.subscription, start_of(effective_on, each.zone))
    ]


def begins_at(days: Iterable[dt.date]) -> dict[dt.date, dt.datetime]:
    """When each begins, for the seller for whom it begins first."""
    zones = [seller.zone for seller in sellers()]
    return {day: min(start_of(day, zone) for zone in zones) for day in days}


def at_an_earlier_price(price: PriceVersion) -> SubscriptionQuerySet:
    """Live, of the product in its currency, and not told of this price or a later one."""
    return Subscription.objects.live().filter(
        LessThan(newest_known(), price.valid_from),
        product=price.product_id,
        price_version__currency=price.currency,
    )


def newest_known() -> Greatest:
    """Of a query of subscriptions: the day of the newest price that the customer was told of.

    Or, where that is later, of the one that was ordered at.
    """
    told = PriceChange.objects.standing().filter(subscription=OuterRef("pk"))
    newest = told.order_by("-announcement__price_version__valid_from").values(
        "announcement__price_version__valid_from"
    )[:1]
    return Greatest("price_version__valid_from", Subquery(newest))  # of nothing told, that is null


def _ends_by(subscription: Subscription, at: dt.datetime) -> bool:
    return subscription.ends_at is not None and subscription.ends_at <= at


def _zones(subscriptions: Iterable[Subscription]) -> dict[str, ZoneInfo]:
    """By the customer's country: whose seller's midnight begins a day."""
    countries = {each.organisation.country for each in subscriptions}
    return {country: seller_for(country).zone for country in countries}


def _refuse_other_components(price: PriceVersion, concerned: Iterable[Concerned]) -> None:
    codes = {component.code for component in price.components.all()}
    for each in concerned:
        held = {c.code for c in each.subscription.price_version.components.all()}
        if held != codes:
            raise OtherComponents


def _refuse_before_an_earlier_price(
    price: PriceVersion, effective_on: dt.date, concerned: Iterable[Concerned]
) -> None:
    """What those who are concerned were told of is earlier prices: the last to begin is charged."""
    of_product = PriceChange.objects.standing().filter(
        announcement__price_version__product=price.product_id,
        announcement__price_version__currency=price.currency,
        announcement__effective_on__gte=effective_on,
    )
    told = of_product.values_list("subscription", "announcement__effective_on")
    ids = {each.subscription.pk for each in concerned}
    days = {day for subscription, day in told if subscription in ids}
    if days:
        raise EarlierPriceBeginsLater(max(days))


def _tell(
    subscriptions: Sequence[Subscription],
    verb: str,
    *,
    announcement: PriceAnnouncement,
    by: Person,
    at: dt.datetime,
) -> None:
    record_many(
        Entry(
            subject=each,
            verb=f"subscription.{verb}",
            organisation=each.organisation,
            tenant=each.tenant,
            by=by,
            at=at,
            details={"product": each.product.code, "effective_on": announcement.effective_on},
        )
        for each in subscriptions
    )
    for each in subscriptions:
        zone = seller_for(each.organisation.country).zone
        day = start_of(announcement.effective_on, zone)
        held, quantities = price_at(each, day - JUST_BEFORE), quantities_at(each, at)
        context: dict[str, object] = {
            "effective_on": announcement.effective_on,
            "before": full_month(held, quantities).total,
            "is_another_before": held != price_at(each, at),
            "then": full_month(announcement.price_version, quantities).total,
            "is_example": held.example or announcement.price_version.example,
        }
        if verb == "price_announced":
            context["ways_out"] = ways_out(each, before=day, at=at)
        write_about_money(each, verb, context=context, at=at)
