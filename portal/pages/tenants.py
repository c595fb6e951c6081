from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from customers import clock
from customers import queries as customers
from portal.access import Permission, Seat, organisation_view
from portal.pages.presenters import applications as application_words
from portal.pages.presenters import subscriptions as subscription_words
from portal.pages.presenters import tenants as words
from portal.pages.presenters import tools
from portal.pages.presenters.history import readable, timeline
from portal.responses.lists import ROWS_OF_CUSTOMERS, page_of
from portal.responses.tables import table
from subscriptions import queries as subscriptions
from subscriptions.applications import development_tenants
from subscriptions.applications.queries import working_on_tenants
from subscriptions.licence_files.queries import files_of
from subscriptions.licences import licences_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

RECENT_ENTRIES = 20


@organisation_view(Permission.VIEW)
@require_safe
def tenant_list(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    tenants = customers.tenants_of(seat.organisation).with_users()
    if request.GET.get("format") == "csv":
        return table("tenants", words.COLUMNS, map(words.row, tenants))
    page = page_of(request, tenants, of=ROWS_OF_CUSTOMERS)
    context = {
        "seat": seat,
        "page": page,
        "rows": [words.row(tenant) for tenant in page],
        "waiting": development_tenants.open_request_of(seat.organisation),
    }
    return render(request, "pages/tenants/list.html", context)


@organisation_view(Permission.VIEW)
@require_safe
def tenant_detail(request: HttpRequest, seat: Seat, tenant_id: int) -> HttpResponse:
    """What it is, where it stands, what it may use now, who works on it, what happened to it."""
    organisation, at = seat.organisation, clock.now()
    tenants = customers.tenants_of(organisation).with_users()
    tenant = get_object_or_404(tenants, pk=tenant_id)
    zone = subscriptions.zone_of(organisation)
    licences = licences_of([tenant], at)[tenant.pk]
    found = subscriptions.subscription_list(organisation, at=at, tenant_id=tenant.pk)
    history = readable(customers.tenant_history(tenant), seat.may)
    context = {
        "seat": seat,
        "may_order": seat.may(Permission.ORDER) and not tenant.is_gone,
        "tenant": tenant,
        "row": words.row(tenant),
        "facts": words.facts(tenant, zone),
        "meaning": words.state_meaning(tenant),
        "licences": words.licences(licences, seat, zone),
        "tools": tools.rows(tenant, licences, seat),
        "licence_file": words.licence_file(files_of(tenant).first(), licences, zone, at),
        "rows": subscription_words.rows(subscriptions.held_all(found, at), zone),
        "applications": application_words.rows(
            working_on_tenants(organisation, at=at, tenant_id=tenant.pk), zone, seat
        ),
        "activity": timeline(history[:RECENT_ENTRIES], zone),
        "activity_url": f"{reverse('pages:activity', args=[organisation.pk])}?tenant={tenant.pk}",
    }
    return render(request, "pages/tenants/detail.html", context)
