"""What screens of the back office ask and answer alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from billing.queries.of_period import first_invoiced_on
from customers import clock, heartbeat
from portal.access import person_of, task_of
from portal.backoffice.forms_quarters import QuarterForm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import Promise

    from customers.models import Duty
    from customers.refusals import Refusal
    from portal.responses.seen import Seen


def form_page(
    request: HttpRequest,
    template: str,
    form: Form,
    context: Mapping[str, Any],
    *,
    seen: Seen[Any] | None = None,
    status: int = 422,
) -> HttpResponse:
    """A page with a form on it; with `status` when something is wrong with what was posted.

    That is 422 for what was typed, 409 for what an operation refused. `seen` is what the form was
    filled in from, which the operation compared.
    """
    is_wrong = request.method == "POST" and form.errors
    shown = {**context, "form": form, **(seen.context(form) if seen else {})}
    return render(request, template, shown, status=status if is_wrong else 200)


def confirming[F: Form](
    request: HttpRequest,
    form: type[F],
    refusal: Refusal | None,
    **shown: object,
) -> F:
    """What is confirmed as the page showed it: as it was sent, and after a `refusal` as it is now.

    What was typed as the reason stays.
    """
    if refusal is None:
        return form(request.POST or None, initial=shown)
    again = form({"reason": request.POST.get("reason", ""), **shown})
    again.add_error(None, str(refusal))
    return again


def quarter_of(request: HttpRequest, template: str) -> QuarterForm | HttpResponse:
    """Which quarter of which seller the address asks for; else the page, with what is wrong."""
    form = QuarterForm(request.GET.dict(), at=clock.now(), since=first_invoiced_on())
    return form if form.is_valid() else form_page(request, template, form, {})


def whose_task(request: HttpRequest, *duties: Duty) -> Promise | None:
    """None for staff who have one of the duties; for others the sentence that says who has."""
    if person_of(request).has_duty(*duties):
        return None
    return task_of(*duties)


def whether_anybody_works() -> dict[str, object]:
    """For `backoffice/_nobody_works.html`."""
    heard_at, now = heartbeat.last_at(), clock.real_now()
    return {
        "nobody_works": heartbeat.is_late(heard_at, now),
        "is_starting": heartbeat.is_starting(heard_at, now),
        "heard_at": heard_at,
    }
