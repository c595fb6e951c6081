"""A tenant that the platform made, or that runs at the customer's own; and who uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import clock, queries
from customers.models import Duty
from customers.operations.tenants import (
    SandboxSourceUnfit,
    TenantAlreadyRegistered,
    change_user_plans,
)
from portal.access import person_of, staff_view
from portal.backoffice.forms_tenants import NewTenantForm, TenantFactsForm, UsersForm, users_of
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.seen import Seen
from subscriptions.operations import plans, tenants

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from customers.refusals import Refusal

REGISTER = (Duty.SALES, Duty.OPERATIONS)


@staff_view(*REGISTER)
@read_or_submit
def register_tenant(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    form = NewTenantForm(request.POST or None, organisation=organisation)

    def register() -> HttpResponse:
        tenant = tenants.register(organisation, form.new, by=person_of(request), at=clock.now())
        sentence = _("%(tenant)s is registered.") % {"tenant": tenant.label}
        return done(request, sentence, "backoffice:tenant", tenant.pk)

    def blamed(refusal: Refusal) -> str:
        return "source" if isinstance(refusal, SandboxSourceUnfit) else form.known_by

    template, context = "backoffice/register_tenant.html", {"organisation": organisation}
    return filled_in(request, template, form, context, then=register, blamed=blamed)


@staff_view(*REGISTER)
@read_or_submit
def change_users(request: HttpRequest, tenant_id: int) -> HttpResponse:
    tenant = get_object_or_404(queries.tenants_with_names(), pk=tenant_id)
    form = UsersForm(request.POST or None, tenant=tenant)
    seen = Seen.of(request, tenant, UsersForm.shown)

    def change() -> HttpResponse:
        change_user_plans(
            tenant,
            users_of(form),
            by=person_of(request),
            at=clock.now(),
            as_seen=seen.is_still,
        )
        sentence = _("The users of %(tenant)s are changed.") % {"tenant": tenant.label}
        return done(request, sentence, "backoffice:tenant", tenant_id)

    template, context = "backoffice/change_users.html", {"tenant": tenant}
    return filled_in(request, template, form, context, then=change, seen=seen)


@staff_view(Duty.OPERATIONS)
@read_or_submit
def correct_tenant(request: HttpRequest, tenant_id: int) -> HttpResponse:
    tenant = get_object_or_404(queries.tenants_with_names(), pk=tenant_id)
    form = TenantFactsForm(request.POST or None, tenant=tenant)
    seen = Seen.of(request, tenant, TenantFactsForm.shown)

    def correct() -> HttpResponse:
        plans.correct(
            tenant,
            form.known,
            reason=form.cleaned_data["reason"],
            by=person_of(request),
            at=clock.now(),
            as_seen=seen.is_still,
        )
        sentence = _("What we know of %(tenant)s is corrected.") % {"tenant": tenant.label}
        return done(request, sentence, "backoffice:tenant", tenant_id)

    return filled_in(
        request,
        "backoffice/correct_tenant.html",
        form,
        {"tenant": tenant},
        then=correct,
        blamed={TenantAlreadyRegistered: "serial_number"},
        seen=seen,
    )
