"""Addresses of the customers' pages: `pages:<name>`, nearly all below one organisation."""

from __future__ import annotations

from django.urls import include, path

from portal.pages import organisations, overview

app_name = "pages"

ORGANISATION = "organisations/<int:organisation_id>/"

urlpatterns = [
    path("organisations/", organisations.organisation_chooser, name="organisation_chooser"),
    path(ORGANISATION, overview.overview, name="overview"),
    # A module per noun; addresses in them are written in full.
    path("", include("portal.pages.urls_subscriptions")),
    path("", include("portal.pages.urls_applications")),
    path("", include("portal.pages.urls_invoices")),
    path("", include("portal.pages.urls_people")),
]
