"""Loads what drafting needs to know, for many organisations with a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Max
from msgspec import Struct

from billing.drafts import Account, BilledLine, Buyer
from billing.given_back import by_hand, known_to_the_run, taken_back
from billing.models import Invoice, InvoiceLine, RunItem
from billing.rating import ChargedComponent, ChargedSubscription, LaterRate
from billing.sold import Sold, sold
from billing.usage_accounts import UsageBooks, open_usage, uses_of
from billing.vat import OF_TODAY, Category
from billing.vies.queries import last_answers
from customers.addresses import is_complete
from customers.bulk import any_of
from customers.identity import has_number_of_a_business, vat_number_is_well_formed
from customers.models import tenant_label
from subscriptions.models import PriceChange, Quantity, Subscription, Suspension
from subscriptions.periods import Month

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from billing.crediting import ByHand, Pool
    from billing.rating import Pause
    from billing.vies.queries import Answers
    from catalog.models import Seller
    from customers.values import AnyCustomer

ANYWHERE = ZoneInfo("UTC")  # the month between covers the hour that a seller is off

type Billed = Mapping[tuple[int, str], tuple[BilledLine, ...]]
type Quantities = tuple[tuple[dt.datetime, int], ...]


class Started(Struct, frozen=True):
    """A subscription that has started, as it is stored."""

    id: int
    organisation_id: int
    product_version_id: int
    price_version_id: int
    starts_at: dt.datetime
    charged_from: dt.date
    cancelled_at: dt.datetime | None
    ends_at: dt.datetime | None
    tenant_id: int | None
    tenant_label: str  # empty where there is no tenant


class Change(Struct, frozen=True):
    """Another price from an instant on, as it was announced."""

    price_version_id: int
    effective_at: dt.datetime
    announced_at: dt.datetime


@dataclass(frozen=True)
class Books:
    """Rows of a number of organisations, by organisation id; `account_of` reads one out of them.

    Loading is for all at once, reading for one at a time: what is wrong with one customer's rows
    stops nobody else. Quantities are by (subscription id, component code), oldest first.
    """

    subscriptions: Mapping[int, list[Started]]
    quantities: Mapping[tuple[int, str], Quantities]
    suspensions: Mapping[int, tuple[Pause, ...]]
    price_changes: Mapping[int, tuple[Change, ...]]
    sold: Sold
    billed: Billed
    known_until: Mapping[int, Month]
    settled_before: Mapping[int, Month]
    by_hand: Mapping[int, Mapping[Pool, ByHand]]
    usage: UsageBooks
    answers: Answers | None


def open_books(
    organisations: Iterable[AnyCustomer],
    *,
    from_the_start: bool = False,
    use_since: Month | None = None,
) -> Books:
    """Everything that was ever ordered and started, and what of it may not be settled yet.

    `from_the_start` reads every line ever billed, to check that the settled months are;
    `use_since` what was used from that month on, to show it.
    """
    ids = [organisation.pk for organisation in organisations]
    known_until = _known_until(ids)
    given_back = by_hand(ids)
    settled_before = {} if from_the_start else _settled_before(known_until, given_back)
    subscriptions = _started(ids)
    every = [subscription for own in subscriptions.values() for subscription in own]
    changes = _price_changes(every)
    later = {change.price_version_id for own in changes.values() for change in own}
    return Books(
        subscriptions=subscriptions,
        quantities=_quantities(every),
        suspensions=_suspensions(every),
        price_changes=changes,
        sold=sold(
            versions={each.product_version_id for each in every},
            prices=later | {each.price_version_id for each in every},
        ),
        billed=_billed(every, settled_before, corrected=bool(given_back)),
        known_until=known_until,
        settled_before=settled_before,
        by_hand=given_back,
        usage=open_usage(ids, _use_read_from(settled_before, use_since)),
        answers=last_answers(ids),
    )


def account_of(organisation: AnyCustomer, *, seller: Seller, books: Books) -> Account:
    """The organisation as drafting sees it. Raises what is wrong with its rows."""
    pk = organisation.pk
    subscriptions = tuple(_charged(subscription, books) for subscription in books.subscriptions[pk])
    keys = [(each.id, component.code) for each in subscriptions for component in each.components]
    return Account(
        seller_country=seller.country,
        zone=seller.zone,
        buyer=buyer_of(organisation, seller=seller, answers=books.answers),
        subscriptions=subscriptions,
        billed={key: books.billed[key] for key in keys if key in books.billed},
        known_until=books.known_until.get(pk),
        settled_before=books.settled_before.get(pk),
        by_hand=books.by_hand.get(pk, {}),
        usage=uses_of(organisation, seller=seller, books=books.usage, held=subscriptions),
        billed_usage=books.usage.billed.get(pk, {}),
        outside_eu=Category(seller.outside_eu_category),
    )


def load_account(
    organisation: AnyCustomer, *, seller: Seller, use_since: Month | None = None
) -> Account:
    books = open_books([organisation], use_since=use_since)
    return account_of(organisation, seller=seller, books=books)


def load_buyer(organisation: AnyCustomer, *, seller: Seller) -> Buyer:
    return buyer_of(organisation, seller=seller, answers=last_answers([organisation.pk]))


def buyer_of(organisation: AnyCustomer, *, seller: Seller, answers: Answers | None) -> Buyer:
    """`answers` of the register, by organisation; None where it is not asked."""
    country, number = organisation.country, organisation.vat_number
    return Buyer(
        country=country,
        # At home nobody asks for it.
        vat_number_well_formed=country != seller.country
        and bool(number)
        and vat_number_is_well_formed(country, number),
        is_business=country != seller.country
        and has_number_of_a_business(
            country,
            vat_number=number,
            registration_number=organisation.registration_number,
        ),
        has_address=is_complete(
            country=country,
            street=organisation.street,
            postal_code=organisation.postal_code,
            city=organisation.city,
        ),
        # A seller outside the union has no number of its own to ask with.
        asks_register=answers is not None and seller.country in OF_TODAY,
        answer=answers.get(organisation.pk) if answers else None,
    )


def _charged(subscription: Started, books: Books) -> ChargedSubscription:
    version = books.sold.version(subscription.product_version_id)
    price = books.sold.price(subscription.price_version_id)
    return ChargedSubscription(
        id=subscription.id,
        product_code=version.code,
        product_names=version.names,
        product_position=version.position,
        tenant_id=subscription.tenant_id,
        tenant_label=subscription.tenant_label,
        currency=price.currency,
        starts_at=subscription.starts_at,
        charged_from=subscription.charged_from,
        cancelled_at=subscription.cancelled_at,
        ends_at=subscription.ends_at,
        charged_while_suspended=version.charged_while_suspended,
        suspensions=books.suspensions.get(subscription.id, ()),
        components=tuple(
            ChargedComponent(
                code=component.code,
                names=component.names,
                rate=component.rate,
                position=component.position,
                quantities=books.quantities.get((subscription.id, component.code), ()),
                later=_later_rates(subscription.id, component.code, books),
            )
            for component in price.components
        ),
    )


def _later_rates(subscription_id: int, code: str, books: Books) -> tuple[LaterRate, ...]:
    """A price that was announced has the same components as the one before."""
    return tuple(
        LaterRate(
            effective_at=change.effective_at,
            announced_at=change.announced_at,
            rate=next(
                each.rate
                for each in books.sold.price(change.price_version_id).components
                if each.code == code
            ),
        )
        for change in books.price_changes.get(subscription_id, ())
    )


def _started(organisation_ids: Iterable[int]) -> Mapping[int, list[Started]]:
    subscriptions: dict[int, list[Started]] = defaultdict(list)
    rows = (
        Subscription.objects.filter(
            any_of("organisation", organisation_ids), starts_at__isnull=False
        )
        .order_by("pk")
        .values_list(
            "id",
            "organisation_id",
            "product_version_id",
            "price_version_id",
            "starts_at",
            "charged_from",
            "cancelled_at",
            "ends_at",
            "tenant_id",
            "tenant__name",
            "tenant__identifier",
            "tenant__serial_number",
        )
    )
    for *row, tenant_id, name, identifier, serial_number in rows:
        label = tenant_label(name, identifier, serial_number) if tenant_id else ""
        # Whoever has started has a start and a first day: a constraint says so.
        subscription = Started(*row, tenant_id, label)  # type: ignore[arg-type, call-arg]
        subscriptions[subscription.organisation_id].append(subscription)
    return subscriptions


def _quantities(subscriptions: Iterable[Started]) -> Mapping[tuple[int, str], Quantities]:
    quantities: dict[tuple[int, str], Quantities] = {}
    rows = Quantity.objects.filter(any_of("subscription", (each.id for each in subscriptions)))
    for subscription_id, component, effective_at, quantity in rows.values_list(
        "subscription_id", "component", "effective_at", "quantity"
    ):
        key = (subscription_id, component)
        quantities[key] = (*quantities.get(key, ()), (effective_at, quantity))
    return quantities


def _suspensions(subscriptions: Iterable[Started]) -> Mapping[int, tuple[Pause, ...]]:
    suspensions: dict[int, tuple[Pause, ...]] = {}
    rows = Suspension.objects.filter(any_of("subscription", (each.id for each in subscriptions)))
    for subscription_id, suspended_at, resumed_at in rows.values_list(
        "subscription_id", "suspended_at", "resumed_at"
    ):
        earlier = suspensions.get(subscription_id, ())
        suspensions[subscription_id] = (*earlier, (suspended_at, resumed_at))
    return suspensions


def _price_changes(subscriptions: Iterable[Started]) -> Mapping[int, tuple[Change, ...]]:
    changes: dict[int, tuple[Change, ...]] = {}
    rows = PriceChange.objects.standing().filter(
        any_of("subscription", (each.id for each in subscriptions))
    )
    for subscription_id, price_id, effective_at, announced_at in rows.values_list(
        "subscription_id", "announcement__price_version_id", "effective_at", "announced_at"
    ):
        change = Change(price_id, effective_at, announced_at)
        changes[subscription_id] = (*changes.get(subscription_id, ()), change)
    return changes


def _billed(
    subscriptions: Iterable[Started], settled_before: Mapping[int, Month], *, corrected: bool
) -> Billed:
    """Lines of months that may not be settled, signed: those of a credit note are stored in the
    credited direction.

    `corrected`: some of them have credit notes by hand, which the run does not know.
    A query per month that organisations are settled until: the last one for nearly all, none
    for newcomers, and for whoever was held longer.
    """
    alike: dict[Month | None, list[int]] = defaultdict(list)
    for subscription in subscriptions:
        alike[settled_before.get(subscription.organisation_id)].append(subscription.id)
    billed: dict[tuple[int, str], tuple[BilledLine, ...]] = {}
    for month, ids in alike.items():
        lines = InvoiceLine.objects.filter(any_of("subscription", ids))
        if corrected:
            lines = known_to_the_run(lines)
        if month is not None:
            lines = lines.filter(period_from__gte=month.first_day)
        for (
            subscription_id,
            component,
            kind,
            first,
            until,
            quantity,
            category,
            rate,
        ) in lines.order_by("invoice__month", "invoice_id", "position").values_list(
            "subscription_id",
            "component",
            "invoice__kind",
            "period_from",
            "period_until",
            "quantity",
            "vat_category",
            "vat_rate",
        ):
            key = (subscription_id, component)
            line = BilledLine(
                period_from=first,
                period_until=until,
                quantity=-quantity if kind == Invoice.Kind.CREDIT_NOTE else quantity,
                vat_category=category,
                vat_rate=rate,
            )
            billed[key] = (*billed.get(key, ()), line)
    return billed


def _known_until(organisation_ids: Iterable[int]) -> dict[int, Month]:
    """The latest month whose run has dealt with each organisation."""
    dealt_with = RunItem.objects.filter(any_of("organisation", organisation_ids)).dealt_with()
    latest = dealt_with.order_by().values_list("organisation_id").annotate(Max("run__month"))
    return {organisation_id: Month.of(month) for organisation_id, month in latest}


def _use_read_from(
    settled_before: Mapping[int, Month], use_since: Month | None
) -> Mapping[int, Month]:
    if use_since is None:
        return settled_before
    return {pk: min(month, use_since) for pk, month in settled_before.items()}


def _settled_before(known_until: Mapping[int, Month], corrected: Iterable[int]) -> dict[int, Month]:
    """What was known for a month settled every month up to it, save for what happened since.

    Who waited for the lock that the run held acted a moment before the month began: so the
    month before it is looked at again, and nothing earlier. Unless a credit of an earlier one was
    taken back with its invoice: of those who are `corrected`, that month is looked at too, for as
    long as the run may not have known it.
    """
    settled = {organisation_id: month.previous for organisation_id, month in known_until.items()}
    since = {pk: settled[pk].starts_at(ANYWHERE) for pk in corrected if pk in settled}
    for organisation_id, reopened in taken_back(since).items():
        settled[organisation_id] = min(settled[organisation_id], *reopened)
    return settled
