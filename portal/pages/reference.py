"""The API's reference: for everybody, from the document that is checked in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import public_view
from portal.api.v1 import document
from portal.api.v1.guide import WHAT
from portal.pages.presenters import reference as words

if TYPE_CHECKING:
    from django.http import HttpRequest


@public_view
@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """What to know first, and every operation with a link to the page of its noun."""
    context = {"reference": words.reference(), "what": WHAT, "topics": words.topics()}
    return render(request, "pages/reference/reference.html", context)


@public_view
@require_safe
def api_noun(request: HttpRequest, noun: str) -> HttpResponse:
    """All about the operations of one tag; `noun` is the tag in small letters."""
    reference = words.reference()
    if (subject := reference.subject(noun)) is None:
        raise Http404
    before, after = reference.around(subject)
    context = {"reference": reference, "subject": subject, "before": before, "after": after}
    return render(request, "pages/reference/noun.html", context)


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
