"""Worker and scheduler are down over a month end and a week, and the broker forgets everything."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import redis
from django.conf import settings

from customers import clock
from subscriptions.applications import operations as applications
from subscriptions.applications.models import ApplicationKind, AuthorisationStatus
from subscriptions.lifecycle import Status
from subscriptions.operations.cancellations import CancelWhen
from subscriptions.periods import Month
from tests.factories.billing import foreseen
from tests.factories.policies import let_credits_go
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
    subscribe,
    the_story_begins,
    time_passes_until,
    works,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures.worker import CeleryProcess

pytestmark = [pytest.mark.worker, pytest.mark.slow]


def test_a_week_without_worker_and_scheduler_loses_nothing(
    shop: None,
    lights_on: Callable[[], list[CeleryProcess]],
) -> None:
    the_story_begins(local("2026-11-16 10:00"))
    let_credits_go(at=clock.now())
    worker, beat = lights_on()
    staying, leaving = customer("dutch"), customer("dutch")
    regretting = subscribe(staying)
    ending = subscribe(leaving)
    webshop = ask_to_let_in(ApplicationKind.CUSTOM, leaving.tenant)
    applications.confirm(webshop, by=leaving.owner, at=clock.now())
    applications.grant(webshop, by=app_manager(), at=clock.now())
    cancel(ending, CancelWhen.MONTH_END, by=leaving.owner)
    eventually("mail", all_mail_is_sent)

    # The lights go out. People go on.
    worker.kill()
    beat.kill()
    end = local("2026-12-01 00:00")
    time_passes_until(end)
    assert not works(webshop)
    time_passes_until(local("2026-12-03 15:00"))
    late = customer("dutch", tenant="Late")
    subscribe(late)
    cancel(regretting, CancelWhen.NOW, by=staying.owner)
    time_passes_until(local("2026-12-08 09:00"))
    redis.Redis.from_url(settings.CELERY_BROKER_URL).flushdb()
    assert documents_of(staying.organisation) == documents_of(leaving.organisation) == []

    # The lights go on again: what a run on the first would have made, with today's date.
    lights_on()
    eventually("invoice of December", lambda: invoiced("2026-12"))
    [december] = documents_of(staying.organisation)
    assert lines_of(december) == [
        ("Production", "2026-11 16–30", 1, "24.50", "S 21"),
        ("Production", "2026-12 01–31", 1, "49.00", "S 21"),
    ]
    assert december.month == dt.date(2026, 12, 1)
    assert (december.issued_on, december.due_on) == (dt.date(2026, 12, 8), dt.date(2026, 12, 22))
    [last] = documents_of(leaving.organisation)
    assert lines_of(last) == [("Production", "2026-11 16–30", 1, "24.50", "S 21")]
    assert {december.number, last.number} == {"NL-2026-000001", "NL-2026-000002"}
    assert documents_of(late.organisation) == []

    # The end counts from when it was due, not from when somebody noticed.
    eventually("the end", lambda: as_it_is(ending).status == Status.ENDED)
    assert as_it_is(webshop).status == AuthorisationStatus.DEACTIVATED
    assert webshop.closed_at == end
    eventually("mail", all_mail_is_sent)
    everything_holds()

    # January corrects what December could not know.
    time_passes_until(local("2027-01-01 00:00"))
    eventually("run of January", lambda: invoiced("2027-01"))
    _december, credit = documents_of(staying.organisation)
    assert lines_of(credit) == [("Production", "2026-12 04–31", 1, "44.26", "S 21")]
    [first] = documents_of(late.organisation)
    assert lines_of(first) == [
        ("Late", "2026-12 03–31", 1, "45.84", "S 21"),
        ("Late", "2027-01 01–31", 1, "49.00", "S 21"),
    ]
    everything_holds()


def test_a_year_without_anybody_makes_every_months_invoice(
    shop: None,
    lights_on: Callable[[], list[CeleryProcess]],
) -> None:
    the_story_begins(local("2026-12-31 23:59"))
    buyer = customer("norwegian", tenant="Oslo")
    subscribe(buyer)
    promised = foreseen(buyer.organisation, Month(2027, 1), at=clock.now())

    time_passes_until(local("2027-12-15 12:00"))
    lights_on()
    eventually("invoice of December", lambda: invoiced("2027-12"))

    invoices = documents_of(buyer.organisation)
    assert [f"{invoice.month:%Y-%m}" for invoice in invoices] == [
        f"2027-{number:02d}" for number in range(1, 13)
    ]
    assert [draft.gross for draft in promised.drafts] == [invoices[0].gross]
    assert lines_of(invoices[0]) == [
        ("Oslo", "2026-12 31–31", 1, "19.03", "S 25"),
        ("Oslo", "2027-01 01–31", 1, "590.00", "S 25"),
    ]
    assert [invoice.number for invoice in invoices[::11]] == ["NO-2027-000001", "NO-2027-000012"]
    everything_holds()
