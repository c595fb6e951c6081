"""Addresses of applications and their consent, below `/organisations/<int:organisation_id>/`."""

from __future__ import annotations

from django.urls import path

from portal.pages import applications

ORGANISATION = "organisations/<int:organisation_id>/"
LIST = f"{ORGANISATION}applications/"
ONE = f"{LIST}<int:application_id>/"

urlpatterns = [
    path(LIST, applications.application_list, name="application_list"),
    path(f"{LIST}register/", applications.register, name="application_register"),
    path(ONE, applications.application_detail, name="application_detail"),
    path(f"{ONE}request/", applications.request_authorisation, name="authorisation_request"),
    path(
        f"{ORGANISATION}authorisations/<int:authorisation_id>/",
        applications.authorisation_detail,
        name="authorisation_detail",
    ),
]
