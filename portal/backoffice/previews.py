"""A month's preview as its page shows it: per organisation what it would owe, or what is wrong."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from billing.causes import WORDS
from catalog.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    from billing.drafting import Draft, DraftLine, Held
    from billing.operations.runs import Preview
    from customers.models import Organisation


@dataclass(frozen=True)
class Amounts:
    """Of one document; a credit note's are negative. VAT and gross are None while it is held."""

    is_credit_note: bool
    net: Money
    vat: Money | None
    gross: Money | None


@dataclass(frozen=True)
class PreviewRow:
    organisation: Organisation
    amounts: tuple[Amounts, ...]
    problem: str = ""


@dataclass(frozen=True)
class PreviewTotal:
    """What would be invoiced in one currency; what is held is not in it."""

    documents: int
    net: Money
    gross: Money


def preview_rows(previews: Iterable[Preview]) -> list[PreviewRow]:
    return [_row(preview) for preview in previews]


def preview_totals(rows: Iterable[PreviewRow]) -> list[PreviewTotal]:
    ready = [each for row in rows if not row.problem for each in row.amounts]
    return [
        PreviewTotal(
            documents=sum(each.net.currency == currency for each in ready),
            net=Money.total((a.net for a in ready if a.net.currency == currency), currency),
            gross=Money.total(
                (a.gross for a in ready if a.gross and a.gross.currency == currency), currency
            ),
        )
        for currency in sorted({each.net.currency for each in ready})
    ]


def _row(preview: Preview) -> PreviewRow:
    if preview.failure:
        name = type(preview.failure).__name__
        cause = _("It failed: %(cause)s") % {"cause": f"{name}: {preview.failure}"}
        return PreviewRow(preview.organisation, (), cause)
    if preview.held:
        words = str(WORDS[preview.held.cause])
        return PreviewRow(preview.organisation, _held(preview.held), words)
    return PreviewRow(preview.organisation, tuple(_ready(draft) for draft in preview.drafts))


def _ready(draft: Draft) -> Amounts:
    return Amounts(
        is_credit_note=draft.kind == "credit_note",
        net=Money(draft.net, draft.currency),
        vat=Money(draft.vat, draft.currency),
        gross=Money(draft.gross, draft.currency),
    )


def _held(held: Held) -> tuple[Amounts, ...]:
    lines: dict[str, list[DraftLine]] = defaultdict(list)
    for line in held.lines:
        lines[line.subscription.currency].append(line)
    return tuple(
        Amounts(
            is_credit_note=False,
            net=Money.total(
                (Money(line.net, line.subscription.currency) for line in same),
                same[0].subscription.currency,
            ),
            vat=None,
            gross=None,
        )
        for _currency, same in sorted(lines.items())
    )
