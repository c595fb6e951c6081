"""What the register has said: for the run, for pages, and as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When

from billing import vat
from billing.vies import rules
from billing.vies.models import Consultation, Wish
from catalog.queries import seller_for, sellers_for
from customers.bulk import any_of
from customers.identity import vat_number_is_well_formed
from customers.models import Organisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from billing.models import Invoice
    from billing.vies.rules import Answer
    from catalog.models import Seller
    from customers.querysets import OrganisationQuerySet

type Answers = Mapping[int, Answer]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What staff see of a customer's number: the last answer, and why there is no newer one.

    `silence`: its member state's, while it waits. `wish`: to ask again, not yet answered.
    """

    answer: Consultation | None
    counts: bool  # for an invoice of today
    silence: Consultation | None
    wish: Wish | None


def is_asked() -> bool:
    return bool(settings.VIES_URL)


def last_answers(organisation_ids: Iterable[int]) -> Answers | None:
    """By organisation, about the number it has now; None when the register is not asked.

    One query, however many.
    """
    if not is_asked():
        return None
    rows = (
        Consultation.objects.filter(any_of("organisation", organisation_ids))
        .of_present_numbers()
        .answered()
        .order_by("organisation_id", "-pk")
        .distinct("organisation_id")
    )
    return {
        organisation_id: rules.Answer(
            is_valid=outcome == Consultation.Outcome.VALID, asked_at=asked_at
        )
        for organisation_id, outcome, asked_at in rows.values_list(
            "organisation_id", "outcome", "asked_at"
        )
    }


def is_asked_about(organisation: Organisation, at: dt.datetime) -> bool:
    """Whether its number decides about VAT, and the register knows such numbers."""
    seller = seller_for(organisation.country)
    return (
        is_asked()
        and organisation.country in vat.other_member_states(seller.country, at.date())
        and vat_number_is_well_formed(organisation.country, organisation.vat_number)
    )


def shown(organisation: Organisation, at: dt.datetime) -> Shown | None:
    """None of whom the register is not asked about."""
    if not is_asked_about(organisation, at):
        return None
    answer = Consultation.objects.of(organisation).answered().newest_first().first()
    waits = not_answered(sellers_asking(at), at).filter(pk=organisation.pk).exists()
    last = last_of_state(organisation.country)
    return Shown(
        answer=answer,
        counts=bool(answer and answer.is_valid and at <= answer.counts_until),
        silence=last if waits and last and not last.is_answer else None,
        wish=open_wish(organisation),
    )


def last_of_state(country: str) -> Consultation | None:
    """The last question to that member state, whomever it was about."""
    last: Consultation | None = Consultation.objects.filter(country=country).newest_first().first()
    return last


def silent_states(at: dt.datetime) -> list[str]:
    """Member states that did not answer, and are not asked again yet."""
    later = Consultation.objects.filter(country=OuterRef("country"), pk__gt=OuterRef("pk"))
    lately = Consultation.objects.silent().filter(asked_at__gt=at - rules.RETRY_AFTER[-1])
    return [last.country for last in lately.filter(~Exists(later)) if last.is_silent_at(at)]


def sellers_asking(at: dt.datetime) -> dict[str, Seller]:
    """By member state, who asks about the numbers of its buyers: whoever sells there from another.

    One query.
    """
    return {
        country: seller
        for country, seller in sellers_for(vat.COUNTRIES).items()
        if country in vat.other_member_states(seller.country, at.date())
    }


def not_answered(asking: Mapping[str, Seller], at: dt.datetime) -> OrganisationQuerySet:
    """About whose present number the register is to be asked, by the seller of their country.

    Wishes first (`is_wished`), then who was never asked about, then who waits longest.
    """
    buyers = Organisation.objects.filter(country__in=asking).exclude(vat_number="")
    rounds = {country: rules.round_begun(at, seller.zone) for country, seller in asking.items()}
    own = Consultation.objects.filter(
        organisation=OuterRef("pk"),
        country=OuterRef("country"),
        vat_number=OuterRef("vat_number"),
    ).newest_first()
    wishes = Wish.objects.filter(organisation=OuterRef("pk")).order_by("-pk")
    known = buyers.annotate(
        tried_at=Subquery(own.values("asked_at")[:1]),
        answered_at=Subquery(own.answered().values("asked_at")[:1]),
        said=Subquery(own.answered().values("outcome")[:1]),
        wished_at=Subquery(wishes.values("wished_at")[:1]),
        round_begun=Case(
            *(When(country=country, then=Value(begun)) for country, begun in rounds.items())
        ),
    )
    is_due = (
        Q(answered_at__isnull=True)
        | Q(said="valid", answered_at__lt=F("round_begun"))
        | Q(said="invalid", answered_at__lte=at - rules.ASKED_AGAIN_AFTER)
        | Q(wished_at__gt=F("answered_at"))
    )
    is_wished = Q(wished_at__isnull=False) & (
        Q(tried_at__isnull=True) | Q(wished_at__gt=F("tried_at"))
    )
    due = known.filter(is_due).annotate(is_wished=is_wished)
    return due.order_by("-is_wished", F("tried_at").asc(nulls_first=True), "pk")


def open_wish(organisation: Organisation) -> Wish | None:
    """That its number be asked again, until it is answered."""
    wishes = Wish.objects.filter(organisation=organisation).select_related("wished_by")
    wish: Wish | None = wishes.order_by("-pk").first()
    answered = Consultation.objects.of(organisation).answered()
    if wish and answered.filter(asked_at__gte=wish.wished_at).exists():
        return None
    return wish


def answer_for(invoice: Invoice) -> Consultation | None:
    """What the register had said of the buyer's number when the invoice was issued."""
    buyer = invoice.buyer_snapshot
    found: Consultation | None = (
        Consultation.objects.filter(
            organisation=invoice.organisation_id,
            country=buyer["country"],
            vat_number=buyer["vat_number"],
            asked_at__lte=invoice.issued_at,
        )
        .answered()
        .newest_first()
        .first()
    )
    return found
