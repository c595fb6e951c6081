"""Why an item of a run was not invoiced, in words for the vendor's staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.drafting import HoldCause

if TYPE_CHECKING:
    from billing.models import RunItem
    from billing.operations.runs import Preview

WORDS = {
    HoldCause.COUNTRY_UNKNOWN: gettext_lazy("The customer's country is not known to us."),
    HoldCause.TERRITORY_UNCLEAR: gettext_lazy(
        "The customer's territory has VAT rules of its own: decide what applies."
    ),
    HoldCause.VAT_NUMBER_MISSING: gettext_lazy(
        "The customer is in another EU country, without a valid VAT number: no rule applies."
    ),
    HoldCause.NO_RULE: gettext_lazy("The VAT table has no row for this seller and customer."),
    HoldCause.ADDRESS_MISSING: gettext_lazy(
        "The customer's street or city is missing: an invoice must name them."
    ),
    "seller_changed": gettext_lazy(
        "Another seller serves the customer's country by now: its next run has it."
    ),
    "carried_by_a_later_run": gettext_lazy("The invoice of a later month has it."),
}


def words_for(item: RunItem) -> str:
    """A sentence; empty for an item that went well."""
    if item.outcome == item.Outcome.FAILED:
        return _("It failed: %(cause)s") % {"cause": f"{item.cause}: {item.detail}"}
    return str(WORDS.get(item.cause, item.cause))


def words_for_preview(preview: Preview) -> str:
    """The same for somebody who was only previewed."""
    if preview.failure:
        cause = f"{type(preview.failure).__name__}: {preview.failure}"
        return _("It failed: %(cause)s") % {"cause": cause}
    return str(WORDS[preview.held.cause]) if preview.held else ""
