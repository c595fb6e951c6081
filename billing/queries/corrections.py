"""What corrects an invoice, what a credit note takes back (art. 219), and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery

from billing.given_back import CHARGING, creditable
from billing.models import CreditProposal, Invoice, InvoiceLine
from billing.queries.shown import Document, LineShown, grouped, issued_line, issued_vat
from catalog.money import Currency, Money

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from billing.operations.correcting import Correction
    from billing.querysets import CreditProposalQuerySet, InvoiceQuerySet
    from customers.models import Person

Status = CreditProposal.Status


@dataclass(frozen=True, kw_only=True)
class CreditNoteRow:
    """A credit note by hand, with the reason that staff gave."""

    id: int
    number: str
    issued_on: dt.date
    gross: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """How an invoice was corrected since. `left` is its total less what was credited by hand; of
    a credit note, what is left of what it charges.
    """

    credited_by: tuple[CreditNoteRow, ...]
    left: Money
    reissued_as: tuple[Invoice, ...]  # the new invoice, after a credit note where it has one
    stands_in_for: Invoice | None
    reason: str  # of the credit note or reissue that is looked at
    waiting: CreditProposal | None
    rejected: tuple[CreditProposal, ...]  # the newest first

    @property
    def nothing_left(self) -> bool:
        return bool(self.credited_by) and self.left.amount <= 0

    @property
    def credited(self) -> Money:
        """As it counts against the invoice: negative."""
        return -Money.total((each.gross for each in self.credited_by), self.left.currency)

    @property
    def credit_note_numbers(self) -> str:
        return ", ".join(each.number for each in self.credited_by)

    @property
    def can_be_credited(self) -> bool:
        return self.left.amount > 0 and not self.reissued_as and self.waiting is None


@dataclass(frozen=True, kw_only=True)
class CreditableLine:
    """A charge that can be given back in part: so many of `quantity`, or so much of `left`, net."""

    id: int
    line: LineShown
    quantity: int
    left: Money


class Left(NamedTuple):
    """What can still be given back, with what later runs credited taken off."""

    net: Money
    gross: Money


def corrected_by(credit_note: Invoice) -> InvoiceQuerySet:
    """The earlier documents that `credit_note` gives back of; none for an invoice."""
    if credit_note.kind != Invoice.Kind.CREDIT_NOTE:
        return Invoice.objects.none()
    charged = _charged(
        credit_note.pk, organisation=credit_note.organisation_id, until=credit_note.issued_at
    )
    if credit_note.corrects_id is None:
        return charged
    # What a reissue credits of earlier months is not of the invoice that was cancelled.
    if credit_note.origin == Invoice.Origin.REISSUE and charged.exists():
        return charged
    return Invoice.objects.filter(pk=credit_note.corrects_id)


def numbers_corrected(credit_note_ids: Iterable[int]) -> dict[int, list[str]]:
    """Of the documents that the lines give back of, by credit note; the oldest first.

    What `corrected_by` names for those of a run, and for those of a reissue where there are any.

    One query, however many they are.
    """
    charged = _charged(
        OuterRef(OuterRef(OuterRef("pk"))),
        organisation=OuterRef("organisation"),
        until=OuterRef("issued_at"),
    )
    credit_notes = Invoice.objects.filter(pk__in=credit_note_ids)
    return dict(credit_notes.values_list("pk", ArraySubquery(charged.values("number"))))


def _charged(
    credit_note: int | OuterRef,
    *,
    organisation: int | OuterRef,
    until: dt.datetime | OuterRef,
) -> InvoiceQuerySet:
    """What was charged on days that the credit note gives back; it is asked two queries deeper."""
    same_days = InvoiceLine.objects.filter(
        invoice=credit_note,
        component=OuterRef("component"),
        vat_category=OuterRef("vat_category"),
        vat_rate=OuterRef("vat_rate"),
        period_from__lt=OuterRef("period_until"),
        period_until__gt=OuterRef("period_from"),
    ).exclude(invoice=OuterRef("invoice"))  # a document gives back nothing that it charges itself
    # What is charged by use has no subscription, and no tenant where it is for all of them.
    used = same_days.filter(subscription=None, product_code=OuterRef("product_code"))
    credited = (
        Q(Exists(same_days.filter(subscription=OuterRef("subscription"))))
        | Q(Exists(used.filter(tenant=OuterRef("tenant"))), subscription=None)
        | Q(Exists(used.filter(tenant=None)), subscription=None, tenant=None)
    )
    charging = InvoiceLine.objects.filter(CHARGING, credited, invoice=OuterRef("pk"))
    charged = Invoice.objects.filter(
        Exists(charging),
        organisation=organisation,
        issued_at__lte=until,
    )
    # Issued anew before, the new one charged them; issued anew since, it is named all the same:
    # what a document says never changes.
    anew = Invoice.objects.filter(corrects=OuterRef("pk"), origin=Invoice.Origin.REISSUE)
    first = anew.order_by("issued_at").values("issued_at")[:1]
    in_force = Q(reissued_at=None) | Q(reissued_at__gt=until)
    found = charged.annotate(reissued_at=Subquery(first)).filter(in_force)
    return found.order_by("issued_on", "sequence")


def corrections(invoice: Invoice) -> Corrections:
    """Three queries, whatever became of an invoice."""
    currency = Currency(invoice.currency)
    proposals = CreditProposal.objects.with_names().filter(invoice=invoice, credit_note=None)
    not_issued = list(proposals.order_by("-decided_at", "-pk"))
    issued = list(
        invoice.corrections.select_related("credit_proposal").order_by("kind", "sequence")
    )
    credit_notes = [each for each in issued if each.origin == Invoice.Origin.CORRECTION]
    return Corrections(
        credited_by=tuple(_credit_note(each, currency) for each in credit_notes),
        left=_left(invoice, credit_notes),
        reissued_as=tuple(each for each in issued if each.origin == Invoice.Origin.REISSUE),
        stands_in_for=invoice.corrects if invoice.origin == Invoice.Origin.REISSUE else None,
        reason=reason_of(invoice),
        waiting=next((each for each in not_issued if each.status == Status.WAITING), None),
        rejected=tuple(each for each in not_issued if each.status == Status.REJECTED),
    )


def _left(invoice: Invoice, credit_notes: Iterable[Invoice]) -> Money:
    currency = Currency(invoice.currency)
    if invoice.kind == Invoice.Kind.CREDIT_NOTE:
        return Money(creditable(invoice).gross_left, currency)
    credited = Money.total((Money(each.gross, currency) for each in credit_notes), currency)
    return Money(invoice.gross, currency) - credited


def reason_of(invoice: Invoice) -> str:
    """Why staff asked for it; empty for what a run issued.

    A reissue was asked for together with the credit note of its original.
    """
    if invoice.origin == Invoice.Origin.CORRECTION:
        found = CreditProposal.objects.filter(credit_note=invoice)
    elif invoice.origin == Invoice.Origin.REISSUE:
        found = CreditProposal.objects.filter(
            invoice=invoice.corrects_id, scope=CreditProposal.Scope.REISSUE, status="issued"
        )
    else:
        return ""
    return found.values_list("reason", flat=True).first() or ""


def creditable_lines(invoice: Invoice, language: str = "") -> tuple[CreditableLine, ...]:
    currency = Currency(invoice.currency)
    left = {each.id: each for each in creditable(invoice).lines if each.is_charge and each.left}
    lines = invoice.lines.select_related("subscription__price_version")
    return tuple(
        CreditableLine(
            id=line.pk,
            line=issued_line(line, currency, language),
            quantity=left[line.pk].quantity - left[line.pk].quantity_given,
            left=Money(left[line.pk].left, currency),
        )
        for line in lines
        if line.pk in left
    )


def left_to_credit(invoice: Invoice) -> Left:
    of = creditable(invoice)
    return Left(Money(of.left, of.currency), Money(of.gross_left, of.currency))


def how_it_stands(invoice: Invoice) -> dict[str, object]:
    """What somebody who gives back of it has seen: the newest credit that was asked for, and what
    is left, net.
    """
    newest = invoice.credit_proposals.order_by("-pk").values_list("pk", flat=True).first()
    return {"newest": newest, "left": creditable(invoice).left}


def correction_shown(planned: Correction, language: str = "") -> Document:
    """A document to be, in its own direction."""
    invoice = planned.invoice
    currency = Currency(invoice.currency)
    return Document(
        is_credit_note=invoice.kind == Invoice.Kind.CREDIT_NOTE,
        currency=currency,
        groups=grouped([issued_line(each, currency, language) for each in planned.lines], currency),
        vat_rows=tuple(issued_vat(row, currency) for row in planned.vat_rows),
        net=Money(invoice.net, currency),
        vat=Money(invoice.vat, currency),
        gross=Money(invoice.gross, currency),
    )


def credit_proposals() -> CreditProposalQuerySet:
    return CreditProposal.objects.with_names().oldest_first()


def credits_waiting() -> CreditProposalQuerySet:
    """For a second person; the longest waiting first."""
    return credit_proposals().waiting()


def credits_waiting_for(person: Person) -> CreditProposalQuerySet:
    """Of them those on which this person decides: not what they asked for themselves."""
    return credits_waiting().asked_by_others_than(person)


def _credit_note(invoice: Invoice, currency: Currency) -> CreditNoteRow:
    proposal: CreditProposal | None = getattr(invoice, "credit_proposal", None)
    return CreditNoteRow(
        id=invoice.pk,
        number=invoice.number,
        issued_on=invoice.issued_on,
        gross=Money(invoice.gross, currency),
        reason=proposal.reason if proposal else "",
    )
