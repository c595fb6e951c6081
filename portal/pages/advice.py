"""Asking for advice before buying, and for a partner: giving it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from customers import clock
from customers.operations import advice as asking
from customers.queries import advice_of
from portal.access import Permission, Seat, organisation_view, who_can
from portal.pages.forms import AnswerForm, QuestionForm
from portal.pages.presenters import advice as words
from portal.pages.presenters.products import product_names
from portal.responses.forms import done, filled_in, read_or_submit
from portal.responses.lists import page_of
from portal.responses.tables import table
from subscriptions.queries import zone_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from customers.models import AdviceQuestion
    from customers.querysets import AdviceQuestionQuerySet


@organisation_view(Permission.VIEW)
@require_safe
def advice_list(request: HttpRequest, seat: Seat) -> HttpResponseBase:
    """What one's organisation asked; a partner's also what its customers asked it."""
    found, names, zone = _advice(seat), product_names(), zone_of(seat.organisation)
    if request.GET.get("format") == "csv":
        rows = [words.row(question, seat, names, zone) for question in found]
        return table("advice", words.COLUMNS, rows)
    page = page_of(request, found)
    context = {
        "seat": seat,
        "page": page,
        "rows": [words.row(question, seat, names, zone) for question in page],
        "is_partner": seat.organisation.kind == seat.organisation.Kind.PARTNER,
    }
    return render(request, "pages/advice/list.html", context)


@organisation_view(Permission.ASK_ADVICE)
@read_or_submit
def advice_ask(request: HttpRequest, seat: Seat) -> HttpResponse:
    names = product_names()
    form = QuestionForm(
        request.POST or None, products=names, initial={"about": request.GET.get("product", "")}
    )

    def ask() -> HttpResponse:
        asked = asking.ask_for_advice(
            seat.organisation, **form.cleaned_data, by=seat.person, at=clock.now()
        )
        sentence = _("Your question is on its way. The answer comes by mail.")
        return done(request, sentence, "pages:advice_detail", seat.organisation.pk, asked.pk)

    def context() -> dict[str, object]:
        return {"seat": seat, "adviser": words.adviser(seat.organisation, by=seat.person)}

    template = "pages/advice/ask.html"
    return filled_in(request, template, form, context, then=ask, blamed="question")


@organisation_view(Permission.VIEW)
@read_or_submit
def advice_detail(request: HttpRequest, seat: Seat, question_id: int) -> HttpResponse:
    """A question and its answer; the partner that was asked answers here."""
    question = get_object_or_404(_advice(seat), pk=question_id)
    is_asked = _is_asked(seat, question)
    if request.method == "POST" and not is_asked:
        raise PermissionDenied(who_can(Permission.ASK_ADVICE, seat))
    row = words.row(question, seat, product_names(), zone_of(seat.organisation))
    template = "pages/advice/detail.html"
    context = {"seat": seat, "question": question, "row": row}
    if request.method != "POST" and (question.answered_at or not is_asked):
        return render(request, template, context)
    form = AnswerForm(request.POST or None)

    def answer() -> HttpResponse:
        asking.answer_advice(question, **form.cleaned_data, by=seat.person, at=clock.now())
        sentence = _("The answer is on its way to the customer.")
        return done(request, sentence, "pages:advice_detail", seat.organisation.pk, question.pk)

    return filled_in(request, template, form, context, then=answer, blamed="answer")


def _advice(seat: Seat) -> AdviceQuestionQuerySet:
    """Who acts for a partner is not let in by that partner's customers."""
    return advice_of(seat.organisation).visible_to(seat.person)


def _is_asked(seat: Seat, question: AdviceQuestion) -> bool:
    """Of the partner that was asked: at its own table or at its customer's."""
    partner = seat.via_partner or seat.organisation
    return question.partner_id == partner.pk and seat.may(Permission.ASK_ADVICE)
