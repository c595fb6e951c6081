from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers import queries
from portal.access import person_of, signed_in_view
from portal.pages.forms import SearchForm
from portal.pages.presenters.organisations import choices
from portal.responses.lists import page_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SEARCH_FROM = 9  # as many organisations as one no longer finds by looking


@signed_in_view
@require_safe
def organisation_chooser(request: HttpRequest) -> HttpResponse:
    """One's own organisations, and the customers that let one's partner in."""
    person = person_of(request)
    everything = queries.organisations_of(person)
    search = SearchForm(request.GET)
    page = page_of(request, everything.matching(search.text))
    total = everything.count()
    context = {
        "choices": choices(person, page.object_list),
        "page": page,
        "search": search if total >= SEARCH_FROM else None,
        "total": total,
    }
    return render(request, "pages/organisations/chooser.html", context)
