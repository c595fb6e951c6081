"""Mail that did not get through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customers import clock, queries
from customers.models import Duty, OutgoingMail
from customers.operations import mail as outgoing
from customers.snapshots import ROWS_AT_ONCE
from customers.tasks import deliver_mail
from portal.access import staff_view
from portal.backoffice.answers import whether_anybody_works, whose_task
from portal.backoffice.forms import ConfirmedCountForm
from portal.responses.forms import done, read_or_submit, refusals_told_at
from portal.responses.lists import page_of
from portal.responses.tables import Column, table
from subscriptions.licence_files.queries import files_for_nobody

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase


COLUMNS: tuple[Column[OutgoingMail], ...] = (
    (gettext_lazy("Receiver"), lambda each: each.to),
    (gettext_lazy("Subject"), lambda each: each.subject),
    (gettext_lazy("Written"), lambda each: each.created_at),
    (gettext_lazy("Attempts"), lambda each: each.attempts),
    (gettext_lazy("Last error"), lambda each: each.last_error),
)


@staff_view()
@require_safe
def mail(request: HttpRequest) -> HttpResponseBase:
    """Given up on; `?show=retrying` those that failed and are tried again by themselves."""
    show_retrying = request.GET.get("show") == "retrying"
    rows = queries.mail_retrying() if show_retrying else queries.mail_given_up()
    if request.GET.get("format") == "csv":
        return table("mail", COLUMNS, rows.iterator(ROWS_AT_ONCE))
    waiting = queries.mail_waiting()
    context = {
        "page": page_of(request, rows),
        "waiting": waiting.count(),
        "waits_longest": waiting.first(),
        **whether_anybody_works(),
        "show_retrying": show_retrying,
        "files": page_of(request, files_for_nobody(), "files"),
        "not_mine": whose_task(request, Duty.OPERATIONS),
    }
    return render(request, "backoffice/mail.html", context)


@staff_view(Duty.OPERATIONS)
@require_POST
@refusals_told_at("backoffice:mail")
def send_again(request: HttpRequest, mail_id: int) -> HttpResponse:
    at = clock.now()
    found = get_object_or_404(queries.every_mail(), pk=mail_id)
    outgoing.send_again(found, at=at)
    transaction.on_commit(deliver_mail.delay, robust=True)
    sentence = _("The mail to %(address)s is sent again in a moment.") % {"address": found.to}
    return done(request, sentence, "backoffice:mail")


@staff_view(Duty.OPERATIONS)
@read_or_submit
@refusals_told_at("backoffice:mail")
def send_all_again(request: HttpRequest) -> HttpResponse:
    """Asks first, with how many; does it when that is what was agreed to."""
    agreed = ConfirmedCountForm(request.POST or None)
    if not agreed.is_valid():
        return _ask_to_send_all_again(request)
    count = outgoing.send_all_again(**agreed.cleaned_data, at=clock.now())
    transaction.on_commit(deliver_mail.delay, robust=True)
    sentence = _("Mails that are sent again in a moment: %(count)s.") % {"count": count}
    return done(request, sentence, "backoffice:mail")


def _ask_to_send_all_again(request: HttpRequest) -> HttpResponse:
    count = queries.mail_given_up().count()
    if not count:
        raise outgoing.NothingGivenUp
    context = {"count": count, "form": ConfirmedCountForm(initial={"confirmed": count})}
    return render(request, "backoffice/mail_send_all_again.html", context)
