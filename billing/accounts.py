"""Loads what drafting needs to know, for many organisations with a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.drafting import Account, BilledLine, Buyer
from billing.models import Invoice, InvoiceLine, RunItem
from billing.rating import ChargedComponent, ChargedSubscription, LaterRate
from billing.usage_accounts import UsageBooks, open_usage, uses_of
from catalog.money import Currency
from customers.identity import vat_number_is_well_formed
from subscriptions.models import Subscription
from subscriptions.periods import Month
from subscriptions.prices import standing_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from catalog.models import PriceComponent, PriceVersion, Seller
    from catalog.pricing import Rate
    from customers.models import Organisation

type Billed = Mapping[tuple[int, str], tuple[BilledLine, ...]]


@dataclass(frozen=True)
class Books:
    """Rows of a number of organisations, by organisation id; `account_of` reads one out of them.

    Loading is for all at once, reading for one at a time: what is wrong with one customer's rows
    stops nobody else.
    """

    subscriptions: Mapping[int, list[Subscription]]
    billed: Billed
    known_until: Mapping[int, Month]
    usage: UsageBooks


def open_books(organisations: Iterable[Organisation]) -> Books:
    """Everything that was ever ordered, started, used and billed; a fixed number of queries."""
    ids = [organisation.pk for organisation in organisations]
    subscriptions: dict[int, list[Subscription]] = defaultdict(list)
    started = (
        Subscription.objects.filter(organisation__in=ids, starts_at__isnull=False)
        .select_related("tenant", "product", "product_version", "price_version")
        .with_price()
        .prefetch_related("suspensions")
        .order_by("pk")
    )
    for subscription in started:
        subscriptions[subscription.organisation_id].append(subscription)
    return Books(subscriptions, _billed(ids), _known_until(ids), open_usage(ids))


def account_of(organisation: Organisation, *, seller: Seller, books: Books) -> Account:
    """The organisation as drafting sees it. Raises what is wrong with its rows."""
    started = [charged(subscription) for subscription in books.subscriptions[organisation.pk]]
    own = {subscription.id for subscription in started}
    return Account(
        seller_country=seller.country,
        zone=seller.zone,
        buyer=buyer_of(organisation),
        subscriptions=tuple(started),
        billed={key: lines for key, lines in books.billed.items() if key[0] in own},
        known_until=books.known_until.get(organisation.pk),
        usage=uses_of(organisation.pk, seller=seller, books=books.usage, held=started),
        billed_usage=books.usage.billed.get(organisation.pk, {}),
    )


def load_account(organisation: Organisation, *, seller: Seller) -> Account:
    return account_of(organisation, seller=seller, books=open_books([organisation]))


def buyer_of(organisation: Organisation) -> Buyer:
    number = organisation.vat_number
    return Buyer(
        country=organisation.country,
        vat_number_valid=bool(number) and vat_number_is_well_formed(organisation.country, number),
        has_address=bool(organisation.street.strip() and organisation.city.strip()),
    )


def charged(subscription: Subscription) -> ChargedSubscription:
    """A subscription that has started, with its price, quantities and suspensions loaded."""
    if subscription.starts_at is None or subscription.charged_from is None:
        raise ValueError(f"subscription {subscription.pk} has not started")
    tenant = subscription.tenant
    return ChargedSubscription(
        id=subscription.pk,
        product_code=subscription.product.code,
        product_names=subscription.product_version.names,
        product_position=subscription.product.position,
        tenant_id=tenant.pk if tenant else None,
        tenant_label=tenant.label if tenant else "",
        currency=Currency(subscription.price_version.currency),
        starts_at=subscription.starts_at,
        charged_from=subscription.charged_from,
        cancelled_at=subscription.cancelled_at,
        ends_at=subscription.ends_at,
        charged_while_suspended=subscription.product_version.policy.charged_while_suspended,
        suspensions=tuple(
            (suspension.suspended_at, suspension.resumed_at)
            for suspension in subscription.suspensions.all()
        ),
        components=tuple(
            charged_component(component, subscription)
            for component in subscription.price_version.components.all()
        ),
    )


def charged_component(component: PriceComponent, subscription: Subscription) -> ChargedComponent:
    return ChargedComponent(
        code=component.code,
        names=component.names,
        rate=component.rate,
        position=component.position,
        quantities=tuple(
            (row.effective_at, row.quantity)
            for row in subscription.quantities.all()  # oldest first
            if row.component == component.code
        ),
        later=tuple(
            LaterRate(
                effective_at=change.effective_at,
                announced_at=change.announced_at,
                rate=_rate_in(change.price_version, component.code),
            )
            for change in standing_changes(subscription)
        ),
    )


def _rate_in(price: PriceVersion, code: str) -> Rate:
    return next(each.rate for each in price.components.all() if each.code == code)


def _billed(organisation_ids: Iterable[int]) -> Billed:
    """Earlier lines, signed: those of a credit note are stored in the credited direction."""
    lines = (
        InvoiceLine.objects.filter(
            invoice__organisation__in=organisation_ids, subscription__isnull=False
        )
        .order_by("invoice__month", "invoice_id", "position")
        .values_list(
            "subscription_id",
            "component",
            "invoice__kind",
            "period_from",
            "period_until",
            "quantity",
            "vat_category",
            "vat_rate",
        )
    )
    billed: dict[tuple[int, str], list[BilledLine]] = defaultdict(list)
    for subscription_id, component, kind, first, until, quantity, category, rate in lines:
        billed[subscription_id, component].append(
            BilledLine(
                period_from=first,
                period_until=until,
                quantity=-quantity if kind == Invoice.Kind.CREDIT_NOTE else quantity,
                vat_category=category,
                vat_rate=rate,
            )
        )
    return {key: tuple(rows) for key, rows in billed.items()}


def _known_until(organisation_ids: Iterable[int]) -> dict[int, Month]:
    """The latest month whose run has dealt with each organisation."""
    dealt_with = RunItem.objects.filter(organisation__in=organisation_ids).dealt_with()
    months = dealt_with.order_by("run__month").values_list("organisation_id", "run__month")
    return {organisation_id: Month.of(month) for organisation_id, month in months}
