"""Credit notes by hand: see what would be issued, ask for it, decide on what a colleague asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing import queries as billing
from billing.models import CreditProposal
from billing.operations import credit_notes as operations
from billing.operations import reissues
from billing.queries import corrections
from customers import clock
from customers.models import Duty
from customers.refusals import Refusal
from portal.access import asks_who_it_is, person_of, staff_view
from portal.backoffice.answers import confirming, form_page, whose_task
from portal.backoffice.forms_credits import ApproveForm, ConfirmForm, CreditForm, RejectForm
from portal.backoffice.planned import (
    planned_documents,
    planned_page,
    planned_total,
    reissue_pages,
)
from portal.responses.forms import done, read_or_submit, refusals_told_at, refused
from portal.responses.lists import page_of
from portal.responses.seen import Seen

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest, HttpResponse

    from billing.models import Invoice
    from billing.operations.correcting import Correction

APPROVE = "approve"  # the page has two forms with a reason


@staff_view(Duty.BILLING)
@read_or_submit
def credit(request: HttpRequest, invoice_id: int) -> HttpResponse:
    """What to give back is in the address, so that what was seen is what is asked for."""
    invoice = get_object_or_404(billing.every_invoice(), pk=invoice_id)
    seen = Seen.of(request, invoice, corrections.how_it_stands)
    # Before what was chosen is read: of a line that was credited meanwhile nothing can be chosen.
    if request.method == "POST" and not seen.is_still(invoice):
        return _credit(request, invoice, seen, refusal=operations.CreditedMeanwhile())
    return _credit(request, invoice, seen)


def _credit(
    request: HttpRequest, invoice: Invoice, seen: Seen[Invoice], *, refusal: Refusal | None = None
) -> HttpResponse:
    """After a `refusal` it is shown as it is now, with the reason that was typed."""
    form = CreditForm(request.GET or None, lines=corrections.creditable_lines(invoice))
    context: dict[str, Any] = {
        "invoice": invoice,
        "choose": form,
        "left": corrections.left_to_credit(invoice),
    }
    planned = _planned(invoice, form)
    if planned is None and refusal:
        return refused(request, refusal, request.get_full_path())
    if planned is None:
        return render(request, "backoffice/credit.html", context)
    confirm = confirming(request, ConfirmForm, refusal, confirmed=planned.invoice.gross)
    if confirm.is_valid():
        try:
            proposal = operations.request_credit(
                invoice,
                form.choice,
                **confirm.cleaned_data,
                as_seen=seen.is_still,
                by=person_of(request),
                at=clock.now(),
            )
        except Refusal as told:
            return _credit(request, invoice, seen, refusal=told)
        return _asked(request, proposal)
    context["planned"] = [planned_page(planned)]
    context["needs_second"] = operations.needs_second(invoice, planned)
    status = 409 if refusal else 422
    return form_page(request, "backoffice/credit.html", confirm, context, seen=seen, status=status)


def _planned(invoice: Invoice, form: CreditForm) -> Correction | None:
    """None where nothing is chosen, or what cannot be; the form says which."""
    if not form.is_valid():
        return None
    try:
        return operations.preview(invoice, form.choice)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return None


@staff_view(Duty.BILLING)
@read_or_submit
def reissue(request: HttpRequest, invoice_id: int) -> HttpResponse:
    invoice = get_object_or_404(billing.every_invoice(), pk=invoice_id)
    return _reissue(request, invoice, Seen.of(request, invoice, corrections.how_it_stands))


def _reissue(
    request: HttpRequest, invoice: Invoice, seen: Seen[Invoice], *, refusal: Refusal | None = None
) -> HttpResponse:
    """As `_credit`."""
    try:
        planned = reissues.preview(invoice, at=clock.now())
    except Refusal as told:
        return refused(request, told, "backoffice:invoice", invoice.pk)
    form = confirming(request, ConfirmForm, refusal, confirmed=planned.owed)
    if form.is_valid():
        try:
            proposal = operations.request_reissue(
                invoice,
                **form.cleaned_data,
                as_seen=seen.is_still,
                by=person_of(request),
                at=clock.now(),
            )
        except Refusal as told:
            return _reissue(request, invoice, seen, refusal=told)
        return _asked(request, proposal)
    context = {
        "invoice": invoice,
        "planned": reissue_pages(planned),
        "needs_second": operations.reissue_needs_second(planned),
    }
    status = 409 if refusal else 422
    return form_page(request, "backoffice/reissue.html", form, context, seen=seen, status=status)


@staff_view()
@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for a second person."""
    context = {"page": page_of(request, corrections.credits_waiting())}
    return render(request, "backoffice/credits.html", context)


@staff_view()
@require_safe
def proposal(request: HttpRequest, proposal_id: int) -> HttpResponse:
    found = get_object_or_404(corrections.credit_proposals(), pk=proposal_id)
    return _proposal_page(request, found, RejectForm())


@staff_view(Duty.BILLING)
@asks_who_it_is
@require_POST
@refusals_told_at("backoffice:credit_proposal", "proposal_id")
def approve(request: HttpRequest, proposal_id: int) -> HttpResponse:
    found = get_object_or_404(corrections.credit_proposals(), pk=proposal_id)
    form = ApproveForm(request.POST, prefix=APPROVE)
    if not form.is_valid():
        return redirect("backoffice:credit_proposal", proposal_id)
    seen = Seen.of(request, found.invoice, corrections.how_it_stands)
    approved = operations.approve(
        found,
        **form.cleaned_data,
        as_seen=seen.is_still,
        by=person_of(request),
        at=clock.now(),
    )
    return _asked(request, approved)


@staff_view(Duty.BILLING)
@read_or_submit
@refusals_told_at("backoffice:credit_proposal", "proposal_id")
def reject(request: HttpRequest, proposal_id: int) -> HttpResponse:
    found = get_object_or_404(corrections.credit_proposals(), pk=proposal_id)
    form = RejectForm(request.POST or None)
    if not form.is_valid():
        return _proposal_page(request, found, form)
    operations.reject(found, **form.cleaned_data, by=person_of(request), at=clock.now())
    return done(request, _("Rejected: nothing is credited."), "backoffice:credits")


def _asked(request: HttpRequest, proposal: CreditProposal) -> HttpResponse:
    """Where one goes next: to what was issued, or to what waits."""
    if proposal.credit_note is None:
        sentence = _("A second person has to agree: until then nothing is issued.")
        return done(request, sentence, "backoffice:credit_proposal", proposal.pk)
    if proposal.scope == CreditProposal.Scope.REISSUE:
        sentence = _("Cancelled by %(number)s and issued anew.")
    else:
        sentence = _("Credited by %(number)s.")
    sentence %= {"number": proposal.credit_note.number}
    return done(request, sentence, "backoffice:invoice", proposal.invoice_id)


def _proposal_page(
    request: HttpRequest, proposal: CreditProposal, form: RejectForm
) -> HttpResponse:
    context: dict[str, Any] = {"proposal": proposal, "not_mine": whose_task(request, Duty.BILLING)}
    seen = None
    if proposal.status == CreditProposal.Status.WAITING:
        seen = Seen.of(request, proposal.invoice, corrections.how_it_stands)
        context["is_own"] = proposal.requested_by == person_of(request)
        try:
            context["planned"] = planned = planned_documents(proposal, clock.now())
        except Refusal as refusal:
            context["obstacle"] = str(refusal)
        else:
            total = {"confirmed": planned_total(proposal, planned)}
            context["approve"] = ApproveForm(prefix=APPROVE, initial=total)
    return form_page(request, "backoffice/credit_proposal.html", form, context, seen=seen)
