"""An account as it will be once drafts of it are issued: what is drafted next follows from that.
Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from billing.drafting import draft
from billing.drafts import BilledLine, LineKind, lines_of
from billing.usage import BilledUse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from billing.drafts import Account, Draft, DraftLine, Held
    from billing.usage import PlaceOfUse
    from subscriptions.periods import Month


def once_done(
    account: Account, months: Iterable[Month]
) -> tuple[Account, Mapping[Month, tuple[DraftLine, ...]]]:
    """`account` when the runs of `months` are done, oldest first, each with what it may know; and
    the lines of each.
    """
    lines: dict[Month, tuple[DraftLine, ...]] = {}
    for month in months:
        outcome = draft(account, month)
        lines[month] = lines_of(outcome)
        account = once_issued(account, outcome, month)
    return account, lines


def once_issued(account: Account, outcome: tuple[Draft, ...] | Held, month: Month) -> Account:
    """`account` when the run of `month` has issued its drafts. What is held counts: it is issued
    as it is, when it is let go, with the VAT of that day.

    `by_hand` stays: staff can only have given back of months before, and what becomes known after
    a month began changes no day before it.
    """
    billed = dict(account.billed)
    billed_usage = dict(account.billed_usage)
    for line in lines_of(outcome):
        if line.kind is LineKind.SETTLEMENT:
            continue
        if line.why is None and line.subscription.id is not None:
            key = (line.subscription.id, line.component.code)
            billed[key] = (*billed.get(key, ()), _billed(line))
        else:
            place = _place_of_use(line)
            billed_usage[place] = (*billed_usage.get(place, ()), _billed_use(line))
    return replace(
        account,
        billed=billed,
        billed_usage=billed_usage,
        known_until=max(month, account.known_until or month),
    )


def _billed(line: DraftLine) -> BilledLine:
    return BilledLine(
        period_from=line.period_from,
        period_until=line.period_until,
        quantity=line.quantity,
        vat_category=line.vat_category,
        vat_rate=line.vat_rate,
    )


def _billed_use(line: DraftLine) -> BilledUse:
    return BilledUse(
        quantity=line.quantity,
        net=line.net,
        vat_category=line.vat_category,
        vat_rate=line.vat_rate,
    )


def _place_of_use(line: DraftLine) -> PlaceOfUse:
    service = line.subscription
    return service.product_code, service.tenant_id, line.component.code, line.period_from
