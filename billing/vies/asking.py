"""Asking the register about what is due, one number after the other, and what follows from it.

Due follows from the rows: whoever was not answered about in this round, whose number is another
one by now, or of whom staff wish it. A member state that is silent is left alone for a while, and
nobody behind it waits. To find them is to look at every buyer in other member states, so it is
done once a turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.causes import VIES_LETS_THROUGH
from billing.drafts import HoldCause
from billing.models import RunItem
from billing.operations import runs
from billing.vies.models import Consultation, Wish
from billing.vies.queries import (
    is_asked_about,
    last_of_state,
    not_answered,
    open_wish,
    sellers_asking,
    silent_states,
)
from billing.vies.register import Question
from customers.actors import SCHEDULE
from customers.history import record
from customers.identity import vat_number_is_well_formed
from customers.locks import lock_organisation
from customers.refusals import Refusal

if TYPE_CHECKING:
    import datetime as dt

    from billing.vies.register import Register, Reply
    from catalog.models import Seller
    from customers.models import Organisation, Person


@dataclass(frozen=True, slots=True)
class Due:
    """A number to ask about; `is_wished` by staff, however silent its member state is."""

    seller: Seller
    organisation: Organisation
    is_wished: bool


SILENT = Consultation.Outcome.SILENT

# What a no may hold for another reason.
_HOLDS_OTHERWISE = (HoldCause.VAT_NUMBER_UNCONFIRMED,)


class NothingToAsk(Refusal):
    sentence = _("The register is not asked about this customer's VAT number.")


def due_at(at: dt.datetime, *, limit: int) -> list[Due]:
    """Whose numbers are to be asked about next, each with the seller who asks.

    Wishes first, then who was never asked about, then who waits longest. One query looks at the
    buyers, of whichever seller.
    """
    asking = sellers_asking(at)
    may_be_asked = Q(is_wished=True) | ~Q(country__in=silent_states(at))
    found = (
        Due(asking[organisation.country], organisation, is_wished=organisation.is_wished)  # type: ignore[attr-defined]
        for organisation in not_answered(asking, at).filter(may_be_asked).iterator(limit)
        if vat_number_is_well_formed(organisation.country, organisation.vat_number)
    )
    return list(islice(found, limit))


def ask(register: Register, due: Due, *, at: dt.datetime) -> bool:
    """Ask about a number that is due and write down what came of it; whether it was asked about.

    It is not when its member state fell silent since, unless it is wished. While the register is
    thinking nothing is locked and no transaction open.
    """
    seller, organisation = due.seller, due.organisation
    last = last_of_state(organisation.country)
    if last and last.is_silent_at(at) and not due.is_wished:
        return False
    reply = register.ask(
        Question(
            country=organisation.country,
            vat_number=organisation.vat_number,
            asked_by_country=seller.country,
            asked_by=seller.vat_number,
        )
    )
    silences = (last.silences if last else 0) + 1 if reply.outcome == SILENT else 0
    _write_down(organisation, reply, silences=silences, asked_by=seller.vat_number, at=at)
    return True


@transaction.atomic
def ask_again(organisation: Organisation, *, by: Person, at: dt.datetime) -> Wish:
    """Let the customer's number be asked about next, though it was answered or its state silent.

    A wish that waits already is enough. Raises NothingToAsk.
    """
    organisation = lock_organisation(organisation.pk)
    if not is_asked_about(organisation, at):
        raise NothingToAsk
    waiting = open_wish(organisation)
    if waiting and not _was_tried_since(waiting, organisation):
        return waiting
    wish: Wish = Wish.objects.create(organisation=organisation, wished_by=by, wished_at=at)
    return wish


@transaction.atomic
def _write_down(
    organisation: Organisation, reply: Reply, *, silences: int, asked_by: str, at: dt.datetime
) -> None:
    """The answer, with what it changes; under the lock that a run takes.

    So a run either has dealt with the customer, and what it held is tried again, or it sees the
    answer. About a number that was corrected meanwhile the answer is kept, and changes nothing.
    """
    now = lock_organisation(organisation.pk)
    before = Consultation.objects.of(organisation).answered().newest_first().first()
    consultation = Consultation.objects.create(
        organisation=organisation,
        country=organisation.country,
        vat_number=organisation.vat_number,
        requester=asked_by,
        asked_at=at,
        outcome=reply.outcome,
        consultation_number=reply.consultation_number,
        name=reply.name,
        address=reply.address,
        trouble=reply.trouble,
        silences=silences,
    )
    is_present = (now.country, now.vat_number) == (organisation.country, organisation.vat_number)
    if not consultation.is_answer or not is_present:
        return
    if before is None or before.outcome != consultation.outcome:
        if consultation.is_valid:
            _tell(consultation, "organisation.vat_number_confirmed", at=at)
        else:
            _tell(consultation, "organisation.vat_number_refused", at=at)
    _try_again(organisation, consultation, at=at)


def _tell(consultation: Consultation, verb: str, *, at: dt.datetime) -> None:
    record(
        consultation.organisation,
        verb,
        organisation=consultation.organisation,
        by=SCHEDULE,
        at=at,
        details={"number": consultation.vat_number},
    )


def _try_again(organisation: Organisation, consultation: Consultation, *, at: dt.datetime) -> None:
    """What open runs hold of the customer for want of this answer; each is tried alone."""
    causes = VIES_LETS_THROUGH if consultation.is_valid else _HOLDS_OTHERWISE
    held = RunItem.objects.of(organisation).needing_attention().filter(cause__in=causes)
    waiting = held.in_open_runs().with_names().order_by("run__month", "pk")
    runs.retry_each(waiting, by=SCHEDULE, at=at)


def _was_tried_since(wish: Wish, organisation: Organisation) -> bool:
    tried = Consultation.objects.of(organisation).filter(asked_at__gte=wish.wished_at)
    return bool(tried.exists())
