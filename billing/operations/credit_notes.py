"""Credit notes by hand: asked for by one person, above an amount agreed to by a second.

Money is given back as the original charged it: line by line, at its VAT category and rate, and
never more than it charged (docs/decisions/0017).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from billing import crediting
from billing.crediting import CreditLine
from billing.documents.pdf import can_be_typeset
from billing.given_back import creditable, lines_to_credit
from billing.models import CreditProposal, CreditProposalLine, Invoice
from billing.operations import reissues
from billing.operations.correcting import Correction, credit_note_of, issue
from billing.operations.reissues import AlreadyReissued
from customers.locks import lock_organisation
from customers.refusals import ChangedMeanwhile, Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from customers.models import Person

    type AsSeen = Callable[[Invoice], bool]

Scope, Status = CreditProposal.Scope, CreditProposal.Status


class NothingCharged(Refusal):
    sentence = _("Only what was charged can be credited: this credit note charges nothing.")


class NothingIsLeft(Refusal):
    sentence = _("Nothing is left of this invoice: all of it was credited already.")


class MoreThanIsLeft(Refusal):
    sentence = _("This is more than is left to credit.")


class RoundsToNothing(Refusal):
    sentence = _("Rounded, so few of this line come to nothing. Choose more of it, or an amount.")


class ProposalWaits(Refusal):
    sentence = _("A credit of this invoice waits for a second person. Decide on that one first.")


class AmountsChanged(ChangedMeanwhile):
    sentence = _("Something has changed meanwhile. Look at the amounts again.")


class CreditedMeanwhile(AmountsChanged):
    """Whatever it comes to: the same part once more is the same amount."""

    sentence = _(
        "A credit of this invoice was given or asked for meanwhile, by a second click perhaps. "
        "Look at what is left before you give back more."
    )


class ReasonMissing(Refusal):
    sentence = _("Say why: the customer reads it.")


class ReasonNotPrintable(Refusal):
    sentence = _("The documents cannot show every character of this reason. Say it in letters.")


class DecidedAlready(Refusal):
    sentence = _("This credit has been decided on already.")


class SamePerson(Refusal):
    sentence = _("You asked for this credit yourself: somebody else decides on it.")


@dataclass(frozen=True)
class Choice:
    """What to give back: all that is left, a net amount, or lines by id: so many, or so much."""

    scope: CreditProposal.Scope
    net: Decimal = Decimal(0)
    quantities: Mapping[int, int] = field(default_factory=dict)
    nets: Mapping[int, Decimal] = field(default_factory=dict)


def preview(invoice: Invoice, choice: Choice) -> Correction:
    """The credit note as it would be issued now. Changes nothing.

    Raises NothingCharged, AlreadyReissued, ProposalWaits, NothingIsLeft, MoreThanIsLeft,
    RoundsToNothing, correcting.OutsideScopeMixed.
    """
    return _planned(invoice, choice)[0]


@transaction.atomic
def request_credit(
    invoice: Invoice,
    choice: Choice,
    *,
    reason: str,
    confirmed: Decimal,
    as_seen: AsSeen | None = None,
    by: Person,
    at: dt.datetime,
) -> CreditProposal:
    """Give back what was chosen: at once, or when a second person has agreed.

    `confirmed` is the total that the person saw. What one person has given back of an invoice
    alone counts together. Raises what `preview` raises, and ReasonMissing, ReasonNotPrintable,
    AmountsChanged, CreditedMeanwhile when the invoice no longer stands `as_seen`.
    """
    _refuse_reason(reason)
    lock_organisation(invoice.organisation_id)
    _refuse_unless(as_seen, invoice)
    planned, credit = _planned(invoice, choice)
    _refuse_unseen(planned.invoice.gross, confirmed)
    alone = not needs_second(invoice, planned)
    credit_note = issue(planned, reason=reason, by=by, at=at) if alone else None
    proposal = _propose(invoice, planned, choice.scope, credit_note, reason=reason, by=by, at=at)
    CreditProposalLine.objects.bulk_create(
        CreditProposalLine(
            proposal=proposal, line_id=each.line_id, quantity=each.quantity, net=each.net
        )
        for each in credit
    )
    return proposal


@transaction.atomic
def request_reissue(
    invoice: Invoice,
    *,
    reason: str,
    confirmed: Decimal,
    as_seen: AsSeen | None = None,
    by: Person,
    at: dt.datetime,
) -> CreditProposal:
    """Cancel the invoice and issue it anew, as seller, buyer and VAT are now.

    A second person agrees when the customer gets back more by it than one may give alone.
    `confirmed` is what the new documents come to. Raises what `reissues.preview` raises, and
    NothingCharged, ProposalWaits, ReasonMissing, ReasonNotPrintable, AmountsChanged,
    CreditedMeanwhile.
    """
    _refuse_reason(reason)
    invoice.organisation = lock_organisation(invoice.organisation_id)
    _refuse_unless(as_seen, invoice)
    _refuse(invoice)
    planned = reissues.preview(invoice, at=at)
    _refuse_unseen(planned.owed, confirmed)
    credit_note = None
    if not reissue_needs_second(planned):
        credit_note = reissues.issue_all(planned, reason=reason, by=by, at=at)
    return _propose(
        invoice, planned.credit_note, Scope.REISSUE, credit_note, reason=reason, by=by, at=at
    )


@transaction.atomic
def approve(
    proposal: CreditProposal,
    *,
    reason: str = "",
    confirmed: Decimal,
    as_seen: AsSeen | None = None,
    by: Person,
    at: dt.datetime,
) -> CreditProposal:
    """Issue what was asked for; `confirmed` is the total the person saw, of a reissue that of
    the new documents.

    Raises DecidedAlready, SamePerson, AmountsChanged, CreditedMeanwhile, MoreThanIsLeft and, for a
    reissue, what `reissues.preview` raises.
    """
    proposal = _locked(proposal, by)
    _refuse_unless(as_seen, proposal.invoice)
    if proposal.scope == Scope.REISSUE:
        anew = reissues.preview(proposal.invoice, at=at)
        _refuse_unseen(anew.owed, confirmed)
        proposal.credit_note = reissues.issue_all(anew, reason=proposal.reason, by=by, at=at)
    else:
        planned = planned_credit(proposal)
        _refuse_unseen(planned.invoice.gross, confirmed)
        proposal.credit_note = issue(planned, reason=proposal.reason, by=by, at=at)
    return _decide(proposal, Status.ISSUED, reason=reason, by=by, at=at)


@transaction.atomic
def reject(proposal: CreditProposal, *, reason: str, by: Person, at: dt.datetime) -> CreditProposal:
    """Nothing is issued. Raises DecidedAlready, SamePerson, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    proposal = _locked(proposal, by)
    return _decide(proposal, Status.REJECTED, reason=reason, by=by, at=at)


def needs_second(invoice: Invoice, planned: Correction) -> bool:
    """Whether it is more, with what one person has given back before, than one may alone."""
    goes_out = max(planned.invoice.net, planned.invoice.gross)
    return _given_alone(invoice) + goes_out > _limit(invoice)


def reissue_needs_second(planned: reissues.Reissue) -> bool:
    """Whether it gives back more, with earlier reissues of the invoice, than one may alone."""
    original = planned.original
    return planned.given_back + _given_by_reissue(original) > _limit(original)


def planned_credit(proposal: CreditProposal) -> Correction:
    """The credit note of a proposal that waits, as it would be now. Raises MoreThanIsLeft."""
    of = creditable(proposal.invoice)
    credit = [CreditLine(row.line_id, row.net, row.quantity) for row in proposal.lines.all()]
    try:
        crediting.check(of, credit)
    except crediting.MoreThanIsLeft:
        raise MoreThanIsLeft from None
    return credit_note_of(proposal.invoice, of, credit)


def _planned(invoice: Invoice, choice: Choice) -> tuple[Correction, tuple[CreditLine, ...]]:
    _refuse(invoice)
    of = creditable(invoice)
    if not of.has_left:
        raise NothingIsLeft
    try:
        credit = _credit(of, choice)
    except crediting.MoreThanIsLeft:
        raise MoreThanIsLeft from None
    except crediting.RoundsToNothing:
        raise RoundsToNothing from None
    planned = credit_note_of(invoice, of, credit)
    if planned.invoice.gross < 0:
        raise MoreThanIsLeft
    return planned, credit


def _credit(of: crediting.Creditable, choice: Choice) -> tuple[CreditLine, ...]:
    match choice.scope:
        case Scope.WHOLE:
            return crediting.whole(of)
        case Scope.PART:
            return crediting.part(of, choice.net)
        case _:
            return crediting.of_lines(of, quantities=choice.quantities, nets=choice.nets)


def _refuse(invoice: Invoice) -> None:
    if invoice.kind == Invoice.Kind.CREDIT_NOTE and not lines_to_credit(invoice):
        raise NothingCharged
    if invoice.corrections.filter(origin=Invoice.Origin.REISSUE).exists():
        raise AlreadyReissued
    if invoice.credit_proposals.filter(status=Status.WAITING).exists():
        raise ProposalWaits


def _refuse_reason(reason: str) -> None:
    """It stands on the credit note, which could not be made once it was issued."""
    if not reason.strip():
        raise ReasonMissing
    if not can_be_typeset(reason):
        raise ReasonNotPrintable


def _refuse_unless(as_seen: AsSeen | None, invoice: Invoice) -> None:
    if as_seen and not as_seen(invoice):
        raise CreditedMeanwhile


def _refuse_unseen(planned: Decimal, confirmed: Decimal) -> None:
    if planned != confirmed:
        raise AmountsChanged


def _given_alone(invoice: Invoice) -> Decimal:
    """What was given back of the sale without a second person, of this invoice and of those that
    it stands in for.

    Credits count with their VAT, as money that goes out, or without it where that is more.
    """
    alone = invoice.credit_proposals.filter(status=Status.ISSUED, needs_second=False)
    goes_out = alone.values_list(Greatest("net", "gross"), flat=True)
    return sum(goes_out, _given_by_reissue(invoice))


def _given_by_reissue(invoice: Invoice) -> Decimal:
    """How much less the customer owes since one person issued it anew, VAT included."""
    cancelled = invoice.corrects
    if invoice.origin != Invoice.Origin.REISSUE or cancelled is None:
        return Decimal(0)
    alone = cancelled.credit_proposals.filter(
        scope=Scope.REISSUE, status=Status.ISSUED, needs_second=False
    )
    given = max(reissues.given_back(cancelled), Decimal(0)) if alone.exists() else Decimal(0)
    return given + _given_by_reissue(cancelled)


def _limit(invoice: Invoice) -> Decimal:
    """It is set in the seller's currency; of any other a second person looks at every credit."""
    seller = invoice.seller
    return seller.credit_alone_up_to if invoice.currency == seller.currency else Decimal(0)


def _propose(
    invoice: Invoice,
    planned: Correction,
    scope: CreditProposal.Scope,
    credit_note: Invoice | None,
    *,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> CreditProposal:
    """Without a credit note it waits."""
    return CreditProposal.objects.create(
        invoice=invoice,
        scope=scope,
        status=Status.ISSUED if credit_note else Status.WAITING,
        reason=reason,
        net=planned.invoice.net,
        vat=planned.invoice.vat,
        gross=planned.invoice.gross,
        requested_by=by,
        requested_at=at,
        needs_second=credit_note is None,
        decided_at=at if credit_note else None,
        credit_note=credit_note,
    )


def _locked(proposal: CreditProposal, by: Person) -> CreditProposal:
    lock_organisation(proposal.invoice.organisation_id)
    proposal = CreditProposal.objects.with_names().get(pk=proposal.pk)
    if proposal.status != Status.WAITING:
        raise DecidedAlready
    if proposal.requested_by_id == by.pk:
        raise SamePerson
    return proposal


def _decide(
    proposal: CreditProposal,
    status: CreditProposal.Status,
    *,
    reason: str,
    by: Person,
    at: dt.datetime,
) -> CreditProposal:
    proposal.status, proposal.decision_reason = status, reason
    proposal.decided_by, proposal.decided_at = by, at
    proposal.save(
        update_fields=["status", "decision_reason", "decided_by", "decided_at", "credit_note"]
    )
    return proposal
