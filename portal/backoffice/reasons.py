"""Why a month differs from the last one, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy

from billing.differences import Reason
from billing.models import PreviewRow
from portal.formatting import difference_text, number_text

if TYPE_CHECKING:
    from billing.queries.previews import ReasonShown

WORDS = {
    Reason.NEW: gettext_lazy("New: %(product)s"),
    Reason.ENDED: gettext_lazy("No longer: %(product)s"),
    Reason.QUANTITY: gettext_lazy("%(product)s: %(before)s became %(after)s"),
    Reason.PRICE: gettext_lazy("Another price: %(product)s"),
    Reason.PRORATED: gettext_lazy("Part of a month: %(product)s"),
    Reason.EARLIER_MONTH: gettext_lazy("An earlier month: %(product)s"),
    Reason.ADJUSTMENT: gettext_lazy("Correction of an earlier month: %(product)s"),
    Reason.CREDIT: gettext_lazy("Credit: %(product)s"),
    Reason.USAGE: gettext_lazy("Usage: %(product)s"),
}


def reason_words(reason: ReasonShown) -> str:
    """ "New: Development Tools (+€49.00)"."""
    what, amount = reason_parts(reason)
    return f"{what} ({amount})"


def reason_parts(reason: ReasonShown) -> tuple[str, str]:
    """What happened, and the difference it makes."""
    language = get_language() or "en"
    words = WORDS[reason.reason] % {
        "product": reason.product,
        "before": number_text(reason.before, language),
        "after": number_text(reason.after, language),
    }
    return words, difference_text(reason.amount.amount, reason.amount.currency, language)


def change_words(change: str) -> str:
    return str(PreviewRow.Change(change).label)
