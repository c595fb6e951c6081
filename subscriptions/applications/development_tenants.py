"""Development tenants (SOD): asked for by who builds applications, granted by staff (D2.1).

A customer that builds for itself is a developer like any other (D3.2). They cost nothing: nothing
is sold for a SOD tenant, and what is used there is shown and not charged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.history import record
from customers.models import Duty, Environment, Tenant, TenantKind, TenantState
from customers.operations.mail import queue_letter
from customers.operations.tenants import NewTenant, register_tenant
from customers.queries import owners_and
from customers.refusals import Refusal
from subscriptions.applications.models import DevelopmentTenantRequest
from subscriptions.locks import lock_organisation
from subscriptions.provisioning import facts

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from customers.models import Organisation, Person

DUTIES = (Duty.APP_MANAGER, Duty.OPERATIONS)


class RequestOpen(Refusal):
    sentence = _("You have asked for a development tenant already. You get an e-mail.")


class RequestDecided(Refusal):
    sentence = _("This request has been dealt with already.")


class NotYourDuty(Refusal):
    sentence = _("Development tenants are granted by the app manager and by operations.")


@transaction.atomic
def request(
    organisation: Organisation, *, purpose: str, by: Person, at: dt.datetime
) -> DevelopmentTenantRequest:
    """One at a time for an organisation, of a customer as of a partner. Raises RequestOpen."""
    organisation = lock_organisation(organisation.pk)
    if open_request_of(organisation) is not None:
        raise RequestOpen
    found = DevelopmentTenantRequest.objects.create(
        organisation=organisation, purpose=purpose, requested_by=by, requested_at=at
    )
    _tell(found, "requested", by=by, at=at, reason=purpose)
    return found


@transaction.atomic
def grant(
    request: DevelopmentTenantRequest,
    *,
    identifier: str,
    crm_version: str,
    by: Person,
    at: dt.datetime,
) -> DevelopmentTenantRequest:
    """Register the tenant that the platform has made under `identifier`; the platform is told.

    Raises NotYourDuty, RequestDecided, TenantAlreadyRegistered.
    """
    request = _open(request, by)
    tenant = request.tenant = register_tenant(
        request.organisation,
        NewTenant(
            name=f"{request.organisation.name} SOD"[:100],
            crm_version=crm_version,
            environment=Environment.SOD,
            kind=TenantKind.DEVELOPER,
            identifier=identifier,
        ),
        by=by,
        at=at,
    )
    _decide(request, by=by, at=at)
    _tell(request, "granted", by=by, at=at)
    _write(request, "granted", at=at)
    facts.tell([tenant.pk], at=at)
    return request


@transaction.atomic
def reject(
    request: DevelopmentTenantRequest, *, reason: str, by: Person, at: dt.datetime
) -> DevelopmentTenantRequest:
    """Raises NotYourDuty, RequestDecided."""
    request = _open(request, by)
    request.reason = reason
    _decide(request, by=by, at=at)
    _tell(request, "rejected", by=by, at=at, reason=reason)
    _write(request, "rejected", at=at)
    return request


def open_request_of(organisation: Organisation) -> DevelopmentTenantRequest | None:
    return waiting().filter(organisation=organisation).first()


def granted_to(organisation: Organisation) -> QuerySet[Tenant]:
    """Those it has, the oldest first."""
    found = Tenant.objects.of(organisation).filter(
        environment=Environment.SOD, kind=TenantKind.DEVELOPER
    )
    return found.exclude(state=TenantState.DELETED).order_by("created_at", "pk")


def waiting() -> QuerySet[DevelopmentTenantRequest]:
    """The longest waiting first."""
    return every_request().filter(decided_at=None).order_by("requested_at", "pk")


def every_request() -> QuerySet[DevelopmentTenantRequest]:
    found: QuerySet[DevelopmentTenantRequest] = DevelopmentTenantRequest.objects.select_related(
        "organisation", "requested_by", "tenant"
    )
    return found


def _open(request: DevelopmentTenantRequest, by: Person) -> DevelopmentTenantRequest:
    if not by.has_duty(*DUTIES):
        raise NotYourDuty
    lock_organisation(request.organisation_id)
    found = every_request().get(pk=request.pk)
    if found.decided_at is not None:
        raise RequestDecided
    return found


def _decide(request: DevelopmentTenantRequest, *, by: Person, at: dt.datetime) -> None:
    request.decided_by, request.decided_at = by, at
    request.save()


def _tell(
    request: DevelopmentTenantRequest, verb: str, *, by: Person, at: dt.datetime, reason: str = ""
) -> None:
    record(
        request,
        f"development_tenant.{verb}",
        organisation=request.organisation,
        tenant=request.tenant,
        by=by,
        at=at,
        reason=reason,
    )


def _write(request: DevelopmentTenantRequest, what: str, *, at: dt.datetime) -> None:
    for reader in owners_and(request.requested_by, request.organisation):
        queue_letter(
            to=reader.email,
            language=reader.language,
            template=f"subscriptions/development_tenant_{what}",
            context={"request": request, "tenant": request.tenant},
            at=at,
        )
