"""`/applications` and `/authorisations`: who works on whose tenants."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router, Schema

from customers import clock
from customers.models import TokenScope
from customers.paging import slice_of
from portal.api.v1.door import OrganisationBearer
from portal.api.v1.reach import asked_for, own
from portal.api.v1.shapes import Id, OrganisationQuery, Page, next_cursor
from subscriptions.applications import models, queries
from subscriptions.applications.models import ApplicationKind, AuthorisationStatus

router = Router(auth=OrganisationBearer(TokenScope.APPLICATIONS_READ), tags=["Applications"])


class Application(Schema):
    """Software that works with a customer's CRM; whoever builds it owns it."""

    id: int
    name: str
    kind: ApplicationKind
    summary: str
    owner_name: str
    created_at: dt.datetime

    @classmethod
    def of(cls, row: models.Application) -> Application:
        return cls(
            id=row.pk,
            name=row.name,
            kind=ApplicationKind(row.kind),
            summary=row.summary,
            owner_name=row.owner.name,
            created_at=row.created_at,
        )


class ApplicationPage(Page):
    items: list[Application]


class Authorisation(Schema):
    """One application on one tenant: consent, and whether it may be used at this instant.

    `obstacle` says what stands in the way where `is_available` is false: no consent, no licence,
    a tenant that does not run.
    """

    id: int
    application_id: int
    application_name: str
    tenant_id: int
    status: AuthorisationStatus
    requested_at: dt.datetime
    reason: str
    is_available: bool
    obstacle: str | None
    available_until: dt.datetime | None

    @classmethod
    def of(cls, working: queries.Working) -> Authorisation:
        row, found = working.authorisation, working.availability
        return cls(
            id=row.pk,
            application_id=row.application_id,
            application_name=row.application.name,
            tenant_id=row.tenant_id,
            status=AuthorisationStatus(row.status),
            requested_at=row.requested_at,
            reason=row.reason,
            is_available=found.available,
            obstacle=found.obstacle.value if found.obstacle else None,
            available_until=found.until,
        )


class AuthorisationPage(Page):
    items: list[Authorisation]


class AuthorisationQuery(OrganisationQuery):
    tenant_id: Id | None = None
    application_id: Id | None = None
    status: AuthorisationStatus | None = None


@router.get("/applications", response=ApplicationPage, url_name="applications")
def list_applications(request: HttpRequest, query: Query[OrganisationQuery]) -> ApplicationPage:
    """Those the organisation built, and those that asked for, work or worked on its tenants."""
    organisation = asked_for(request, query.organisation_id)
    found = queries.applications_seen_by(organisation)
    page = slice_of(found, size=query.limit, after=query.after)
    items = [Application.of(row) for row in page.rows]
    return ApplicationPage(items=items, next_cursor=next_cursor(page))


@router.get("/applications/{int:application_id}", response=Application, url_name="application")
def read_application(request: HttpRequest, application_id: Path[Id]) -> Application:
    """One application."""
    reached = queries.applications_reached_by(own(request))
    return Application.of(get_object_or_404(reached, pk=application_id))


@router.get("/authorisations", response=AuthorisationPage, url_name="authorisations")
def list_authorisations(
    request: HttpRequest, query: Query[AuthorisationQuery]
) -> AuthorisationPage:
    """On the organisation's tenants, and elsewhere of the applications it built."""
    organisation = asked_for(request, query.organisation_id)
    found = (
        queries.authorisations_seen_by(organisation)
        .in_status(query.status or "")
        .narrowed(tenant_id=query.tenant_id, application_id=query.application_id)
    )
    page = slice_of(found, size=query.limit, after=query.after)
    items = [Authorisation.of(each) for each in queries.working(page.rows, clock.now())]
    return AuthorisationPage(items=items, next_cursor=next_cursor(page))


@router.get(
    "/authorisations/{int:authorisation_id}", response=Authorisation, url_name="authorisation"
)
def read_authorisation(request: HttpRequest, authorisation_id: Path[Id]) -> Authorisation:
    """One application on one tenant."""
    reached = queries.authorisations_reached_by(own(request))
    row = get_object_or_404(reached, pk=authorisation_id)
    return Authorisation.of(queries.working([row], clock.now())[0])
