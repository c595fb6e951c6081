"""A German customer on its own server: here every application lives on the licence."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from customers import clock
from subscriptions.applications import operations as applications
from subscriptions.applications.models import ApplicationKind, Authorisation, AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.operations.cancellations import CancelWhen
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
    subscribe,
    the_story_begins,
    time_passes_until,
    totals_of,
    works,
)

pytestmark = [pytest.mark.worker, pytest.mark.slow]


def test_every_application_goes_and_comes_with_the_licence(portal_runs: None) -> None:
    the_story_begins(local("2026-11-25 12:00"))
    buyer = customer("german", tenant="Keller", on_premise=True)
    report = ask_to_let_in(ApplicationKind.STANDARD, buyer.tenant)
    webshop = ask_to_let_in(ApplicationKind.CUSTOM, buyer.tenant)

    # A standard application is approved, and waits for the licence.
    applications.approve(report, by=buyer.owner, at=clock.now())
    assert as_it_is(report).status == AuthorisationStatus.DEACTIVATED
    assert report.deactivation == Authorisation.Deactivation.LICENCE_MISSING
    assert not works(report)

    # With the licence it works; a custom one needs the app manager too.
    subscription = subscribe(buyer)
    assert works(report)
    applications.confirm(webshop, by=buyer.owner, at=clock.now())
    applications.grant(webshop, by=app_manager(), at=clock.now())
    assert works(webshop)

    # Six days of November, and December. The VAT is the customer's to account for.
    time_passes_until(local("2026-12-01 00:00"))
    eventually("invoice of December", lambda: invoiced("2026-12"))
    [invoice] = documents_of(buyer.organisation)
    assert lines_of(invoice) == [
        ("Keller", "2026-11 25–30", 1, "9.80", "AE 0"),
        ("Keller", "2026-12 01–31", 1, "49.00", "AE 0"),
    ]
    assert totals_of(invoice) == (Decimal("58.80"), Decimal("0.00"), Decimal("58.80"))
    assert [row.note_code for row in invoice.vat_rows.all()] == ["reverse_charge"]

    # The end takes both of them.
    cancel(subscription, CancelWhen.MONTH_END, by=buyer.owner)
    end = local("2027-01-01 00:00")
    time_passes_until(end)
    eventually("the end", lambda: as_it_is(subscription).status == Status.ENDED)
    for application in (report, webshop):
        assert as_it_is(application).status == AuthorisationStatus.DEACTIVATED
        assert application.deactivation == Authorisation.Deactivation.LICENCE_ENDED
        assert application.closed_at == end

    # Back within 30 days: both work at once, and nobody has to agree again.
    time_passes_until(local("2027-01-20 10:00"))
    again = subscribe(buyer)
    assert works(report)
    assert works(webshop)
    time_passes_until(local("2027-02-01 00:00"))
    eventually("invoice of February", lambda: invoiced("2027-02"))
    _december, february = documents_of(buyer.organisation)
    assert lines_of(february) == [
        ("Keller", "2027-01 20–31", 1, "18.97", "AE 0"),
        ("Keller", "2027-02 01–28", 1, "49.00", "AE 0"),
    ]

    # Back after more than 30 days: everybody is asked again.
    cancel(again, CancelWhen.MONTH_END, by=buyer.owner)
    time_passes_until(local("2027-03-01 00:00"))
    eventually("the second end", lambda: as_it_is(again).status == Status.ENDED)
    time_passes_until(local("2027-04-15 10:00"))
    subscribe(buyer)
    for application in (report, webshop):
        assert as_it_is(application).status == AuthorisationStatus.REQUESTED
        assert application.confirmed_by is None
    applications.approve(report, by=buyer.owner, at=clock.now())
    assert works(report)
    assert not works(webshop)

    eventually("mail", all_mail_is_sent)
    told = Counter(mails_to(buyer.owner))
    assert told["Development Tools has started"] == 3
    assert told["Development Tools has ended"] == 2
    eventually("run of April", lambda: invoiced("2027-04"))
    everything_holds()
