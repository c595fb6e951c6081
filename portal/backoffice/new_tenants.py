"""Registering a tenant that the platform made, or that runs at the customer's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import clock, queries
from customers.models import Duty
from customers.operations.tenants import SandboxSourceUnfit, TenantAlreadyRegistered
from portal.access import person_of, staff_view
from portal.backoffice.answers import done, form_page, read_or_submit
from portal.backoffice.forms_customers import NewTenantForm
from subscriptions.operations import tenants

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

REGISTER = (Duty.SALES, Duty.OPERATIONS)


@staff_view(*REGISTER)
@read_or_submit
def register_tenant(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    form = NewTenantForm(request.POST or None, organisation=organisation)
    if form.is_valid():
        try:
            tenant = tenants.register(organisation, form.new, by=person_of(request), at=clock.now())
        except TenantAlreadyRegistered as refusal:
            form.add_error(form.known_by, str(refusal))
        except SandboxSourceUnfit as refusal:
            form.add_error("source", str(refusal))
        else:
            sentence = _("%(tenant)s is registered.") % {"tenant": tenant.label}
            return done(request, sentence, "backoffice:tenant", tenant.pk)
    context = {"organisation": organisation}
    return form_page(request, "backoffice/register_tenant.html", form, context)
