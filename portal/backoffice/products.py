"""What is for sale, and one product's policies: another version, for who orders from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.policies import WrongPolicy
from catalog.queries import NotForSale, current_version, current_versions
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import whose_task
from portal.backoffice.forms_policies import ProductPoliciesForm
from portal.pages.presenters.subscriptions import language
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.lists import page_of
from subscriptions.operations.products import decide_policies
from subscriptions.staff_queries import decisions_about

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class NotTogether(Refusal):
    sentence = gettext_lazy("The product cannot be sold with these policies together.")


@staff_view()
@require_safe
def products(request: HttpRequest) -> HttpResponse:
    context = {
        "rows": [(each, each.name_in(language()), each.policy) for each in current_versions()],
        "not_mine": whose_task(request, Duty.SALES),
    }
    return render(request, "backoffice/products.html", context)


@staff_view(Duty.SALES)
@read_or_submit
def product(request: HttpRequest, product_code: str) -> HttpResponse:
    """The policies it is sold with, to be replaced; what staff decided before below them."""
    try:
        version = current_version(product_code)
    except NotForSale:
        raise Http404 from None
    name = version.name_in(language())
    form = ProductPoliciesForm(request.POST or None, sold=version)

    def decide() -> HttpResponse:
        try:
            decide_policies(
                product_code,
                form.policies,
                instead_of=form.cleaned_data["version"],
                reason=form.cleaned_data["reason"],
                by=person_of(request),
                at=clock.now(),
            )
        except WrongPolicy:
            raise NotTogether from None
        sentence = _("In force for who orders from now on: %(product)s.") % {"product": name}
        return done(request, sentence, "backoffice:product", product_code)

    def context() -> dict[str, object]:
        page = page_of(request, decisions_about(version))
        return {"name": name, "version": version, "page": page}

    return filled_in(request, "backoffice/product.html", form, context, then=decide)
