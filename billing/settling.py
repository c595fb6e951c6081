"""What of the run's credits staff gave back before: counted once (docs/decisions/0017). Pure."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.crediting import ByHand, Pool, settled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from billing.drafts import DraftLine


def settlements(
    lines: Iterable[DraftLine], by_hand: Mapping[Pool, ByHand]
) -> Iterator[tuple[DraftLine, Decimal]]:
    """Per pool of which days are credited: one of its credits, and how much was given before."""
    if not by_hand:
        return
    credited: dict[Pool, list[DraftLine]] = defaultdict(list)
    for line in lines:
        if line.net < 0:  # fewer units, or more of them that cost less
            credited[_pool_of(line)].append(line)
    for pool, same in credited.items():
        amount = -sum((line.net for line in same), Decimal(0))
        net = settled(by_hand.get(pool, ByHand()), amount, same[0].subscription.currency)
        if net:
            yield same[0], net


def _pool_of(line: DraftLine) -> Pool:
    return Pool(
        line.subscription.id,
        line.subscription.product_code,
        line.subscription.tenant_id,
        line.component.code,
        line.period_from.replace(day=1),
        line.vat_category,
        line.vat_rate,
    )
