"""What must always hold and does not, as the nightly check found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.queries import breaches as queries
from billing.tasks import check_invariants
from customers.models import Duty
from portal.access import staff_view
from portal.backoffice.answers import done, page_of, whose_task

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DUTIES = (Duty.OPERATIONS, Duty.BILLING)


@staff_view()
@require_safe
def breaches(request: HttpRequest) -> HttpResponse:
    context = {
        "broken": queries.broken_rules(),
        "page": page_of(request, queries.rules_that_hold_again()),
        "checked_at": queries.checked_last_at(),
        "is_being_checked": queries.is_being_checked(),
        "not_mine": whose_task(request, *DUTIES),
    }
    return render(request, "backoffice/breaches.html", context)


@staff_view(*DUTIES)
@require_POST
def check_again(request: HttpRequest) -> HttpResponse:
    """Without waiting for the night, as after something was mended."""
    if queries.is_being_checked():
        return done(request, _("The rules are being checked already."), "backoffice:breaches")
    transaction.on_commit(check_invariants.delay, robust=True)
    sentence = _("Every rule is being checked; reload the page in some minutes.")
    return done(request, sentence, "backoffice:breaches")
