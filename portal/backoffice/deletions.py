"""Deleting a tenant by hand: first what ends with it and what that costs, then doing that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from billing.queries import cancellation_charges
from customers import clock, queries
from customers.models import Deployment, Duty, TenantState
from customers.operations.tenants import OnPremiseStateUnknown, TenantDeleted
from customers.refusals import Refusal
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page
from portal.backoffice.forms_tenants import DeletionForm
from portal.pages.presenters.cancellation import charge
from portal.pages.presenters.subscriptions import rows as subscription_rows
from portal.responses.forms import done, read_or_submit, refused
from subscriptions import queries as subscriptions
from subscriptions.operations import tenants

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

    from customers.models import Tenant
    from portal.pages.presenters.cancellation import Charge
    from portal.pages.presenters.subscriptions import Row
    from subscriptions.operations.tenants import Deletion


@staff_view(Duty.OPERATIONS)
@read_or_submit
def delete_tenant(request: HttpRequest, tenant_id: int) -> HttpResponse:
    found = get_object_or_404(queries.tenants_with_names(), pk=tenant_id)
    at = clock.now()
    ends = tenants.deletion(found, at=at)
    if found.deployment == Deployment.ON_PREMISE:
        return refused(request, OnPremiseStateUnknown(), "backoffice:tenant", tenant_id)
    if found.state == TenantState.DELETED and ends.ends_nothing:
        return refused(request, TenantDeleted(), "backoffice:tenant", tenant_id)
    form = DeletionForm(request.POST or None, initial={"confirmed": ends.fingerprint})
    if not form.is_valid():
        return _page(request, found, ends, form, at)
    try:
        tenants.delete(found, **form.cleaned_data, by=person_of(request), at=at)
    except tenants.DeletionChanged as refusal:
        return refused(request, refusal, "backoffice:delete_tenant", tenant_id)
    except Refusal as refusal:
        return refused(request, refusal, "backoffice:tenant", tenant_id)
    sentence = _("%(tenant)s is deleted, and what it had has ended.") % {"tenant": found.label}
    return done(request, sentence, "backoffice:tenant", tenant_id)


def _page(
    request: HttpRequest, tenant: Tenant, ends: Deletion, form: DeletionForm, at: dt.datetime
) -> HttpResponse:
    context = {
        "tenant": tenant,
        "ending": _ending(tenant, ends, at),
        "ends": ends,
    }
    return form_page(request, "backoffice/delete_tenant.html", form, context)


def _ending(tenant: Tenant, ends: Deletion, at: dt.datetime) -> list[tuple[Row, Charge]]:
    """Each subscription with what its end still costs or gives back."""
    held = [subscriptions.held(each, at) for each in ends.ending]
    rows = subscription_rows(held, subscriptions.zone_of(tenant.organisation))
    return [
        (row, charge(cancellation_charges(each, ends_at=min(at, each.ends_at or at), at=at)))
        for row, each in zip(rows, ends.ending, strict=True)
    ]
