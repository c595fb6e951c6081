"""Cancel an invoice and issue it anew: the same lines, with who and which VAT it is today."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from billing import crediting, vat
from billing.accounts import load_buyer
from billing.causes import INVARIANT, WORDS
from billing.documents.einvoice.parties import broken_by
from billing.drafts import HoldCause
from billing.given_back import creditable
from billing.models import Invoice, sign_of
from billing.operations import correcting
from billing.originals import given_back_since
from billing.vies.rules import vat_number_of
from catalog.queries import seller_for
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from billing.operations.correcting import Correction
    from customers.actors import Actor
    from customers.models import Organisation


class AlreadyReissued(Refusal):
    sentence = _("This invoice was cancelled and issued anew: correct the new one.")


class OnlyInvoices(Refusal):
    sentence = _("Only an invoice is issued anew: a credit note says what was given back.")


class CreditedSince(Refusal):
    sentence = _(
        "Something of this invoice was credited since: it cannot be issued anew. What is left can "
        "only be credited, and nothing charges it again."
    )


class DetailsMissing(Refusal):
    sentence = WORDS[HoldCause.ADDRESS_MISSING]


class AddressMissing(Refusal):
    """Its documents could never be made: `parties.broken_by` says which rule."""

    sentence = WORDS[f"{INVARIANT}can_be_made"]


class NoTreatment(Refusal):
    sentence = _("No VAT rule fits the customer as it is now: correct its billing details first.")


class NumberUnconfirmed(Refusal):
    sentence = _("VIES has not confirmed the customer's VAT number yet: try again when it has.")


class NumberMissing(Refusal):
    """Its documents could never be made (EN 16931, BR-AE-02)."""

    sentence = _(
        "What is given back on this invoice was charged with reverse charge: that names a VAT or "
        "registration number of the customer, and there is none any more. Enter one first."
    )


class AnotherSeller(Refusal):
    sentence = _("Another of our companies serves the customer by now: it cannot issue this anew.")


class WouldGiveBack(Refusal):
    sentence = _("Under today's VAT rule the credits on this invoice outweigh its charges.")


@dataclass(frozen=True)
class Reissue:
    """The documents to be. `credits` has what the original credited of earlier months, where that
    cannot stand beside the charges any more.
    """

    original: Invoice
    credit_note: Correction
    credits: Correction | None
    new: Correction

    @property
    def documents(self) -> tuple[Correction, ...]:
        """In the order of their numbers: credit notes first, as everybody takes them."""
        return tuple(each for each in (self.credit_note, self.credits, self.new) if each)

    @property
    def owed(self) -> Decimal:
        """What the new documents come to, VAT included."""
        credited = self.credits.invoice.gross if self.credits else Decimal(0)
        return self.new.invoice.gross - credited

    @property
    def given_back(self) -> Decimal:
        """What the customer owes less than before, VAT included; negative when it is more."""
        return self.original.gross - self.owed


def preview(invoice: Invoice, *, at: dt.datetime) -> Reissue:
    """The documents as they would be issued now. Changes nothing.

    Raises OnlyInvoices, AlreadyReissued, CreditedSince, DetailsMissing, NoTreatment,
    NumberUnconfirmed, AnotherSeller, WouldGiveBack, NumberMissing, AddressMissing,
    correcting.OutsideScopeMixed.
    """
    if invoice.kind != Invoice.Kind.INVOICE:
        raise OnlyInvoices
    if invoice.corrections.filter(origin=Invoice.Origin.REISSUE).exists():
        raise AlreadyReissued
    of = creditable(invoice)
    if not of.is_untouched or not of.has_left or given_back_since(invoice):
        raise CreditedSince
    buyer = invoice.organisation
    new, credits_apart = correcting.reissue_of(invoice, buyer, _treatment(invoice, buyer, at=at))
    if new.invoice.gross < 0:
        raise WouldGiveBack
    if any(_is_nameless(each) for each in (new, credits_apart) if each):
        raise NumberMissing
    if any(broken_by(new.invoice.seller_snapshot, new.invoice.buyer_snapshot)):
        raise AddressMissing
    credit_note = correcting.credit_note_of(invoice, of, crediting.whole(of))
    return Reissue(invoice, credit_note, credits_apart, new)


def _is_nameless(planned: Correction) -> bool:
    categories = [row.category for row in planned.vat_rows]
    return vat.lacks_number(categories, planned.invoice.buyer_snapshot)


def given_back(cancelled: Invoice) -> Decimal:
    """What the customer owes less since it was issued anew, VAT included; negative when more."""
    anew = cancelled.corrections.filter(origin=Invoice.Origin.REISSUE)
    owed = (sign_of(kind) * gross for kind, gross in anew.values_list("kind", "gross"))
    return cancelled.gross - sum(owed, Decimal(0))


def issue_all(planned: Reissue, *, reason: str, by: Actor, at: dt.datetime) -> Invoice:
    """Issue the credit notes, then the new invoice; returns the one that cancels the original.

    The caller holds the organisation's lock.
    """
    credit_note, *_new = [
        correcting.issue(each, reason=reason, by=by, at=at) for each in planned.documents
    ]
    return credit_note


def _treatment(
    invoice: Invoice, organisation: Organisation, *, at: dt.datetime
) -> Callable[[dt.date], vat.Treatment]:
    """What the table says of this buyer, by the day a line is for: a rate is that of the supply."""
    buyer = load_buyer(organisation, seller=invoice.seller)
    number = vat_number_of(buyer, at=at)
    if not buyer.has_address:
        raise DetailsMissing
    if seller_for(buyer.country) != invoice.seller:
        raise AnotherSeller

    def treatment(on: dt.date) -> vat.Treatment:
        decided = vat.decide(
            invoice.seller.country,
            buyer.country,
            buyer_vat_number=number,
            buyer_is_business=buyer.is_business,
            on=on,
            outside_eu=vat.Category(invoice.seller.outside_eu_category),
        )
        if isinstance(decided, vat.Hold):
            unconfirmed = decided.reason is vat.HoldReason.VAT_NUMBER_UNCONFIRMED
            raise NumberUnconfirmed if unconfirmed else NoTreatment
        return decided

    return treatment
