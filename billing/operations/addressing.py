"""Whom a document of a run names: what only gives back, whom it was charged to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing.models import Invoice
from billing.originals import charges_of, drafted, newest_of
from customers.bulk import any_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from billing.attribution import Line
    from billing.drafts import Draft
    from billing.operations.previewed import Preview

# As the documents name them, and in which language, by their ids.
type Buyers = Mapping[int, tuple[Mapping[str, str], str]]


def addressed(previews: Sequence[Preview]) -> list[Preview]:
    """The same previews; what only credits names the buyer of the document that it corrects, in its
    language (docs/decisions/0051). Two queries, however many; none where nothing does.
    """
    crediting = [
        (preview.organisation.pk, draft)
        for preview in previews
        for draft in preview.drafts
        if draft.only_credits
    ]
    if not crediting:
        return list(previews)
    charges = charges_of(
        {organisation_id for organisation_id, _draft in crediting},
        since=min(line.period_from for _pk, draft in crediting for line in draft.lines),
    )
    buyers = _buyers({line.original for lines in charges.values() for line in lines})
    return [
        replace(
            preview,
            outcome=tuple(
                _naming(draft, charges.get(preview.organisation.pk, ()), buyers)
                for draft in preview.drafts
            ),
        )
        if preview.drafts
        else preview
        for preview in previews
    ]


def _naming(draft: Draft, charges: Sequence[Line], buyers: Buyers) -> Draft:
    if not draft.only_credits:
        return draft
    newest = newest_of(map(drafted, draft.lines), charges)
    if newest is None:
        return draft
    buyer, language = buyers[newest]
    return replace(draft, buyer=buyer, language=language)


def _buyers(invoice_ids: set[int]) -> Buyers:
    invoices = Invoice.objects.filter(any_of("pk", invoice_ids)).order_by()
    rows = invoices.values_list("pk", "buyer_snapshot", "language")
    return {pk: (buyer, language) for pk, buyer, language in rows}
