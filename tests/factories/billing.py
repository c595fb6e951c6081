"""Charges for tests of pure rules, and invoices made by the real operations."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from billing import vat
from billing.drafting import draft
from billing.drafts import Account, BilledLine, Buyer, Draft
from billing.models import CreditProposal
from billing.operations.previewed import Preview, foreseen_of
from billing.rating import ChargedComponent, ChargedSubscription
from catalog.money import Currency
from catalog.pricing import PriceModel, Rate
from catalog.queries import seller_for
from customers.models import Organisation
from customers.operations.organisations import BillingDetails, change_billing_details
from subscriptions.operations import orders
from tests.factories.customers import MembershipFactory, OrganisationFactory, TenantFactory
from tests.factories.shop import DEVELOPMENT_TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

    from billing.drafts import DraftLine
    from billing.models import Invoice
    from customers.models import Person, Tenant
    from subscriptions.models import Subscription
    from subscriptions.periods import Month

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

DUTCH_BUYER = Buyer(country="NL", vat_number_well_formed=True, has_address=True)


def local(day: str, time: str = "10:00") -> dt.datetime:
    """An instant in Amsterdam, in UTC: local("2026-11-16", "14:00")."""
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=AMSTERDAM).astimezone(dt.UTC)


def per_unit(amount: str = "30") -> Rate:
    return Rate(PriceModel.PER_UNIT, Decimal(amount))


def flat(amount: str = "49") -> Rate:
    return Rate(PriceModel.FLAT, Decimal(amount))


def component(
    *quantities: tuple[dt.datetime, int], rate: Rate | None = None, code: str = "users"
) -> ChargedComponent:
    return ChargedComponent(
        code=code,
        names={"en": code.capitalize(), "nl": f"{code} (nl)"},
        rate=rate or per_unit(),
        position=1,
        quantities=quantities,
    )


def charged_subscription(
    starts_at: dt.datetime,
    *,
    quantity: int = 1,
    rate: Rate | None = None,
    components: tuple[ChargedComponent, ...] = (),
    number: int = 1,
    charged_from: dt.date | None = None,
    ends_at: dt.datetime | None = None,
    cancelled_at: dt.datetime | None = None,
    suspensions: tuple[tuple[dt.datetime, dt.datetime | None], ...] = (),
    charged_while_suspended: bool = True,
    currency: Currency = Currency.EUR,
) -> ChargedSubscription:
    """One that starts, with so many users at EUR 30.00 a month unless said otherwise."""
    return ChargedSubscription(
        id=number,
        product_code="product",
        product_names={"en": "Product"},
        product_position=1,
        tenant_id=number,
        tenant_label=f"Tenant {number}",
        currency=currency,
        starts_at=starts_at,
        charged_from=charged_from or starts_at.astimezone(AMSTERDAM).date(),
        cancelled_at=cancelled_at or (starts_at if ends_at else None),
        ends_at=ends_at,
        charged_while_suspended=charged_while_suspended,
        suspensions=suspensions,
        components=components or (component((starts_at, quantity), rate=rate),),
    )


def account(
    *subscriptions: ChargedSubscription,
    billed: Mapping[tuple[int, str], tuple[BilledLine, ...]] | None = None,
    buyer: Buyer = DUTCH_BUYER,
    seller_country: str = "NL",
) -> Account:
    return Account(
        seller_country=seller_country,
        zone=AMSTERDAM,
        buyer=buyer,
        subscriptions=subscriptions,
        billed=billed or {},
    )


def dutch_vat_rises(monkeypatch: pytest.MonkeyPatch, *, on: dt.date) -> None:
    """To an invented 23 %: nothing of the kind is announced."""
    domestic, *others = vat.TABLE
    before = replace(domestic, valid_until=on)
    after = replace(
        domestic, treatment=vat.Treatment(vat.Category.STANDARD, Decimal(23)), valid_from=on
    )
    monkeypatch.setattr(vat, "TABLE", (before, after, *others))
    monkeypatch.setattr(vat, "_CHANGES", vat._changes(vat.TABLE))
    for name in ("_decided", "changes_within"):  # they remember nothing
        monkeypatch.setattr(vat, name, getattr(vat, name).__wrapped__)


def drafted(of: Account, month: Month) -> tuple[Draft, ...]:
    """What the month's run drafts for an account that is not held."""
    outcome = draft(of, month)
    assert isinstance(outcome, tuple)
    return outcome


def lines_of(drafts: Iterable[Draft]) -> list[DraftLine]:
    return [line for draft in drafts for line in draft.lines]


def as_billed(
    *before: Mapping[tuple[int, str], tuple[BilledLine, ...]], drafts: Iterable[Draft]
) -> dict[tuple[int, str], tuple[BilledLine, ...]]:
    """What is billed once the drafts are issued, after what was billed before."""
    billed: dict[tuple[int, str], tuple[BilledLine, ...]] = {}
    for earlier in before:
        billed.update(earlier)
    for line in lines_of(drafts):
        if line.subscription.id is None:  # charged by use
            continue
        key = (line.subscription.id, line.component.code)
        row = BilledLine(
            period_from=line.period_from,
            period_until=line.period_until,
            quantity=line.quantity,
            vat_category=line.vat_category,
            vat_rate=line.vat_rate,
        )
        billed[key] = (*billed.get(key, ()), row)
    return billed


def subscriber(
    at: dt.datetime, *, country: str = "dutch", **organisation: object
) -> tuple[Organisation, Subscription]:
    """A customer with an owner and a tenant, subscribed to Development Tools at `at`."""
    customer, owner, tenant = customer_with_tenant(country=country, **organisation)
    subscription = orders.subscribe(
        customer, product_code=DEVELOPMENT_TOOLS, tenant=tenant, by=owner, at=at
    )
    return customer, subscription


def customer_with_tenant(
    *, country: str = "dutch", **organisation: object
) -> tuple[Organisation, Person, Tenant]:
    customer = OrganisationFactory(**{country: True}, **organisation)
    owner = MembershipFactory(organisation=customer).person
    return customer, owner, TenantFactory(organisation=customer)


def moved(
    customer: Organisation, country: str, vat_number: str, *, by: Person, at: dt.datetime
) -> Organisation:
    """With another name, address and number, as staff have corrected them."""
    details = BillingDetails(
        name="New Name",
        street="Street 1",
        postal_code="1000",
        city="City",
        country=country,
        vat_number=vat_number,
        registration_number="",
        invoice_language="en",
    )
    as_it_is = Organisation.objects.get(pk=customer.pk)
    return change_billing_details(as_it_is, details, by=by, at=at)


def foreseen(organisation: Organisation, month: Month, *, at: dt.datetime) -> Preview:
    """What the run of `month` would make for it, after those before it."""
    seller = seller_for(organisation.country)
    [preview] = foreseen_of([organisation], seller=seller, month=month, at=at)
    return preview


def asked_credit(invoice: Invoice, *, by: Person, at: dt.datetime) -> CreditProposal:
    """Of the whole invoice, waiting for a colleague."""
    return CreditProposal.objects.create(
        invoice=invoice,
        scope="whole",
        reason="Never used",
        net=1,
        vat=0,
        gross=1,
        requested_by=by,
        requested_at=at,
        needs_second=True,
    )
