from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalog.eligibility import advise_tenant
from catalog.queries import current_version
from customers import clock
from customers.queries import tenants_of
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms import AdvisorForm
from portal.pages.presenters.advisor import ADVISED_PRODUCT, Verdict, table, verdict
from subscriptions.eligibility import facts_of, refusals
from subscriptions.licences import is_subscribed
from subscriptions.queries import live_at_place

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse


@organisation_view(Permission.VIEW)
@require_safe
def advisor(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The seed's table, and the answer for one of one's own tenants. The address is the state."""
    tenants = tenants_of(seat.organisation)
    asked = "scenario" in request.GET or "tenant" in request.GET
    form = AdvisorForm(request.GET if asked else None, tenants=tenants)
    answer = _answer(seat, form, clock.now()) if form.is_valid() else None
    tenant = form.cleaned_data["tenant"] if answer else None
    place = [seat.organisation.pk, ADVISED_PRODUCT]
    context = {
        "seat": seat,
        "table": table(),
        "form": form,
        "has_tenants": bool(tenants),
        "verdict": answer,
        "tenant": tenant,
        "product_code": ADVISED_PRODUCT,
        "subscribe_url": f"{reverse('pages:subscribe', args=place)}?tenant={tenant.pk}"
        if tenant
        else "",
        "product_url": reverse("pages:product", args=place),
    }
    return render(request, "pages/advisor/advisor.html", context)


def _answer(seat: Seat, form: AdvisorForm, at: dt.datetime) -> Verdict:
    tenant = form.cleaned_data["tenant"]
    version = current_version(ADVISED_PRODUCT)
    answer = advise_tenant(
        form.cleaned_data["scenario"],
        facts_of(tenant),
        subscribed=is_subscribed(tenant, ADVISED_PRODUCT, at=at),
        plans_including=version.included_in_plans,
    )
    return verdict(
        answer,
        live_at_place(seat.organisation, ADVISED_PRODUCT, tenant, at=at),
        refusals(version, organisation=seat.organisation, tenant=tenant, at=at),
    )
