"""What the CRM platform was and is to be told: find facts, read one, send some again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from customers import clock
from customers.models import Duty
from customers.policies import Policy
from customers.policy_queries import in_force
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms_platform import ConfirmedRangeForm, FactFilter, RangeForm
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table
from subscriptions.provisioning import delivery, staff_queries

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from subscriptions.provisioning.models import Fact

# A row per fact; its value as the platform gets it.
COLUMNS: tuple[Column[Fact], ...] = (
    (gettext_lazy("Customer number"), lambda each: each.tenant.organisation.customer_number),
    (gettext_lazy("Customer"), lambda each: each.tenant.organisation.name),
    (gettext_lazy("Tenant"), lambda each: each.tenant.identifier),
    (gettext_lazy("Environment"), lambda each: each.tenant.get_environment_display()),
    (gettext_lazy("Number"), lambda each: each.sequence),
    (gettext_lazy("Id"), lambda each: each.pk),
    (gettext_lazy("Kind"), lambda each: each.get_type_display()),
    (gettext_lazy("Subject"), lambda each: each.subject),
    (
        gettext_lazy("Value"),
        lambda each: None if each.value is None else json.dumps(each.value, ensure_ascii=False),
    ),
    (gettext_lazy("At"), lambda each: each.at),
    (gettext_lazy("State"), lambda each: each.state.label),
    (gettext_lazy("Delivered"), lambda each: each.delivered_at),
)


@staff_view()
@require_safe
def facts(request: HttpRequest) -> HttpResponseBase:
    """The search is in the address, also for the CSV. What it cannot read finds nothing."""
    form = FactFilter(request.GET)
    if not form.is_valid():
        context = {"form": form, "page": page_of(request, staff_queries.no_facts())}
        return render(request, "backoffice/platform_facts.html", {**context, "is_filtered": True})
    found = staff_queries.facts_found(form.wanted)
    if request.GET.get("format") == "csv":
        return table("facts", COLUMNS, found.iterator(ROWS_AT_ONCE))
    context = {
        "form": form,
        "page": page_of(request, found),
        "is_filtered": any(form.cleaned_data.values()),
    }
    return render(request, "backoffice/platform_facts.html", context)


@staff_view()
@require_safe
def fact(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    return _fact_page(request, fact_id, None)


@staff_view(Duty.OPERATIONS)
@read_or_submit
@refusals_told_at("backoffice:platform_fact", "fact_id")
def replay(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    """Asks first, with how many facts and of whom; does it when that is what was agreed to."""
    found = get_object_or_404(staff_queries.every_fact(), pk=fact_id)
    agreed = ConfirmedRangeForm(request.POST or None)
    if not agreed.is_valid():
        return _ask_to_replay(request, found)
    count = delivery.replay(
        found.tenant, **agreed.cleaned_data, by=person_of(request), at=clock.now()
    )
    sentence = _("Facts that are sent again in a moment: %(count)s.") % {"count": count}
    return done(request, sentence, "backoffice:platform_fact", fact_id)


def _ask_to_replay(request: HttpRequest, found: Fact) -> HttpResponse:
    form = RangeForm(request.POST or request.GET)
    if not form.is_valid():
        return _fact_page(request, found.pk, form)
    stretch = staff_queries.stretch_of(found.tenant, **form.cleaned_data)
    if stretch is None:
        raise delivery.NothingToReplay
    seen = {"first": stretch.first, "last": stretch.last, "confirmed": stretch.count}
    context = {"fact": found, "stretch": stretch, "form": ConfirmedRangeForm(initial=seen)}
    return render(request, "backoffice/platform_replay.html", context)


def _fact_page(request: HttpRequest, fact_id: UUID, form: RangeForm | None) -> HttpResponse:
    found = get_object_or_404(staff_queries.every_fact(), pk=fact_id)
    one = {"first": found.sequence, "last": found.sequence}
    context = {
        "fact": found,
        "payload": json.dumps(delivery.envelope(found), indent=2, ensure_ascii=False),
        "kept_days": in_force(Policy.ATTEMPTS_KEPT).days,
        "attempts": staff_queries.attempts_of(found),
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return form_page(
        request, "backoffice/platform_fact.html", form or RangeForm(initial=one), context
    )
