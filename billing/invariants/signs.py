from __future__ import annotations

from typing import TYPE_CHECKING

from billing.drafts import LineKind
from billing.models import InvoiceLine, sign_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from decimal import Decimal

    from billing.drafts import Draft
    from catalog.models import Seller
    from customers.values import AnyCustomer

RULE = "A first charge is never negative, and a credit takes a quantity back."


def check(*, at: dt.datetime) -> Iterator[str]:  # noqa: ARG001 - signs do not depend on time
    lines = InvoiceLine.objects.order_by("pk").values_list(
        "invoice__number", "invoice__kind", "position", "kind", "quantity", "net"
    )
    for number, document, position, kind, quantity, net in lines.iterator():
        sign = sign_of(document)
        if _points_wrong(kind, quantity * sign, net * sign):
            yield f"{number}, line {position}: {quantity} for {net}"


def check_draft(draft: Draft, *, seller: Seller, organisation: AnyCustomer) -> Iterator[str]:  # noqa: ARG001 - asked of all rules alike
    for line in draft.lines:
        if _points_wrong(line.kind, line.quantity, line.net):
            yield f"{line.component.code}: {line.quantity} × → {line.net}"


def _points_wrong(kind: str, quantity: int, net: Decimal) -> bool:
    """Signed. More at a volume price may cost less, so only first charges are judged by net."""
    if kind == LineKind.RECURRING:
        return quantity < 0 or net < 0
    return kind == LineKind.CREDIT and quantity > 0
