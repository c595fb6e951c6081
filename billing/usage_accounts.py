"""Loads what was used, at which price and how much of it was billed, for many at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Sum
from django.db.models.functions import TruncMonth
from msgspec import Struct

from billing.cut_months import cut, use_by_day
from billing.given_back import known_to_the_run
from billing.metering.models import UsageClass
from billing.models import InvoiceLine, sign_of
from billing.open_months import usage_of_open_months
from billing.rating import Charged, ChargedComponent
from billing.usage import BilledUse, Free, MonthlyUse, Used, grouped
from catalog.eligibility import Scope
from catalog.models import PriceVersion, ProductVersion
from catalog.money import Currency
from customers.bulk import any_of
from customers.models import Environment, History, Tenant, TenantKind, TenantUserPlan, tenant_label
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from billing.cut_months import UseByDay
    from billing.metering.queries import MonthUsage
    from billing.rating import ChargedSubscription
    from billing.usage import BilledUses, PlaceOfUse
    from catalog.models import Seller
    from customers.models import Organisation

USERS_CHANGED = "tenant.user_plans_changed"


class Place(Struct, frozen=True):
    """A tenant where something was used, as it is now."""

    organisation_id: int
    kind: str
    environment: str
    label: str


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


type Changes = tuple[tuple[dt.datetime, int], ...]


@dataclass(frozen=True, kw_only=True)
class UsageBooks:
    """By organisation id: what its tenants used, and what was billed for it.

    `users` holds per tenant id how many it has now, and what each change found, oldest first.
    """

    services: tuple[MeteredService, ...]
    places: Mapping[int, Place]  # by tenant id
    users: Mapping[int, tuple[int, Changes]]
    used: Mapping[int, tuple[MonthUsage, ...]]
    billed: Mapping[int, BilledUses]
    billed_in: Mapping[tuple[int, dt.date], str]  # by organisation id and month, the currency
    by_day: UseByDay

    def currency_of(self, organisation: Organisation, first_day: dt.date) -> str:
        """Its own; a month whose use was billed in another one goes on in that."""
        return self.billed_in.get((organisation.pk, first_day), organisation.currency)

    def has_price(self, meter: str, currency: str, first_day: dt.date) -> bool:
        """What has none is free (`Free.NO_PRICE`) and not rated."""
        prices = (service.price_on(currency, first_day) for service in self.services)
        return any(meter in price.meters for price in prices if price)


NOTHING_USED = UsageBooks(
    services=(), places={}, users={}, used={}, billed={}, billed_in={}, by_day={}
)


def open_usage(organisation_ids: Iterable[int], settled_before: Mapping[int, Month]) -> UsageBooks:
    """What they used in months that may not be settled, and were billed for it; reads daily
    totals, never events.

    Three queries for those who used nothing, as most did in a catalogue without metered services.
    """
    places = _places(organisation_ids)
    organisation_of = {pk: place.organisation_id for pk, place in places.items()}
    rows = list(usage_of_open_months(organisation_of, settled_before))
    if not rows:
        return NOTHING_USED
    used: dict[int, list[MonthUsage]] = defaultdict(list)
    for row in rows:
        used[places[row.tenant_id].organisation_id].append(row)
    billed, billed_in = _billed(used)
    return UsageBooks(
        services=_services(),
        places=places,
        users=_users({row.tenant_id for row in rows}),
        used={pk: tuple(own) for pk, own in used.items()},
        billed=billed,
        billed_in=billed_in,
        by_day=use_by_day(organisation_of, {row.month for row in rows}),
    )


def uses_of(
    organisation: Organisation,
    *,
    seller: Seller,
    books: UsageBooks,
    held: Iterable[ChargedSubscription],
) -> tuple[MonthlyUse, ...]:
    """What the organisation used, by month and place, as it is charged."""
    by_month: dict[dt.date, list[MonthUsage]] = defaultdict(list)
    for row in books.used.get(organisation.pk, ()):
        by_month[row.month].append(row)
    held = tuple(held)
    uses: list[MonthlyUse] = []
    for service in books.services:
        for first_day, rows in sorted(by_month.items()):
            currency = books.currency_of(organisation, first_day)
            price = service.price_on(currency, first_day)
            if price is not None and any(row.meter in price.meters for row in rows):
                month = Month.of(first_day)
                live = _is_live(service, held, month, seller)
                uses += _uses(service, price, month, rows, books, seller, live=live)
    return tuple(uses)


def free_because(
    place: Place | Tenant, usage_class: str, *, otherwise: Free | None = None
) -> Free | None:
    """Why use there costs nothing; None when it is charged. `otherwise` is why its meter does."""
    if usage_class == UsageClass.INCLUDED_APPS:
        return Free.INCLUDED_APPLICATION
    if place.kind == TenantKind.SANDBOX:
        return Free.SANDBOX
    if place.kind == TenantKind.DEVELOPER or place.environment != Environment.PRODUCTION:
        return Free.DEVELOPMENT
    return otherwise


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


def _uses(
    service: MeteredService,
    price: MeteredPrice,
    month: Month,
    rows: list[MonthUsage],
    books: UsageBooks,
    seller: Seller,
    *,
    live: bool,
) -> Iterable[MonthlyUse]:
    """One per component and place; an organisation's licence counts all its tenants together."""
    otherwise = None if live else Free.NOT_SUBSCRIBED
    ends_at = month.next.starts_at(seller.zone)
    for meter, component in price.components:
        by_place: dict[int | None, list[MonthUsage]] = defaultdict(list)
        for row in rows:
            if row.meter == meter:
                by_place[None if service.counts_all_tenants else row.tenant_id].append(row)
        for tenant_id, members in by_place.items():
            there = {row.tenant_id for row in members} if tenant_id is None else {tenant_id}
            free = [
                free_because(books.places[row.tenant_id], row.usage_class, otherwise=otherwise)
                for row in members
            ]
            yield MonthlyUse(
                service=_charged(service, price, tenant_id, books),
                component=component,
                meter=meter,
                month=month,
                users=sum(_users_at(books.users[pk], ends_at) for pk in there),
                used=tuple(
                    Used(
                        application=row.application,
                        usage_class=str(row.usage_class),
                        quantity=row.quantity,
                        events=row.events,
                        fingerprint=row.fingerprint,
                        free=because,
                    )
                    for row, because in zip(members, free, strict=True)
                ),
                cut=cut(
                    month,
                    (row for row, because in zip(members, free, strict=True) if not because),
                    seller_country=seller.country,
                    by_day=books.by_day,
                ),
            )


def _charged(
    service: MeteredService, price: MeteredPrice, tenant_id: int | None, books: UsageBooks
) -> Charged:
    return Charged(
        id=None,
        product_code=service.code,
        product_names=service.names,
        product_position=service.position,
        tenant_id=tenant_id,
        tenant_label=books.places[tenant_id].label if tenant_id else "",
        currency=Currency(price.row.currency),
        is_example=price.row.example,
    )


def _places(organisation_ids: Iterable[int]) -> dict[int, Place]:
    tenants = Tenant.objects.filter(any_of("organisation", organisation_ids)).order_by()
    return {
        pk: Place(organisation_id, kind, environment, tenant_label(*names))
        for pk, organisation_id, kind, environment, *names in tenants.values_list(
            "pk",
            "organisation_id",
            "kind",
            "environment",
            "name",
            "identifier",
            "serial_number",
        )
    }


def _services() -> tuple[MeteredService, ...]:
    prices: dict[int, list[MeteredPrice]] = defaultdict(list)
    for price in PriceVersion.objects.with_components().order_by("-valid_from"):
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


def _users(tenant_ids: Collection[int]) -> dict[int, tuple[int, Changes]]:
    changes: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    found = History.objects.filter(any_of("tenant", tenant_ids), verb=USERS_CHANGED)
    for tenant_id, at, details in found.order_by("at").values_list("tenant_id", "at", "details"):
        changes[tenant_id].append((at, sum(details["from"].values())))
    plans = TenantUserPlan.objects.filter(any_of("tenant", tenant_ids)).order_by()
    now = dict(plans.values_list("tenant").annotate(Sum("users")))
    return {pk: (now.get(pk, 0), tuple(changes.get(pk, ()))) for pk in tenant_ids}


def _users_at(known: tuple[int, Changes], instant: dt.datetime) -> int:
    """How many there were just before `instant`: what the first change since then found."""
    now, changes = known
    return next((before for at, before in changes if at >= instant), now)


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
