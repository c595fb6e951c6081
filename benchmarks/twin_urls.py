"""The two twins in Django REST framework, and what tells that their server is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import path

from benchmarks.asked import Plain as Entitlements
from benchmarks.plain import Plain as Events

if TYPE_CHECKING:
    from django.http import HttpRequest


def ready(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse()


urlpatterns = [
    path("healthz", ready),
    path("plain/tenants/<int:pk>/entitlements", Entitlements.as_view()),
    path("plain/usage/events", Events.as_view()),
]
