"""What is drafted, as pages show it: estimates in the document's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.drafts import Held, lines_of
from billing.queries.shown import document_of, documents_without_vat
from subscriptions.models import Subscription

if TYPE_CHECKING:
    from billing.drafts import Draft
    from billing.queries.shown import Document


def documents_of(
    outcome: tuple[Draft, ...] | Held, language: str = "", *, example: bool | None = None
) -> tuple[Document, ...]:
    """One query. `example` says whether prices are invented where no subscription does yet."""
    lines = lines_of(outcome)
    ids = {line.subscription.id for line in lines if line.subscription.id is not None}
    examples = _examples(ids) if example is None else frozenset(ids if example else ())
    if isinstance(outcome, Held):
        return documents_without_vat(outcome.lines, language, examples=examples)
    return tuple(document_of(draft, language, examples=examples) for draft in outcome)


def _examples(ids: set[int]) -> frozenset[int]:
    """Those whose price is invented, as in the demo."""
    invented = Subscription.objects.filter(pk__in=ids, price_version__example=True)
    return frozenset(invented.values_list("pk", flat=True))
