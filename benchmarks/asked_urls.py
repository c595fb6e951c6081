"""Django saying hello, and every address of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.urls import path

from portal.urls import urlpatterns as of_portal

if TYPE_CHECKING:
    from django.http import HttpRequest


def hello(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return HttpResponse("hello", "text/plain")


urlpatterns = [path("api/hello", hello), *of_portal]
