"""What the next invoices will hold: the same drafting function, asked before the time.

Amounts are estimates only because something may still change; as things are, they are exact.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing import drafting, drafts
from billing.accounts import load_account, load_buyer
from billing.foreseen import once_done
from billing.operations.previewed import Preview, judged
from billing.queries.drafted import documents_of
from billing.rating import ChargedComponent, ChargedSubscription
from billing.schedule import months_to_do
from billing.usage import charges
from catalog.money import Currency, Money
from catalog.pricing import charge
from catalog.queries import seller_for
from subscriptions.metered import last_use_invoiced_on
from subscriptions.models import Subscription
from subscriptions.periods import Month, first_day_free, local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from billing.drafts import Account
    from billing.queries.shown import Document, LineShown
    from catalog.models import PriceVersion, ProductVersion, Seller
    from customers.models import Organisation, Tenant

NOT_YET = 0  # the id of a subscription that is only being looked at


@dataclass(frozen=True, kw_only=True)
class NextInvoice:
    """What is next invoiced: nearly always one document, or none.

    `month` is its first day, `on` the day it is made. `held` says why it will wait for the
    vendor to review the customer's details; VAT is unknown then. `is_looked_at`: somebody of the
    vendor looks at it before it is issued, for that or for another reason; None where it was not
    judged.
    """

    month: dt.date
    on: dt.date
    documents: tuple[Document, ...]
    held: drafts.HoldCause | None = None
    is_looked_at: bool | None = None

    @property
    def document(self) -> Document | None:
        return self.documents[0] if self.documents else None

    def lines_of(self, subscription_id: int) -> list[LineShown]:
        """What it holds for one subscription; on a credit note too, what is given back is < 0."""
        return [
            line
            for document in self.documents
            for line in document.signed_lines
            if line.subscription_id == subscription_id
        ]


@dataclass(frozen=True, kw_only=True)
class OrderPreview:
    """What an order costs and when. Nothing is ever paid on the day of the order.

    `charged_from` is the first day charged; `per_month` a full month, net; `first_invoice` what
    this order adds to the invoice of `first_invoice_on`: the part-month and the month ahead.
    """

    today: Money
    charged_from: dt.date
    per_month: Money
    per_month_gross: Money | None
    first_invoice_on: dt.date
    first_invoice: Document | None  # None when the order costs nothing
    held: drafts.HoldCause | None = None


@dataclass(frozen=True, kw_only=True)
class UseToCome:
    """What is used until the end is charged after it, the last of it on the invoice of `last_on`.

    `so_far` is what was used by now and is not invoiced, net: it goes on until the end.
    """

    last_on: dt.date
    so_far: Money
    is_example: bool

    @property
    def gives_back(self) -> bool:  # corrections take away more than was used
        return self.so_far.amount < 0


@dataclass(frozen=True, kw_only=True)
class CancellationCharges:
    """What an end still costs or gives back, on the documents of `on`; none when nothing does.

    `use` comes on top of that; None where the product charges none. `is_looked_at`: somebody of
    the vendor looks at the documents of `on` before they are issued.
    """

    on: dt.date
    documents: tuple[Document, ...]
    held: drafts.HoldCause | None = None
    use: UseToCome | None = None
    is_looked_at: bool = False

    @property
    def lines(self) -> list[LineShown]:
        return [line for document in self.documents for line in document.signed_lines]

    @property
    def amount(self) -> Money | None:
        """Net, in the direction that `is_credit` says."""
        return -self._net if self._net and self.is_credit else self._net

    @property
    def is_credit(self) -> bool:
        return self._net is not None and self._net.amount < 0

    @property
    def _net(self) -> Money | None:
        nets = [line.net for line in self.lines]
        return Money.total(nets, nets[0].currency) if nets else None


def next_invoice(
    organisation: Organisation, at: dt.datetime, language: str = "", *, judged: bool = False
) -> NextInvoice:
    """The next monthly invoice as it would be with everything known at `at`.

    `judged` is for who says whether somebody looks at it first: it takes a few queries more.
    """
    seller = seller_for(organisation.country)
    own = _Own(organisation, seller, load_account(organisation, seller=seller))
    for month in _months_to_do(own, at):
        if drafting.draft(own.account, month):
            return _next_invoice(own, month, at, language, judged=judged)
        own = own.once_done([month])
    return _next_invoice(own, Month.at(at, seller.zone).next, at, language, judged=judged)


def next_invoice_with(
    subscription: Subscription, quantities: Mapping[str, int], at: dt.datetime, language: str = ""
) -> NextInvoice:
    """The invoice that will know of a change at `at` to these quantities per component code.

    Of a month that is not done yet the run will know no change of now: it comes before.
    """
    organisation = subscription.organisation
    seller = seller_for(organisation.country)
    own = _Own(organisation, seller, load_account(organisation, seller=seller))
    own = own.once_done(_months_to_do(own, at))
    changed = tuple(
        _with_quantities(each, quantities, at) if each.id == subscription.pk else each
        for each in own.account.subscriptions
    )
    month = Month.at(at, seller.zone).next
    return _next_invoice(own.having(changed), month, at, language)


def order_preview(
    organisation: Organisation,
    *,
    version: ProductVersion,
    price: PriceVersion,
    quantities: Mapping[str, int],
    starts_at: dt.datetime,
    tenant: Tenant | None = None,
    language: str = "",
) -> OrderPreview:
    """What ordering `version` at `price` costs when it starts at `starts_at`."""
    seller = seller_for(organisation.country)
    currency = Currency(price.currency)
    month = Month.at(starts_at, seller.zone)
    order = _as_ordered(
        version,
        price,
        quantities,
        starts_at=starts_at,
        charged_from=_charged_from(organisation, version, tenant, starts_at, seller),
        tenant=tenant,
    )
    account = drafts.Account(
        seller_country=seller.country,
        zone=seller.zone,
        buyer=load_buyer(organisation, seller=seller),
        subscriptions=(order,),
        billed={},
    )
    documents, held = _documents(account, month.next, language, example=price.example)
    full = _full_month(order, currency)
    rate = None if held else documents[0].vat_rows[0].rate if documents else None
    return OrderPreview(
        today=Money.zero(currency),
        charged_from=order.charged_from,
        per_month=full,
        per_month_gross=None if rate is None else (full * (1 + rate / 100)).rounded(),
        first_invoice_on=month.next.first_day,
        first_invoice=documents[0] if documents else None,
        held=held,
    )


def cancellation_charges(
    subscription: Subscription, *, ends_at: dt.datetime, at: dt.datetime, language: str = ""
) -> CancellationCharges:
    """What is still charged or given back when the subscription ends at `ends_at`.

    Of this subscription alone, and of the use that it is charged by: the next invoice may hold
    other lines beside it. What an earlier month charges that is not done yet comes before, and is
    not part of it.
    """
    organisation = subscription.organisation
    seller = seller_for(organisation.country)
    next_month = Month.at(at, seller.zone).next
    last_day = first_day_free(ends_at, seller.zone) - dt.timedelta(days=1)
    month = max(next_month, Month.of(last_day))  # a long notice is charged on several invoices
    account = load_account(organisation, seller=seller)
    as_it_is = next(each for each in account.subscriptions if each.id == subscription.pk)
    ended = replace(as_it_is, ends_at=ends_at, cancelled_at=at)
    own = _Own(organisation, seller, account)
    months = _months_to_do(own, at)
    alone = replace(account, subscriptions=(as_it_is,), usage=())
    alone = replace(once_done(alone, months)[0], subscriptions=(ended,))
    documents, held = _documents(alone, month, language)
    with_the_rest = own.once_done(months).having(
        tuple(ended if each.id == ended.id else each for each in account.subscriptions)
    )
    return CancellationCharges(
        on=next_month.first_day,
        documents=documents,
        held=held,
        use=_use_to_come(subscription, account, ends_at),
        is_looked_at=bool(documents) and with_the_rest.is_looked_at(next_month),
    )


@dataclass(frozen=True)
class _Own:
    """The account of an organisation, and the lines of the months that are done before the next."""

    organisation: Organisation
    seller: Seller
    account: Account
    lines: Mapping[Month, Sequence[drafts.DraftLine]] = field(default_factory=dict)

    def once_done(self, months: Iterable[Month]) -> _Own:
        account, lines = once_done(self.account, months)
        return _Own(self.organisation, self.seller, account, {**self.lines, **lines})

    def having(self, subscriptions: tuple[ChargedSubscription, ...]) -> _Own:
        account = replace(self.account, subscriptions=subscriptions)
        return _Own(self.organisation, self.seller, account, self.lines)

    def is_looked_at(self, month: Month) -> bool:
        """Whether the run will leave it to a person first, as its preview says."""
        preview = Preview(
            self.organisation,
            month,
            drafting.draft(self.account, month),
            last_month=self.lines.get(month.previous, ()),
        )
        [preview] = judged([preview], seller=self.seller, month=month)
        return bool(preview.problem[0])


def _use_to_come(
    subscription: Subscription, account: Account, ends_at: dt.datetime
) -> UseToCome | None:
    last_on = last_use_invoiced_on(subscription, ends_at=ends_at)
    if last_on is None:
        return None
    currency = Currency(subscription.price_version.currency)
    uses = [  # a month that was billed in another currency stays in that one
        use
        for use in account.usage
        if use.service.product_code in subscription.product_version.charges
        and use.service.currency == currency
        and (
            None in (use.service.tenant_id, subscription.tenant_id)
            or use.service.tenant_id == subscription.tenant_id
        )
    ]
    due = [charge.net for use in uses for charge in charges(use, account.billed_usage)]
    return UseToCome(
        last_on=last_on,
        so_far=Money(sum(due, Decimal(0)), currency),
        is_example=any(use.service.is_example for use in uses),
    )


def _next_invoice(
    own: _Own, month: Month, at: dt.datetime, language: str, *, judged: bool = False
) -> NextInvoice:
    documents, held = _documents(own.account, month, language)
    return NextInvoice(
        month=month.first_day,
        on=max(month.first_day, local_day(at, own.seller.zone)),
        documents=documents,
        held=held,
        is_looked_at=bool(documents) and own.is_looked_at(month) if judged else None,
    )


def _with_quantities(
    subscription: ChargedSubscription, quantities: Mapping[str, int], at: dt.datetime
) -> ChargedSubscription:
    components = tuple(
        replace(each, quantities=(*each.quantities, (at, quantities[each.code])))
        if each.code in quantities
        else each
        for each in subscription.components
    )
    return replace(subscription, components=components)


def _months_to_do(own: _Own, at: dt.datetime) -> list[Month]:
    return months_to_do([own.organisation.pk], own.seller, at)[own.organisation.pk]


def _documents(
    account: Account, month: Month, language: str, *, example: bool | None = None
) -> tuple[tuple[Document, ...], drafts.HoldCause | None]:
    outcome = drafting.draft(account, month)
    held = outcome.cause if isinstance(outcome, drafts.Held) else None
    return documents_of(outcome, language, example=example), held


def _as_ordered(
    version: ProductVersion,
    price: PriceVersion,
    quantities: Mapping[str, int],
    *,
    starts_at: dt.datetime,
    charged_from: dt.date,
    tenant: Tenant | None,
) -> ChargedSubscription:
    return ChargedSubscription(
        id=NOT_YET,
        product_code=version.product.code,
        product_names=version.names,
        product_position=version.product.position,
        tenant_id=tenant.pk if tenant else None,
        tenant_label=tenant.label if tenant else "",
        currency=Currency(price.currency),
        starts_at=starts_at,
        charged_from=charged_from,
        components=tuple(
            ChargedComponent(
                code=component.code,
                names=component.names,
                rate=component.rate,
                position=component.position,
                quantities=(
                    (starts_at, quantities.get(component.code, 0) if component.is_counted else 1),
                ),
            )
            for component in price.components.all()
        ),
    )


def _charged_from(
    organisation: Organisation,
    version: ProductVersion,
    tenant: Tenant | None,
    starts_at: dt.datetime,
    seller: Seller,
) -> dt.date:
    """The day it starts, or the day after when an earlier subscription there has charged it."""
    place = Subscription(organisation=organisation, tenant=tenant, product=version.product)
    ends = (
        Subscription.objects.same_place_as(place)
        .filter(ends_at__lte=starts_at)
        .values_list("ends_at", flat=True)
    )
    free_from = [first_day_free(ends_at, seller.zone) for ends_at in ends if ends_at]
    return max([local_day(starts_at, seller.zone), *free_from])


def _full_month(order: ChargedSubscription, currency: Currency) -> Money:
    """What all components cost for a whole month, each rounded as its line would be."""
    return Money.total(
        (
            Money(charge(component.rate, component.quantities[0][1]), currency).rounded()
            for component in order.components
        ),
        currency,
    )
