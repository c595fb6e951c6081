"""What pages read of an application's versions and credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Max

from customers.models import Deployment, Environment
from subscriptions.applications.lifecycle import LET_IN, is_wider
from subscriptions.applications.models import (
    Application,
    ApplicationType,
    ApplicationVersion,
    Authorisation,
    AuthorisationStatus,
    Capability,
    ClientSecret,
    Credential,
    Publication,
    PublicationStatus,
    Scope,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from customers.models import Organisation, Person
    from subscriptions.applications.lifecycle import Wanted
    from subscriptions.applications.querysets import ApplicationQuerySet, PublicationQuerySet


@dataclass(frozen=True)
class There:
    """A version in an environment; no publication: it is a draft there."""

    environment: Environment
    publication: Publication | None
    may_submit: bool

    @property
    def status(self) -> str:
        return self.publication.status if self.publication else ""


@dataclass(frozen=True)
class VersionShown:
    version: ApplicationVersion
    is_locked: bool
    there: tuple[There, ...]


@dataclass(frozen=True)
class Access:
    """What an application identifies itself with in an environment."""

    environment: Environment
    is_published: bool
    credential: Credential | None
    secrets: tuple[ClientSecret, ...]  # those that are good, the newest first

    @property
    def older(self) -> ClientSecret | None:
        """The one whose overlap can be ended."""
        return next((each for each in self.secrets if each.ends_at), None)


def own_applications(organisation: Organisation) -> ApplicationQuerySet:
    found: ApplicationQuerySet = Application.objects.filter(owner=organisation)
    return found.select_related("owner")


def versions_seen(application: Application) -> QuerySet[ApplicationVersion]:
    """With where they are published."""
    found: QuerySet[ApplicationVersion] = application.versions.select_related(
        "application__owner", "created_by"
    )
    return found.prefetch_related("publications")


def versions_of(application: Application) -> list[VersionShown]:
    """The newest first."""
    return [shown(version) for version in versions_seen(application).order_by("-number")]


def shown(version: ApplicationVersion) -> VersionShown:
    publications = {each.environment: each for each in version.publications.all()}
    locked = any(each.status != PublicationStatus.REJECTED for each in publications.values())
    return VersionShown(
        version,
        is_locked=locked,
        there=tuple(
            _there(Environment(environment), publications.get(environment))
            for environment in Environment.values
        ),
    )


def accesses_of(application: Application, at: dt.datetime) -> list[Access]:
    """One per environment."""
    published = set(
        Publication.objects.published()
        .filter(application=application)
        .values_list("environment", flat=True)
    )
    live = {
        each.environment: each for each in credentials_seen(application).filter(revoked_at=None)
    }
    return [
        Access(
            Environment(environment),
            is_published=environment in published,
            credential=live.get(environment),
            secrets=_good(live.get(environment), at),
        )
        for environment in Environment.values
    ]


def published_for(application: Application) -> dict[str, list[str]]:
    """By environment, with which deployments the version that is published there works."""
    published = Publication.objects.published().filter(application=application)
    return dict(published.values_list("environment", "version__deployments"))


def credentials_seen(application: Application) -> QuerySet[Credential]:
    found: QuerySet[Credential] = application.credentials.select_related(
        "application__owner", "client"
    ).prefetch_related("secrets__created_by")
    return found


def secrets_seen(application: Application) -> QuerySet[ClientSecret]:
    return ClientSecret.objects.filter(credential__application=application).select_related(
        "credential__application__owner"
    )


def secrets_made_by(
    person: Person, organisation: Organisation, at: dt.datetime
) -> QuerySet[ClientSecret]:
    """Good ones of what the organisation built, by application."""
    good: QuerySet[ClientSecret] = ClientSecret.objects.good_at(at).made_by(
        person, owner=organisation
    )
    return good.select_related("credential__application__owner", "credential__client").order_by(
        "credential__application__name", "pk"
    )


def newest_secret(credential: Credential) -> ClientSecret | None:
    found: ClientSecret | None = credential.secrets.filter(ends_at=None).first()
    return found


def older_secret(credential: Credential, at: dt.datetime) -> ClientSecret | None:
    """The one that is good beside the newest, for the time being."""
    found: ClientSecret | None = credential.secrets.filter(ends_at__gt=at).first()
    return found


@dataclass(frozen=True)
class Use:
    """Whom it concerns when a credential is over, and when something used it last, if ever."""

    customers: int
    tenants: int
    last_used_at: dt.datetime | None


def use_of(credential: Credential, secret: ClientSecret | None = None) -> Use:
    """Of one of its secrets, or of all: where the application is active in its environment."""
    active = Authorisation.objects.in_status(AuthorisationStatus.ACTIVE).filter(
        application=credential.application_id, tenant__environment=credential.environment
    )
    counted = active.aggregate(
        customers=Count("tenant__organisation", distinct=True), tenants=Count("tenant")
    )
    secrets = (
        credential.secrets.all() if secret is None else credential.secrets.filter(pk=secret.pk)
    )
    return Use(**counted, **secrets.aggregate(last_used_at=Max("last_used_at")))


def keeps_secrets(application: Application) -> bool:
    return ApplicationType(application.type).keeps_secrets


def publications_waiting() -> PublicationQuerySet:
    """For the app manager, the longest waiting first."""
    found: PublicationQuerySet = Publication.objects.pending().with_names()
    return found.order_by("requested_at", "pk")


def publications_of(application: Application) -> PublicationQuerySet:
    """What is published and what waits to be, per environment."""
    standing = [PublicationStatus.PUBLISHED, PublicationStatus.PENDING]
    found: PublicationQuerySet = Publication.objects.with_names().filter(
        application=application, status__in=standing
    )
    return found.order_by("environment", "-status")


def every_publication() -> PublicationQuerySet:
    found: PublicationQuerySet = Publication.objects.with_names()
    return found


def customers_shut_out_by(publication: Publication, at: dt.datetime) -> int:
    """How many let it in there and agreed to less than its version can do.

    Once it is published they are shut out until they agree again; before, they would be (D3.5).
    """
    let_in = Authorisation.objects.filter(
        application=publication.application_id,
        tenant__environment=publication.environment,
        status__in=LET_IN,
    ).exclude(valid_until__lte=at)
    capabilities = publication.version.capabilities
    agreed = let_in.values_list("tenant__organisation", "agreed_capabilities").iterator()
    return len({customer for customer, to in agreed if is_wider(capabilities, to)})


def wanted(authorisation: Authorisation) -> Wanted:
    """What the application asks for in the tenant's environment."""
    application = authorisation.application_id
    found = Publication.objects.wanted_in(
        authorisation.tenant.environment, applications=[application]
    )
    return found[application]


def new_since_agreed(authorisation: Authorisation) -> list[str]:
    """What of that is new, where the customer has to agree again; by its codes."""
    if authorisation.status != AuthorisationStatus.NEEDS_REAPPROVAL:
        return []
    return wanted(authorisation).beyond(authorisation.agreed)


def sends_back(version: ApplicationVersion) -> bool:
    """Whether it has redirect addresses, or its type may have."""
    type_ = ApplicationType(version.application.type)
    return type_.may_sign_people_in or bool(version.redirect_uris)


def right_labels(codes: Iterable[str]) -> list[str]:
    """Of capabilities and scopes alike."""
    return [str((Capability if each in Capability else Scope)(each).label) for each in codes]


def capability_labels(capabilities: Iterable[str]) -> list[str]:
    return [str(Capability(each).label) for each in capabilities]


def deployment_labels(deployments: Iterable[str]) -> list[str]:
    return [str(Deployment(each).label) for each in deployments]


def scope_labels(scopes: Iterable[str]) -> list[str]:
    return [str(Scope(each).label) for each in scopes]


def _there(environment: Environment, publication: Publication | None) -> There:
    open_again = publication is None or publication.status == PublicationStatus.REJECTED
    return There(environment, publication, may_submit=open_again)


def _good(credential: Credential | None, at: dt.datetime) -> tuple[ClientSecret, ...]:
    if credential is None:
        return ()
    good = [each for each in credential.secrets.all() if not each.ends_at or each.ends_at > at]
    return tuple(sorted(good, key=lambda each: each.created_at, reverse=True))
