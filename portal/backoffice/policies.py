"""How a seller's billing runs go, and how they went before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from billing import queries as billing
from billing.operations.policies import set_policy
from billing.policies import policy_of
from catalog.queries import sellers
from customers import clock
from customers.models import Duty
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_policies import PolicyForm
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from catalog.models import Seller


@staff_view(Duty.BILLING)
@read_or_submit
def billing_policy(request: HttpRequest, seller_code: str) -> HttpResponse:
    seller = get_object_or_404(sellers(), code=seller_code)
    now = policy_of(seller)
    form = PolicyForm(
        request.POST or None,
        initial={
            "needs_approval": now.needs_approval,
            "times_last_month": now.times_last_month,
            "floor": now.floor,
            "most_at_first": now.most_at_first,
            "most_given_back": now.most_given_back,
            "most_lines": now.most_lines,
        },
    )
    seen = Seen.of(request, seller, _newest)

    def change() -> HttpResponse:
        set_policy(
            seller,
            needs_approval=form.cleaned_data["needs_approval"],
            bounds=form.bounds,
            as_seen=seen.is_still,
            reason=form.cleaned_data["reason"],
            by=person_of(request),
            at=clock.now(),
        )
        sentence = _("The policy is changed, for what is not issued yet.")
        return done(request, sentence, "backoffice:billing_policy", seller_code)

    context = {
        "seller": seller,
        "policies": billing.policies_of(seller),
        "not_mine": whose_task(request, Duty.BILLING),
    }
    template = "backoffice/billing_policy.html"
    return filled_in(request, template, form, context, then=change, seen=seen)


def _newest(seller: Seller) -> dict[str, object]:
    """What a person who changes the policy has seen: the page lists it, with who set it and why."""
    newest = billing.policies_of(seller).first()
    return {"newest": newest and newest.pk}
