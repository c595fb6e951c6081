"""Addresses for programs: `api:<name>`. All of them are `program_view`s."""

from __future__ import annotations

from django.urls import path

from portal.api.usage import usage_events

app_name = "api"

urlpatterns = [
    path("v1/usage/events", usage_events, name="usage_events"),
]
