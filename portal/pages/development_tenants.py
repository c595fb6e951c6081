"""Asking for a development tenant (SOD)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import clock
from portal.access import Permission, Seat, organisation_view
from portal.responses.forms import done, filled_in, read_or_submit
from subscriptions.applications import development_tenants

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class DevelopmentTenantForm(forms.Form):
    purpose = forms.CharField(
        label=gettext_lazy("What for"),
        help_text=gettext_lazy("What you are going to build, in a sentence or two."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@organisation_view(Permission.REQUEST_AUTHORISATION)
@read_or_submit
def request_development_tenant(request: HttpRequest, seat: Seat) -> HttpResponse:
    form = DevelopmentTenantForm(request.POST or None)

    def ask() -> HttpResponse:
        development_tenants.request(
            seat.organisation, **form.cleaned_data, by=seat.person, at=clock.now()
        )
        sentence = _("Asked. You get an e-mail when it is there.")
        return done(request, sentence, "pages:tenant_list", seat.organisation.pk)

    def context() -> dict[str, object]:
        waiting = development_tenants.open_request_of(seat.organisation)
        return {"seat": seat, "waiting": waiting}

    return filled_in(request, "pages/tenants/development.html", form, context, then=ask)
