"""Addresses of applications and their consent, below `/organisations/<int:organisation_id>/`."""

from __future__ import annotations

from django.urls import path

from portal.pages import (
    application_versions,
    applications,
    development_tenants,
    offers,
    use_of_application,
)

ORGANISATION = "organisations/<int:organisation_id>/"
LIST = f"{ORGANISATION}applications/"
ONE = f"{LIST}<int:application_id>/"
OFFERS = f"{LIST}on-offer/"
OFFER = f"{OFFERS}<int:offer_id>/"

urlpatterns = [
    path(
        f"{ORGANISATION}development-tenant/",
        development_tenants.request_development_tenant,
        name="request_development_tenant",
    ),
    path(LIST, applications.application_list, name="application_list"),
    path(f"{LIST}register/", applications.register, name="application_register"),
    path(OFFERS, offers.offer_list, name="offer_list"),
    path(OFFER, offers.offer_detail, name="offer_detail"),
    path(f"{OFFER}tenants/<int:tenant_id>/", offers.offer_consent, name="offer_consent"),
    path(ONE, applications.application_detail, name="application_detail"),
    path(f"{ONE}usage/", use_of_application.application_usage, name="application_usage"),
    path(f"{ONE}details/", application_versions.application_details, name="application_details"),
    path(
        f"{ONE}versions/<int:version_id>/",
        application_versions.application_version,
        name="application_version",
    ),
    path(
        f"{ONE}versions/<int:version_id>/submit/",
        application_versions.submit_version,
        name="submit_version",
    ),
    path(f"{ONE}versions/next/", application_versions.start_version, name="start_version"),
    path(f"{ONE}credentials/", application_versions.make_credential, name="make_client"),
    path(
        f"{ONE}credentials/<int:credential_id>/rotate/",
        application_versions.rotate_secret,
        name="rotate_secret",
    ),
    path(
        f"{ONE}credentials/<int:credential_id>/revoke/",
        application_versions.revoke_credential,
        name="revoke_client",
    ),
    path(f"{ONE}secrets/<int:secret_id>/end/", application_versions.end_secret, name="end_secret"),
    path(f"{ONE}request/", applications.request_authorisation, name="authorisation_request"),
    path(
        f"{ORGANISATION}authorisations/<int:authorisation_id>/",
        applications.authorisation_detail,
        name="authorisation_detail",
    ),
    path(
        f"{ORGANISATION}authorisations/<int:authorisation_id>/end/",
        applications.change_end,
        name="authorisation_end",
    ),
]
