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
from subscriptions.applications.development_tenants import open_request_of
from subscriptions.applications.queries import registered_by
from subscriptions.lifecycle import Status
from subscriptions.plan_overlap import left_in_plans, overlaps

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from customers.models import Organisation

NOTES_SHOWN = 20  # the gravest; what the others are about says so on its own page
NOTES_OPEN = 3  # of them, the others a click away
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
    # Of nearly everybody that is all; of the others only what asks for attention is read besides.
    first = list(live[: LIVE_SHOWN + 1])
    held = subscriptions.held_all(first[:LIVE_SHOWN], at)
    is_all = len(first) <= LIVE_SHOWN
    tenants = customers.tenants_of(organisation)
    stopped = list(tenants.stopped()[: NOTES_SHOWN + 1])
    applications = asking(organisation, at=at, most=NOTES_SHOWN)
    sees_invoices = seat.may(Permission.VIEW_INVOICES)
    history = readable(customers.history_of(organisation), seat.may)
    to_attend_to = held if is_all else subscriptions.held_all(live.to_attend_to(), at)
    suspended = [each.subscription for each in to_attend_to if each.status == Status.SUSPENDED]
    notes = attention(
        seat,
        held=to_attend_to,
        also=overlaps(first if is_all else live.beside_a_plan()),
        left=left_in_plans(suspended),
        applications=applications,
        stopped=stopped[:NOTES_SHOWN],
        answered=customers.advice_answered_since(organisation, at - ANSWER_IS_NEWS_FOR),
        has_questions=_has_questions_to_answer(seat),
        zone=zone,
        at=at,
    )
    # Neither is read beyond what can be shown.
    unread = applications.total - len(applications.shown)
    if len(stopped) > NOTES_SHOWN:
        unread += tenants.stopped().count() - NOTES_SHOWN
    live_count = len(held) if is_all else live.count()
    tenant_count = tenants.count()
    context = {
        "seat": seat,
        "attention": notes[:NOTES_OPEN],
        "attention_more": notes[NOTES_OPEN:NOTES_SHOWN],
        "attention_count": len(notes) + unread,
        "further_notes": max(0, len(notes) - NOTES_SHOWN) + unread,
        "live_count": live_count,
        "rows": words.rows(held, zone),
        "sees_invoices": sees_invoices,
        "estimates": estimates(next_invoice(organisation, at, words.language(), judged=True))
        if sees_invoices
        else [],
        "tenant_count": tenant_count,
        "customers": _customers(seat) if not (live_count or tenant_count) else [],
        "first_steps": _first_steps(seat, tenant_count) if not live_count else [],
        "working_count": working_count(organisation, at=at),
        "activity": history_items(history[:RECENT_ENTRIES], seat, zone),
    }
    return render(request, "pages/overview/overview.html", context)


def _has_questions_to_answer(seat: Seat) -> bool:
    """Whether customers asked this partner something that its own people, who answer, have not."""
    if seat.via_partner is not None or not seat.may(Permission.ASK_ADVICE):
        return False
    return customers.advice_waiting_for(seat.organisation).exists()


def _first_steps(seat: Seat, tenant_count: int) -> list[str]:
    """What a builder has not done yet, to somebody of its own who may."""
    organisation = seat.organisation
    builds = (
        organisation.kind == organisation.Kind.PARTNER
        and seat.via_partner is None
        and seat.may(Permission.REQUEST_AUTHORISATION)
        and not customers.customers_of_partner(organisation).exists()
    )
    if not builds:
        return []
    has_done = {
        "application": registered_by(organisation).exists(),
        "tenant": bool(tenant_count or open_request_of(organisation)),
    }
    return [step for step, is_done in has_done.items() if not is_done]


def _customers(seat: Seat) -> list[Organisation]:
    """Of a partner, for its own people; nobody else has any."""
    if seat.via_partner is not None:
        return []
    return list(customers.customers_of_partner(seat.organisation)[:LIVE_SHOWN])
