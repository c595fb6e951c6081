"""Addresses of the customers' pages: `pages:<name>`, nearly all below one organisation."""

from __future__ import annotations

from django.urls import include, path

from portal.pages import (
    activity,
    advice,
    advisor,
    catalogue,
    licence_files,
    organisations,
    overview,
    tenants,
)

app_name = "pages"

ORGANISATION = "organisations/<int:organisation_id>/"

urlpatterns = [
    path("organisations/", organisations.organisation_chooser, name="organisation_chooser"),
    path(ORGANISATION, overview.overview, name="overview"),
    path(f"{ORGANISATION}catalogue/", catalogue.catalogue, name="catalogue"),
    path(f"{ORGANISATION}catalogue/<slug:product_code>/", catalogue.product, name="product"),
    path(f"{ORGANISATION}advisor/", advisor.advisor, name="advisor"),
    path(f"{ORGANISATION}advice/", advice.advice_list, name="advice_list"),
    path(f"{ORGANISATION}advice/ask/", advice.advice_ask, name="advice_ask"),
    path(f"{ORGANISATION}advice/<int:question_id>/", advice.advice_detail, name="advice_detail"),
    path(f"{ORGANISATION}tenants/", tenants.tenant_list, name="tenant_list"),
    path(f"{ORGANISATION}tenants/<int:tenant_id>/", tenants.tenant_detail, name="tenant_detail"),
    path(
        f"{ORGANISATION}tenants/<int:tenant_id>/licence-files/",
        licence_files.make_licence_file,
        name="make_licence_file",
    ),
    path(
        f"{ORGANISATION}tenants/<int:tenant_id>/licence-files/<int:file_id>/",
        licence_files.licence_file,
        name="licence_file",
    ),
    path(f"{ORGANISATION}activity/", activity.activity, name="activity"),
    # A module per noun; addresses in them are written in full.
    path("", include("portal.pages.urls_subscriptions")),
    path("", include("portal.pages.urls_applications")),
    path("", include("portal.pages.urls_invoices")),
    path("", include("portal.pages.urls_people")),
    path("", include("portal.pages.urls_webhooks")),
    path("", include("portal.pages.urls_tokens")),
    path("", include("portal.pages.urls_reference")),
]
