from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from customers.operations.advice import partner_to_ask
from portal.formatting import instant_text
from portal.pages.presenters.subscriptions import Badge, language

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from customers.models import AdviceQuestion, Organisation, Person
    from portal.access import Seat


@dataclass(frozen=True)
class Row:
    """A question in a list, or at the head of its page."""

    question: AdviceQuestion
    about: str
    customer: str  # empty when the reader's own organisation asked
    asked: str
    adviser: str
    answered: str
    badge: Badge


def row(question: AdviceQuestion, seat: Seat, names: Mapping[str, str], zone: ZoneInfo) -> Row:
    own = question.organisation_id == seat.organisation.pk
    answered_at = question.answered_at
    return Row(
        question=question,
        about=names.get(question.about, question.about) or _("In general"),
        customer="" if own else question.organisation.name,
        asked=_short(question.asked_at, zone),
        adviser=_asked_of(question),
        answered=_short(answered_at, zone) if answered_at else "",
        badge=Badge("ok", _("Answered"))
        if answered_at
        else Badge("info", _("Waits for an answer")),
    )


def adviser(organisation: Organisation, *, by: Person) -> str:
    """Who gets a question that this person asks now."""
    partner = partner_to_ask(organisation, by=by)
    if partner is not None:
        return partner.name
    if organisation.sales_representative is not None:
        return str(organisation.sales_representative)
    return _("Our sales team")


def csv_header() -> list[str]:
    return [_("Asked at"), _("Organisation"), _("Asked by"), _("About"), _("Question"),
            _("Asked of"), _("Answered at"), _("Answered by"), _("Answer")]  # fmt: skip


def csv_cells(row: Row) -> list[object]:
    question = row.question
    return [
        question.asked_at.isoformat(timespec="seconds"),
        question.organisation.name,
        str(question.asked_by),
        row.about,
        question.question,
        row.adviser,
        question.answered_at.isoformat(timespec="seconds") if question.answered_at else "",
        str(question.answered_by or ""),
        question.answer,
    ]


def _short(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant_text(at.astimezone(zone), language(), short=True)


def _asked_of(question: AdviceQuestion) -> str:
    if question.partner is not None:
        return question.partner.name
    if question.representative is not None:
        return str(question.representative)
    return _("Our sales team")
