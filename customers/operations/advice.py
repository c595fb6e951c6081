from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers import history
from customers.locks import lock_organisation
from customers.models import AdviceQuestion, Membership, Organisation, Person
from customers.operations.mail import queue_letter
from customers.queries import owners_and
from customers.refusals import Refusal

# Every question is a letter to a person, and anybody signs up.
OPEN_AT_ONCE = 20
IN_A_DAY = 10
DAY = dt.timedelta(days=1)


class TooManyOpen(Refusal):
    sentence = _("So many questions wait for an answer already. Ask more when some are answered.")


class TooManyInADay(Refusal):
    sentence = _("That is as many questions as go out in 24 hours. Go on tomorrow.")


class NothingWritten(Refusal):
    sentence = _("Write your text first.")


class AlreadyAnswered(Refusal):
    sentence = _("Somebody has answered this question already.")


class NotAskedForAdvice(Refusal):
    sentence = _("This question was put to somebody else.")


@transaction.atomic
def ask_for_advice(
    organisation: Organisation, *, about: str, question: str, by: Person, at: dt.datetime
) -> AdviceQuestion:
    """Put a question to the customer's partner, or else to its representative at the vendor.

    Who works for that partner asks the representative: it is the partner that does not know.
    `about` is the code of a product, or empty. What the same person asks again while it waits is
    the same question: nobody is written to twice. Raises NothingWritten, TooManyOpen,
    TooManyInADay.
    """
    text = question.strip()
    if not text:
        raise NothingWritten
    organisation = lock_organisation(organisation.pk)
    partner = partner_to_ask(organisation, by=by)
    waiting = AdviceQuestion.objects.asked_by(organisation).unanswered()
    same = waiting.filter(asked_by=by, about=about, question=text, partner=partner).first()
    if same is not None:
        return same
    _refuse_too_many(organisation, at)
    asked = AdviceQuestion.objects.create(
        organisation=organisation,
        about=about,
        question=text,
        asked_by=by,
        asked_at=at,
        partner=partner,
        representative=None if partner else organisation.sales_representative,
    )
    history.record(
        asked,
        "advice.asked",
        organisation=organisation,
        by=by,
        at=at,
        details={"about": about, "question": text},
    )
    for adviser in _advisers(organisation, partner):
        queue_letter(
            to=adviser.address,
            language=adviser.language,
            template="customers/advice_asked",
            context={"question": asked, "partner": adviser.partner},
            at=at,
        )
    return asked


def partner_to_ask(organisation: Organisation, *, by: Person) -> Organisation | None:
    """The customer's partner, unless that is who asks; None when the vendor is asked."""
    partner = organisation.partner
    if partner is None or Membership.objects.of(partner).filter(person=by).exists():
        return None
    return partner


@transaction.atomic
def answer_advice(
    question: AdviceQuestion, *, answer: str, by: Person, at: dt.datetime
) -> AdviceQuestion:
    """Answer once, for the vendor or for the partner that was asked.

    The owners get it by mail and, as long as they are let in, whoever asked.
    Raises NothingWritten, AlreadyAnswered, NotAskedForAdvice.
    """
    lock_organisation(question.organisation_id)
    asked = AdviceQuestion.objects.select_related("organisation", "asked_by", "partner")
    question = asked.get(pk=question.pk)
    text = answer.strip()
    _refuse_answer(question, text, by)
    question.answer, question.answered_by, question.answered_at = text, by, at
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    history.record(
        question,
        "advice.answered",
        organisation=question.organisation,
        by=by,
        at=at,
        details={"about": question.about, "answer": text},
    )
    for reader in owners_and(question.asked_by, question.organisation):
        queue_letter(
            to=reader.email,
            language=reader.language,
            template="customers/advice_answered",
            context={"question": question, "asked_it": reader == question.asked_by},
            at=at,
        )
    return question


def _refuse_too_many(organisation: Organisation, at: dt.datetime) -> None:
    """Whether one more may go out; under the lock on the organisation."""
    asked = AdviceQuestion.objects.asked_by(organisation)
    if asked.unanswered().count() >= OPEN_AT_ONCE:
        raise TooManyOpen
    if asked.filter(asked_at__gt=at - DAY).count() >= IN_A_DAY:
        raise TooManyInADay


def _refuse_answer(question: AdviceQuestion, text: str, by: Person) -> None:
    asked_partner = question.partner is not None and (
        Membership.objects.of(question.partner).filter(person=by).exists()
    )
    if not (by.is_staff or asked_partner):
        raise NotAskedForAdvice
    if question.answered_at is not None:
        raise AlreadyAnswered
    if not text:
        raise NothingWritten


@dataclass(frozen=True)
class _Adviser:
    """Who should answer: of the partner that is asked, or (none) of the vendor."""

    address: str
    language: str
    partner: Organisation | None = None


def _advisers(organisation: Organisation, partner: Organisation | None) -> list[_Adviser]:
    """The vendor's own address when it is nobody."""
    representative = organisation.sales_representative
    if partner is not None:
        owners = Membership.objects.of(partner).owners().reachable()
        if owners:
            return [_Adviser(each.person.email, each.person.language, partner) for each in owners]
    if representative is not None:
        return [_Adviser(representative.email, representative.language)]
    return [_Adviser(settings.ADVICE_ADDRESS, settings.LANGUAGE_CODE)]
