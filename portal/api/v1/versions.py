"""`/applications/{application_id}/versions`: what an application may do, and where it is so."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Path, Query, Schema
from ninja.decorators import decorate_view
from pydantic import AfterValidator, WithJsonSchema

from customers import clock
from customers.models import Deployment, Environment
from customers.paging import slice_of
from portal.api.v1.applications import READ, WRITE, own_or_404, router
from portal.api.v1.door import token_behind
from portal.api.v1.marks import as_seen, mark_of
from portal.api.v1.once import once
from portal.api.v1.shapes import Content, Id, Page, PageQuery, next_cursor
from portal.api.v1.words import Note
from subscriptions.applications import models, versions
from subscriptions.applications import version_queries as queries
from subscriptions.applications.models import Capability, PublicationStatus, Scope
from subscriptions.applications.redirects import is_fit
from subscriptions.applications.version_queries import VersionShown
from subscriptions.applications.versions import Settings

MOST_ADDRESSES = 50
LIST = "/applications/{int:application_id}/versions"
ONE = f"{LIST}/{{int:version_id}}"


def _fit(address: str) -> str:
    if not is_fit(address):
        msg = "not an address with https, or of the machine itself; it has no fragment and no *"
        raise ValueError(msg)
    return address


RedirectUri = Annotated[
    str, Field(max_length=500, pattern=r"^https?://[\x21-\x7e]+$"), AfterValidator(_fit)
]


# In place: the document has another Capability, of tenants.
CapabilityCode = Annotated[
    Capability, WithJsonSchema({"type": "string", "enum": Capability.values})
]


class VersionSettings(Content):
    """What a version says: which scopes its tokens may have, what it can do on a tenant, with which
    kinds of tenant it works, and where people who sign in to it may be sent back to. `note` says
    what changed, for the change log.
    """

    scopes: list[Scope] = Field(max_length=len(Scope))
    capabilities: list[CapabilityCode] = Field(
        max_length=len(Capability),
        description=(
            "One more than before shuts it out until each customer agrees again. With `mirroring` "
            "a custom application needs a subscription to Database Mirroring, beside Development "
            "Tools, on each tenant online in production."
        ),
    )
    deployments: list[Deployment] = Field(
        min_length=1,
        max_length=len(Deployment),
        description="Only tenants of this kind can be asked for it, or find it.",
    )
    redirect_uris: list[RedirectUri] = Field(
        max_length=MOST_ADDRESSES,
        description="With https, or http on the machine itself while developing.",
    )
    note: Note

    @property
    def settings(self) -> Settings:
        """In the order that the page has them."""
        return Settings(
            scopes=[each.value for each in Scope if each in self.scopes],
            capabilities=[each.value for each in Capability if each in self.capabilities],
            deployments=[each.value for each in Deployment if each in self.deployments],
            redirect_uris=list(dict.fromkeys(self.redirect_uris)),
        )


class Publication(Schema):
    """A version in an environment; `reason` says why it was rejected there."""

    environment: Environment
    status: PublicationStatus
    requested_at: dt.datetime
    decided_at: dt.datetime | None
    reason: str

    @classmethod
    def of(cls, row: models.Publication) -> Publication:
        return cls(
            environment=Environment(row.environment),
            status=PublicationStatus(row.status),
            requested_at=row.requested_at,
            decided_at=row.decided_at,
            reason=row.reason,
        )


class ApplicationVersion(Schema):
    """What an application may do, by number. It is locked when it waits to be published somewhere
    or ever was: the next version changes something. A draft where `publications` does not name it.
    """

    id: int
    application_id: int
    number: int
    scopes: list[Scope]
    capabilities: list[CapabilityCode]
    deployments: list[Deployment]
    redirect_uris: list[str]
    note: str
    is_locked: bool
    publications: list[Publication]
    created_at: dt.datetime

    @classmethod
    def of(cls, shown: VersionShown) -> ApplicationVersion:
        row = shown.version
        return cls(
            id=row.pk,
            application_id=row.application_id,
            number=row.number,
            scopes=[Scope(each) for each in row.scopes],
            capabilities=[Capability(each) for each in row.capabilities],
            deployments=[Deployment(each) for each in row.deployments],
            redirect_uris=row.redirect_uris,
            note=row.note,
            is_locked=shown.is_locked,
            publications=[
                Publication.of(each.publication) for each in shown.there if each.publication
            ],
            created_at=row.created_at,
        )


class ApplicationVersionPage(Page):
    items: list[ApplicationVersion]


class Submission(Content):
    environment: Environment


@router.get(LIST, auth=READ, response=ApplicationVersionPage, url_name="application_versions")
def list_versions(
    request: HttpRequest, application_id: Path[Id], query: Query[PageQuery]
) -> ApplicationVersionPage:
    """The versions of an application that your organisation built, the newest first."""
    found = queries.versions_seen(own_or_404(request, application_id))
    page = slice_of(found, size=query.limit, after=query.after, by=("number",), newest_first=True)
    items = [ApplicationVersion.of(queries.shown(row)) for row in page.rows]
    return ApplicationVersionPage(items=items, next_cursor=next_cursor(page))


@router.post(LIST, auth=WRITE, response={201: ApplicationVersion}, url_name="application_versions")
@decorate_view(once)
def start_version(
    request: HttpRequest, application_id: Path[Id], response: HttpResponse
) -> ApplicationVersion:
    """Start the next version: a draft that says what the latest one says."""
    application = own_or_404(request, application_id)
    version = versions.start_next(application, by=token_behind(request), at=clock.now())
    response["Location"] = reverse("api:application_version", args=[application_id, version.pk])
    return _shown_or_404(request, application_id, version.pk)


@router.get(ONE, auth=READ, response=ApplicationVersion, url_name="application_version")
def read_version(
    request: HttpRequest, application_id: Path[Id], version_id: Path[Id], response: HttpResponse
) -> ApplicationVersion:
    """One version, and where it is published."""
    shown = _shown_or_404(request, application_id, version_id)
    response["ETag"] = mark_of(shown)
    return shown


@router.put(ONE, auth=WRITE, response={200: ApplicationVersion}, url_name="application_version")
def change_version(
    request: HttpRequest, application_id: Path[Id], version_id: Path[Id], wanted: VersionSettings
) -> ApplicationVersion:
    """Let a draft say this, in the place of what it said."""
    versions.change(
        _version_or_404(request, application_id, version_id),
        wanted.settings,
        note=wanted.note,
        by=token_behind(request),
        at=clock.now(),
        as_seen=as_seen(request, lambda row: ApplicationVersion.of(queries.shown(row))),
    )
    return _shown_or_404(request, application_id, version_id)


@router.post(
    f"{ONE}/publications",
    auth=WRITE,
    response={200: ApplicationVersion},
    url_name="application_publications",
)
@decorate_view(once)
def submit_version(
    request: HttpRequest, application_id: Path[Id], version_id: Path[Id], submission: Submission
) -> ApplicationVersion:
    """Publish it in `sod`; for `stage` and `production` ask the vendor's app manager to.

    It takes the place of the version that is published there.
    """
    versions.submit(
        _version_or_404(request, application_id, version_id),
        submission.environment,
        by=token_behind(request),
        at=clock.now(),
    )
    return _shown_or_404(request, application_id, version_id)


def _shown_or_404(request: HttpRequest, application_id: int, version_id: int) -> ApplicationVersion:
    return ApplicationVersion.of(
        queries.shown(_version_or_404(request, application_id, version_id))
    )


def _version_or_404(
    request: HttpRequest, application_id: int, version_id: int
) -> models.ApplicationVersion:
    application = own_or_404(request, application_id)
    return get_object_or_404(queries.versions_seen(application), pk=version_id)
