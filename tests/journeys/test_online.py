"""A Dutch customer: from the order to the last invoice, and nothing after it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from customers import clock
from subscriptions.applications import operations as applications
from subscriptions.applications.models import ApplicationKind, Authorisation, AuthorisationStatus
from subscriptions.licences import products_of
from subscriptions.lifecycle import Status
from subscriptions.operations.cancellations import CancelWhen
from tests.factories.shop import DEVELOPMENT_TOOLS
from tests.journeys.steps import (
    all_mail_is_sent,
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
    story_of,
    subscribe,
    the_story_begins,
    time_passes_until,
    totals_of,
    works,
)

pytestmark = [pytest.mark.worker, pytest.mark.slow]


def test_from_the_order_to_the_end(portal_runs: None) -> None:
    the_story_begins(local("2026-11-16 10:00"))
    buyer = customer("dutch")
    webshop = ask_to_let_in(ApplicationKind.CUSTOM, buyer.tenant)

    # They subscribe, and let an application in.
    subscription = subscribe(buyer)
    applications.confirm(webshop, by=buyer.owner, at=clock.now())
    assert not works(webshop)
    applications.grant(webshop, by=app_manager(), at=clock.now())

    assert subscription.status == Status.ACTIVE
    assert DEVELOPMENT_TOOLS in products_of(buyer.tenant, clock.now())
    assert works(webshop)
    assert documents_of(buyer.organisation) == []

    # The month passes. Half of November, and December in advance.
    time_passes_until(local("2026-12-01 00:00"))
    eventually("invoice of December", lambda: invoiced("2026-12"))

    [invoice] = documents_of(buyer.organisation)
    assert lines_of(invoice) == [
        ("Production", "2026-11 16–30", 1, "24.50", "S 21"),
        ("Production", "2026-12 01–31", 1, "49.00", "S 21"),
    ]
    assert totals_of(invoice) == (Decimal("73.50"), Decimal("15.44"), Decimal("88.94"))
    assert invoice.number == "NL-2026-000001"
    assert (invoice.issued_on, invoice.due_on) == (dt.date(2026, 12, 1), dt.date(2026, 12, 15))
    eventually("its letter", all_mail_is_sent)

    # They cancel. Nothing changes before the month is over.
    time_passes_until(local("2026-12-10 09:00"))
    cancel(subscription, CancelWhen.MONTH_END, by=buyer.owner)
    time_passes_until(local("2026-12-31 23:59"))
    assert works(webshop)

    # At the stroke of midnight it is over, and written down by the next tick.
    end = local("2027-01-01 00:00")
    time_passes_until(end)
    assert not works(webshop)
    eventually("the end", lambda: as_it_is(subscription).status == Status.ENDED)

    assert subscription.ends_at == end
    assert as_it_is(webshop).status == AuthorisationStatus.DEACTIVATED
    assert webshop.deactivation == Authorisation.Deactivation.LICENCE_ENDED
    assert webshop.closed_at == end
    eventually("run of January", lambda: invoiced("2027-01"))
    eventually("mail", all_mail_is_sent)
    assert story_of(buyer.organisation) == [
        "authorisation.requested",
        "subscription.requested",
        "subscription.started",
        "authorisation.confirmed",
        "authorisation.granted",
        "invoice.issued",
        "subscription.cancelled",
        "subscription.ended",
        "authorisation.deactivated",
    ]
    assert mails_to(buyer.owner) == [
        "Webshop custom application asks for access",
        "Development Tools has started",
        "Webshop custom application was granted access",
        "Invoice NL-2026-000001 is ready",
        "Development Tools is cancelled",
        "Development Tools has ended",
    ]

    # Another month: nothing more to pay.
    time_passes_until(local("2027-02-01 00:00"))
    eventually("run of February", lambda: invoiced("2027-02"))
    assert documents_of(buyer.organisation) == [invoice]
    everything_holds()
