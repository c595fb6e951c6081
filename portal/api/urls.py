"""Addresses for programs: `api:<name>`. Each says at its door what a credential must be for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from portal.api.entitlements import application_entitlement, tenant_entitlements
from portal.api.licence_files import licence_file
from portal.api.oauth import views as oauth
from portal.api.platform import platform_events
from portal.api.usage import usage_events

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

app_name = "api"

# Asked a thousand times a second: looked for here first, and by themselves (portal/middleware.py).
often = [
    path(
        "v1/tenants/<str:tenant_id>/entitlements", tenant_entitlements, name="tenant_entitlements"
    ),
    path(
        "v1/tenants/<str:tenant_id>/applications/<int:application_id>",
        application_entitlement,
        name="application_entitlement",
    ),
    path("v1/usage/events", usage_events, name="usage_events"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *often,
    path("v1/tenants/<str:tenant_id>/licence-file", licence_file, name="licence_file"),
    path("oauth/token", oauth.token, name="oauth_token"),
    path("oauth/revoke", oauth.revoke, name="oauth_revoke"),
    path("oauth/introspect", oauth.introspect, name="oauth_introspect"),
    path("oauth/application", oauth.whoami, name="oauth_application"),
    path("platform/events", platform_events, name="platform_events"),
    path("v1/", include("portal.api.v1.urls")),
]
