"""Versions: what an application may do, published per environment (D3.3).

SOD is the developer's own; stage and production are the app manager's. What waits or is
published is locked: whoever wants it otherwise starts the next version from it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.actors import answerable
from customers.history import record
from customers.models import Duty, Environment
from customers.refusals import ChangedMeanwhile, Refusal
from subscriptions.applications.concerned import lock_concerned, tell_concerned
from subscriptions.applications.deactivation import lock_out_widened
from subscriptions.applications.letters import (
    write_of_version,
    write_to_approvers,
    write_to_maker,
)
from subscriptions.applications.models import (
    Application,
    ApplicationVersion,
    Authorisation,
    AuthorisationStatus,
    Credential,
    Publication,
    PublicationStatus,
)
from subscriptions.applications.models.versions import every_deployment
from subscriptions.applications.reapproval import let_back_in
from subscriptions.applications.scopes import ask_for_more
from subscriptions.locks import lock_organisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from customers.actors import Customer
    from customers.models import Person


class VersionLocked(Refusal):
    """It is published somewhere, or waits for that."""

    sentence = _("This version is locked. Start the next version to change something.")


class DraftExists(Refusal):
    sentence = _("There is a version already that is not locked: change that one.")


class AlreadyAsked(Refusal):
    sentence = _("This application waits for an answer there already, or is published there.")


class NothingToPublish(Refusal):
    sentence = _("Choose at least one scope before this version is published.")


class NotPending(Refusal):
    sentence = _("This request has been dealt with already.")


class OnlyAppManagers(Refusal):
    sentence = _("Only the vendor's app manager publishes to stage and production.")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a version holds."""

    redirect_uris: list[str]
    scopes: list[str]
    capabilities: list[str]
    deployments: list[str] = field(default_factory=every_deployment)  # it works with; never none


@transaction.atomic
def change(
    version: ApplicationVersion,
    settings: Settings,
    *,
    note: str,
    by: Customer,
    at: dt.datetime,
    as_seen: Callable[[ApplicationVersion], bool] | None = None,
) -> ApplicationVersion:
    """Save a draft; the history keeps what changed and `note` says why.

    Raises VersionLocked, ChangedMeanwhile when it is no longer `as_seen`.
    """
    version = _locked(version)
    if is_locked(version):
        raise VersionLocked
    after = asdict(settings)
    changed = {name: value for name, value in after.items() if getattr(version, name) != value}
    if not changed and note == version.note:
        return version
    if as_seen and not as_seen(version):
        raise ChangedMeanwhile
    before = {name: getattr(version, name) for name in changed}
    for name, value in changed.items():
        setattr(version, name, value)
    version.note = note
    version.save()
    _tell(version, "changed", by=by, at=at, reason=note, details={"from": before, "to": changed})
    return version


@transaction.atomic
def start_next(application: Application, *, by: Customer, at: dt.datetime) -> ApplicationVersion:
    """A new draft with the settings of the latest version. Raises DraftExists."""
    lock_organisation(application.owner_id)
    latest = ApplicationVersion.objects.filter(application=application).latest("number")
    if not is_locked(latest):
        raise DraftExists
    version = ApplicationVersion.objects.create(
        application=application,
        number=latest.number + 1,
        redirect_uris=latest.redirect_uris,
        scopes=latest.scopes,
        capabilities=latest.capabilities,
        deployments=latest.deployments,
        created_by=answerable(by),
        created_at=at,
    )
    _tell(version, "started", by=by, at=at)
    return version


@transaction.atomic
def submit(
    version: ApplicationVersion,
    environment: Environment,
    *,
    by: Customer,
    at: dt.datetime,
    as_seen: Callable[[ApplicationVersion], bool] | None = None,
) -> Publication:
    """Publish in SOD at once; elsewhere ask the app manager for it.

    Raises AlreadyAsked, NothingToPublish, ChangedMeanwhile when it is no longer `as_seen`.
    """
    lock_concerned(version.application, environment)
    version = _locked(version)
    if as_seen and not as_seen(version):
        raise ChangedMeanwhile
    if not version.scopes:
        raise NothingToPublish
    taken = Publication.objects.filter(application=version.application, environment=environment)
    here = taken.filter(version=version).first()
    if taken.pending().exists() or (here and here.status != PublicationStatus.REJECTED):
        raise AlreadyAsked
    publication = here or Publication(
        version=version, application=version.application, environment=environment
    )
    publication.status = PublicationStatus.PENDING
    publication.requested_by, publication.requested_at = answerable(by), at
    publication.decided_by = publication.decided_at = None
    publication.reason = ""
    if environment == Environment.SOD:
        _publish(publication, by=by, at=at)
        return publication
    publication.save()
    _tell(version, "submitted", by=by, at=at, details={"environment": environment})
    return publication


@transaction.atomic
def save_and_submit(
    version: ApplicationVersion,
    settings: Settings,
    environment: Environment,
    *,
    note: str,
    by: Customer,
    at: dt.datetime,
    as_seen: Callable[[ApplicationVersion], bool],
) -> Publication:
    """Save a draft as somebody sees it and submit that: both, or neither.

    Refuses what `change` and `submit` do.
    """
    lock_concerned(version.application, environment)
    saved = change(version, settings, note=note, by=by, at=at, as_seen=as_seen)
    return submit(saved, environment, by=by, at=at)


@transaction.atomic
def publish(publication: Publication, *, by: Person, at: dt.datetime) -> Publication:
    """The app manager publishes what was asked for. What it can do more shuts it out (D3.5).

    Raises OnlyAppManagers, NotPending.
    """
    publication = _pending(publication, by)
    _publish(publication, by=by, at=at)
    write_of_version(publication, "published", at=at)
    return publication


@transaction.atomic
def reject(publication: Publication, *, reason: str, by: Person, at: dt.datetime) -> Publication:
    """The app manager says no; the version can be changed, unless it is published elsewhere.

    Raises OnlyAppManagers, NotPending.
    """
    publication = _pending(publication, by)
    publication.status = PublicationStatus.REJECTED
    publication.decided_by, publication.decided_at = by, at
    publication.reason = reason
    publication.save()
    details = {"environment": publication.environment}
    _tell(publication.version, "rejected", by=by, at=at, reason=reason, details=details)
    told = {"is_locked": is_locked(publication.version)}
    write_of_version(publication, "rejected", told, at=at)
    return publication


def is_locked(version: ApplicationVersion) -> bool:
    """Whether it was ever published, or waits for that; what was only rejected is not."""
    return version.publications.exclude(status=PublicationStatus.REJECTED).exists()


def _publish(publication: Publication, *, by: Customer, at: dt.datetime) -> None:
    application, environment = publication.application, publication.environment
    before = Publication.objects.published_in(environment, application)
    before.update(status=PublicationStatus.REPLACED)
    publication.status = PublicationStatus.PUBLISHED
    publication.decided_by, publication.decided_at = answerable(by), at
    publication.save()
    version = publication.version
    _tell(version, "published", by=by, at=at, details={"environment": environment})
    for credential in Credential.objects.filter(
        application=application, environment=environment
    ).select_related("client"):
        follow(credential, version)
    asking = lock_out_widened(
        application, environment=environment, capabilities=version.capabilities, by=by, at=at
    )
    let_back_in(
        application, environment=environment, capabilities=version.capabilities, by=by, at=at
    )
    letting_in = Authorisation.objects.filter(
        application=application,
        tenant__environment=environment,
        status__in=[AuthorisationStatus.CONFIRMED, AuthorisationStatus.ACTIVE],
    )
    ask_for_more(letting_in.with_names().order_by("pk"), by=by, at=at)
    tell_concerned(application, environment, at=at)
    write_to_approvers(asking, "reapproval_needed", at=at)
    write_to_maker(asking, "reapproval_needed", at=at)


def follow(credential: Credential, version: ApplicationVersion) -> None:
    """Let the OAuth client do what the published version says, from the next token on."""
    client = credential.client
    client.set_scopes(version.scopes)
    client.default_scopes = client.scopes
    client.set_redirect_uris(version.redirect_uris)
    client.save(update_fields=["scopes", "default_scopes", "redirect_uris"])


def _locked(version: ApplicationVersion) -> ApplicationVersion:
    lock_organisation(version.application.owner_id)
    return ApplicationVersion.objects.select_related("application__owner").get(pk=version.pk)


def _pending(publication: Publication, by: Person) -> Publication:
    if not by.has_duty(Duty.APP_MANAGER):
        raise OnlyAppManagers
    lock_concerned(publication.application, publication.environment)
    found: Publication = Publication.objects.with_names().get(pk=publication.pk)
    if found.status != PublicationStatus.PENDING:
        raise NotPending
    return found


def _tell(
    version: ApplicationVersion,
    verb: str,
    *,
    by: Customer,
    at: dt.datetime,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    application = version.application
    record(
        application,
        f"application.version_{verb}",
        organisation=application.owner,
        by=by,
        at=at,
        reason=reason,
        details={
            "application": application.name,
            "version": version.number,
            "version_id": version.pk,
        }
        | dict(details or {}),
    )
