"""Loads what was used, at which price and how much of it was billed, for many at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db.models.functions import TruncMonth
from msgspec import Struct
from msgspec.structs import replace

from billing.cut_months import cut, use_by_day
from billing.given_back import known_to_the_run
from billing.models import InvoiceLine, sign_of
from billing.open_months import usage_of_open_months
from billing.rating import Charged, ChargedComponent
from billing.tenants_of_use import (
    charged_tenants_of,
    free_because,
    lifetimes_of,
    places_of,
    users_before,
    users_of,
)
from billing.usage import BilledUse, Free, MonthlyUse, Used, grouped
from catalog.eligibility import Scope
from catalog.models import PriceVersion, ProductVersion
from catalog.money import Currency
from customers.bulk import any_of
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping

    from billing.cut_months import UseByDay
    from billing.metering.queries import MonthUsage
    from billing.rating import ChargedSubscription
    from billing.tenants_of_use import KnownUsers, Lifetime, Place
    from billing.usage import BilledUses, PlaceOfUse
    from catalog.models import Seller
    from customers.values import AnyCustomer

_IN_ORDER = attrgetter("service.product_position", "month", "component.position")


@dataclass(frozen=True)
class MeteredPrice:
    """A price version of a metered service; its components by the code of their meter."""

    row: PriceVersion

    @cached_property
    def meters(self) -> frozenset[str]:
        return frozenset(each.meter_id or "" for each in self.row.components.all())

    @cached_property
    def components(self) -> tuple[tuple[str, ChargedComponent], ...]:
        """Raises WrongRate for one that cannot be charged by: it fails those who pay it alone."""
        return tuple(
            (
                each.meter_id or "",
                ChargedComponent(
                    code=each.code,
                    names=each.names,
                    rate=each.rate,
                    position=each.position,
                    quantities=(),
                ),
            )
            for each in self.row.components.all()
        )


@dataclass(frozen=True, slots=True)
class MeteredService:
    """A product that nobody orders. `prices` the newest first."""

    code: str
    names: Mapping[str, str]
    position: int
    counts_all_tenants: bool  # one licence, one allowance for the whole organisation
    prerequisites: frozenset[str]
    prices: tuple[MeteredPrice, ...]

    def price_on(self, currency: str, first_day: dt.date) -> MeteredPrice | None:
        """A month has the price that its first day has."""
        return next(
            (
                each
                for each in self.prices
                if each.row.currency == currency and each.row.valid_from <= first_day
            ),
            None,
        )


class Metered(Struct, frozen=True, eq=False):
    """What charges for a meter in a month; one of each, which many customers share."""

    service: MeteredService
    charged: Charged  # without its place
    component: ChargedComponent
    meter: str
    month: Month


@dataclass(frozen=True, kw_only=True)
class UsageBooks:
    """By organisation id: what its tenants used, and what was billed for it.

    `charged_tenants` are those whose use is charged, whether they used anything or not.
    """

    services: tuple[MeteredService, ...]
    places: Mapping[int, Place]  # by tenant id
    charged_tenants: Mapping[int, tuple[int, ...]]
    lifetimes: Mapping[int, Lifetime]  # by tenant id, where more than one is charged
    users: Mapping[int, KnownUsers]  # by tenant id
    used: Mapping[int, tuple[MonthUsage, ...]]
    billed: Mapping[int, BilledUses]
    billed_in: Mapping[tuple[int, dt.date], str]  # by organisation id and month, the currency
    by_day: UseByDay
    _metered: dict[tuple[str, str, dt.date], tuple[Metered, ...]] = field(default_factory=dict)

    def currency_of(self, organisation: AnyCustomer, first_day: dt.date) -> str:
        """Its own; a month whose use was billed in another one goes on in that."""
        return self.billed_in.get((organisation.pk, first_day), organisation.currency)

    def metered(self, meter: str, currency: str, first_day: dt.date) -> tuple[Metered, ...]:
        """None for what has no price. Raises WrongRate for what cannot be charged by."""
        key = (meter, currency, first_day)
        if key not in self._metered:
            self._metered[key] = tuple(self._charging_for(*key))
        return self._metered[key]

    def _charging_for(self, meter: str, currency: str, first_day: dt.date) -> Iterator[Metered]:
        for service in self.services:
            price = service.price_on(currency, first_day)
            if price is not None and meter in price.meters:
                charged = Charged(
                    id=None,
                    product_code=service.code,
                    product_names=service.names,
                    product_position=service.position,
                    tenant_id=None,
                    tenant_label="",
                    currency=Currency(currency),
                    is_example=price.row.example,
                )
                for of_meter, component in price.components:
                    if of_meter == meter:
                        yield Metered(service, charged, component, meter, Month.of(first_day))

    def has_price(self, meter: str, currency: str, first_day: dt.date) -> bool:
        """What has none is free (`Free.NO_PRICE`) and not rated."""
        prices = (service.price_on(currency, first_day) for service in self.services)
        return any(meter in price.meters for price in prices if price)


NOTHING_USED = UsageBooks(
    services=(),
    places={},
    charged_tenants={},
    lifetimes={},
    users={},
    used={},
    billed={},
    billed_in={},
    by_day={},
)


def open_usage(organisation_ids: Iterable[int], settled_before: Mapping[int, Month]) -> UsageBooks:
    """What they used in months that may not be settled, and were billed for it; reads daily
    totals, never events.

    Three queries for those who used nothing, as most did in a catalogue without metered services.
    """
    places = places_of(organisation_ids)
    organisation_of = {pk: place.organisation_id for pk, place in places.items()}
    rows = list(usage_of_open_months(organisation_of, settled_before))
    if not rows:
        return NOTHING_USED
    used: dict[int, list[MonthUsage]] = defaultdict(list)
    for row in rows:
        used[places[row.tenant_id].organisation_id].append(row)
    charged_tenants = charged_tenants_of(places, used)
    billed, billed_in = _billed(used)
    return UsageBooks(
        services=_services(),
        places=places,
        charged_tenants=charged_tenants,
        lifetimes=lifetimes_of(charged_tenants),
        users=users_of({row.tenant_id for row in rows}.union(*charged_tenants.values())),
        used={pk: tuple(own) for pk, own in used.items()},
        billed=billed,
        billed_in=billed_in,
        by_day=use_by_day(organisation_of, {row.month for row in rows}),
    )


def uses_of(
    organisation: AnyCustomer,
    *,
    seller: Seller,
    books: UsageBooks,
    held: Iterable[ChargedSubscription],
) -> tuple[MonthlyUse, ...]:
    """What the organisation used, by month and place, as it is charged.

    One per component and place; an organisation's licence counts all its tenants together.
    """
    together: dict[tuple[Metered, int | None], list[MonthUsage]] = defaultdict(list)
    for row in books.used.get(organisation.pk, ()):
        currency = books.currency_of(organisation, row.month)
        for metered in books.metered(row.meter, currency, row.month):
            tenant_id = None if metered.service.counts_all_tenants else row.tenant_id
            together[metered, tenant_id].append(row)
    held = tuple(held)
    uses = [_use(*key, rows, books, seller, held) for key, rows in together.items()]
    return tuple(sorted(uses, key=_IN_ORDER))


def rated_meters(uses: Iterable[MonthlyUse], month: Month) -> dict[str, Free | None]:
    """By code of each meter that was rated in the month, why it costs nothing; None when charged.

    It does when what it comes with was not live.
    """
    found = {(use.meter, each.free) for use in uses if use.month == month for each in use.used}
    return {
        meter: Free.NOT_SUBSCRIBED
        if (meter, Free.NOT_SUBSCRIBED) in found and (meter, None) not in found
        else None
        for meter, _because in found
    }


def _use(
    metered: Metered,
    tenant_id: int | None,
    rows: list[MonthUsage],
    books: UsageBooks,
    seller: Seller,
    held: Iterable[ChargedSubscription],
) -> MonthlyUse:
    month, charged = metered.month, metered.charged
    begins_at, ends_at = month.starts_at(seller.zone), month.next.starts_at(seller.zone)
    there = {row.tenant_id for row in rows}
    if tenant_id is None:
        there = _sharing(there, books, begins_at, ends_at)
    else:
        label = books.places[tenant_id].label
        charged = replace(charged, tenant_id=tenant_id, tenant_label=label)
    otherwise = None if _is_live(metered.service, held, month, seller) else Free.NOT_SUBSCRIBED
    free = [
        free_because(books.places[row.tenant_id], row.usage_class, otherwise=otherwise)
        for row in rows
    ]
    return MonthlyUse(
        service=charged,
        component=metered.component,
        meter=metered.meter,
        month=month,
        users=sum(users_before(books.users[pk], ends_at) for pk in there),
        used=tuple(
            Used(
                application=row.application,
                usage_class=row.usage_class,
                quantity=row.quantity,
                events=row.events,
                fingerprint=row.fingerprint,
                free=because,
            )
            for row, because in zip(rows, free, strict=True)
        ),
        cut=cut(
            month,
            (row for row, because in zip(rows, free, strict=True) if not because),
            seller_country=seller.country,
            by_day=books.by_day,
        ),
    )


def _sharing(
    using: set[int], books: UsageBooks, begins_at: dt.datetime, ends_at: dt.datetime
) -> set[int]:
    """Tenants whose users share what is included for the organisation: all that are charged and
    were there in the month, or used something in it before they were known here.
    """
    charged = books.charged_tenants.get(books.places[min(using)].organisation_id, ())
    return {
        pk
        for pk in charged
        if pk in using or len(charged) == 1 or books.lifetimes[pk].overlaps(begins_at, ends_at)
    }


def _services() -> tuple[MeteredService, ...]:
    prices: dict[int, list[MeteredPrice]] = defaultdict(list)
    metered = PriceVersion.objects.filter(product__kind="metered").order_by("-valid_from")
    for price in metered.with_components():
        prices[price.product_id].append(MeteredPrice(price))
    return tuple(
        MeteredService(
            code=version.product.code,
            names=version.names,
            position=version.product.position,
            counts_all_tenants=version.scope == Scope.ORGANISATION,
            prerequisites=frozenset(version.prerequisites),
            prices=tuple(prices[version.product_id]),
        )
        for version in ProductVersion.objects.metered().current().in_order()
    )


def _is_live(
    service: MeteredService, held: Iterable[ChargedSubscription], month: Month, seller: Seller
) -> bool:
    """Whether each product that the service comes with was subscribed to at some time of it."""
    if not service.prerequisites:
        return True
    begins_at, ends_at = month.starts_at(seller.zone), month.next.starts_at(seller.zone)
    live = {
        each.product_code
        for each in held
        if each.starts_at < ends_at and (each.ends_at is None or each.ends_at > begins_at)
    }
    return live >= service.prerequisites


def _billed(
    used: Mapping[int, Iterable[MonthUsage]],
) -> tuple[dict[int, BilledUses], dict[tuple[int, dt.date], str]]:
    """Earlier lines of the months used in, by organisation, signed: those of a credit note are
    stored in the credited direction. And in which currency each month was billed.

    What staff gave back by hand is not among them (docs/decisions/0017).
    """
    months = {row.month for rows in used.values() for row in rows}
    lines = (
        known_to_the_run(
            InvoiceLine.objects.filter(
                any_of("invoice__organisation", used),
                # Use is billed in arrears: its lines are on documents of later days.
                invoice__issued_on__gt=min(months),
                why__isnull=False,
            )
        )
        .annotate(of_month=TruncMonth("period_from"))  # a line may begin within it
        .filter(of_month__in=months)
        .order_by("invoice__month", "invoice_id", "position")
        .values_list(
            "invoice__organisation_id",
            "invoice__kind",
            "invoice__currency",
            "product_code",
            "tenant_id",
            "component",
            "period_from",
            "of_month",
            "quantity",
            "net",
            "vat_category",
            "vat_rate",
        )
    )
    found: dict[int, list[tuple[PlaceOfUse, BilledUse]]] = defaultdict(list)
    billed_in: dict[tuple[int, dt.date], str] = {}
    for (
        organisation_id,
        kind,
        currency,
        product,
        tenant_id,
        component,
        first,
        month,
        quantity,
        net,
        category,
        rate,
    ) in lines:
        sign = sign_of(kind)
        line = BilledUse(
            quantity=sign * quantity, net=sign * net, vat_category=category, vat_rate=rate
        )
        found[organisation_id].append(((product, tenant_id, component, first), line))
        billed_in.setdefault((organisation_id, month), currency)
    return {pk: grouped(rows) for pk, rows in found.items()}, billed_in
