"""The way to the CRM platform: what fails, what was said last, and whether both sides agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers.models import Duty
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.differences import shown, trouble_of
from portal.responses.forms import done
from portal.responses.lists import page_of
from subscriptions.provisioning import delivery, staff_queries
from subscriptions.provisioning.tasks import deliver_facts, reconcile

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_view()
@require_safe
def platform(request: HttpRequest) -> HttpResponse:
    overview = staff_queries.overview()
    differences = page_of(request, overview.differences, "differences")
    context = {
        "overview": overview,
        "failing": page_of(request, overview.failing, "failing"),
        "differences": differences,
        "shown": shown(differences),
        "trouble": trouble_of(overview.compared),
        "why_no_result": trouble_of(overview.without_result),
        "only_there": page_of(request, overview.only_there, "only_there"),
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return render(request, "backoffice/platform.html", context)


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
