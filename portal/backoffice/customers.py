"""Finding a customer, and everything there is to know about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing import queries as billing
from billing.operations.previewed import next_of
from billing.vies import queries as vat_numbers
from catalog.queries import seller_for
from customers import clock, queries
from customers.models import Duty
from customers.snapshots import ROWS_AT_ONCE
from portal.access import staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.customer_actions import INVITERS
from portal.backoffice.drafted import drafted_month
from portal.backoffice.forms_customers import CustomerFilter
from portal.backoffice.new_customers import TAKES_ON
from portal.backoffice.new_tenants import REGISTER
from portal.backoffice.second_factors import RESETS
from portal.backoffice.subscriptions import SERVES
from portal.backoffice.words import authorisation_badge, register_badge
from portal.pages.presenters.history import history_items
from portal.pages.presenters.subscriptions import rows as subscription_rows
from portal.pages.presenters.tenants import badge as tenant_badge
from portal.responses.lists import page_of
from portal.responses.tables import Column, table
from subscriptions import queries as subscriptions
from subscriptions.applications import staff_queries as applications

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from customers.models import Organisation

RECENT = 10

COLUMNS: tuple[Column[Organisation], ...] = (
    (gettext_lazy("Customer number"), lambda each: each.customer_number),
    (gettext_lazy("Name"), lambda each: each.name),
    (gettext_lazy("Kind"), lambda each: each.get_kind_display()),
    (gettext_lazy("Country"), lambda each: each.country),
    (gettext_lazy("VAT number"), lambda each: each.vat_number),
    (gettext_lazy("Currency"), lambda each: each.currency),
    (
        gettext_lazy("Partner"),
        lambda each: each.partner.name if each.partner else None,
    ),
)


@staff_view()
@require_safe
def customers(request: HttpRequest) -> HttpResponseBase:
    """The search; its words and filters are in the address, also for the CSV."""
    form = CustomerFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = queries.search_organisations(
        wanted.get("q", ""), kind=wanted.get("kind", ""), country=wanted.get("country", "")
    )
    if request.GET.get("format") == "csv":
        return table("customers", COLUMNS, found.iterator(ROWS_AT_ONCE))
    context = {
        "form": form,
        "page": page_of(request, found),
        "is_filtered": any(wanted.values()),
        "not_mine": whose_task(request, TAKES_ON),
    }
    return render(request, "backoffice/customers.html", context)


@staff_view()
@require_safe
def customer(request: HttpRequest, organisation_id: int) -> HttpResponse:
    at = clock.now()
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    tenants = page_of(request, queries.tenants_of(organisation), "tenants")
    members = page_of(request, queries.members_of(organisation), "people")
    context = {
        "organisation": organisation,
        "members": members,
        "with_second_factor": queries.with_second_factor(each.person_id for each in members),
        "invitations": queries.open_invitations_of(organisation, at),
        "accesses": queries.partner_access_of(organisation),
        "tenants": [(tenant, tenant_badge(tenant)) for tenant in tenants.object_list],
        "tenants_page": tenants,
        "history": history_items(queries.history_of(organisation)[:RECENT]),
        "not_mine": {
            "billing_details": whose_task(request, Duty.BILLING),
            "invite": whose_task(request, *INVITERS),
            "partner": whose_task(request, TAKES_ON),
            "reset": whose_task(request, *RESETS),
            "account": whose_task(request, Duty.STAFF_MANAGER),
            "register_tenant": whose_task(request, *REGISTER),
            "serve": whose_task(request, SERVES),
        },
        **_what_they_have(request, organisation, at),
        **_what_they_owe(organisation, at),
        **_what_the_register_says(organisation, at),
    }
    return render(request, "backoffice/customer.html", context)


@staff_view()
@require_safe
def customer_history(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    page = page_of(request, queries.history_of(organisation))
    context = {
        "organisation": organisation,
        "page": page,
        "history": history_items(page.object_list),
    }
    return render(request, "backoffice/customer_history.html", context)


def _what_they_have(
    request: HttpRequest, organisation: Organisation, at: dt.datetime
) -> dict[str, Any]:
    had = page_of(request, subscriptions.subscription_list(organisation, at=at), "subscriptions")
    found = page_of(request, applications.authorisations_of(organisation), "applications")
    return {
        "subscriptions": subscription_rows(
            subscriptions.held_all(had.object_list, at), subscriptions.zone_of(organisation)
        ),
        "subscriptions_page": had,
        "authorisations": [(each, authorisation_badge(each)) for each in found.object_list],
        "authorisations_page": found,
    }


def _what_they_owe(organisation: Organisation, at: dt.datetime) -> dict[str, Any]:
    seller = seller_for(organisation.country)
    return {
        "next": [drafted_month(each) for each in next_of(organisation, seller=seller, at=at)],
        "invoices": billing.invoices_of(organisation).with_credited()[:RECENT],
        "held": billing.items_needing_attention_of(organisation),
        "holds": billing.holds_of(organisation),
    }


def _what_the_register_says(organisation: Organisation, at: dt.datetime) -> dict[str, Any]:
    """Nothing where VIES is off, or is not asked about this customer."""
    said = vat_numbers.shown(organisation, at)
    return {"register": said, "register_badge": register_badge(said)} if said else {}
