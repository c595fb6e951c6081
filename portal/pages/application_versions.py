"""An application of one's own: its versions, where they are published, and its secrets."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import clock
from customers.refusals import Refusal
from portal.access import Permission, Seat, organisation_view
from portal.pages.forms_applications import DetailsForm
from portal.pages.forms_versions import EnvironmentForm, ReplacementForm, RotationForm, VersionForm
from portal.responses.forms import done, filled_in, read_or_submit, refused, told
from portal.responses.seen import Seen
from subscriptions.applications import credentials, details, versions
from subscriptions.applications import version_queries as queries
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from subscriptions.applications.credentials import Issued
    from subscriptions.applications.models import (
        Application,
        ApplicationVersion,
        ClientSecret,
        Credential,
        Publication,
    )

OWN = Permission.REQUEST_AUTHORISATION


@organisation_view(OWN)
@read_or_submit
def application_details(request: HttpRequest, seat: Seat, application_id: int) -> HttpResponse:
    """Whom it tells and what it says of itself; what it is, until it was published."""
    application = _application_or_404(seat, application_id)
    is_fixed = details.is_fixed(application)
    form = DetailsForm(application, request.POST or None, is_fixed=is_fixed)
    seen = Seen.of(request, application, DetailsForm.shown)

    def change() -> HttpResponse:
        details.change(
            application, form.details, by=seat.person, at=clock.now(), as_seen=seen.is_still
        )
        return done(request, _("Saved."), _address_of(application))

    context = {"seat": seat, "application": application, "is_fixed": is_fixed}
    template = "pages/applications/details.html"
    return filled_in(request, template, form, context, then=change, seen=seen)


@organisation_view(OWN)
@read_or_submit
def application_version(
    request: HttpRequest, seat: Seat, application_id: int, version_id: int
) -> HttpResponse:
    """A draft to change, and to publish as it stands on the page; or a locked version to read."""
    version = _version_or_404(seat, application_id, version_id)
    form = VersionForm.of(version, request.POST or None)
    asked = EnvironmentForm(request.POST)
    seen = Seen.of(request, version, VersionForm.shown)

    def change() -> HttpResponse:
        note, at = form.cleaned_data["note"], clock.now()
        if asked.is_valid():
            found = versions.save_and_submit(
                version,
                form.settings,
                asked.cleaned_data["environment"],
                note=note,
                by=seat.person,
                at=at,
                as_seen=seen.is_still,
            )
            return done(request, _what_became_of(found), _address_of_version(version))
        versions.change(
            version, form.settings, note=note, by=seat.person, at=at, as_seen=seen.is_still
        )
        return done(request, _("Saved."), _address_of_version(version))

    context = {
        "seat": seat,
        "application": version.application,
        "shown": queries.shown(version),
        "scopes": queries.scope_labels(version.scopes),
        "capabilities": queries.capability_labels(version.capabilities),
        "deployments": queries.deployment_labels(version.deployments),
        "zone": zone_of(seat.organisation),
    }
    return filled_in(
        request,
        "pages/applications/version.html",
        form,
        context,
        then=change,
        blamed={versions.NothingToPublish: "scopes"},
        seen=seen,
    )


@organisation_view(OWN)
@require_POST
def start_version(request: HttpRequest, seat: Seat, application_id: int) -> HttpResponse:
    application = _application_or_404(seat, application_id)
    try:
        version = versions.start_next(application, by=seat.person, at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal, _address_of(application))
    return redirect(_address_of_version(version))


@organisation_view(OWN)
@require_POST
def submit_version(
    request: HttpRequest, seat: Seat, application_id: int, version_id: int
) -> HttpResponse:
    """Publish a locked version elsewhere as well: at once in SOD, else the app manager is asked."""
    version = _version_or_404(seat, application_id, version_id)
    seen = Seen.of(request, version, VersionForm.shown)
    form = EnvironmentForm(request.POST)
    back = _address_of_version(version)
    if not form.is_valid():
        return redirect(back)

    def submit() -> str:
        environment = form.cleaned_data["environment"]
        at, as_seen = clock.now(), seen.is_still
        return _what_became_of(
            versions.submit(version, environment, by=seat.person, at=at, as_seen=as_seen)
        )

    return told(request, submit, back)


def _what_became_of(publication: Publication) -> str:
    if publication.status == "published":
        return _("Published.")
    return _("The vendor's app manager has been asked. You get an e-mail.")


@organisation_view(OWN)
@require_POST
def make_credential(request: HttpRequest, seat: Seat, application_id: int) -> HttpResponse:
    """Answers with the secret itself, once: it stands in no address and no message."""
    application = _application_or_404(seat, application_id)
    form = EnvironmentForm(request.POST)
    if not form.is_valid():
        return redirect(_address_of(application))
    try:
        issued = credentials.create(
            application, form.cleaned_data["environment"], by=seat.person, at=clock.now()
        )
    except Refusal as refusal:
        return refused(request, refusal, _address_of(application))
    return _secret_page(request, seat, issued)


@organisation_view(OWN)
@read_or_submit
def rotate_secret(
    request: HttpRequest, seat: Seat, application_id: int, credential_id: int
) -> HttpResponse:
    """While two secrets are good the newest is replaced. A second click makes none unasked."""
    at = clock.now()
    credential = _credential_or_404(seat, application_id, credential_id)
    older = queries.older_secret(credential, at)
    form = (RotationForm if older is None else ReplacementForm)(request.POST or None)
    seen = Seen.of(request, credential, _newest)

    def rotate() -> HttpResponse:
        overlap = form.cleaned_data.get("overlap", dt.timedelta())
        issued = credentials.rotate(
            credential, overlap=overlap, by=seat.person, at=at, as_seen=seen.is_still
        )
        return _secret_page(request, seat, issued)

    context = {
        "seat": seat,
        "application": credential.application,
        "credential": credential,
        "older": older,
        "newest": queries.newest_secret(credential),
        "zone": zone_of(seat.organisation),
    }
    template = "pages/applications/rotate.html"
    return filled_in(request, template, form, context, then=rotate, seen=seen)


def _newest(credential: Credential) -> dict[str, object]:
    """What a person who makes another secret has seen of the credential."""
    newest = queries.newest_secret(credential)
    return {"newest": newest and newest.pk}


@organisation_view(OWN)
@read_or_submit
def end_secret(
    request: HttpRequest, seat: Seat, application_id: int, secret_id: int
) -> HttpResponse:
    """Says first who may still use it."""
    application = _application_or_404(seat, application_id)
    found = get_object_or_404(queries.secrets_seen(application), pk=secret_id)
    if request.method != "POST":
        return _before_the_end(request, seat, found.credential, older=found)

    def end() -> str:
        credentials.end_secret(found, by=seat.person, at=clock.now())
        return _("Ended: only the new secret is good now.")

    return told(request, end, _address_of(application))


@organisation_view(OWN)
@read_or_submit
def revoke_credential(
    request: HttpRequest, seat: Seat, application_id: int, credential_id: int
) -> HttpResponse:
    """Says first whom it stops."""
    credential = _credential_or_404(seat, application_id, credential_id)
    if request.method != "POST":
        return _before_the_end(request, seat, credential)

    def revoke() -> str:
        credentials.revoke(credential, by=seat.person, at=clock.now())
        return _("Revoked: nothing identifies with this client id any more.")

    return told(request, revoke, _address_of(credential.application))


def _before_the_end(
    request: HttpRequest, seat: Seat, credential: Credential, *, older: ClientSecret | None = None
) -> HttpResponse:
    try:
        if older:
            credentials.refuse_end(older, at=clock.now())
        else:
            credentials.refuse_revoked(credential)
    except Refusal as refusal:
        return refused(request, refusal, _address_of(credential.application))
    context = {
        "seat": seat,
        "application": credential.application,
        "credential": credential,
        "older": older,
        "heading": _("End the old secret") if older else _("Revoke the client id"),
        "use": queries.use_of(credential, older),
        "keeps_secrets": queries.keeps_secrets(credential.application),
        "zone": zone_of(seat.organisation),
    }
    return render(request, "pages/applications/end_access.html", context)


def _secret_page(request: HttpRequest, seat: Seat, issued: Issued) -> HttpResponse:
    context = {"seat": seat, "application": issued.credential.application, "issued": issued}
    return render(request, "pages/applications/secret.html", context)


def _application_or_404(seat: Seat, application_id: int) -> Application:
    found: Application = get_object_or_404(
        queries.own_applications(seat.organisation), pk=application_id
    )
    return found


def _version_or_404(seat: Seat, application_id: int, version_id: int) -> ApplicationVersion:
    application = _application_or_404(seat, application_id)
    return get_object_or_404(queries.versions_seen(application), pk=version_id)


def _credential_or_404(seat: Seat, application_id: int, credential_id: int) -> Credential:
    application = _application_or_404(seat, application_id)
    return get_object_or_404(queries.credentials_seen(application), pk=credential_id)


def _address_of(application: Application) -> str:
    return reverse("pages:application_detail", args=[application.owner_id, application.pk])


def _address_of_version(version: ApplicationVersion) -> str:
    of_version = [version.application.owner_id, version.application_id, version.pk]
    return reverse("pages:application_version", args=of_version)
