"""What waits for me, and for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import queries as billing
from portal.access import person_of, staff_view
from portal.backoffice.answers import whether_anybody_works
from portal.backoffice.waiting import tasks

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LATEST_RUNS = 4


@staff_view()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    every_task = tasks(request)
    context = {
        **whether_anybody_works(),
        "my_tasks": [task for task in every_task if task.is_for(person)],
        "other_tasks": [task for task in every_task if not task.is_for(person)],
        "runs": billing.run_rows(billing.every_run()[:LATEST_RUNS]),
    }
    return render(request, "backoffice/home.html", context)
