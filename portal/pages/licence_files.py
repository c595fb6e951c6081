"""The signed licence file of a tenant: to make and to download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers import clock
from customers import queries as customers
from portal.access import Permission, Seat, organisation_view
from portal.responses.files import attachment
from portal.responses.forms import told
from subscriptions.licence_files import operations
from subscriptions.licence_files.queries import files_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@organisation_view(Permission.ORDER)
@require_POST
def make_licence_file(request: HttpRequest, seat: Seat, tenant_id: int) -> HttpResponse:
    tenant = get_object_or_404(customers.tenants_of(seat.organisation), pk=tenant_id)

    def issue() -> str:
        file = operations.issue(tenant, by=seat.person, at=clock.now())
        return _("Licence file %(number)s is ready to download.") % {"number": file.number}

    return told(request, issue, "pages:tenant_detail", seat.organisation.pk, tenant.pk)


@organisation_view(Permission.VIEW)
@require_safe
def licence_file(_request: HttpRequest, seat: Seat, tenant_id: int, file_id: int) -> HttpResponse:
    tenant = get_object_or_404(customers.tenants_of(seat.organisation), pk=tenant_id)
    file = get_object_or_404(files_of(tenant), pk=file_id)
    return attachment(file.name, operations.MIME_TYPE, file.content)
