"""Which webhooks do not get through, at whichever customer or developer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.access import staff_view
from portal.backoffice.answers import page_of
from portal.pages.presenters.webhooks import endpoint_rows
from portal.webhooks.queries import endpoints_in_trouble, told_without_details

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@staff_view()
@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    page = page_of(request, endpoints_in_trouble())
    context = {
        "page": page,
        "rows": endpoint_rows(page),
        "without_details": told_without_details(),
    }
    return render(request, "backoffice/webhooks.html", context)
