"""Questions that customers asked before buying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import clock, queries
from customers.models import Duty
from customers.operations import advice
from customers.snapshots import ROWS_AT_ONCE
from portal.access import person_of, staff_view
from portal.backoffice.answers import form_page, whose_task
from portal.backoffice.forms import AnswerForm
from portal.pages.presenters.products import product_names
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from customers.models import AdviceQuestion


@staff_view()
@require_safe
def questions(request: HttpRequest) -> HttpResponseBase:
    """Open ones, the longest waiting first; `?show=answered` the answered ones."""
    show_answered = request.GET.get("show") == "answered"
    rows = queries.questions_answered() if show_answered else queries.questions_waiting()
    if request.GET.get("format") == "csv":
        return table("questions", _columns(), rows.iterator(ROWS_AT_ONCE))
    context = {
        "page": page_of(request, rows),
        "show_answered": show_answered,
        "product_names": product_names(),
    }
    return render(request, "backoffice/questions.html", context)


@staff_view()
@require_safe
def question(request: HttpRequest, question_id: int) -> HttpResponse:
    found = get_object_or_404(queries.questions(), pk=question_id)
    return _question_page(request, found, AnswerForm())


@staff_view(Duty.SALES)
@read_or_submit
@refusals_told_at("backoffice:question", "question_id")
def answer(request: HttpRequest, question_id: int) -> HttpResponse:
    at = clock.now()
    found = get_object_or_404(queries.questions(), pk=question_id)
    form = AnswerForm(request.POST or None)
    if not form.is_valid():
        return _question_page(request, found, form)
    typed = form.cleaned_data["answer"]
    try:
        advice.answer_advice(found, answer=typed, by=person_of(request), at=at)
    except advice.AlreadyAnswered as refusal:
        form.add_error("answer", str(refusal))
        answered = get_object_or_404(queries.questions(), pk=question_id)
        return _question_page(request, answered, form, status=409)
    sentence = _("Your answer is on its way to %(person)s.") % {"person": found.asked_by}
    return done(request, sentence, "backoffice:questions")


def _question_page(
    request: HttpRequest, question: AdviceQuestion, form: AnswerForm, *, status: int = 422
) -> HttpResponse:
    context = {
        "question": question,
        "product_names": product_names(),
        "not_mine": whose_task(request, Duty.SALES),
    }
    return form_page(request, "backoffice/question.html", form, context, status=status)


def _columns() -> tuple[Column[AdviceQuestion], ...]:
    names = product_names()
    return (
        (_("Customer"), lambda each: each.organisation.name),
        (_("Product"), lambda each: names.get(each.about, each.about)),
        (_("Question"), lambda each: each.question),
        (_("Asked by"), lambda each: each.asked_by),
        (_("Asked"), lambda each: each.asked_at),
        (_("Answer"), lambda each: each.answer),
    )
