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
    mine = [task for task in every_task if task.kind.is_for(person)]
    context = {
        **whether_anybody_works(),
        "has_duty": bool(mine),
        "my_tasks": [task for task in mine if task.count],
        "nothing_waits": [task for task in mine if not task.count],
        "other_tasks": [task for task in every_task if task.count and task not in mine],
        "runs": billing.run_rows(billing.every_run()[:LATEST_RUNS]),
    }
    return render(request, "backoffice/home.html", context)
