"""What was sold to each VAT number with reverse charge: a second opinion, unit by unit and day by
day, for a product at so much a user.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from billing.models import Invoice, InvoiceLine
from tests.factories.shop import SALES_USER_PRICE

if TYPE_CHECKING:
    from collections.abc import Iterator

PRICES = {"sales-premium": SALES_USER_PRICE["EUR"], "service-premium": Decimal(40)}


def _zeros() -> defaultdict[str, Decimal]:
    return defaultdict(Decimal)


@dataclass
class Sold:
    """By number: what was `charged`, and `net` what of it was not given back, as if staff gave
    nothing twice. `by_hand` is all that staff gave back, `lines` what was rounded.
    """

    charged: defaultdict[str, Decimal] = field(default_factory=_zeros)
    net: defaultdict[str, Decimal] = field(default_factory=_zeros)
    by_hand: Decimal = Decimal(0)
    lines: int = 0


def sold_by_number() -> Sold:
    """Of what is in force. Of a day the users that came last go first."""
    sold = Sold()
    users: defaultdict[tuple[str, dt.date], list[str]] = defaultdict(list)
    for line in _in_force():
        invoice, number = line.invoice, line.invoice.buyer_snapshot["vat_number"]
        sold.lines += 1
        if invoice.origin == "correction":
            sold.net[number] -= line.net
            sold.by_hand += line.net
        elif line.net * invoice.sign > 0:
            sold.charged[number] += line.net * invoice.sign
            sold.net[number] += line.net * invoice.sign
            for day in _days(line):
                users[line.component, day] += [number] * line.quantity
        else:
            a_day = PRICES[line.component] / line.month_days
            for day in _days(line):
                for _user in range(abs(line.quantity)):
                    sold.net[users[line.component, day].pop()] -= a_day
    return sold


def _in_force() -> list[InvoiceLine]:
    """Without what was cancelled, and credits that were taken back; what gives back comes first."""
    cancelled = set(Invoice.objects.filter(origin="reissue").values_list("corrects", flat=True))
    lines = [
        line
        for line in InvoiceLine.objects.filter(vat_category="AE").select_related("invoice")
        if line.kind != "settlement"
        and line.invoice_id not in cancelled
        and not (line.invoice.origin == "correction" and line.invoice.corrects_id in cancelled)
    ]
    taken_back = {
        line.corrects_id: line
        for line in lines
        if line.invoice.origin == "correction" and line.kind == "adjustment"
    }
    undone = {*taken_back, *(line.pk for line in taken_back.values())}
    standing = [line for line in lines if line.pk not in undone]
    return sorted(standing, key=lambda line: (line.invoice_id, line.net * line.invoice.sign > 0))


def _days(line: InvoiceLine) -> Iterator[dt.date]:
    for number in range((line.period_until - line.period_from).days):
        yield line.period_from + dt.timedelta(days=number)
