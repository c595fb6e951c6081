"""What waits for me, and for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import queries as billing
from customers import clock, heartbeat
from portal.access import person_of, staff_view
from portal.backoffice.waiting import tasks

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LATEST_RUNS = 4


@staff_view()
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    every_task = tasks(request)
    heard_at = heartbeat.last_at()
    context = {
        "nobody_works": heartbeat.is_late(heard_at, clock.real_now()),
        "heard_at": heard_at,
        "my_tasks": [task for task in every_task if task.is_for(person)],
        "other_tasks": [task for task in every_task if not task.is_for(person)],
        "runs": billing.run_rows(billing.every_run()[:LATEST_RUNS]),
    }
    return render(request, "backoffice/home.html", context)
