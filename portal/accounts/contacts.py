"""Whoever an application names agrees to be written to, by the link in their mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from customers import clock
from portal.access import public_view
from subscriptions.applications import contacts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TEMPLATE = "pages/applications/contact_address.html"


@public_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contact_address(request: HttpRequest, token: str) -> HttpResponse:
    """A click agrees, and not the opening of the link: mail servers open links as well."""
    try:
        if request.method == "POST":
            contacts.confirm(token, at=clock.now())
            return redirect("contact_address", token)
        context = {"contact": contacts.behind(token)}
    except contacts.LinkUnusable as refusal:
        return render(request, TEMPLATE, {"refusal": refusal}, status=410)
    return render(request, TEMPLATE, context)
