"""Words for why reported use is refused, and of what became of all that was reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from billing.metering.refusals import Code
from portal.formatting import number_text
from portal.pages.presenters.subscriptions import language

if TYPE_CHECKING:
    from billing.conservation import Received

BECAUSE = {
    Code.INVALID: _("A field is wrong or missing"),
    Code.NOT_PRINTABLE: _("A text holds control characters"),
    Code.INCOMPLETE: _("Class, meter or quantity is missing"),
    Code.UNKNOWN_TENANT: _("No such tenant, or not the sender's to report of"),
    Code.UNKNOWN_METER: _("No such meter"),
    Code.OTHER_APPLICATION: _("Use of another application than the sender's"),
    Code.CLASS_NOT_YOURS: _("Only the platform reports included applications"),
    Code.SOURCE_NOT_YOURS: _("From a source that is not the sender's"),
    Code.IN_THE_FUTURE: _("Its time lies in the future"),
    Code.TOO_OLD: _("Older than the meter accepts"),
    Code.MONTH_INVOICED: _("Its month was invoiced already"),
    Code.NOT_POSITIVE: _("A quantity below 1"),
    Code.TOO_LARGE: _("A quantity too large for one event"),
    Code.CONFLICT: _("Counted before, with other content"),
    Code.NO_REASON: _("A correction that does not say why"),
    Code.NOT_ONLY_A_CORRECTION: _("A correction with a quantity of its own"),
    Code.UNKNOWN_EVENT: _("Corrects an event that was not counted"),
    Code.ALREADY_VOIDED: _("Corrects an event that was voided before"),
    Code.IS_A_CORRECTION: _("Corrects a correction"),
    Code.DETAIL_DROPPED: _("Corrects an event so old that its detail is gone"),
}


@dataclass(frozen=True)
class Part:
    """Some of the events of a month; indented below another when `is_of_which`."""

    name: str
    events: str
    is_of_which: bool = False


@dataclass(frozen=True)
class ReceivedShown:
    parts: list[Part]
    together: str
    refused: str  # how many of them, or empty


def because_text(code: str) -> str:
    """A code that there is no more says itself."""
    return str(BECAUSE[Code(code)]) if code in BECAUSE else code


def received_shown(found: Received | None) -> ReceivedShown | None:
    """None where nothing was reported."""
    if found is None or not found.events:
        return None
    return ReceivedShown(
        [
            Part(str(_("Counts")), _n(found.charged)),
            Part(str(_("Free")), _n(found.free)),
            Part(str(_("Refused")), _n(found.rejected)),
            *(
                Part(because_text(code), _n(events), is_of_which=True)
                for code, events in found.refused.items()
            ),
        ],
        _n(found.events),
        _n(found.rejected) if found.rejected else "",
    )


def _n(number: int) -> str:
    return number_text(number, language())
