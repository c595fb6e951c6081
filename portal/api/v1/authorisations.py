"""`/authorisations`: which application works on which tenant; asked for, and revoked.

The answer to a request is a person's. There is no address for it.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Path, Query, Schema
from ninja.decorators import decorate_view
from pydantic import StringConstraints, model_validator

from customers import clock
from customers.models import Environment, Tenant, TokenScope
from customers.paging import slice_of
from portal.api.v1.applications import READ, WRITE, own_or_404, router
from portal.api.v1.door import OrganisationBearer, token_behind
from portal.api.v1.once import once
from portal.api.v1.reach import asked_for, own
from portal.api.v1.shapes import Content, Id, OrganisationQuery, Page, next_cursor
from portal.api.v1.words import Email, Note, Reason
from portal.asked_by_id import request_by_id
from subscriptions.applications import models, operations, queries
from subscriptions.applications.availability import consent_of
from subscriptions.applications.models import AuthorisationStatus
from subscriptions.applications.verdicts import told

REVOKE = OrganisationBearer(TokenScope.AUTHORISATIONS_REVOKE)


class NamedTenant(Schema):
    """What a token is asked for with: the identifier in its environment, or the serial number."""

    identifier: str
    serial_number: str
    environment: Environment

    @classmethod
    def of(cls, tenant: Tenant) -> NamedTenant:
        return cls(
            identifier=tenant.identifier,
            serial_number=tenant.serial_number,
            environment=Environment(tenant.environment),
        )


class Authorisation(Schema):
    """One application on one tenant: consent, and whether it may be used at this instant.

    `valid_until` is the end of the time that the customer let it in for, null where it gave none;
    `available_until` the next known end of its use, which may be that of a licence. `obstacle`
    says what stands in the way where `is_available` is false: no consent, no licence, a tenant
    that does not run. `code` is the platform's result code for it, as in the entitlements.
    `scopes` are those that the customer agreed to, empty before that.

    `confirmed_at` is when the customer agreed, null before that: an owner or tenant administrator
    of it, whose name is the customer's. `granted_at` is when the app manager granted a custom one;
    `closed_at` when it was denied, revoked or deactivated, or expired, null while it is open.
    What is deactivated comes back by itself when its licence does, until `restore_until`, and
    after that with the customer's consent only; null for everything else. An order by then is in
    time, also where it waits for the vendor's confirmation. What can do more by now than was
    agreed to does not come back by itself: with its licence it needs approval again.
    """

    id: int
    application_id: int
    application_name: str
    tenant_id: int
    tenant: NamedTenant
    status: AuthorisationStatus
    scopes: list[models.Scope]
    requested_at: dt.datetime
    confirmed_at: dt.datetime | None
    granted_at: dt.datetime | None
    closed_at: dt.datetime | None
    restore_until: dt.datetime | None
    valid_until: dt.datetime | None
    reason: str
    is_available: bool
    obstacle: str | None
    code: int
    available_until: dt.datetime | None

    @classmethod
    def of(cls, working: queries.Working) -> Authorisation:
        row, found = working.authorisation, working.availability
        return cls(
            id=row.pk,
            application_id=row.application_id,
            application_name=row.application.name,
            tenant_id=row.tenant_id,
            tenant=NamedTenant.of(row.tenant),
            status=AuthorisationStatus(row.status),
            scopes=[models.Scope(each) for each in row.agreed_scopes],
            requested_at=row.requested_at,
            confirmed_at=row.confirmed_at,
            granted_at=row.granted_at,
            closed_at=row.closed_at,
            restore_until=row.comes_back_until,
            valid_until=row.valid_until,
            reason=row.reason,
            is_available=found.available,
            obstacle=found.obstacle.value if found.obstacle else None,
            code=told(consent_of(row), found).code,
            available_until=found.until,
        )


class AuthorisationPage(Page):
    items: list[Authorisation]


class AuthorisationQuery(OrganisationQuery):
    tenant_id: Id | None = None
    application_id: Id | None = None
    status: AuthorisationStatus | None = None


class TenantElsewhere(Content):
    """A customer's tenant, named from outside: by its id, and by somebody who works there."""

    identifier: Annotated[
        str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9-]{1,30}$")
    ] = Field(max_length=30, description="`Cust` and a number; on-premise the serial number.")
    environment: Environment = Environment.PRODUCTION
    contact_email: Email = Field(
        description="With which somebody at the customer is known in the portal."
    )


class AuthorisationRequest(Content):
    """For which tenant: `tenant_id` of one of your own, or of a customer that let you in as its
    partner; or `tenant`, for an application that you built. One of the two.
    """

    application_id: Id
    tenant_id: Id | None = None
    tenant: TenantElsewhere | None = None
    note: Note = Field("", description="A word to whoever answers.")

    @model_validator(mode="after")
    def _one_tenant(self) -> Self:
        if (self.tenant_id is None) == (self.tenant is None):
            msg = "say either tenant_id or tenant"
            raise ValueError(msg)
        return self


class Revocation(Content):
    """Why: whoever built the application reads it."""

    reason: Reason


@router.get("/authorisations", auth=READ, response=AuthorisationPage, url_name="authorisations")
def list_authorisations(
    request: HttpRequest, query: Query[AuthorisationQuery]
) -> AuthorisationPage:
    """On the organisation's tenants, and elsewhere of the applications it built.

    Of another organisation that let yours in as its partner: on its tenants.
    """
    organisation = asked_for(request, query.organisation_id)
    found = (
        queries.authorisations_seen_by(organisation, by_partner=organisation != own(request))
        .in_status(query.status or "")
        .narrowed(tenant_id=query.tenant_id, application_id=query.application_id)
    )
    page = slice_of(found, size=query.limit, after=query.after)
    items = [Authorisation.of(each) for each in queries.working(page.rows, clock.now())]
    return AuthorisationPage(items=items, next_cursor=next_cursor(page))


@router.post(
    "/authorisations", auth=WRITE, response={201: Authorisation}, url_name="authorisations"
)
@decorate_view(once)
def request_authorisation(
    request: HttpRequest, wanted: AuthorisationRequest, response: HttpResponse
) -> Authorisation:
    """Ask a customer to let an application in on a tenant.

    Its owners and tenant administrators get a letter; one of them answers in the portal. No token
    can.
    """
    at = clock.now()
    asked = _ask(request, wanted, at)
    response["Location"] = reverse("api:authorisation", args=[asked.pk])
    return _shown_or_404(request, asked.pk, at)


@router.get(
    "/authorisations/{int:authorisation_id}",
    auth=READ,
    response=Authorisation,
    url_name="authorisation",
)
def read_authorisation(request: HttpRequest, authorisation_id: Path[Id]) -> Authorisation:
    """One application on one tenant."""
    return _shown_or_404(request, authorisation_id, clock.now())


@router.post(
    "/authorisations/{int:authorisation_id}/revocation",
    auth=REVOKE,
    response={200: Authorisation},
    url_name="authorisation_revocation",
)
@decorate_view(once)
def revoke_authorisation(
    request: HttpRequest, authorisation_id: Path[Id], revocation: Revocation
) -> Authorisation:
    """Shut an application out of a tenant of your own organisation, at once.

    It comes back when somebody asks for it anew and a person agrees.
    """
    at = clock.now()
    theirs = queries.authorisations_of(own(request))
    operations.revoke(
        get_object_or_404(theirs, pk=authorisation_id),
        reason=revocation.reason,
        by=token_behind(request),
        at=at,
    )
    return _shown_or_404(request, authorisation_id, at)


def _ask(
    request: HttpRequest, wanted: AuthorisationRequest, at: dt.datetime
) -> models.Authorisation:
    by = token_behind(request)
    if wanted.tenant is not None:
        return request_by_id(
            own_or_404(request, wanted.application_id),
            **dict(wanted.tenant),
            note=wanted.note,
            by=by,
            at=at,
        )
    application = get_object_or_404(
        queries.applications_seen_by(own(request)), pk=wanted.application_id
    )
    within = queries.tenants_within_reach(application, own(request))
    tenant = get_object_or_404(within, pk=wanted.tenant_id)
    return operations.request(application, tenant=tenant, note=wanted.note, by=by, at=at)


def _shown_or_404(request: HttpRequest, authorisation_id: int, at: dt.datetime) -> Authorisation:
    reached = queries.authorisations_reached_by(own(request))
    row = get_object_or_404(reached, pk=authorisation_id)
    return Authorisation.of(queries.working([row], at)[0])
