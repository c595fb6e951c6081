"""Every address of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import include, path

from portal import health
from portal.api.oauth.metadata import oauth_metadata
from portal.licence_keys import licence_keys
from portal.pages import preferences
from portal.pages.home import home

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    # First: who asks a thousand times a second is not compared with every page before.
    path("api/", include("portal.api.urls")),
    path("", home, name="home"),
    path(".well-known/licence-keys.json", licence_keys, name="licence_keys"),
    path(".well-known/oauth-authorization-server", oauth_metadata, name="oauth_metadata"),
    path("healthz", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include("portal.accounts.urls")),
    path("preferences/theme/", preferences.set_theme, name="set_theme"),
    path("", include("portal.pages.urls")),
    path("backoffice/", include("portal.backoffice.urls")),
]
