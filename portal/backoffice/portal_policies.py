"""What the vendor decided for the whole portal: every policy, and one to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import clock, policy_queries
from customers.models import Duty
from customers.operations.policies import set_policy
from customers.policies import RANGES, Policy
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_policies import PortalPolicyForm
from portal.backoffice.policy_words import WORDS, span_text, units_of
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.lists import page_of

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse


@staff_view()
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    now = policy_queries.all_in_force()
    context = {
        "rows": [_shown(request, policy, now[policy]) for policy in Policy],
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return render(request, "backoffice/portal_policies.html", context)


@staff_view(Duty.OPERATIONS)
@read_or_submit
def policy(request: HttpRequest, policy_name: str) -> HttpResponse:
    """What it is, to be replaced by something else; everything it ever was below it."""
    try:
        found = Policy(policy_name)
    except ValueError:
        raise Http404 from None
    value = units_of(found, policy_queries.in_force(found))
    initial = {"value": value, "instead_of": value}
    form = PortalPolicyForm(request.POST or None, bounds=RANGES[found], initial=initial)

    def change() -> HttpResponse:
        set_policy(found, **form.cleaned_data, by=person_of(request), at=clock.now())
        sentence = _("In force from now on: %(policy)s.") % {"policy": WORDS[found].name}
        return done(request, sentence, "backoffice:policy", policy_name)

    def context() -> dict[str, Any]:
        page = page_of(request, policy_queries.changes_of(found))
        return {
            "shown": _shown(request, found, policy_queries.in_force(found)),
            "page": page,
            "changes": [(each, _text(request, found, each.value)) for each in page],
        }

    template = "backoffice/portal_policy.html"
    return filled_in(request, template, form, context, then=change, blamed="value")


def _shown(request: HttpRequest, policy: Policy, now: dt.timedelta) -> dict[str, Any]:
    bounds = RANGES[policy]
    return {
        "policy": policy.value,
        "words": WORDS[policy],
        "now": _text(request, policy, units_of(policy, now)),
        "default": _text(request, policy, bounds.default),
        "lowest": _text(request, policy, bounds.lowest),
        "highest": _text(request, policy, bounds.highest),
    }


def _text(request: HttpRequest, policy: Policy, value: int) -> str:
    return span_text(policy, value, request.LANGUAGE_CODE)
