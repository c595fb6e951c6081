"""Addresses of the API's reference; that of the problems is in every problem's `type`."""

from __future__ import annotations

from django.urls import path

from portal.pages import reference

urlpatterns = [
    path("developers/api/", reference.api_reference, name="api_reference"),
    path("developers/api/problems/", reference.api_problems, name="api_problems"),
    path("developers/api/openapi.json", reference.api_document, name="api_document"),
    path("developers/api/<slug:noun>/", reference.api_noun, name="api_noun"),
]
