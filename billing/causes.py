"""Why an item of a run was not invoiced, in words for the vendor's staff."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.drafts import HoldCause
from catalog.money import Currency, Money

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.functional import Promise

    from billing.models import PreviewRow, RunItem
    from billing.operations.parking import Parked
    from billing.operations.previewed import Preview

    type Said = Callable[[Money], str]  # an amount as the reader writes it

HELD_BY_STAFF = "held_by_staff"
RESTORED = "restored"
INVARIANT = "invariant:"  # and the code of the rule, a key of `DRAFT_RULES`

# What staff may review and let go (`billing.bounds`).
BOUNDS = frozenset(
    {
        HoldCause.TOO_MANY_LINES.value,
        HoldCause.FAR_MORE_THAN_LAST_MONTH.value,
        HoldCause.LARGE_FIRST_DOCUMENT.value,
        HoldCause.GIVES_BACK_TOO_MUCH.value,
    }
)
# What VIES may let through when it answers: then the customer is tried again by itself.
VIES_LETS_THROUGH = frozenset(
    {
        HoldCause.VAT_NUMBER_UNCONFIRMED.value,
        HoldCause.VAT_NUMBER_REFUSED.value,
        HoldCause.VAT_NUMBER_MISSING.value,
    }
)

WORDS: dict[str, str | Promise] = {
    HoldCause.COUNTRY_UNKNOWN: gettext_lazy("The customer's country is not known to us."),
    HoldCause.TERRITORY_UNCLEAR: gettext_lazy(
        "The customer's territory has VAT rules of its own: decide what applies."
    ),
    HoldCause.VAT_NUMBER_MISSING: gettext_lazy(
        "The customer is in another EU country, without a valid VAT number: no rule applies."
    ),
    HoldCause.VAT_NUMBER_REFUSED: gettext_lazy(
        "VIES says that the customer's VAT number is not valid: no rule applies."
    ),
    HoldCause.VAT_NUMBER_UNCONFIRMED: gettext_lazy(
        "VIES has not answered about the customer's VAT number, or too long ago. It is asked until "
        "it answers, and then the customer is tried again by itself."
    ),
    HoldCause.BUSINESS_UNPROVEN: gettext_lazy(
        "The customer is outside the EU, without a valid VAT or registration number: nothing shows "
        "that it is a business."
    ),
    HoldCause.NO_RULE: gettext_lazy("The VAT table has no row for this seller and customer."),
    HoldCause.ADDRESS_MISSING: gettext_lazy(
        "The customer's street or city is missing, or in Germany its postal code: an invoice must "
        "name them."
    ),
    HoldCause.TOO_MANY_LINES: gettext_lazy("The document has unusually many lines."),
    HoldCause.FAR_MORE_THAN_LAST_MONTH: gettext_lazy("It is far more than last month."),
    HoldCause.LARGE_FIRST_DOCUMENT: gettext_lazy(
        "It is large, and nothing was invoiced last month to compare it with."
    ),
    HoldCause.GIVES_BACK_TOO_MUCH: gettext_lazy("It gives back more than it charges."),
    HELD_BY_STAFF: gettext_lazy("Held by staff."),
    RESTORED: gettext_lazy(
        "The database was restored from a backup: compare first with what was sent after it."
    ),
    f"{INVARIANT}sums": gettext_lazy("A check failed: lines and VAT do not sum to the total."),
    f"{INVARIANT}vat": gettext_lazy("A check failed: the VAT is not what the table says."),
    f"{INVARIANT}reverse_charge": gettext_lazy(
        "Reverse charge is given back beside other charges, and the customer has no number any "
        "more that could be named: enter its VAT number again."
    ),
    f"{INVARIANT}can_be_made": gettext_lazy(
        "Its documents could not be made: in Germany they name the customer's postal code and "
        "where they go (its VAT number, or an e-invoice address), and our contact and telephone "
        "number."
    ),
    f"{INVARIANT}scope": gettext_lazy(
        "A check failed: what is outside the scope of VAT is not by itself."
    ),
    f"{INVARIANT}signs": gettext_lazy("A check failed: an amount points the wrong way."),
    f"{INVARIANT}periods": gettext_lazy("A check failed: a line's days are not in its month."),
    f"{INVARIANT}currencies": gettext_lazy("A check failed: a line has another currency."),
    "seller_changed": gettext_lazy(
        "Another seller serves the customer's country by now: its next run has it."
    ),
    "carried_by_a_later_run": gettext_lazy("The invoice of a later month has it."),
}


# What a bound found, as it is kept: it is confirmed by these figures, in whatever language.
_AMOUNTS = re.compile(r"(-?\d+\.\d\d)(?: → (-?\d+\.\d\d))? ([A-Z]{3})")


def words_for(item: RunItem | PreviewRow, *, said: Said = str) -> str:
    """A sentence; empty for what went well. `said` writes the amounts in it."""
    if not item.cause:
        return ""
    return _sentence(item.cause, item.detail, said)


def finding(of: RunItem | Parked) -> str:
    """What was found, to tell whether it is still the same: code and figures."""
    return f"{of.cause} {of.detail}"


def words_of_cause(cause: str) -> str:
    """For a group of customers with the same cause; a failure is named by its kind of error."""
    return str(WORDS.get(cause) or _("It failed: %(cause)s") % {"cause": cause})


def words_for_preview(preview: Preview, *, said: Said = str) -> str:
    """The same for somebody who was only previewed."""
    cause, detail = preview.problem
    return _sentence(cause, detail, said) if cause else ""


def _sentence(cause: str, detail: str, said: Said) -> str:
    if cause not in WORDS:
        return _("It failed: %(cause)s") % {"cause": f"{cause}: {detail}"}
    if cause == HELD_BY_STAFF:
        return _("Held by staff: %(reason)s") % {"reason": detail}
    if cause in BOUNDS:
        detail = _with_amounts(detail, said)
    return f"{WORDS[cause]} ({detail})" if detail else str(WORDS[cause])


def _with_amounts(detail: str, said: Said) -> str:
    """Anything that is no amounts, as a number of lines, stays as it is."""
    found = _AMOUNTS.fullmatch(detail)
    if found is None:
        return detail
    *amounts, currency = filter(None, found.groups())
    return " → ".join(said(Money(Decimal(each), Currency(currency))) for each in amounts)
