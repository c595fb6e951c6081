"""What staff do for one customer: its billing details, its people, a tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.operations import buyers
from customers import clock, queries
from customers.models import Deployment, Duty, TenantState
from customers.operations import people
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms_customers import BillingDetailsForm, InvitePersonForm
from portal.backoffice.forms_tenants import TenantStateForm
from portal.backoffice.new_tenants import REGISTER
from portal.backoffice.words import authorisation_badge
from portal.pages.forms_organisation import REFUSED_FOR
from portal.pages.presenters.history import history_items
from portal.pages.presenters.subscriptions import rows as subscription_rows
from portal.pages.presenters.tenants import badge as tenant_badge
from portal.responses.forms import done, filled_in, read_or_submit, refusals_told_at
from portal.responses.seen import Seen
from subscriptions import queries as subscriptions
from subscriptions.applications import staff_queries as applications
from subscriptions.operations import tenants

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from customers.models import Invitation, Tenant

INVITERS = (Duty.SALES, Duty.OPERATIONS)


@staff_view(Duty.BILLING)
@read_or_submit
def change_billing_details(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    initial = BillingDetailsForm.shown(organisation)
    form = BillingDetailsForm(request.POST or None, initial=initial)
    seen = Seen.of(request, organisation, BillingDetailsForm.shown)

    def change() -> HttpResponse:
        buyers.change_billing_details(
            organisation,
            form.details,
            by=person_of(request),
            at=clock.now(),
            as_seen=seen.is_still,
        )
        sentence = _("The billing details are corrected, from the next invoice on.")
        return done(request, sentence, "backoffice:customer", organisation_id)

    blamed = {**REFUSED_FOR, buyers.SellerWouldChange: "country"}
    template, context = "backoffice/billing_details.html", {"organisation": organisation}
    return filled_in(request, template, form, context, then=change, blamed=blamed, seen=seen)


@staff_view(*INVITERS)
@read_or_submit
def invite_person(request: HttpRequest, organisation_id: int) -> HttpResponse:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    form = InvitePersonForm(request.POST or None)

    def invite() -> HttpResponse:
        invitation, _token = people.invite(
            organisation, **form.cleaned_data, by=person_of(request), at=clock.now()
        )
        sentence = _("An invitation is on its way to %(email)s.") % {"email": invitation.email}
        return done(request, sentence, "backoffice:customer", organisation_id)

    template, context = "backoffice/invite_person.html", {"organisation": organisation}
    return filled_in(request, template, form, context, then=invite, blamed="email")


@staff_view(*INVITERS)
@require_POST
@refusals_told_at("backoffice:customer", "organisation_id")
def withdraw_invitation(
    request: HttpRequest, organisation_id: int, invitation_id: int
) -> HttpResponse:
    at = clock.now()
    invitation = _open_invitation_or_404(organisation_id, invitation_id, at)
    people.withdraw_invitation(invitation, by=person_of(request), at=at)
    sentence = _("The invitation is withdrawn; its link no longer works.")
    return done(request, sentence, "backoffice:customer", organisation_id)


@staff_view(*INVITERS)
@require_POST
@refusals_told_at("backoffice:customer", "organisation_id")
def send_new_link(request: HttpRequest, organisation_id: int, invitation_id: int) -> HttpResponse:
    """For who lost the mail, or never got it: the link of before stops working."""
    at = clock.now()
    invitation = _open_invitation_or_404(organisation_id, invitation_id, at)
    people.send_new_link(invitation, by=person_of(request), at=at)
    sentence = _("A new link is on its way to %(email)s; the one before no longer works.") % {
        "email": invitation.email
    }
    return done(request, sentence, "backoffice:customer", organisation_id)


@staff_view()
@require_safe
def tenant(request: HttpRequest, tenant_id: int) -> HttpResponse:
    found = get_object_or_404(queries.tenants_with_names(), pk=tenant_id)
    return _tenant_page(request, found, TenantStateForm(tenant=found))


@staff_view(Duty.OPERATIONS)
@read_or_submit
@refusals_told_at("backoffice:tenant", "tenant_id")
def change_tenant_state(request: HttpRequest, tenant_id: int) -> HttpResponse:
    found = get_object_or_404(queries.tenants_with_names(), pk=tenant_id)
    form = TenantStateForm(request.POST or None, tenant=found)
    if not form.is_valid():
        return _tenant_page(request, found, form)
    changed = tenants.change_state(
        found, **form.cleaned_data, by=person_of(request), at=clock.now()
    )
    sentence = _("The state of %(tenant)s is now: %(state)s.") % {
        "tenant": changed.label,
        "state": TenantState(changed.state).label,
    }
    return done(request, sentence, "backoffice:tenant", tenant_id)


def _open_invitation_or_404(
    organisation_id: int, invitation_id: int, at: dt.datetime
) -> Invitation:
    organisation = get_object_or_404(queries.organisations_with_names(), pk=organisation_id)
    return get_object_or_404(queries.open_invitations_of(organisation, at), pk=invitation_id)


def _tenant_page(request: HttpRequest, tenant: Tenant, form: TenantStateForm) -> HttpResponse:
    at = clock.now()
    found = subscriptions.subscription_list(tenant.organisation, at=at, tenant_id=tenant.pk)
    context = {
        "tenant": tenant,
        "badge": tenant_badge(tenant),
        "has_state": tenant.deployment == Deployment.ONLINE,
        "is_deleted": tenant.state == TenantState.DELETED,
        "ends_nothing": tenants.deletion(tenant, at=at).ends_nothing,
        "not_mine": whose_task(request, Duty.OPERATIONS),
        "not_mine_users": whose_task(request, *REGISTER),
        "subscriptions": subscription_rows(
            subscriptions.held_all(found, at), subscriptions.zone_of(tenant.organisation)
        ),
        "authorisations": [
            (each, authorisation_badge(each)) for each in applications.authorisations_on(tenant)
        ],
        "history": history_items(queries.history_about(tenant)),
    }
    return form_page(request, "backoffice/tenant.html", form, context)
