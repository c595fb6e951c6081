"""Why documents are held or were not made, in words for the vendor's staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.documents.operations import EXCHANGE_RATE_MISSING, WorkerLost
from billing.documents.pdf import NotTypeset
from billing.documents.validation import NoVerdict

if TYPE_CHECKING:
    from billing.documents.models import Rendering

WORDS = {
    EXCHANGE_RATE_MISSING: gettext_lazy(
        "The VAT must be stated in another currency too, and no exchange rate is known for the "
        "invoice date (of what is given back: of the invoice that charged it) or the six days "
        "before it."
    ),
    NotTypeset.__name__: gettext_lazy(
        "The PDF could not be made of what the invoice says: a name or an address is most likely "
        "why."
    ),
    NoVerdict.__name__: gettext_lazy("What judges electronic invoices gave no answer."),
    WorkerLost.__name__: gettext_lazy(
        "Each attempt ended its worker: it took too much memory or time."
    ),
}


def words_for(rendering: Rendering) -> str:
    """A sentence, without the detail; empty for what is neither held nor failed."""
    if rendering.cause in WORDS:
        return str(WORDS[rendering.cause])
    if rendering.status == rendering.Status.HELD:
        return _("The electronic invoice breaks the rule %(rule)s.") % {"rule": rendering.cause}
    if rendering.status == rendering.Status.FAILED:
        return _("It failed: %(cause)s") % {"cause": rendering.cause}
    return ""


def is_of_its_content(rendering: Rendering) -> bool:
    """Whether what the invoice says is wrong: it is mended by another invoice, not by trying."""
    if rendering.cause == EXCHANGE_RATE_MISSING:
        return False
    return rendering.status == rendering.Status.HELD or rendering.cause == NotTypeset.__name__
