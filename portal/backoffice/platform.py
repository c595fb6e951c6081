"""What the CRM platform is told, what came of it, and whether both sides agree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django import forms
from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import done, form_page, page_of, refused, whose_task
from subscriptions.provisioning import delivery, staff_queries
from subscriptions.provisioning.tasks import deliver_facts, reconcile

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


class RangeForm(forms.Form):
    """Numbers of one tenant's facts, both included."""

    first = forms.IntegerField(label=gettext_lazy("From number"), min_value=1)
    last = forms.IntegerField(label=gettext_lazy("To number"), min_value=1)


@staff_view()
@require_safe
def platform(request: HttpRequest) -> HttpResponse:
    """`?show=waiting`: what has not arrived."""
    waiting = request.GET.get("show") == "waiting"
    context = {
        "overview": staff_queries.overview(),
        "page": page_of(request, staff_queries.facts_shown(waiting=waiting)),
        "show_waiting": waiting,
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return render(request, "backoffice/platform.html", context)


@staff_view()
@require_safe
def fact(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    return _fact_page(request, fact_id, None)


@staff_view(Duty.OPERATIONS)
@require_POST
def replay(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    found = get_object_or_404(staff_queries.every_fact(), pk=fact_id)
    form = RangeForm(request.POST)
    if not form.is_valid():
        return _fact_page(request, fact_id, form)
    try:
        count = delivery.replay(
            found.tenant, **form.cleaned_data, by=person_of(request), at=clock.now()
        )
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:platform_fact", fact_id)
    sentence = _("Facts that are sent again in a moment: %(count)s.") % {"count": count}
    return done(request, sentence, "backoffice:platform_fact", fact_id)


@staff_view(Duty.OPERATIONS)
@require_POST
def try_at_once(request: HttpRequest) -> HttpResponse:
    delivery.try_at_once(at=clock.now())
    transaction.on_commit(deliver_facts.delay, robust=True)
    return done(request, _("What waits is sent again in a moment."), "backoffice:platform")


@staff_view(Duty.OPERATIONS)
@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    person_id = person_of(request).pk
    transaction.on_commit(lambda: reconcile.delay(person_id), robust=True)
    sentence = _("Portal and platform are being compared; reload the page in a moment.")
    return done(request, sentence, "backoffice:platform")


def _fact_page(request: HttpRequest, fact_id: UUID, form: RangeForm | None) -> HttpResponse:
    found = get_object_or_404(staff_queries.every_fact(), pk=fact_id)
    one = {"first": found.sequence, "last": found.sequence}
    context = {
        "fact": found,
        "payload": json.dumps(delivery.envelope(found), indent=2, ensure_ascii=False),
        "attempts": staff_queries.attempts_of(found),
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return form_page(
        request, "backoffice/platform_fact.html", form or RangeForm(initial=one), context
    )
