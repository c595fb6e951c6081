"""`/applications`: who builds software for tenants, registers it and says what it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Path, Query, Router, Schema
from ninja.decorators import decorate_view

from customers import clock
from customers.models import Organisation, TokenScope
from customers.paging import slice_of
from portal.api.v1.door import OrganisationBearer, token_behind
from portal.api.v1.marks import as_seen, mark_of
from portal.api.v1.once import once
from portal.api.v1.reach import asked_for, own
from portal.api.v1.shapes import Content, Id, OrganisationQuery, Page, next_cursor
from portal.api.v1.words import Email, Name, Sentence
from subscriptions.applications import details, models, queries, version_queries
from subscriptions.applications.details import Details
from subscriptions.applications.models import ApplicationKind, ApplicationType

READ = OrganisationBearer(TokenScope.APPLICATIONS_READ)
WRITE = OrganisationBearer(TokenScope.APPLICATIONS_WRITE)
MOST_ADDRESSES = 20

router = Router(tags=["Applications"])


class ApplicationDetails(Content):
    """What an application is, and whom it tells. `kind`, `type` and `name` stay as they are once
    a version of it was asked for or published. An address of nobody in your organisation gets one
    letter, and the others once whoever reads it has agreed.
    """

    kind: ApplicationKind = Field(
        description=(
            "In production a tenant needs a subscription to Development Tools for a `custom` one, "
            "and on-premise for a `standard` one as well."
        )
    )
    type: ApplicationType = Field(
        description=(
            "`native` keeps no secret, so it gets no tokens from the portal: people sign in to it, "
            "as to a `web` one, at the CRM platform. `erp_sync` needs Development Tools in "
            "production as its `kind` says."
        )
    )
    name: Name
    summary: Sentence
    technical_contact: Email
    error_mails: list[Email] = Field(
        max_length=MOST_ADDRESSES,
        description=(
            "Who else hears what goes wrong with it: that it is denied, shut out, suspended or "
            "deactivated on a tenant and works again, that a client secret is about to end, that "
            "usage it reported was refused, that a webhook about it was switched off."
        ),
    )
    uninstall_mails: list[Email] = Field(
        max_length=MOST_ADDRESSES, description="Who else hears when its access to a tenant ends."
    )

    @property
    def details(self) -> Details:
        """Each address once."""
        said = dict(self)
        for name in ("error_mails", "uninstall_mails"):
            said[name] = list(dict.fromkeys(said[name]))
        return Details(**said)


class Application(Schema):
    """Software that works with a customer's CRM; whoever builds it owns it.

    `technical_contact` and the two lists are told to its owner; they are null for everybody else.
    """

    id: int
    name: str
    kind: ApplicationKind
    type: ApplicationType
    summary: str
    owner_name: str
    created_at: dt.datetime
    blocked_at: dt.datetime | None = Field(
        description="Since when we refuse it on every tenant; null while we do not."
    )
    technical_contact: str | None
    error_mails: list[str] | None
    uninstall_mails: list[str] | None

    @classmethod
    def of(cls, row: models.Application, reader: Organisation) -> Application:
        is_own = row.owner_id == reader.pk
        return cls(
            id=row.pk,
            name=row.name,
            kind=ApplicationKind(row.kind),
            type=ApplicationType(row.type),
            summary=row.summary,
            owner_name=row.owner.name,
            created_at=row.created_at,
            blocked_at=row.blocked_at,
            technical_contact=row.technical_contact if is_own else None,
            error_mails=row.error_mails if is_own else None,
            uninstall_mails=row.uninstall_mails if is_own else None,
        )


class ApplicationPage(Page):
    items: list[Application]


@router.get("/applications", auth=READ, response=ApplicationPage, url_name="applications")
def list_applications(request: HttpRequest, query: Query[OrganisationQuery]) -> ApplicationPage:
    """Those the organisation built, and those that asked for, work or worked on its tenants."""
    organisation = asked_for(request, query.organisation_id)
    found = queries.applications_seen_by(organisation)
    page = slice_of(found, size=query.limit, after=query.after)
    items = [Application.of(row, own(request)) for row in page.rows]
    return ApplicationPage(items=items, next_cursor=next_cursor(page))


@router.post("/applications", auth=WRITE, response={201: Application}, url_name="applications")
@decorate_view(once)
def register_application(
    request: HttpRequest, wanted: ApplicationDetails, response: HttpResponse
) -> Application:
    """Register an application of your organisation, with an empty draft of its first version."""
    application = details.register(
        own(request), **asdict(wanted.details), by=token_behind(request), at=clock.now()
    )
    response["Location"] = reverse("api:application", args=[application.pk])
    return Application.of(application, own(request))


@router.get(
    "/applications/{int:application_id}", auth=READ, response=Application, url_name="application"
)
def read_application(
    request: HttpRequest, application_id: Path[Id], response: HttpResponse
) -> Application:
    """One application."""
    reached = queries.applications_reached_by(own(request))
    shown = Application.of(get_object_or_404(reached, pk=application_id), own(request))
    response["ETag"] = mark_of(shown)
    return shown


@router.put(
    "/applications/{int:application_id}",
    auth=WRITE,
    response={200: Application},
    url_name="application",
)
def change_application(
    request: HttpRequest, application_id: Path[Id], wanted: ApplicationDetails
) -> Application:
    """Give an application of your organisation these details, in the place of what it had."""
    application = details.change(
        own_or_404(request, application_id),
        wanted.details,
        by=token_behind(request),
        at=clock.now(),
        as_seen=as_seen(request, lambda row: Application.of(row, own(request))),
    )
    return Application.of(application, own(request))


def own_or_404(request: HttpRequest, application_id: int) -> models.Application:
    """One that the token's organisation built. Raises Http404."""
    found: models.Application = get_object_or_404(
        version_queries.own_applications(own(request)), pk=application_id
    )
    return found
