"""Loads what was used, at which price and how much of it was billed, for many at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.given_back import known_to_the_run
from billing.metering.models import UsageClass
from billing.metering.queries import usage_of_every_month
from billing.models import Invoice, InvoiceLine
from billing.rating import Charged, ChargedComponent
from billing.usage import BilledUse, Free, MonthlyUse, Used, grouped
from catalog.eligibility import Scope
from catalog.models import PriceVersion, ProductVersion
from catalog.money import Currency
from customers.bulk import any_of
from customers.models import Environment, History, Tenant, TenantKind
from subscriptions.periods import Month

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from billing.metering.queries import MonthUsage
    from billing.rating import ChargedSubscription
    from billing.usage import BilledUses, PlaceOfUse
    from catalog.models import PriceComponent, Seller

USERS_CHANGED = "tenant.user_plans_changed"


@dataclass(frozen=True, kw_only=True)
class UsageBooks:
    """By organisation id: what its tenants used, and what was billed for it.

    `users` holds per tenant id how many it has now, and what each change found, oldest first.
    """

    services: tuple[tuple[ProductVersion, tuple[PriceVersion, ...]], ...]
    tenants: Mapping[int, Tenant]
    users: Mapping[int, tuple[int, tuple[tuple[dt.datetime, int], ...]]]
    used: Mapping[int, tuple[MonthUsage, ...]]
    billed: Mapping[int, BilledUses]


NOTHING_USED = UsageBooks(services=(), tenants={}, users={}, used={}, billed={})


def open_usage(organisation_ids: Iterable[int]) -> UsageBooks:
    """Everything they ever used and were billed for it; reads daily totals, never events.

    Two queries for those who used nothing, as most did in a catalogue without metered services.
    """
    ids = list(organisation_ids)
    theirs = Tenant.objects.filter(any_of("organisation", ids))
    rows = usage_of_every_month(theirs.order_by().values_list("pk", flat=True))
    if not rows:
        return NOTHING_USED
    using = theirs.filter(any_of("pk", {row.tenant_id for row in rows}))
    tenants = {tenant.pk: tenant for tenant in using.prefetch_related("user_plans")}
    used: dict[int, list[MonthUsage]] = defaultdict(list)
    for row in rows:
        used[tenants[row.tenant_id].organisation_id].append(row)
    return UsageBooks(
        services=_services(),
        tenants=tenants,
        users=_users(tenants),
        used={pk: tuple(own) for pk, own in used.items()},
        billed=_billed(used),
    )


def uses_of(
    organisation_id: int,
    *,
    seller: Seller,
    books: UsageBooks,
    held: Iterable[ChargedSubscription],
) -> tuple[MonthlyUse, ...]:
    """What the organisation used, by month and place, as it is charged."""
    held = tuple(held)
    uses: list[MonthlyUse] = []
    for version, prices in books.services:
        for month in sorted({row.month for row in books.used.get(organisation_id, ())}):
            rows = [row for row in books.used[organisation_id] if row.month == month]
            price = _price_on(prices, seller.currency, month)
            live = _is_live(version, held, Month.of(month), seller)
            if price is not None:
                uses += _uses(version, price, Month.of(month), rows, books, seller, live=live)
    return tuple(uses)


def free_because(tenant: Tenant, usage_class: str, *, is_live: bool = True) -> Free | None:
    """Why use there costs nothing; None when it is charged."""
    if usage_class == UsageClass.INCLUDED_APPS:
        return Free.INCLUDED_APPLICATION
    if tenant.kind == TenantKind.SANDBOX:
        return Free.SANDBOX
    if tenant.kind == TenantKind.DEVELOPER or tenant.environment != Environment.PRODUCTION:
        return Free.DEVELOPMENT
    return None if is_live else Free.NOT_SUBSCRIBED


def _uses(
    version: ProductVersion,
    price: PriceVersion,
    month: Month,
    rows: list[MonthUsage],
    books: UsageBooks,
    seller: Seller,
    *,
    live: bool,
) -> Iterable[MonthlyUse]:
    """One per component and place; an organisation's licence counts all its tenants together."""
    for component in price.components.all():
        by_place: dict[int | None, list[MonthUsage]] = defaultdict(list)
        for row in rows:
            if row.meter == component.meter_id:
                shared = version.scope == Scope.ORGANISATION
                by_place[None if shared else row.tenant_id].append(row)
        for tenant_id, members in by_place.items():
            ends_at = month.next.starts_at(seller.zone)
            there = {row.tenant_id for row in members} if tenant_id is None else {tenant_id}
            yield MonthlyUse(
                service=_service(version, price, tenant_id, books),
                component=_component(component),
                meter=component.meter_id or "",
                month=month,
                users=sum(_users_at(books.users[pk], ends_at) for pk in there),
                used=tuple(
                    Used(
                        application=row.application,
                        usage_class=row.usage_class.value,
                        quantity=row.quantity,
                        events=row.events,
                        fingerprint=row.fingerprint,
                        free=free_because(
                            books.tenants[row.tenant_id], row.usage_class, is_live=live
                        ),
                    )
                    for row in members
                ),
            )


def _service(
    version: ProductVersion, price: PriceVersion, tenant_id: int | None, books: UsageBooks
) -> Charged:
    return Charged(
        id=None,
        product_code=version.product.code,
        product_names=version.names,
        product_position=version.product.position,
        tenant_id=tenant_id,
        tenant_label=books.tenants[tenant_id].label if tenant_id else "",
        currency=Currency(price.currency),
        is_example=price.example,
    )


def _component(component: PriceComponent) -> ChargedComponent:
    return ChargedComponent(
        code=component.code,
        names=component.names,
        rate=component.rate,
        position=component.position,
        quantities=(),
    )


def _services() -> tuple[tuple[ProductVersion, tuple[PriceVersion, ...]], ...]:
    prices: dict[int, list[PriceVersion]] = defaultdict(list)
    for price in PriceVersion.objects.with_components().order_by("-valid_from"):
        prices[price.product_id].append(price)
    versions = ProductVersion.objects.metered().current().in_order()
    return tuple((version, tuple(prices[version.product_id])) for version in versions)


def _price_on(
    prices: Iterable[PriceVersion], currency: str, first_day: dt.date
) -> PriceVersion | None:
    """A month has the price that its first day has."""
    return next(
        (each for each in prices if each.currency == currency and each.valid_from <= first_day),
        None,
    )


def _is_live(
    version: ProductVersion, held: Iterable[ChargedSubscription], month: Month, seller: Seller
) -> bool:
    """Whether each product that the service comes with was subscribed to at some time of it."""
    begins_at, ends_at = month.starts_at(seller.zone), month.next.starts_at(seller.zone)
    live = {
        each.product_code
        for each in held
        if each.starts_at < ends_at and (each.ends_at is None or each.ends_at > begins_at)
    }
    return live.issuperset(version.prerequisites)


def _users(
    tenants: Mapping[int, Tenant],
) -> dict[int, tuple[int, tuple[tuple[dt.datetime, int], ...]]]:
    changes: dict[int, list[tuple[dt.datetime, int]]] = defaultdict(list)
    found = History.objects.filter(tenant__in=list(tenants), verb=USERS_CHANGED).order_by("at")
    for tenant_id, at, details in found.values_list("tenant_id", "at", "details"):
        changes[tenant_id].append((at, sum(details["from"].values())))
    return {
        pk: (sum(row.users for row in tenant.user_plans.all()), tuple(changes[pk]))
        for pk, tenant in tenants.items()
    }


def _users_at(known: tuple[int, tuple[tuple[dt.datetime, int], ...]], instant: dt.datetime) -> int:
    """How many there were just before `instant`: what the first change since then found."""
    now, changes = known
    return next((before for at, before in changes if at >= instant), now)


def _billed(organisation_ids: Iterable[int]) -> dict[int, BilledUses]:
    """Earlier usage lines, signed: those of a credit note are stored in the credited direction.

    What staff gave back by hand is not among them (docs/decisions/0017).
    """
    lines = (
        known_to_the_run(
            InvoiceLine.objects.filter(
                any_of("invoice__organisation", organisation_ids), why__isnull=False
            )
        )
        .select_related("invoice")
        .order_by("invoice__month", "invoice_id", "position")
    )
    found: dict[int, list[tuple[PlaceOfUse, BilledUse]]] = defaultdict(list)
    for line in lines:
        sign = -1 if line.invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
        place = (line.product_code, line.tenant_id, line.component, line.period_from)
        found[line.invoice.organisation_id].append(
            (
                place,
                BilledUse(
                    quantity=sign * line.quantity,
                    net=sign * line.net,
                    vat_category=line.vat_category,
                    vat_rate=line.vat_rate,
                ),
            )
        )
    return {pk: grouped(rows) for pk, rows in found.items()}
