from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.operations.advice import partner_to_ask
from portal.formatting import instant_text
from portal.pages.presenters.subscriptions import Badge, language

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from customers.models import AdviceQuestion, Organisation, Person
    from portal.access import Seat
    from portal.responses.tables import Column


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


COLUMNS: tuple[Column[Row], ...] = (
    (gettext_lazy("Asked at"), lambda row: _to_the_second(row.question.asked_at)),
    (gettext_lazy("Organisation"), lambda row: row.question.organisation.name),
    (gettext_lazy("Asked by"), lambda row: row.question.asked_by),
    (gettext_lazy("About"), lambda row: row.about),
    (gettext_lazy("Question"), lambda row: row.question.question),
    (gettext_lazy("Asked of"), lambda row: row.adviser),
    (gettext_lazy("Answered at"), lambda row: _to_the_second(row.question.answered_at)),
    (gettext_lazy("Answered by"), lambda row: row.question.answered_by),
    (gettext_lazy("Answer"), lambda row: row.question.answer),
)


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


def _to_the_second(at: dt.datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _short(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant_text(at.astimezone(zone), language(), short=True)


def _asked_of(question: AdviceQuestion) -> str:
    if question.partner is not None:
        return question.partner.name
    if question.representative is not None:
        return str(question.representative)
    return _("Our sales team")
