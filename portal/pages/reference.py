"""The API's reference: for everybody, from the document that is checked in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import public_view
from portal.api.v1 import document
from portal.pages.presenters import reference as words

if TYPE_CHECKING:
    from django.http import HttpRequest


@public_view
@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    context = {"reference": words.reference()}
    return render(request, "pages/reference/reference.html", context)


@public_view
@require_safe
def api_problems(request: HttpRequest) -> HttpResponse:
    """Where the `type` of every problem leads."""
    context = {"reference": words.reference(), "codes": words.problem_codes()}
    return render(request, "pages/reference/problems.html", context)


@public_view
@require_safe
def api_document(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(document.text(), content_type="application/json")
