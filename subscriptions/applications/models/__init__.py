"""Applications, their versions and credentials, and which tenant lets which application in."""

from subscriptions.applications.lifecycle import AuthorisationStatus, Capability
from subscriptions.applications.models.applications import (
    Application,
    ApplicationKind,
    ApplicationType,
    Scope,
)
from subscriptions.applications.models.authorisations import Authorisation
from subscriptions.applications.models.contacts import ContactAddress
from subscriptions.applications.models.credentials import (
    ClientSecret,
    Credential,
    IssuedToken,
)
from subscriptions.applications.models.development_tenants import DevelopmentTenantRequest
from subscriptions.applications.models.versions import (
    ApplicationVersion,
    Publication,
    PublicationStatus,
)

__all__ = [
    "Application",
    "ApplicationKind",
    "ApplicationType",
    "ApplicationVersion",
    "Authorisation",
    "AuthorisationStatus",
    "Capability",
    "ClientSecret",
    "ContactAddress",
    "Credential",
    "DevelopmentTenantRequest",
    "IssuedToken",
    "Publication",
    "PublicationStatus",
    "Scope",
]
