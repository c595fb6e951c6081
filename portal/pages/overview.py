from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.queries import next_invoice
from customers import clock
from customers import queries as customers
from portal.access import Permission, Seat, organisation_view
from portal.pages.presenters import subscriptions as words
from portal.pages.presenters.attention import attention
from portal.pages.presenters.history import history_items, readable
from portal.pages.presenters.next_invoice import estimates
from subscriptions import queries as subscriptions
from subscriptions.applications.counted import asking, working_count
from subscriptions.plan_overlap import overlaps

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NOTES_SHOWN = 20  # the gravest; what the others are about says so on its own page
LIVE_SHOWN = 25  # the list has them all
RECENT_ENTRIES = 6
ANSWER_IS_NEWS_FOR = dt.timedelta(days=14)


@organisation_view(Permission.VIEW)
@require_safe
def overview(request: HttpRequest, seat: Seat) -> HttpResponse:
    """What needs attention, what the next invoice brings, what one has, what happened lately."""
    organisation, at = seat.organisation, clock.now()
    zone = subscriptions.zone_of(organisation)
    live = subscriptions.live_subscriptions(organisation, at=at)
    tenants = customers.tenants_of(organisation)
    stopped = tenants.stopped()
    applications = asking(organisation, at=at, most=NOTES_SHOWN)
    sees_invoices = seat.may(Permission.VIEW_INVOICES)
    history = readable(customers.history_of(organisation), seat.may)
    notes = attention(
        seat,
        held=subscriptions.held_all(live.to_attend_to(), at),
        also=overlaps(live),
        applications=applications,
        stopped=stopped[:NOTES_SHOWN],
        answered=customers.advice_answered_since(organisation, at - ANSWER_IS_NEWS_FOR),
        unanswered=customers.advice_waiting_for(organisation).count(),
        zone=zone,
        at=at,
    )
    # Neither is read beyond what can be shown.
    unread = applications.total - len(applications.shown) + max(0, stopped.count() - NOTES_SHOWN)
    context = {
        "seat": seat,
        "attention": notes[:NOTES_SHOWN],
        "further_notes": max(0, len(notes) - NOTES_SHOWN) + unread,
        "live_count": live.count(),
        "rows": words.rows(subscriptions.held_all(live[:LIVE_SHOWN], at), zone),
        "sees_invoices": sees_invoices,
        "estimates": estimates(next_invoice(organisation, at, words.language()))
        if sees_invoices
        else [],
        "tenant_count": tenants.count(),
        "working_count": working_count(organisation, at=at),
        "activity": history_items(history[:RECENT_ENTRIES], seat, zone),
    }
    return render(request, "pages/overview/overview.html", context)
