"""Cancelled in the middle of a month that was paid: the unused days come back, to the cent."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from billing.models import Invoice
from customers import clock
from customers.operations.organisations import BillingDetails, change_billing_details
from subscriptions.applications import operations as applications
from subscriptions.applications.models import ApplicationKind, AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.customers import PersonFactory, TenantFactory
from tests.factories.policies import let_credits_go
from tests.journeys.steps import (
    app_manager,
    as_it_is,
    ask_to_let_in,
    cancel,
    customer,
    documents_of,
    eventually,
    everything_holds,
    invoiced,
    lines_of,
    local,
    mails_to,
    subscribe,
    the_story_begins,
    time_passes_until,
    totals_of,
    works,
)

pytestmark = [pytest.mark.worker, pytest.mark.slow]


def test_a_credit_note_when_nothing_else_is_due(portal_runs: None) -> None:
    the_story_begins(local("2026-11-10 08:00"))
    buyer = customer("norwegian", tenant="Oslo")
    let_credits_go(at=clock.now())
    subscription = subscribe(buyer)
    webshop = ask_to_let_in(ApplicationKind.CUSTOM, buyer.tenant)
    applications.confirm(webshop, by=buyer.owner, at=clock.now())
    applications.grant(webshop, by=app_manager(), at=clock.now())

    time_passes_until(local("2026-12-01 00:00"))
    eventually("invoice of December", lambda: invoiced("2026-12"))
    [invoice] = documents_of(buyer.organisation)
    assert (invoice.number, invoice.currency) == ("NO-2026-000001", "NOK")
    assert lines_of(invoice) == [
        ("Oslo", "2026-11 10–30", 1, "413.00", "S 25"),
        ("Oslo", "2026-12 01–31", 1, "590.00", "S 25"),
    ]
    assert totals_of(invoice) == (Decimal("1003.00"), Decimal("250.75"), Decimal("1253.75"))

    # They cancel now: the application is off at once, and the day is used.
    time_passes_until(local("2026-12-11 10:00"))
    cancel(subscription, CancelWhen.NOW, by=buyer.owner)
    assert as_it_is(subscription).status == Status.ENDED
    assert as_it_is(webshop).status == AuthorisationStatus.DEACTIVATED
    assert webshop.closed_at == subscription.ends_at
    assert not works(webshop)
    assert documents_of(buyer.organisation) == [invoice]

    # The month passes: twenty days of December are given back, with their VAT.
    time_passes_until(local("2027-01-01 00:00"))
    eventually("run of January", lambda: invoiced("2027-01"))
    _invoice, credit = documents_of(buyer.organisation)
    assert (credit.kind, credit.number) == (Invoice.Kind.CREDIT_NOTE, "NO-2027-C000001")
    assert lines_of(credit) == [("Oslo", "2026-12 12–31", 1, "380.65", "S 25")]
    assert totals_of(credit) == (Decimal("380.65"), Decimal("95.16"), Decimal("475.81"))

    # And that was it.
    time_passes_until(local("2027-02-01 00:00"))
    eventually("run of February", lambda: invoiced("2027-02"))
    assert len(documents_of(buyer.organisation)) == 2
    eventually("mail of the credit note", lambda: credit.number in " ".join(mails_to(buyer.owner)))
    everything_holds()


def test_a_line_on_the_invoice_when_another_subscription_goes_on(portal_runs: None) -> None:
    the_story_begins(local("2026-11-16 10:00"))
    buyer = customer("dutch")
    shop = TenantFactory(organisation=buyer.organisation, name="Shop")
    subscribe(buyer)
    second = subscribe(buyer, tenant=shop)

    time_passes_until(local("2026-12-01 00:00"))
    eventually("invoice of December", lambda: invoiced("2026-12"))
    [december] = documents_of(buyer.organisation)
    assert totals_of(december) == (Decimal("147.00"), Decimal("30.87"), Decimal("177.87"))

    # One is cancelled now; then the customer moves to Germany.
    time_passes_until(local("2026-12-11 10:00"))
    cancel(second, CancelWhen.NOW, by=buyer.owner)
    time_passes_until(local("2026-12-20 10:00"))
    was = as_it_is(buyer.organisation)
    change_billing_details(
        was,
        BillingDetails(
            **{field.name: getattr(was, field.name) for field in dataclasses.fields(BillingDetails)}
            | {"country": "DE", "vat_number": "DE999999903", "city": "Berlin"},
        ),
        by=PersonFactory(staff=True),
        at=clock.now(),
    )

    # The new month goes by the new address, the credit by the line that it corrects.
    time_passes_until(local("2027-01-01 00:00"))
    eventually("invoice of January", lambda: invoiced("2027-01"))
    _december, january = documents_of(buyer.organisation)
    assert january.kind == Invoice.Kind.INVOICE
    assert lines_of(january) == [
        ("Production", "2027-01 01–31", 1, "49.00", "AE 0"),
        ("Shop", "2026-12 12–31", -1, "-31.61", "S 21"),
    ]
    assert totals_of(january) == (Decimal("17.39"), Decimal("-6.64"), Decimal("10.75"))
    assert december.buyer_snapshot["country"] == "NL"
    assert january.buyer_snapshot["country"] == "DE"
    everything_holds()
